import { stackHere, traceOf } from "./describe.ts";
import { current } from "./frame.ts";
import { PROBE } from "./operation.ts";
import { isCurrent, type Stepper } from "./strand.ts";
import type { Task } from "./task.ts";

/** One call on the stack of a coroutine. */
export interface FrameInfo {
  readonly functionName: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Whether it is an async function, as opposed to a generator or an ordinary function that runs now. */
  readonly async: boolean;
}

/** `file:///…/src/` or `…/dist/`: whatever is below it is this library. */
const LIBRARY = import.meta.url.replace(/core\/[^/]*$/, "");

const FRAME_START = /^\s+at /;

const FRAME = /^\s+at (async )?(?:(.*?) \()?((?:file:\/\/|node:|[a-z]+:\/\/)?[^()]*?):(\d+):(\d+)\)?$/;

/** The user's frames of a V8 stack, innermost first. Another engine's stack gives none. @internal */
export function parseStack(stack: string): FrameInfo[] {
  const frames: FrameInfo[] = [];
  for (const text of stack.split("\n")) {
    const match = FRAME.exec(text);
    if (match === null || isInternal(match[3] as string)) continue;
    frames.push({
      functionName: (match[2] ?? "<anonymous>").replace(/^(?:Object|Generator|AsyncFunction)\./, ""),
      file: match[3] as string,
      line: Number(match[4]),
      column: Number(match[5]),
      async: match[1] !== undefined,
    });
  }
  return frames;
}

function isInternal(file: string): boolean {
  return file.startsWith("node:") || file.startsWith(LIBRARY) || `file://${file}`.startsWith(LIBRARY);
}

/** Where a stepper is suspended, innermost call first; nothing when that is not known. */
function suspendedAt(stepper: Stepper): FrameInfo[] {
  return [...probedFrames(stepper), ...awaitedAt(stepper)];
}

/** Where native code awaits, in debug mode. @internal */
export function awaitedAt(strand: object): FrameInfo[] {
  for (const stack of traceOf.awaitSites(strand)) {
    const frames = parseStack(stack);
    if (frames.length > 0) return frames;
  }
  return [];
}

/**
 * Sends {@link PROBE} into the suspended generator: all generators on the way hand it to the innermost operation, which
 * is ours and records the stack. Only while it waits for a future: then it is such an operation that is innermost.
 */
function probe(stepper: Stepper): Error | null {
  if (stepper._waiting === null || stepper._iterator === null) return null;
  current.site = null;
  stepper._iterator.next(PROBE);
  const { site } = current as { site: Error | null };
  current.site = null;
  return site;
}

/** The name of the operation that the stepper waits in; empty for a bare future. @internal */
export function operationOf(stepper: Stepper): string {
  return probe(stepper)?.message ?? "";
}

function probedFrames(stepper: Stepper): FrameInfo[] {
  const here = linesOf(stackHere()).length;
  const site = probe(stepper);
  if (site === null) return [];
  // Below the coroutine's calls stand this one, probe(), and their callers.
  return parseStack(
    linesOf(site)
      .slice(0, -here - 1)
      .join("\n"),
  );
}

function linesOf(error: Error): string[] {
  return (error.stack ?? "").split("\n").filter((line) => FRAME_START.test(line));
}

/** Where a task is suspended, in all its branches, innermost call first. @internal */
export function stacksOf(task: Task<unknown>): FrameInfo[][] {
  const stacks: FrameInfo[][] = [];
  for (const stepper of [task, ...task._strands()]) {
    const stack = suspendedAt(stepper);
    if (stack.length > 0) stacks.push(stack);
  }
  return stacks;
}

/** `Task.getStack()`. @internal */
export function stackOf(task: Task<unknown>, limit = Number.POSITIVE_INFINITY): FrameInfo[] {
  if (task.done()) {
    const error = task._peekError();
    const frames = error instanceof Error ? parseStack(error.stack ?? "").toReversed() : [];
    return frames.slice(0, limit);
  }
  const innermost = isCurrent(task) ? parseStack(new Error("here").stack ?? "") : (stacksOf(task)[0] ?? []);
  return innermost.slice(0, limit).toReversed();
}

/** `Task.printStack()`. @internal */
export function formatStack(task: Task<unknown>, limit: number | undefined): string {
  const frames = stackOf(task, limit);
  const failed = task.done() && task._peekError() !== null;
  if (frames.length === 0) return `No stack for ${task}`;
  const lines = frames.map((frame) => `  File "${frame.file}", line ${frame.line}, in ${frame.functionName}`);
  return [`${failed ? "Traceback" : "Stack"} for ${task} (most recent call last):`, ...lines].join("\n");
}
