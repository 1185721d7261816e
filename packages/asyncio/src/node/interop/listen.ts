import { describeValue } from "../../core/describe.ts";

/** What events come from, as on Node: an EventEmitter, or what has these methods of it. */
export interface EmitterLike {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

export type EventSource = EmitterLike | EventTarget;

export type Listener = (...args: unknown[]) => void;

/** @throws TypeError for something that has no events. */
export function checkSource(fn: string, source: unknown): asserts source is EventSource {
  if (isEmitter(source) || isTarget(source)) return;
  throw new TypeError(`${fn}() needs an EventEmitter or an EventTarget, got ${describeValue(source)}`);
}

export function isEmitter(source: unknown): source is EmitterLike {
  const emitter = source as Partial<EmitterLike> | null | undefined;
  return typeof emitter?.on === "function" && typeof emitter.removeListener === "function";
}

function isTarget(source: unknown): source is EventTarget {
  const target = source as Partial<EventTarget> | null | undefined;
  return typeof target?.addEventListener === "function" && typeof target.removeEventListener === "function";
}

/** Adds a listener; gives what takes it away again. */
export function listen(source: EventSource, event: string | symbol, listener: Listener): () => void {
  if (isEmitter(source)) {
    source.on(event, listener);
    return () => void source.removeListener(event, listener);
  }
  source.addEventListener(event as string, listener);
  return () => source.removeEventListener(event as string, listener);
}

/** Adds several; takes them all away. */
export function listenAll(source: EventSource, listeners: Iterable<readonly [string | symbol, Listener]>): () => void {
  const undo = Array.from(listeners, ([event, listener]) => listen(source, event, listener));
  return () => {
    for (const remove of undo) remove();
  };
}
