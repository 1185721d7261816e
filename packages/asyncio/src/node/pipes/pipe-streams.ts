import { createReadStream, createWriteStream, fstatSync, ReadStream, type Stats, WriteStream } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { isatty, ReadStream as TtyReadStream, WriteStream as TtyWriteStream } from "node:tty";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { osError } from "../os-error.ts";

/** A stream of the platform, or the number of an open file. */
export type Pipe<S> = S | number;

/** @throws TypeError for anything else; ValueError for what is closed, or no pipe, socket or character device; OSError. */
export function checkReadPipe(pipe: unknown): asserts pipe is Pipe<Readable> {
  const refusal = "Pipe transport is for pipes/sockets only.";
  if (typeof pipe === "number") {
    checkDescriptor("connectReadPipe()", pipe, refusal);
    return;
  }
  if (!isReadable(pipe))
    throw new TypeError(`connectReadPipe() needs a Readable or a file descriptor, got ${describeValue(pipe)}`);
  if (pipe.destroyed) throw new ValueError("connectReadPipe(): the pipe is closed");
  if (pipe.readableObjectMode) throw new ValueError("connectReadPipe(): the stream is one of objects, not of bytes");
  if (pipe instanceof ReadStream) checkFile(pipe, refusal);
}

/** As {@link checkReadPipe}. */
export function checkWritePipe(pipe: unknown): asserts pipe is Pipe<Writable> {
  const refusal = "Pipe transport is only for pipes, sockets and character devices";
  if (typeof pipe === "number") {
    checkDescriptor("connectWritePipe()", pipe, refusal);
    return;
  }
  if (!isWritable(pipe))
    throw new TypeError(`connectWritePipe() needs a Writable or a file descriptor, got ${describeValue(pipe)}`);
  if (pipe.destroyed || pipe.writableEnded) throw new ValueError("connectWritePipe(): the pipe is closed");
  if (pipe.writableObjectMode) throw new ValueError("connectWritePipe(): the stream is one of objects, not of bytes");
  if (pipe instanceof WriteStream) checkFile(pipe, refusal);
}

/** The stream to read from. One made here closes the descriptor when it is destroyed. */
export function toReadable(pipe: Pipe<Readable>): Readable {
  if (typeof pipe !== "number") return pipe;
  if (isatty(pipe)) return new TtyReadStream(pipe);
  if (isDevice(pipe)) return createReadStream("", { fd: pipe });
  return new Socket({ fd: pipe, readable: true, writable: false });
}

/** The stream to write to. One made here closes the descriptor when it is destroyed. */
export function toWritable(pipe: Pipe<Writable>): Writable {
  if (typeof pipe !== "number") return pipe;
  if (isatty(pipe)) return new TtyWriteStream(pipe);
  if (isDevice(pipe)) return createWriteStream("", { fd: pipe });
  return new Socket({ fd: pipe, readable: false, writable: true });
}

function isReadable(value: unknown): value is Readable {
  return hasMethods(value, ["on", "read", "pause", "resume", "destroy"]);
}

function isWritable(value: unknown): value is Writable {
  return hasMethods(value, ["on", "write", "end", "destroy"]);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");
}

function checkDescriptor(method: string, fd: number, refusal: string): void {
  if (!Number.isInteger(fd) || fd < 0) throw new ValueError(`${method}: a file descriptor is not negative, got ${fd}`);
  if (!isPipe(statOf(fd))) throw new ValueError(refusal);
}

/** Node's stream for files also serves for `process.stdin` where that is a device, and for FIFOs that have a name. */
function checkFile(stream: ReadStream | WriteStream, refusal: string): void {
  const { fd } = stream as { readonly fd?: number | null };
  if (typeof fd !== "number" || !isPipe(statOf(fd))) throw new ValueError(refusal);
}

function isPipe(stats: Stats): boolean {
  return stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice();
}

function isDevice(fd: number): boolean {
  return statOf(fd).isCharacterDevice();
}

function statOf(fd: number): Stats {
  try {
    return fstatSync(fd);
  } catch (error) {
    throw osError(error);
  }
}
