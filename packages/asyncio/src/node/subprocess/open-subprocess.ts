import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { SubprocessOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { Command, ProtocolFactory } from "../../core/platform.ts";
import type { SubprocessProtocol } from "../../core/protocols.ts";
import type { SubprocessTransport } from "../../core/transports.ts";
import { checkCommand } from "./check-command.ts";
import { ProcessTransport } from "./process-transport.ts";
import { spawnChild } from "./spawn.ts";

/** `PlatformIO.subprocess()` */
export function subprocess<P extends SubprocessProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  command: Command,
  options: SubprocessOptions,
): Coroutine<[SubprocessTransport, P]> {
  const name = "shell" in command ? "subprocessShell" : "subprocessExec";
  checkCommand(name, command, options);
  return new GeneratorCoroutine(open(loop, factory, command, options), name);
}

function* open<P extends SubprocessProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  command: Command,
  options: SubprocessOptions,
): CoroutineGenerator<[SubprocessTransport, P]> {
  const protocol = factory();
  const transport = new ProcessTransport(loop, protocol, yield* spawnChild(loop, command, options));
  const opened = loop.createFuture<void>();
  transport.open(() => {
    if (!opened.done()) opened.setResult();
  });
  try {
    yield* opened;
  } catch (error) {
    transport.close();
    yield* transport.ended();
    throw error;
  }
  return [transport, protocol];
}
