import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import type { Socket } from "node:net";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { OSError, type OSErrorDetails } from "../../core/errors.ts";
import { DEVNULL, PIPE, STDOUT, type Stdio, type SubprocessOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { startParked } from "../../core/park.ts";
import type { Command } from "../../core/platform.ts";
import { osError } from "../os-error.ts";
import { type SocketPair, socketPair } from "./socket-pair.ts";

/** A child that runs, with our ends of its pipes. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdin: Socket | null;
  readonly stdout: Socket | null;
  readonly stderr: Socket | null;
}

/** Starts a process. When the wait is cancelled none is started. @throws OSError */
export function* spawnChild(
  loop: EventLoop,
  command: Command,
  options: SubprocessOptions,
): CoroutineGenerator<Spawned> {
  const shared = isPiped(options.stdout) && options.stderr === STDOUT ? yield* socketPair(loop) : null;
  try {
    const child = loop._outside(() => start(command, options, shared));
    if (child.pid === undefined) throw yield* failure(loop, child);
    return { child, pid: child.pid, ...pipesOf(child, shared) };
  } catch (error) {
    shared?.ours.destroy();
    throw explained(error, command, options.cwd);
  } finally {
    shared?.theirs.destroy();
  }
}

function start(command: Command, options: SubprocessOptions, shared: SocketPair | null): ChildProcess {
  const settings: SpawnOptions = {
    stdio: stdioFor(options, shared),
    detached: options.startNewSession ?? false,
    shell: "shell" in command,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  };
  if ("shell" in command) return spawn(command.shell, settings);
  // Node refuses an empty name in its own way. The system finds no such program.
  if (command.program === "") throw Object.assign(new Error("spawn  ENOENT"), { code: "ENOENT", syscall: "spawn" });
  return spawn(command.program, command.args, settings);
}

function isPiped(stream: Stdio | undefined): boolean {
  return stream === undefined || stream === PIPE;
}

function stdioFor({ stdin, stdout, stderr }: SubprocessOptions, shared: SocketPair | null): StdioOptions {
  if (shared !== null) return [leadsTo(stdin, 0), shared.theirs, shared.theirs];
  const out = leadsTo(stdout, 1);
  return [leadsTo(stdin, 0), out, stderr === STDOUT ? out : leadsTo(stderr, 2)];
}

function leadsTo(stream: Stdio | undefined, fd: number): "pipe" | "ignore" | number {
  if (stream === DEVNULL) return "ignore";
  if (typeof stream === "number") return stream;
  return stream === null ? fd : "pipe";
}

function pipesOf(child: ChildProcess, shared: SocketPair | null): Pick<Spawned, "stdin" | "stdout" | "stderr"> {
  const stdin = child.stdin as Socket | null;
  if (shared !== null) return { stdin, stdout: shared.ours, stderr: null };
  return { stdin, stdout: child.stdout as Socket | null, stderr: child.stderr as Socket | null };
}

/** Why there is no process. Node knows it already, and tells in the next tick: not worth a cancellation. */
function* failure(loop: EventLoop, child: ChildProcess): CoroutineGenerator<unknown> {
  const told = startParked<unknown>(loop, (wait) => {
    child.once("error", (error) => wait.resolve(error));
    return () => "wait";
  });
  // When there are too many open files there is no list.
  for (const stream of (child.stdio as typeof child.stdio | undefined) ?? []) stream?.destroy();
  return yield* told;
}

type ErrorClass = new (message: string, details: OSErrorDetails) => OSError;

/** The error of a start with the program's name, and told apart from an error about the folder to run in. */
function explained(error: unknown, command: Command, cwd: string | undefined): unknown {
  const found = osError(error);
  if (!(found instanceof OSError)) return error;
  const { code, errno, syscall } = found;
  const name = JSON.stringify("shell" in command ? command.shell : command.program);
  const reason = reasonOf(code, cwd) ?? found.message;
  return new (found.constructor as ErrorClass)(`cannot start ${name}: ${reason}`, {
    code,
    errno,
    syscall,
    cause: error,
  });
}

function reasonOf(code: string | undefined, cwd: string | undefined): string | undefined {
  if (cwd !== undefined && !canEnter(cwd)) {
    const what = code === "ENOENT" ? "there is no such folder" : "the folder can't be entered";
    return `${what}: ${JSON.stringify(cwd)}, given as cwd`;
  }
  if (code === "ENOENT") return "there is no such program";
  return code === "EACCES" ? "it may not be executed" : undefined;
}

function canEnter(folder: string): boolean {
  try {
    // The slash makes it an error of the system when it is no folder.
    accessSync(`${folder}/`, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
