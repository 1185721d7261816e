import {
  type Coroutine,
  type CoroutineGenerator,
  createTask,
  EventLoop,
  type Future,
  Runner,
  sleep,
  type Task,
  type TaskOptions,
  wrapFuture,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { test } from "vitest";

/** A program that is written once and runs in both spellings. Its waits are `yield* awaiting(…)`. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** `await operation` in the native spelling, `yield* operation` in the generator spelling. */
export function* awaiting<T>(operation: Coroutine<T> | Future<T>): Steps<T> {
  return (yield operation) as T;
}

/** Lets everything run that needs no time to pass, promises of the platform included. */
export function* settle(): Steps<void> {
  for (let i = 0; i < 5; i++) {
    yield* awaiting(sleep(0));
    yield* awaiting(wrapFuture(Promise.resolve()));
  }
}

export type Spell = <A extends unknown[], T>(
  program: (...args: A) => Steps<T>,
) => (...args: A) => PromiseLike<T> | CoroutineGenerator<T>;

/** How a program is turned into something that runs, by the name of the spelling. */
export const spellings: Record<string, Spell> = {
  "async function":
    (program) =>
    async (...args) => {
      const steps = program(...args);
      let step = steps.next();
      while (!step.done) {
        let value: unknown;
        try {
          value = await step.value;
        } catch (error) {
          step = steps.throw(error);
          continue;
        }
        step = steps.next(value);
      }
      return step.value;
    },
  generator: (program) =>
    function* (...args) {
      const steps = program(...args);
      let step = steps.next();
      while (!step.done) {
        let value: unknown;
        try {
          value = yield* step.value as Coroutine<unknown> | Future<unknown>;
        } catch (error) {
          step = steps.throw(error);
          continue;
        }
        step = steps.next(value);
      }
      return step.value;
    },
};

/** What a program needs to know of the run it is part of. */
export interface Spelling {
  /** A program in this spelling, as something to give to `createTask()`, `gather()`, `timeout()` and the like. */
  readonly spell: Spell;
  /** `createTask()` of it. */
  readonly start: <T>(program: () => Steps<T>, options?: TaskOptions) => Task<T>;
  /** Its clock stands while a promise of the platform is waited for; `advance()` moves it all the same. */
  readonly host: VirtualHost;
}

/** Two tests: the program as the main task of a run in virtual time, in each spelling. */
export function testBoth(title: string, program: (spelling: Spelling) => Steps<void>): void {
  for (const [name, spell] of Object.entries(spellings)) {
    test(`${title} (${name})`, async () => {
      const host = new VirtualHost({ foreignLimit: 1000 });
      await using runner = new Runner({ loopFactory: () => new EventLoop({ host }) });
      await runner.run(
        spell(() => program({ spell, host, start: (part, options) => createTask(spell(part), options) })),
      );
    });
  }
}
