import { types } from "node:util";
import { MessagePort } from "node:worker_threads";
import { describeValue } from "../../core/describe.ts";

/** What moves with a value: kept beside it, so that a function which returns `move(result)` can be called directly. */
const moved = new WeakMap<object, readonly object[]>();

/**
 * Marks an argument of a call in another thread, or its result there (`return move(result)`), to be moved instead of
 * copied, which takes no time. Whoever gave it can't use it any more. Gives the value itself.
 *
 * It takes an ArrayBuffer, a view of a whole one, a MessagePort, a stream of the web or a FileHandle; for other objects
 * `transfer` lists those that are in it. What goes to a process is copied all the same.
 *
 * @throws TypeError for a value that can't move.
 * @example
 * ```ts
 * import { move, run, toThread, workerModule } from "asyncio-ts";
 *
 * const zlib = workerModule<typeof import("node:zlib")>("node:zlib");
 * const data = new Uint8Array(1_000_000);
 * const packed = await run(toThread(zlib.gzipSync, move(data)));
 * console.log(packed.length < 2000, data.length); // true 0
 * ```
 */
export function move<T extends object>(value: T, transfer?: readonly object[]): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`move() needs an object that can be transferred, got ${describeValue(value)}`);
  }
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new TypeError(`move() needs a list of what to transfer, got ${describeValue(transfer)}`);
  }
  moved.set(value, transfer ?? transferableOf(value));
  return value;
}

/** What is to move with these values. A mark counts once. */
export function takeTransfers(values: readonly unknown[]): readonly object[] {
  const transfers = new Set<object>();
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    for (const one of moved.get(value) ?? []) transfers.add(one);
    moved.delete(value);
  }
  return [...transfers];
}

function transferableOf(value: object): readonly object[] {
  if (ArrayBuffer.isView(value)) return memoryOf(value);
  if (types.isSharedArrayBuffer(value)) return [];
  if (types.isArrayBuffer(value) || isTransferable(value)) return [value];
  throw new TypeError(
    `move() can't tell what to move in ${describeValue(value)}: list it, as in move(value, [value.buffer])`,
  );
}

function memoryOf(view: ArrayBufferView): readonly object[] {
  const { buffer } = view;
  if (types.isSharedArrayBuffer(buffer)) return [];
  if (view.byteLength === buffer.byteLength) return [buffer];
  throw new TypeError(
    `move(): the ${view.constructor.name} is a view of a part of a larger buffer, which would move with it (small ` +
      "Buffers share one): copy the part first, by new Uint8Array(view)",
  );
}

function isTransferable(value: object): boolean {
  if (value instanceof MessagePort) return true;
  if (value instanceof ReadableStream || value instanceof WritableStream || value instanceof TransformStream)
    return true;
  return value.constructor?.name === "FileHandle";
}
