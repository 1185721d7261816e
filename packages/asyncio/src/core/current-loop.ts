import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { current, currentFrame } from "./frame.ts";
import { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";

let eventLoop: EventLoop | null = null;

/** Loops between start and stop; foreign callbacks, which run in no loop's turn, are counted to the last. */
const running: EventLoop[] = [];

/** @internal */
export function startedLoop(loop: EventLoop): void {
  running.push(loop);
}

/** @internal */
export function stoppedLoop(loop: EventLoop): void {
  const index = running.lastIndexOf(loop);
  if (index >= 0) running.splice(index, 1);
}

/** The loop inside whose task or callback this code runs, if any. @internal */
export function enclosingLoop(): EventLoop | null {
  const frame = currentFrame();
  // Not `current.loop`: code outside of every task also goes on in some loop's turn, after an await, and is not inside of it.
  return frame?.task?._loop ?? (frame instanceof Handle ? frame._loop : null);
}

/** @internal */
export function runningLoop(): EventLoop | null {
  return enclosingLoop() ?? current.loop ?? running.at(-1) ?? null;
}

/**
 * The loop that runs this code; in a callback of the platform (an event listener, say) the one that was started last.
 *
 * @throws RuntimeError when none runs.
 */
export function getRunningLoop(): EventLoop {
  const loop = runningLoop();
  if (loop === null) throw new RuntimeError("no running event loop");
  return loop;
}

/**
 * The running loop, else the one given to {@link setEventLoop}.
 *
 * @throws RuntimeError when there is neither; none is made.
 */
export function getEventLoop(): EventLoop {
  const loop = runningLoop() ?? eventLoop;
  if (loop === null) throw new RuntimeError("There is no current event loop: run() makes one, setEventLoop() sets one");
  return loop;
}

/**
 * Makes `loop` what {@link getEventLoop} returns while none runs.
 *
 * @throws TypeError when it is neither a loop nor null.
 */
export function setEventLoop(loop: EventLoop | null): void {
  if (loop !== null && typeof (loop as Partial<EventLoop>)?.callSoon !== "function") {
    throw new TypeError(`setEventLoop() needs an EventLoop or null, got ${describeValue(loop)}`);
  }
  eventLoop = loop;
}
