import { ProcessPoolExecutor, run, ThreadPoolExecutor, type WorkerPoolOptions, workerModule } from "asyncio-ts";
import { expect, test } from "vitest";
import { type Steps, spellings } from "../../support/spellings.ts";

export const work = workerModule<typeof import("./fixtures/work.ts")>(new URL("./fixtures/work.ts", import.meta.url));

export const plain = workerModule<typeof import("./fixtures/plain.ts")>(
  new URL("./fixtures/plain.ts", import.meta.url),
);

/** Both kinds of pool. */
export const POOLS = [
  { name: "ThreadPoolExecutor", make: (options?: WorkerPoolOptions) => new ThreadPoolExecutor(options) },
  { name: "ProcessPoolExecutor", make: (options?: WorkerPoolOptions) => new ProcessPoolExecutor(options) },
];

/** What keeps the process alive, of what executors need. */
export function workerResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort|Process|Pipe/.test(name));
}

/** Waits until no more of that is there than before: Node closes what belongs to a process a turn after its end. */
export async function resourcesAre(before: readonly string[]): Promise<void> {
  while (workerResources().length > before.length) await new Promise((resolve) => setImmediate(resolve));
  expect(workerResources()).toEqual(before);
}

let names = 0;

/** A name that no other test has. */
export function unique(): string {
  return `event-${++names}`;
}

/** What {@link work.hold} waits for. */
export function newGate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

export function openGate(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** What a promise is rejected with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

/** Two tests, one in each spelling, in real time. */
export function testReal(title: string, program: () => Steps<void>): void {
  for (const [name, spell] of Object.entries(spellings)) {
    test(`${title} (${name})`, () => run(spell(program)));
  }
}

/** A promise with its two ends: Node 20 has no `Promise.withResolvers()`. */
export function newDeferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((end) => {
    resolve = end;
  });
  return { promise, resolve };
}
