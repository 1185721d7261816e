import { type Coroutine, createTask, type Future, type Task, type TaskOptions, type TaskSource } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { test } from "vitest";

/** A program that is written once and runs in both spellings. Its waits are `yield* awaiting(…)`. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** What differs between the spellings. */
export interface Spelling {
  /** The program as something to give to `createTask()`, `gather()` and the like. */
  spell<T>(program: () => Steps<T>): TaskSource<T>;
  /** `createTask()` of it. */
  start<T>(program: () => Steps<T>, options?: TaskOptions): Task<T>;
}

/** `await operation` in the native spelling, `yield* operation` in the generator spelling. */
export function* awaiting<T>(operation: Coroutine<T> | Future<T>): Steps<T> {
  return (yield operation) as T;
}

function makeSpelling(spell: Spelling["spell"]): Spelling {
  return { spell, start: (program, options) => createTask(spell(program), options) };
}

const spellings: Record<string, Spelling> = {
  native: makeSpelling((program) => async () => {
    const steps = program();
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
  }),
  generator: makeSpelling(
    (program) =>
      function* () {
        const steps = program();
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
  ),
};

/** Two tests: the program as the main task of a virtual run, in each spelling. */
export function testBoth(title: string, program: (spelling: Spelling) => Steps<void>): void {
  for (const [name, spelling] of Object.entries(spellings)) {
    test(`${title} (${name})`, () => runVirtual(spelling.spell(() => program(spelling))));
  }
}
