import type * as asyncio from "asyncio-ts";
import {
  type AsCompleted,
  asCompleted,
  type CancelScope,
  type Coroutine,
  type CoroutineGenerator,
  cancelScope,
  coroutine,
  createTask,
  currentTask,
  type ErrorCondition,
  ensureFuture,
  type Future,
  failAfter,
  gather,
  getRunningLoop,
  mapConcurrent,
  moveOnAfter,
  race,
  run,
  shield,
  sleep,
  type Task,
  type TaskGroup,
  type Timeout,
  taskGroup,
  timeout,
  type WaitResult,
  wait,
  waitFor,
} from "asyncio-ts";
import { runVirtual, runVirtualSync } from "asyncio-ts/testing";
import { expectTypeOf, test } from "vitest";

// The functions that are given to expectTypeOf() are never called: what counts is that `tsc` accepts them.

declare const task: Task<string>;
declare const numbers: Future<number>;
const double = coroutine(function* (n: number, _label?: string) {
  yield* sleep(1);
  return 2 * n;
});

test("sleep() gives the type of its result", () => {
  expectTypeOf(() => sleep(1)).returns.toEqualTypeOf<Coroutine<undefined>>();
  expectTypeOf(() => sleep(1, "text" as string)).returns.toEqualTypeOf<Coroutine<string>>();
});

test("coroutine() keeps the parameters, `this` and the result of its function", () => {
  expectTypeOf(double).parameters.toEqualTypeOf<[n: number, label?: string | undefined]>();
  expectTypeOf(double).returns.toEqualTypeOf<Coroutine<number>>();
  const method = coroutine(function* (this: Date) {
    yield* sleep(1);
    return this;
  });
  expectTypeOf(method).thisParameter.toEqualTypeOf<Date>();
  expectTypeOf(method).returns.toEqualTypeOf<Coroutine<Date>>();
});

test("Coroutine and Future give the awaited type to `await` and to `yield*`", () => {
  expectTypeOf(async () => await double(1)).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(async () => await task).returns.resolves.toEqualTypeOf<string>();
  expectTypeOf(function* () {
    return yield* double(1);
  }).returns.toExtend<CoroutineGenerator<number>>();
  expectTypeOf(function* () {
    return yield* task;
  }).returns.toExtend<CoroutineGenerator<string>>();
  coroutine(function* () {
    expectTypeOf(yield* double(1)).toEqualTypeOf<number>();
    expectTypeOf(yield* task).toEqualTypeOf<string>();
    expectTypeOf(yield* gather([double(1), task])).toEqualTypeOf<[number, string]>();
    expectTypeOf(yield* sleep(1)).toEqualTypeOf<undefined>();
  });
});

test("createTask() takes every kind of coroutine and gives a Task of its result", () => {
  expectTypeOf(() => createTask(async () => 1)).returns.toEqualTypeOf<Task<number>>();
  expectTypeOf(() => createTask(double(1))).returns.toEqualTypeOf<Task<number>>();
  expectTypeOf(() => createTask(() => double(1))).returns.toEqualTypeOf<Task<number>>();
  const generator = function* (): CoroutineGenerator<string> {
    return yield* sleep(1, "text");
  };
  expectTypeOf(() => createTask(generator)).returns.toEqualTypeOf<Task<string>>();
  expectTypeOf(() => createTask(generator())).returns.toEqualTypeOf<Task<string>>();
  expectTypeOf(() => getRunningLoop().createTask(async () => 1)).returns.toEqualTypeOf<Task<number>>();
});

test("createTask() refuses a promise, a function with parameters, and what gives no coroutine", () => {
  // @ts-expect-error: a promise runs already
  expectTypeOf(() => createTask(Promise.resolve(1))).toBeFunction();
  // @ts-expect-error: nobody would give the argument
  expectTypeOf(() => createTask(async (n: number) => n)).toBeFunction();
  // @ts-expect-error: not a coroutine
  expectTypeOf(() => createTask(() => 1)).toBeFunction();
  // @ts-expect-error: a call of a coroutine function has arguments
  expectTypeOf(() => createTask(double)).toBeFunction();
});

test("Task and Future have the type of their result", () => {
  expectTypeOf<Task<string>>().toExtend<Future<string>>();
  expectTypeOf<Task<string>>().toExtend<PromiseLike<string>>();
  expectTypeOf<Task<string>["result"]>().returns.toEqualTypeOf<string>();
  expectTypeOf<Task<string>["exception"]>().returns.toEqualTypeOf<unknown>();
  expectTypeOf<Task<string>["addDoneCallback"]>().parameter(0).parameter(0).toExtend<Future<string>>();
  expectTypeOf(currentTask).returns.toEqualTypeOf<Task<unknown> | null>();
  expectTypeOf(() => getRunningLoop().createFuture<number>()).returns.toEqualTypeOf<Future<number>>();
});

test("gather() gives a tuple of a tuple, and a list of a list", () => {
  expectTypeOf(() => gather([double(1), task, async () => true])).returns.toEqualTypeOf<
    Future<[number, string, boolean]>
  >();
  expectTypeOf(() => gather([] as Task<string>[])).returns.toEqualTypeOf<Future<string[]>>();
  expectTypeOf(async () => {
    const [first, second] = await gather([double(1), task]);
    return { first, second };
  }).returns.resolves.toEqualTypeOf<{ first: number; second: string }>();
});

test("ensureFuture(), waitFor() and shield() give the type of what they wait for", () => {
  expectTypeOf(() => ensureFuture(double(1))).returns.toEqualTypeOf<Future<number>>();
  expectTypeOf(() => ensureFuture(Promise.resolve("text"))).returns.toEqualTypeOf<Future<string>>();
  expectTypeOf(() => waitFor(double(1), 10)).returns.toEqualTypeOf<Coroutine<number>>();
  expectTypeOf(() => waitFor(async () => "text", null)).returns.toEqualTypeOf<Coroutine<string>>();
  expectTypeOf(() => shield(task)).returns.toEqualTypeOf<Future<string>>();
  expectTypeOf(() => shield(async () => 1, { withinMs: 5 })).returns.toEqualTypeOf<Future<number>>();
});

test("wait() gives sets of the very type of future that it is given", () => {
  expectTypeOf(() => wait([task])).returns.toEqualTypeOf<Coroutine<WaitResult<Task<string>>>>();
  expectTypeOf(() => wait(new Set([numbers]))).returns.toEqualTypeOf<Coroutine<WaitResult<Future<number>>>>();
  // @ts-expect-error: a coroutine has to be made a task first
  expectTypeOf(() => wait([double(1)])).toBeFunction();
});

test("asCompleted() gives what has ended to `for await`, and coroutines to `for`", () => {
  expectTypeOf(() => asCompleted([task, async () => "text"])).returns.toEqualTypeOf<AsCompleted<string>>();
  expectTypeOf(async () => {
    for await (const ended of asCompleted([task])) {
      expectTypeOf(ended.result()).toEqualTypeOf<string>();
      expectTypeOf(ended.future).toEqualTypeOf<Future<string>>();
    }
  }).toBeFunction();
  expectTypeOf(() => [...asCompleted([task])]).returns.toEqualTypeOf<Coroutine<string>[]>();
});

test("Scopes give the type of their body, in either spelling, and type what it gets", () => {
  expectTypeOf(() =>
    taskGroup(async (group) => {
      expectTypeOf(group).toEqualTypeOf<TaskGroup>();
      expectTypeOf(group.createTask(double(1))).toEqualTypeOf<Task<number>>();
      return "text";
    }),
  ).returns.toEqualTypeOf<Coroutine<string>>();
  expectTypeOf(() =>
    taskGroup(function* (group) {
      expectTypeOf(group).toEqualTypeOf<TaskGroup>();
      return yield* group.createTask(async () => 1);
    }),
  ).returns.toEqualTypeOf<Coroutine<number>>();
  expectTypeOf(() =>
    timeout(10, async (limit) => {
      expectTypeOf(limit).toEqualTypeOf<Timeout>();
      return 1;
    }),
  ).returns.toEqualTypeOf<Coroutine<number>>();
  expectTypeOf(() =>
    failAfter(10, function* (scope) {
      expectTypeOf(scope).toEqualTypeOf<CancelScope>();
      return yield* double(1);
    }),
  ).returns.toEqualTypeOf<Coroutine<number>>();
});

test("cancelScope() and moveOnAfter() may give undefined", () => {
  expectTypeOf(() => cancelScope(async () => 1)).returns.toEqualTypeOf<Coroutine<number | undefined>>();
  expectTypeOf(() => moveOnAfter(10, async () => 1)).returns.toEqualTypeOf<Coroutine<number | undefined>>();
});

test("race() gives the union, mapConcurrent() a list of the function's results", () => {
  expectTypeOf(() => race([double(1), task])).returns.toEqualTypeOf<Coroutine<number | string>>();
  expectTypeOf(() =>
    mapConcurrent(["a", "b"], async (item, index) => {
      expectTypeOf(item).toEqualTypeOf<string>();
      expectTypeOf(index).toEqualTypeOf<number>();
      return item.length;
    }),
  ).returns.toEqualTypeOf<Coroutine<number[]>>();
  expectTypeOf((source: AsyncIterable<Date>) => mapConcurrent(source, async (item) => item)).returns.toEqualTypeOf<
    Coroutine<Date[]>
  >();
});

test("run(), runVirtual() and runVirtualSync() give the result of the main coroutine", () => {
  expectTypeOf(() => run(async () => 1)).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(() => run(double(1))).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(() => runVirtual(async () => "text")).returns.resolves.toEqualTypeOf<string>();
  expectTypeOf(() => runVirtualSync(double(1))).returns.toEqualTypeOf<number>();
});

test("ExceptionGroup.split() takes classes and predicates", () => {
  expectTypeOf(TypeError).toExtend<ErrorCondition>();
  expectTypeOf([TypeError, RangeError]).toExtend<ErrorCondition>();
  expectTypeOf((error: unknown) => error === null).toExtend<ErrorCondition>();
  expectTypeOf("TypeError").not.toExtend<ErrorCondition>();
});

// No `any` in what a user sees.

type IsAny<T> = 0 extends 1 & T ? true : false;
type AnyOf<T extends readonly unknown[], Name> = { [I in keyof T]: IsAny<T[I]> extends true ? Name : never }[number];
type AnyIn<Call, Name> = Call extends (...args: infer A) => infer R ? AnyOf<[...A, R], Name> : never;
type Leak<T, Name extends string> =
  IsAny<T> extends true
    ? Name
    : T extends abstract new (
          ...args: infer A
        ) => infer Instance
      ? AnyOf<A, Name> | Leaks<Instance, `${Name}.`>
      : AnyIn<T, Name>;
type Leaks<T, Prefix extends string = ""> = {
  [K in keyof T & string]: IsAny<T[K]> extends true ? `${Prefix}${K}` : AnyIn<T[K], `${Prefix}${K}`>;
}[keyof T & string];
/** `undefined` comes from optional parameters. */
type AllLeaks<T> = Exclude<{ [K in keyof T & string]: Leak<T[K], K> }[keyof T & string], undefined>;

test("the public API has no `any` in its parameters, results and members", () => {
  expectTypeOf<AllLeaks<typeof asyncio>>().toEqualTypeOf<never>();
  // The helper itself finds what it looks for.
  interface Leaking {
    fn: (argument: JSON) => ReturnType<JSON["parse"]>;
    value: ReturnType<JSON["parse"]>;
    clean: (argument: string) => number;
  }
  expectTypeOf<AllLeaks<Leaking>>().toEqualTypeOf<"fn" | "value">();
});
