import { mkdtempSync, rmdirSync, unlinkSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { OSError } from "../../core/errors.ts";
import type { Future } from "../../core/future.ts";
import type { EventLoop } from "../../core/loop.ts";
import { type Abort, startParked, type Wait } from "../../core/park.ts";
import { osError } from "../os-error.ts";

/** The two ends of one connection. */
export interface SocketPair {
  readonly ours: Socket;
  /** For the child, as two of its streams: {@link Socket.destroy} it after the start, so that the child's end is the last. */
  readonly theirs: Socket;
}

/**
 * A pipe that a child can have twice, as its stdout and its stderr. Node makes pipes only for one stream each, and what
 * comes out of two has lost its order. So it is a connection to a listener that lives for one connection, in a folder that
 * nobody else may enter.
 */
export function* socketPair(loop: EventLoop): CoroutineGenerator<SocketPair> {
  let opening: Future<SocketPair> | undefined;
  try {
    opening = startParked<SocketPair>(loop, (wait) => loop._outside(() => openPair(wait)));
    return yield* opening;
  } catch (error) {
    // A cancellation that came when the pair was there already.
    if (opening !== undefined && !opening._failed()) destroyPair(opening.result());
    throw osError(error);
  }
}

function destroyPair({ ours, theirs }: SocketPair): void {
  ours.destroy();
  theirs.destroy();
}

function openPair(wait: Wait<SocketPair>): Abort {
  const address = newAddress();
  const server = createServer();
  const theirs = connect(listen(server, address));
  let ours: Socket | undefined;
  const stop = (): void => {
    theirs.off("error", fail).off("close", refused);
    server.close();
    address.remove();
  };
  const fail = (error: unknown): void => {
    abort();
    wait.reject(error);
  };
  const refused = (): void => fail(new OSError("too many open files", { code: "EMFILE", syscall: "accept" }));
  const joined = (): void => {
    if (ours === undefined || theirs.connecting) return;
    stop();
    wait.resolve({ ours, theirs });
  };
  const abort = (): "done" => {
    stop();
    theirs.destroy();
    ours?.destroy();
    return "done";
  };
  server.once("error", fail);
  server.once("connection", (socket) => {
    ours = socket;
    joined();
  });
  theirs.once("error", fail).once("close", refused).once("connect", joined);
  return abort;
}

function listen(server: ReturnType<typeof createServer>, { path }: Address): string {
  // In a worker of node:cluster other servers belong to the primary process.
  server.listen({ path, exclusive: true });
  return path;
}

interface Address {
  readonly path: string;
  remove(): void;
}

let pipes = 0;

function newAddress(): Address {
  if (process.platform === "win32") {
    return { path: `\\\\.\\pipe\\asyncio-ts-${process.pid}-${++pipes}`, remove: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-"));
  const path = join(folder, "s");
  return {
    path,
    remove: () => {
      removed(() => unlinkSync(path));
      removed(() => rmdirSync(folder));
    },
  };
}

/** Whatever stands in the way, a file that is left in the folder for them is not worth an error. */
function removed(remove: () => void): void {
  try {
    remove();
  } catch {
    // The listener has removed its file itself.
  }
}
