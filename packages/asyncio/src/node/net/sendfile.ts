import { closeSync, open, read } from "node:fs";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { RuntimeError, SendfileNotAvailableError, ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { SendfileOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { park } from "../../core/park.ts";
import type { WriteTransport } from "../../core/transports.ts";
import { osError } from "../os-error.ts";
import { SendfileProtocol } from "./sendfile-protocol.ts";

const CHUNK = 256 * 1024;

/** See `EventLoop.sendfile()`. */
export function sendfile(
  loop: EventLoop,
  transport: WriteTransport,
  file: unknown,
  options: SendfileOptions,
): Coroutine<number> {
  const { offset = 0, count = null, fallback = true } = options;
  checkNatural("offset", offset);
  if (count !== null) checkNatural("count", count);
  const source = sourceOf(file);
  if (transport.isClosing()) throw new RuntimeError("Transport is closing");
  if (!fallback) throw new SendfileNotAvailableError("sendfile() without a fallback: Node has no sendfile of its own");
  return new GeneratorCoroutine(send(loop, transport, source, [offset, count ?? Infinity]), "sendfile");
}

function checkNatural(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 0) return;
  throw new ValueError(`sendfile(): ${name} must be a whole number, 0 or more, got ${describeValue(value)}`);
}

/** A path, or the number of an open file. */
function sourceOf(file: unknown): string | number {
  if (typeof file === "string" || typeof file === "number") return file;
  const { fd, fileno } = (file ?? {}) as { readonly fd?: unknown; readonly fileno?: () => unknown };
  const number = typeof fileno === "function" ? (file as { fileno(): unknown }).fileno() : fd;
  if (typeof number === "number") return number;
  throw new TypeError(`sendfile() needs a path, a file descriptor or an open file, got ${describeValue(file)}`);
}

function* send(
  loop: EventLoop,
  transport: WriteTransport,
  source: string | number,
  [offset, count]: readonly [number, number],
): CoroutineGenerator<number> {
  if (typeof source === "number") return yield* copy(loop, transport, source, [offset, count]);
  let opened: number | undefined;
  try {
    const fd = yield* call<number>((done) =>
      open(source, (error, value) => {
        opened = value;
        done(error, value);
      }),
    );
    return yield* copy(loop, transport, fd, [offset, count]);
  } finally {
    // Also when the task was cancelled before it was told that the file is open.
    if (opened !== undefined) closeSync(opened);
  }
}

function* copy(
  loop: EventLoop,
  transport: WriteTransport,
  fd: number,
  [offset, count]: readonly [number, number],
): CoroutineGenerator<number> {
  const protocol = new SendfileProtocol(loop, transport);
  let sent = 0;
  try {
    while (sent < count) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, count - sent));
      const n = yield* call<number>((done) => read(fd, buffer, 0, buffer.length, offset + sent, done));
      if (n === 0) break;
      yield* protocol.drain();
      transport.write(buffer.subarray(0, n));
      sent += n;
    }
    return sent;
  } finally {
    protocol.restore();
  }
}

/** A call of the file system can't be stopped: a cancel is due when it is over. */
function call<T>(begin: (done: (error: Error | null | undefined, value?: T) => void) => void): Coroutine<T> {
  return park<T>((wait) => {
    begin((error, value) => {
      if (error) wait.reject(osError(error));
      else wait.resolve(value as T);
    });
    return () => "wait";
  });
}
