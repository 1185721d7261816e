import { createTask, EventLoop, Future, type GatherOptions, gather, RuntimeError, sleep, ValueError } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

testEvents(
  "gather() runs all together and gives the results in the order of the arguments",
  function* (log) {
    log(
      yield* outcomeOf(
        awaiting(gather([worker(log, "a", 20), () => worker(log, "b", 10), createTask(worker(log, "c", 15))])),
      ),
    );
  },
  ["10 b ends", "15 c ends", "20 a ends", "20 [a,b,c]"],
);

testBoth("gather() takes futures, coroutines, functions, generators and promises", function* () {
  const future = new Future<number>();
  future.setResult(1);
  const generator = function* () {
    return yield* sleep(1, 4);
  };
  const all = gather([future, sleep(1, 2), async () => 3, generator(), Promise.resolve(5)]);
  expect(yield* awaiting(all)).toEqual([1, 2, 3, 4, 5]);
});

testEvents(
  "gather() runs what it is given twice once, and gives its result twice",
  function* (log) {
    const [once, task] = [worker(log, "a", 1), createTask(worker(log, "b", 2))];
    log(yield* outcomeOf(awaiting(gather([once, task, once, task]))));
  },
  ["1 a ends", "2 b ends", "2 [a,b,a,b]"],
);

testBoth("gather() of nothing is done", function* () {
  const nothing = gather([]);
  expect([nothing.done(), nothing.result(), String(nothing)]).toEqual([true, [], "<gather finished>"]);
  expect(yield* awaiting(nothing)).toEqual([]);
});

test("gather() needs a loop, even for nothing", () => {
  expect(() => gather([])).toThrow(RuntimeError);
  expect(() => gather([sleep(1)])).toThrow(RuntimeError);
});

test("gather() refuses what is no list of awaitables, and futures of different loops", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, sleep(1), new Future(), "text", [1], [undefined]] as never[]) {
      expect(() => gather(wrong)).toThrow(TypeError);
    }
    const other = new EventLoop({ host: new VirtualHost() });
    expect(() => gather([new Future(), other.createFuture()])).toThrow(ValueError);
  }));

testEvents(
  "gather() raises the first error at once; the others go on, and their errors are not reported",
  function* (log) {
    const failing = (name: string, delay: number) => worker(log, name, delay, { error: new Error(name) });
    log(yield* outcomeOf(awaiting(gather([worker(log, "slow", 30), failing("first", 10), failing("second", 20)]))));
  },
  ["10 first ends", "10 Error(first)", "20 second ends", "30 slow ends"],
);

testEvents(
  "gather() with returnExceptions gives errors and cancellations as results, in their places",
  function* (log) {
    const cancelled = createTask(worker(log, "cancelled", 50));
    const all = gather([worker(log, "ok", 20), worker(log, "failed", 5, { error: new Error("no") }), cancelled], {
      returnExceptions: true,
    });
    yield* awaiting(sleep(10));
    cancelled.cancel("enough");
    const results = yield* awaiting(all);
    log(results.map(describeError).join());
  },
  ["5 failed ends", "10 cancelled CancelledError(enough)", "20 ok ends", "ok,Error(no),CancelledError()"],
);

testEvents(
  "gather() raises the CancelledError of a child that was cancelled, is itself not cancelled, and the others go on",
  function* (log) {
    const child = createTask(worker(log, "child", 50));
    const all = gather([child, worker(log, "other", 20)]);
    yield* awaiting(sleep(10));
    child.cancel("child only");
    log(yield* outcomeOf(awaiting(all)));
    log(`cancelled: ${all.cancelled()}`);
  },
  ["10 child CancelledError(child only)", "10 CancelledError(child only)", "cancelled: false", "20 other ends"],
);

for (const options of [{}, { returnExceptions: true }, { cancelOnError: true }] satisfies GatherOptions[]) {
  testEvents(
    `gather(${JSON.stringify(options)}).cancel() cancels all children, and it ends when they have, with a CancelledError`,
    function* (log) {
      const slow = worker(log, "slow", 50, { cleanUp: 5 });
      const all = gather([worker(log, "done before", 1), worker(log, "a", 50), slow], options);
      yield* awaiting(sleep(10));
      log(`accepted: ${all.cancel("enough")}, done: ${all.done()}`);
      const outcome = yield* outcomeOf(awaiting(all));
      // Without returnExceptions the first child that ends cancelled ends the gather.
      log(outcome.replace(/^\d+ /, ""));
    },
    [
      "1 done before ends",
      "accepted: true, done: false",
      "10 a CancelledError(enough)",
      "10 slow CancelledError(enough)",
      ...(options.returnExceptions || options.cancelOnError
        ? ["15 slow cleaned up", "CancelledError(enough)"]
        : ["CancelledError(enough)", "15 slow cleaned up"]),
    ],
  );
}

testEvents(
  "gather() whose awaiter is cancelled cancels its children",
  function* (log) {
    const task = createTask(async () => await gather([worker(log, "a", 50), worker(log, "b", 50)]));
    yield* awaiting(sleep(10));
    task.cancel("enough");
    log(yield* outcomeOf(awaiting(task)));
  },
  ["10 a CancelledError(enough)", "10 b CancelledError(enough)", "10 CancelledError(enough)"],
);

testEvents(
  "gather().cancel() says no once it is done, and touches nothing",
  function* (log) {
    const all = gather([worker(log, "failing", 1, { error: new Error("no") }), worker(log, "slow", 20)]);
    log(yield* outcomeOf(awaiting(all)));
    log(`accepted: ${all.cancel()}`);
  },
  ["1 failing ends", "1 Error(no)", "accepted: false", "20 slow ends"],
);

testEvents(
  "gather().cancel() says no when no child accepts: then the results stand",
  function* (log) {
    const future = new Future<string>();
    const all = gather([future]);
    future.setResult("result");
    log(`accepted: ${all.cancel()}`);
    log(yield* outcomeOf(awaiting(all)));
  },
  ["accepted: false", "0 [result]"],
);

testEvents(
  "gather() with cancelOnError cancels the others at the first error, and raises it when they have ended",
  function* (log) {
    const slow = worker(log, "slow", 50, { cleanUp: 5, cleanUpError: new Error("in the clean-up") });
    const all = gather([worker(log, "a", 50), worker(log, "first", 10, { error: new Error("first") }), slow], {
      cancelOnError: true,
    });
    log(yield* outcomeOf(awaiting(all)));
  },
  ["10 first ends", "10 a CancelledError()", "10 slow CancelledError()", "15 slow cleaned up", "15 Error(first)"],
);

testEvents(
  "gather() with cancelOnError does not wait when the failing one is the last",
  function* (log) {
    const all = gather([worker(log, "a", 5), worker(log, "b", 10, { error: new Error("no") })], {
      cancelOnError: true,
    });
    log(yield* outcomeOf(awaiting(all)));
  },
  ["5 a ends", "10 b ends", "10 Error(no)"],
);

test("gather() of what is done already is done itself", () =>
  runVirtual(async () => {
    const [finished, failed] = [new Future<number>(), new Future<number>()];
    finished.setResult(1);
    failed.setException(new Error("no"));
    expect(gather([finished, finished]).result()).toEqual([1, 1]);
    expect(() => gather([finished, failed]).result()).toThrow("no");
    expect(gather([failed], { returnExceptions: true }).result()).toEqual([failed.exception()]);
  }));

test("gather() reports an error that nobody awaits, once", async () => {
  const events = await eventsOf(async (log) => {
    gather([worker(log, "failing", 1, { error: new Error("no") })]);
    await sleep(10);
  });
  expect(events).toEqual(["1 failing ends", expect.stringMatching(/^report: .* exception was never retrieved$/)]);
});
