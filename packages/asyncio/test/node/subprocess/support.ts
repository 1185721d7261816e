import { existsSync, readdirSync, readFileSync } from "node:fs";
import { run, sleep } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeError } from "../../support/events.ts";
import { awaiting, type Spell, type Steps, spellings } from "../../support/spellings.ts";

const PROC = "/proc/self";

/** Everything of the system that a subprocess takes, and has to give back. */
interface Taken {
  readonly children: readonly string[];
  readonly descriptors: number;
  readonly handles: readonly string[];
}

function taken(): Taken {
  return {
    children: existsSync(PROC) ? childrenOf(PROC) : [],
    descriptors: existsSync(PROC) ? readdirSync(`${PROC}/fd`).length : 0,
    handles: process.getActiveResourcesInfo().filter((name) => /Process|Pipe|TTY/.test(name)),
  };
}

function childrenOf(proc: string): string[] {
  return readdirSync(`${proc}/task`).flatMap((thread) =>
    readFileSync(`${proc}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
}

/** Runs something after which there must be no child, no descriptor and no handle more than before. */
export async function leavesNothing<T>(program: () => Promise<T>): Promise<T> {
  const before = taken();
  const result = await program();
  // What is closed is gone some turns of the platform later; what is not gone by then never will be.
  const end = performance.now() + 1000;
  while (performance.now() < end && JSON.stringify(taken()) !== JSON.stringify(before)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(taken()).toEqual(before);
  return result;
}

/** Two tests, one in each spelling: a program that runs on Node's own loop, with real processes, and leaves nothing. */
export function testProcesses(title: string, program: (spell: Spell) => Steps<void>): void {
  for (const [name, spell] of Object.entries(spellings)) {
    test(`${title} (${name})`, () => leavesNothing(() => run(spell(() => program(spell)))));
  }
}

/** A program in native code alone. */
export function testNative(title: string, program: () => Promise<void>): void {
  test(title, () => leavesNothing(() => run(program)));
}

/** The error with which an operation fails, as text. */
export async function errorOf(operation: PromiseLike<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof operation === "function" ? operation() : operation);
  } catch (error) {
    return describeError(error);
  }
  return "no error";
}

/** Waits until a process has stopped itself (`kill -STOP $$`), so that it reads nothing until it gets SIGCONT. */
export function* stopped(pid: number): Steps<void> {
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) yield* awaiting(sleep(1));
}

export function textOf(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? Buffer.from(bytes).toString() : null;
}
