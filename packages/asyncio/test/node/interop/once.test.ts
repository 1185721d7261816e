import { EventEmitter } from "node:events";
import { createConnection } from "node:net";
import { ConnectionRefusedError, type Coroutine, run } from "asyncio-ts";
import { once } from "asyncio-ts/interop";
import { expect, expectTypeOf, test } from "vitest";
import { type Log, outcomeOf, testEvents } from "../../support/events.ts";
import { awaiting, settle } from "../../support/spellings.ts";

function listeners(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);
}

testEvents(
  "once() gives the arguments of the next event, and leaves no listener",
  function* (log: Log, { start }) {
    const emitter = new EventEmitter();
    const task = start(() => outcomeOf(awaiting(once(emitter, "e"))));
    yield* settle();
    log(`${listeners(emitter)} listeners`);
    emitter.emit("e", 1, "two");
    emitter.emit("e", "too late");
    log(`${listeners(emitter)} listeners`);
    log(yield* awaiting(task));
  },
  ["2 listeners", "0 listeners", "0 [1,two]"],
);

testEvents(
  "once() hears what happens between its call and its await",
  function* (log: Log) {
    const emitter = new EventEmitter();
    const [one, two, given] = [once(emitter, "e"), once(emitter, "e"), once(emitter, "e")];
    given.close();
    log(`${listeners(emitter)} listeners`);
    emitter.emit("e", "early");
    emitter.emit("e", "late");
    log(`${listeners(emitter)} listeners`);
    log(yield* outcomeOf(awaiting(one)));
    log(yield* outcomeOf(awaiting(two)));
  },
  ["4 listeners", "0 listeners", "0 [early]", "0 [early]"],
);

testEvents(
  "once() raises the error event",
  function* (log: Log, { start }) {
    const emitter = new EventEmitter();
    const task = start(() => outcomeOf(awaiting(once(emitter, "e"))));
    const waiting = start(() => outcomeOf(awaiting(once(emitter, "error"))));
    yield* settle();
    emitter.emit("error", new TypeError("broken"));
    log(`${listeners(emitter)} listeners`);
    log(yield* awaiting(task));
    log(yield* awaiting(waiting));
  },
  ["0 listeners", "0 TypeError(broken)", "0 [TypeError: broken]"],
);

testEvents(
  "once() that is cancelled leaves no listener",
  function* (log: Log, { start }) {
    const emitter = new EventEmitter();
    const target = new EventTarget();
    const removed: string[] = [];
    const remove = target.removeEventListener.bind(target);
    target.removeEventListener = (...args) => {
      removed.push(args[0]);
      remove(...args);
    };
    const tasks = [
      start(() => outcomeOf(awaiting(once(emitter, "e")))),
      start(() => outcomeOf(awaiting(once(target, "e")))),
    ];
    yield* settle();
    for (const task of tasks) task.cancel("stop");
    for (const task of tasks) log(yield* awaiting(task));
    log(`${listeners(emitter)} listeners, ${removed} removed`);
  },
  ["0 CancelledError(stop)", "0 CancelledError(stop)", "0 listeners, e removed"],
);

testEvents(
  "once() gives the event of an EventTarget",
  function* (log: Log, { start }) {
    const controller = new AbortController();
    const task = start(() => awaiting(once(controller.signal, "abort")));
    yield* settle();
    controller.abort();
    const event = yield* awaiting(task);
    log(`${event.type} ${event.target === controller.signal}`);
  },
  ["abort true"],
);

test("once() makes errors of Node OSErrors", async () => {
  await run(async () => {
    const socket = createConnection({ port: 1, host: "127.0.0.1" });
    await expect(once(socket, "connect")).rejects.toBeInstanceOf(ConnectionRefusedError);
  });
});

test("once() checks its arguments at the call, and has types", () => {
  expect(() => once({} as EventEmitter, "e")).toThrow("once() needs an EventEmitter or an EventTarget");
  expect(() => once(null as never, "e")).toThrow(TypeError);
  expectTypeOf(once(new EventEmitter(), "e")).toEqualTypeOf<Coroutine<unknown[]>>();
  expectTypeOf(once<[number]>(new EventEmitter(), "e")).toEqualTypeOf<Coroutine<[number]>>();
  expectTypeOf(once(new EventTarget(), "e")).toEqualTypeOf<Coroutine<Event>>();
  expectTypeOf(once<MessageEvent>(new EventTarget(), "e")).toEqualTypeOf<Coroutine<MessageEvent>>();
});
