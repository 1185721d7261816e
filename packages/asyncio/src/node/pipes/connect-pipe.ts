import type { Readable, Writable } from "node:stream";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { BaseProtocol, Protocol } from "../../core/protocols.ts";
import type { ReadTransport, WriteTransport } from "../../core/transports.ts";
import { checkFactory } from "../net/check-options.ts";
import { checkReadPipe, checkWritePipe, type Pipe, toReadable, toWritable } from "./pipe-streams.ts";
import { ReadPipeTransport } from "./read-pipe-transport.ts";
import { WritePipeTransport } from "./write-pipe-transport.ts";

export function connectReadPipe<P extends BaseProtocol>(
  loop: EventLoop,
  factory: () => P,
  pipe: unknown,
): Coroutine<[ReadTransport, P]> {
  checkFactory("connectReadPipe", factory);
  checkReadPipe(pipe);
  return new GeneratorCoroutine(openReadPipe(loop, factory, pipe), "EventLoop.connectReadPipe");
}

function* openReadPipe<P extends BaseProtocol>(
  loop: EventLoop,
  factory: () => P,
  pipe: Pipe<Readable>,
): CoroutineGenerator<[ReadTransport, P]> {
  const protocol = factory();
  const stream = loop._outside(() => toReadable(pipe));
  const transport = new ReadPipeTransport(loop, stream, protocol as BaseProtocol as Protocol);
  yield* transport.open();
  return [transport, protocol];
}

export function connectWritePipe<P extends BaseProtocol>(
  loop: EventLoop,
  factory: () => P,
  pipe: unknown,
): Coroutine<[WriteTransport, P]> {
  checkFactory("connectWritePipe", factory);
  checkWritePipe(pipe);
  return new GeneratorCoroutine(openWritePipe(loop, factory, pipe), "EventLoop.connectWritePipe");
}

function* openWritePipe<P extends BaseProtocol>(
  loop: EventLoop,
  factory: () => P,
  pipe: Pipe<Writable>,
): CoroutineGenerator<[WriteTransport, P]> {
  const protocol = factory();
  const stream = loop._outside(() => toWritable(pipe));
  const transport = new WritePipeTransport(loop, stream, protocol);
  yield* transport.open();
  return [transport, protocol];
}
