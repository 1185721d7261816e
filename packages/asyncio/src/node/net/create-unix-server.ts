import { renameSync, rmSync, statSync } from "node:fs";
import { currentValues } from "../../core/context.ts";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { UnixServerOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { ProtocolFactory } from "../../core/platform.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import type { Server } from "../../core/server.ts";
import type { SocketAddress } from "../../core/transports.ts";
import { checkFactory } from "./check-options.ts";
import { checkServerSsl, serve, serveGiven } from "./create-server.ts";
import { type Acceptance, NodeListener } from "./listener.ts";

/** See `EventLoop.createUnixServer()`. */
export function createUnixServer(
  loop: EventLoop,
  factory: ProtocolFactory<BaseProtocol>,
  path: string | null,
  options: UnixServerOptions,
): Coroutine<Server> {
  checkFactory("createUnixServer", factory);
  checkServerSsl(options);
  if (path !== null && typeof path !== "string") {
    throw new TypeError(`createUnixServer(): the path must be a string or null, got ${describeValue(path)}`);
  }
  const { sock } = options;
  if (sock !== undefined && path !== null) throw new ValueError("path and sock can not be specified at the same time");
  const acceptance: Acceptance = { loop, factory, options, values: currentValues() };
  if (sock !== undefined) return serveGiven(acceptance, sock);
  if (path === null) throw new ValueError("path was not specified, and no sock specified");
  const listener = new UnixListener(acceptance, path, options.cleanupSocket ?? true);
  return new GeneratorCoroutine(serve(acceptance, [listener]), "createUnixServer");
}

/**
 * A Unix socket. Node removes the socket's file when it closes, whatever file that is by then; here it stays when it is to
 * stay, or is not this socket's any more.
 */
class UnixListener extends NodeListener {
  readonly #path: string;
  readonly #cleanup: boolean;
  #inode: bigint | undefined;

  constructor(acceptance: Acceptance, path: string, cleanup: boolean) {
    super(acceptance, { path });
    this.#path = path;
    this.#cleanup = cleanup;
  }

  override start(): Coroutine<void> {
    return new GeneratorCoroutine(this.#start(), "listen");
  }

  *#start(): CoroutineGenerator<void> {
    if (isSocket(this.#path)) rmSync(this.#path);
    yield* super.start();
    this.#inode = inodeOf(this.#path);
  }

  override getsockname(): SocketAddress {
    return this.#path;
  }

  override close(): void {
    const inode = this.#inode === undefined ? undefined : inodeOf(this.#path);
    if (inode === undefined || (this.#cleanup && inode === this.#inode) || !moved(this.#path, this.#aside)) {
      super.close();
      return;
    }
    super.close();
    moved(this.#aside, this.#path);
  }

  get #aside(): string {
    return `${this.#path}.${process.pid}`;
  }
}

/** What is in the way of the socket's file, and is none itself, is for the system to complain about. */
function isSocket(path: string): boolean {
  try {
    return inodeOf(path) !== undefined && statSync(path).isSocket();
  } catch {
    return false;
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Undefined for what is no file: an abstract socket of Linux, a pipe of Windows. */
function inodeOf(path: string): bigint | undefined {
  if (path.startsWith("\0") || path.startsWith("\\\\")) return undefined;
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
