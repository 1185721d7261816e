import { awaitersOf } from "./awaited-by.ts";
import { runningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { Future } from "./future.ts";
import { type FrameInfo, parseStack, stacksOf } from "./stack.ts";
import { isCurrent } from "./strand.ts";
import { currentTask, Task } from "./task.ts";

/** One entry of a call stack: asyncio's frame object is a {@link FrameInfo} here. */
export class FrameCallGraphEntry {
  readonly frame: FrameInfo;

  constructor(frame: FrameInfo) {
    this.frame = frame;
  }
}

/** A future, where its coroutine is suspended (innermost call first), and who waits for it. */
export class FutureCallGraph {
  readonly future: Future<unknown>;
  readonly callStack: readonly FrameCallGraphEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];

  constructor(
    future: Future<unknown>,
    callStack: readonly FrameCallGraphEntry[],
    awaitedBy: readonly FutureCallGraph[],
  ) {
    this.future = future;
    this.callStack = callStack;
    this.awaitedBy = awaitedBy;
  }
}

/** What of a call graph is wanted. */
export interface CallGraphOptions {
  /** For the current task: how many calls to leave out, counted from the innermost; by default none. */
  readonly depth?: number;
  /** How many calls of each stack: positive the innermost ones, negative the outermost, 0 none. */
  readonly limit?: number | null;
}

/**
 * Who waits for `future`, by default the current task, and for whom these wait in turn, with the place at which each is
 * suspended: exact for generators; for native code recorded in debug mode only. Null when there is no current task.
 *
 * @throws TypeError when `future` is none; RuntimeError when none is given and no loop runs.
 */
export function captureCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  if (future === undefined || future === null) {
    if (runningLoop() === null) {
      throw new RuntimeError(
        "captureCallGraph() is called outside of a running event loop and no future to introspect was provided",
      );
    }
    const task = currentTask();
    return task === null ? null : build(task, options, new Set());
  }
  if (!(future instanceof Future)) {
    throw new TypeError(`captureCallGraph() needs a future, got ${describeValue(future)}`);
  }
  return build(future, options, new Set());
}

function build(
  future: Future<unknown>,
  options: CallGraphOptions,
  path: ReadonlySet<Future<unknown>>,
): FutureCallGraph {
  const frames = options.limit === 0 ? [] : limited(framesOf(future, options.depth ?? 0), options.limit ?? null);
  const entries = frames.map((frame) => new FrameCallGraphEntry(frame));
  // A cycle, as in a deadlock of tasks that await each other, is shown once.
  if (path.has(future)) return new FutureCallGraph(future, entries, []);
  const onPath = new Set([...path, future]);
  const awaitedBy = [...awaitersOf(future)].map((task) => build(task, { limit: options.limit ?? null }, onPath));
  return new FutureCallGraph(future, entries, awaitedBy);
}

function framesOf(future: Future<unknown>, depth: number): FrameInfo[] {
  if (!(future instanceof Task)) return [];
  if (isCurrent(future)) return parseStack(new Error("here").stack ?? "").slice(depth);
  return stacksOf(future).flat();
}

function limited(frames: FrameInfo[], limit: number | null): FrameInfo[] {
  if (limit === null) return frames;
  return limit >= 0 ? frames.slice(0, limit) : frames.slice(limit);
}

/** {@link captureCallGraph} as text, in asyncio's layout; empty when there is no current task. */
export function formatCallGraph(future?: Future<unknown> | null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  return graph === null ? "" : render(graph, "").join("\n");
}

/** Prints {@link formatCallGraph} by `write`, by default to the console's error stream. */
export function printCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions & { readonly write?: (text: string) => void } = {},
): void {
  const text = formatCallGraph(future, options);
  const report = (line: string): void => (future?._loop ?? runningLoop())?._host.report(line);
  (options.write ?? report)(text);
}

function render(graph: FutureCallGraph, indent: string): string[] {
  const { future } = graph;
  const lines = [
    future instanceof Task ? `* Task(name='${future.getName()}')` : `* ${future.constructor.name}()`,
    ...(graph.callStack.length > 0 ? ["  + Call stack:"] : []),
    ...graph.callStack.map(
      ({ frame }) =>
        `  |   File '${frame.file}', line ${frame.line}, in ${frame.async ? "async " : ""}${frame.functionName}()`,
    ),
    ...(graph.awaitedBy.length > 0 ? ["  + Awaited by:"] : []),
  ].map((line) => indent + line);
  return [...lines, ...graph.awaitedBy.flatMap((awaiter) => render(awaiter, `${indent}    `))];
}
