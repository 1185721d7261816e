import { type Stats, stat, unlink } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import {
  CancelledError,
  type Coroutine,
  createTask,
  FileNotFoundError,
  run,
  sleep,
  TimeoutError,
  wait,
  waitFor,
} from "asyncio-ts";
import { fromCallback, type NodeCallback, once } from "asyncio-ts/interop";
import { expect, expectTypeOf, test } from "vitest";
import { type Log, outcomeOf, testEvents } from "../../support/events.ts";
import { awaiting, settle } from "../../support/spellings.ts";

test("fromCallback() gives the result of a callback of Node, and its errors as OSErrors", async () => {
  await run(async () => {
    const stats = await fromCallback<Stats>((callback) => stat(".", callback));
    expect(stats.isDirectory()).toBe(true);
    await expect(fromCallback((callback) => unlink("./nowhere", callback))).rejects.toBeInstanceOf(FileNotFoundError);
  });
  expectTypeOf(fromCallback((callback) => unlink("x", callback))).toEqualTypeOf<Coroutine<void>>();
});

testEvents(
  "fromCallback() begins when it is awaited, and gives the first outcome",
  function* (log: Log) {
    let callback: NodeCallback<string> = () => {};
    const operation = fromCallback<string>((given) => {
      log("begins");
      callback = given;
      given(null, "first");
      given(null, "second");
      given(new Error("third"));
    });
    log("not yet");
    log(yield* outcomeOf(awaiting(operation)));
    callback(new Error("fourth"));
  },
  ["not yet", "begins", "0 [first]"],
);

testEvents(
  "fromCallback() raises the error of the callback, and what start throws",
  function* (log: Log) {
    log(yield* outcomeOf(awaiting(fromCallback((callback) => callback(new TypeError("broken"))))));
    const throwing = fromCallback(() => {
      throw new RangeError("not even begun");
    });
    log(yield* outcomeOf(awaiting(throwing)));
  },
  ["0 TypeError(broken)", "0 RangeError(not even begun)"],
);

testEvents(
  "fromCallback() without an abort function lets go of the operation, and reports its late error",
  function* (log: Log, { start }) {
    let callback: NodeCallback<string> = () => {};
    const task = start(() =>
      outcomeOf(
        awaiting(
          fromCallback<string>((given) => {
            callback = given;
          }),
        ),
      ),
    );
    yield* settle();
    task.cancel("stop");
    log(yield* awaiting(task));
    callback(new Error("late"));
    callback(new Error("again"));
  },
  [
    "0 CancelledError(stop)",
    "report: fromCallback(): the operation failed after the wait for it had been cancelled",
    "report: fromCallback(): the operation failed after the wait for it had been cancelled",
  ],
);

testEvents(
  "fromCallback() calls the abort function once, and is over when that returns nothing",
  function* (log: Log, { start }) {
    const task = start(() => outcomeOf(awaiting(fromCallback(() => () => log("abort")))));
    yield* settle();
    task.cancel();
    task.cancel();
    log(yield* awaiting(task));
  },
  ["abort", "0 CancelledError()"],
);

for (const [how, settleIt, expected] of [
  [
    "an AbortError",
    (callback: NodeCallback<string>) => callback(new DOMException("", "AbortError")),
    "CancelledError(stop)",
  ],
  ["another error", (callback: NodeCallback<string>) => callback(new Error("broken")), "Error(broken)"],
  ["a result", (callback: NodeCallback<string>) => callback(null, "done"), "[done]"],
] as const) {
  testEvents(
    `fromCallback() whose abort function says wait ends with the callback: ${how}`,
    function* (log: Log, { start }) {
      let callback: NodeCallback<string> = () => {};
      const operation = fromCallback<string>((given) => {
        callback = given;
        return () => "wait" as const;
      });
      const task = start(function* () {
        log(yield* outcomeOf(awaiting(operation)));
      });
      yield* settle();
      task.cancel("stop");
      yield* settle();
      log("still waiting");
      settleIt(callback);
      yield* settle();
    },
    ["still waiting", `0 ${expected}`],
  );
}

test("fromCallback(): a loop of operations that can't be stopped can be cancelled", () =>
  run(async () => {
    let count = 0;
    const task = createTask(async () => {
      for (; count < 1000; count++) {
        await fromCallback((callback) => {
          setImmediate(callback);
          return () => "wait" as const;
        });
      }
    });
    const isUnderWay = (): boolean => count >= 10;
    while (!isUnderWay()) await sleep(0);
    task.cancel();
    await wait([task]);
    expect(task.cancelled()).toBe(true);
    expect(count).toBeLessThan(20);
  }));

test("fromCallback() refuses what is no function", () => {
  expect(() => fromCallback(3 as never)).toThrow(TypeError);
});

test("fromCallback() stops a request to a server that does not answer, and no socket is left", async () => {
  await run(async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const getting = createTask(
      fromCallback((callback) => {
        const asking = request({ port, host: "127.0.0.1" }, () => callback()).on("error", callback);
        asking.end();
        return () => {
          asking.destroy(new DOMException("", "AbortError"));
          return "wait" as const;
        };
      }),
    );
    const [socket] = await once<[{ destroyed: boolean; resume(): void }]>(server, "connection");
    socket.resume();
    getting.cancel("enough");
    await expect(getting.then()).rejects.toEqual(new CancelledError("enough"));
    await fromCallback((callback) => server.close(callback));
  });
});

test("fromCallback() has a time limit like everything", () =>
  run(async () => {
    await expect(
      waitFor(
        fromCallback(() => undefined),
        5,
      ),
    ).rejects.toBeInstanceOf(TimeoutError);
  }));
