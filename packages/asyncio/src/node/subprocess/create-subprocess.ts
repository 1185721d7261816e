import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { PIPE, Stdio, SubprocessOptions } from "../../core/io-options.ts";
import type { Command } from "../../core/platform.ts";
import { checkLimit, type StreamReader } from "../../core/stream-reader.ts";
import type { StreamWriter } from "../../core/stream-writer.ts";
import { checkCommand } from "./check-command.ts";
import { Process } from "./process.ts";
import { SubprocessStreamProtocol } from "./stream-protocol.ts";

/** For {@link createSubprocessExec} and {@link createSubprocessShell}. */
export interface CreateSubprocessOptions extends SubprocessOptions {
  /** By default that of this process. With `PIPE` {@link Process.stdin} writes to it. */
  readonly stdin?: Stdio | undefined;
  /** By default that of this process. With `PIPE` {@link Process.stdout} reads it. */
  readonly stdout?: Stdio | undefined;
  /** By default that of this process. With `PIPE` {@link Process.stderr} reads it; `STDOUT` leads it where stdout leads. */
  readonly stderr?: Stdio | undefined;
  /** The limit of the {@link StreamReader}s: how long a line may be; by default 65,536. */
  readonly limit?: number | undefined;
}

/** A process whose type says which pipes there are: those for which the options say `PIPE`. */
export type ProcessWith<O extends CreateSubprocessOptions> = Process & {
  readonly stdin: O extends { readonly stdin: typeof PIPE } ? StreamWriter : unknown;
  readonly stdout: O extends { readonly stdout: typeof PIPE } ? StreamReader : unknown;
  readonly stderr: O extends { readonly stderr: typeof PIPE } ? StreamReader : unknown;
};

/**
 * Starts a program. No shell is involved, so the arguments need no quoting.
 *
 * @throws TypeError and ValueError for wrong arguments. From the wait: FileNotFoundError when there is no such program, or
 * no such `cwd`; PermissionError; OSError. When the wait is cancelled the process is killed.
 * @example
 * ```ts
 * import { createSubprocessExec, PIPE, run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using process = await createSubprocessExec("sort", ["-r"], { stdin: PIPE, stdout: PIPE });
 *   const [stdout] = await process.communicate("a\nb\n");
 *   console.log(String(stdout), process.returncode); // b, a, 0
 * });
 * ```
 */
export function createSubprocessExec<O extends CreateSubprocessOptions>(
  program: string,
  args: readonly string[] = [],
  options: O = {} as O,
): Coroutine<ProcessWith<O>> {
  return create("createSubprocessExec", { program, args }, options);
}

/**
 * Starts a line of the system's shell: `/bin/sh`, on Windows `cmd.exe`. Whoever puts something into the line answers for the
 * quoting; {@link createSubprocessExec} needs none.
 *
 * @throws as createSubprocessExec().
 * @example
 * ```ts
 * import { createSubprocessShell, PIPE, run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using process = await createSubprocessShell("echo hello | tr a-z A-Z", { stdout: PIPE });
 *   console.log(String(await process.stdout.readline())); // HELLO
 * });
 * ```
 */
export function createSubprocessShell<O extends CreateSubprocessOptions>(
  cmd: string,
  options: O = {} as O,
): Coroutine<ProcessWith<O>> {
  return create("createSubprocessShell", { shell: cmd }, options);
}

function create<O extends CreateSubprocessOptions>(
  name: string,
  command: Command,
  options: O,
): Coroutine<ProcessWith<O>> {
  checkCommand(name, command, options);
  const limit = checkLimit(`${name}()`, options.limit);
  return new GeneratorCoroutine(start(command, options, limit), name) as Coroutine<Process> as Coroutine<
    ProcessWith<O>
  >;
}

function* start(command: Command, options: CreateSubprocessOptions, limit: number): CoroutineGenerator<Process> {
  const loop = getRunningLoop();
  const { stdin = null, stdout = null, stderr = null } = options;
  const streams: SubprocessOptions = { ...options, stdin, stdout, stderr };
  const factory = () => new SubprocessStreamProtocol(loop, limit);
  const opening =
    "shell" in command
      ? loop.subprocessShell(factory, command.shell, streams)
      : loop.subprocessExec(factory, command.program, command.args, streams);
  const [transport, protocol] = yield* opening;
  return new Process(transport, protocol);
}
