import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { createTask, run, sleep, timeout, ValueError } from "asyncio-ts";
import { type EventIterator, on, once } from "asyncio-ts/interop";
import { runVirtual } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { type Log, outcomeOf, testEvents } from "../../support/events.ts";
import { awaiting, settle } from "../../support/spellings.ts";

function listeners(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);
}

testEvents(
  "on().next() gives the events since the call, one after the other, then the end",
  function* (log: Log) {
    const emitter = new EventEmitter();
    const events = on<[number]>(emitter, "e", { close: ["end"] });
    emitter.emit("e", 1);
    emitter.emit("e", 2);
    emitter.emit("end");
    emitter.emit("e", 3);
    log(`${listeners(emitter)} listeners`);
    for (;;) {
      const step = yield* awaiting(events.next());
      log(step.done ? "end" : `${step.value}`);
      if (step.done) break;
    }
    log(`${(yield* awaiting(events.next())).done}`);
  },
  ["0 listeners", "1", "2", "end", "true"],
);

testEvents(
  "on().next() waits for an event; cancelling it loses none, and goes on to the next who waits",
  function* (log: Log, { start }) {
    const emitter = new EventEmitter();
    using events = on<[string]>(emitter, "e");
    const next = (name: string) =>
      start(function* () {
        const step = yield* awaiting(events.next());
        log(`${name} ${step.value}`);
      });
    const [first, second] = [next("first"), next("second"), next("third")];
    yield* settle();
    first?.cancel();
    emitter.emit("e", "a");
    // Woken already.
    second?.cancel();
    yield* settle();
    emitter.emit("e", "b");
    log((yield* awaiting(events.next())).value?.[0] ?? "");
  },
  ["third a", "b"],
);

testEvents(
  "on() raises the error event, after the events that came before",
  function* (log: Log) {
    const emitter = new EventEmitter();
    const events = on(emitter, "e");
    emitter.emit("e", "before");
    emitter.emit("error", new TypeError("broken"));
    log(`${listeners(emitter)} listeners`);
    for (let i = 0; i < 3; i++) {
      const step = yield* outcomeOf(
        (function* () {
          const { done, value } = yield* awaiting(events.next());
          return done ? "end" : value;
        })(),
      );
      log(step);
    }
  },
  ["0 listeners", "0 [before]", "0 TypeError(broken)", "0 [end]"],
);

testEvents(
  "on() with a limit ends with QueueFull, and what waited is not lost",
  function* (log: Log) {
    const emitter = new EventEmitter();
    const events = on<[number]>(emitter, "e", { limit: 2 });
    for (let i = 0; i < 5; i++) emitter.emit("e", i);
    log(`${listeners(emitter)} listeners`);
    log(`${(yield* awaiting(events.next())).value} ${(yield* awaiting(events.next())).value}`);
    log(yield* outcomeOf(awaiting(events.next())));
  },
  ["0 listeners", "0 1", "0 QueueFull(on(): more than 2 events wait to be taken)"],
);

testEvents(
  "on().close() ends every wait, and drops what is left",
  function* (log: Log, { start }) {
    const emitter = new EventEmitter();
    const events = on(emitter, "e");
    const tasks = [1, 2].map(() => start(() => awaiting(events.next())));
    yield* settle();
    events.close();
    events.close();
    for (const task of tasks) log(`${(yield* awaiting(task)).done}`);
    log(`${listeners(emitter)} listeners`);
  },
  ["true", "true", "0 listeners"],
);

test.each<[string, (events: EventIterator<[number]>, emitter: EventEmitter) => Promise<unknown>]>([
  [
    "break",
    async (events) => {
      for await (const _ of events) break;
    },
  ],
  [
    "an error of its body",
    async (events) => {
      for await (const _ of events) throw new Error("body");
    },
  ],
  [
    "an error event",
    async (events, emitter) => {
      setImmediate(() => emitter.emit("error", new Error("event")));
      for await (const _ of events);
    },
  ],
  [
    "a cancellation of its body",
    async (events) => {
      await timeout(5, async () => {
        for await (const _ of events) await sleep(1000);
      });
    },
  ],
  [
    "a cancellation of its wait",
    async (events) => {
      await timeout(5, async () => {
        for await (const _ of events);
      });
    },
  ],
  [
    "a closing event",
    async (events, emitter) => {
      setImmediate(() => emitter.emit("end"));
      for await (const _ of events);
    },
  ],
])("on(): a loop that ends by %s leaves no listener", async (_, loop) => {
  const emitter = new EventEmitter();
  await run(async () => {
    const events = on<[number]>(emitter, "e", { close: ["end"] });
    expect(listeners(emitter)).toBe(3);
    emitter.emit("e", 1);
    await loop(events, emitter).catch(() => {});
    expect(listeners(emitter)).toBe(0);
    expect((await events.next()).done).toBe(true);
  });
});

test("on(): return() of its iterator ends a next() that waits", () =>
  runVirtual(async () => {
    const emitter = new EventEmitter();
    const iterator = on(emitter, "e")[Symbol.asyncIterator]();
    const next = createTask(async () => await iterator.next());
    await sleep(0);
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    expect(listeners(emitter)).toBe(0);
  }));

test("on() pauses and resumes an emitter, so that little waits", async () => {
  const stream = new PassThrough({ objectMode: true, highWaterMark: 4 });
  await run(async () => {
    const events = on<[number]>(stream, "data", { close: ["end"], highWaterMark: 4, lowWaterMark: 2 });
    const calls: string[] = [];
    for (const name of ["pause", "resume"] as const) {
      const method = stream[name].bind(stream);
      stream[name] = () => {
        calls.push(name);
        return method();
      };
    }
    const producer = createTask(async () => {
      for (let i = 0; i < 50; i++) {
        if (!stream.write(i)) await once(stream, "drain");
      }
      stream.end();
    });
    const seen: number[] = [];
    for await (const [number] of events) {
      seen.push(number);
      await sleep(0);
    }
    await producer;
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(calls.filter((call) => call === "pause").length).toBeGreaterThan(3);
  });
});

test("on() gives the events of an EventTarget", async () => {
  await run(async () => {
    const target = new EventTarget();
    const events = on(target, "e", { close: ["end"] });
    target.dispatchEvent(new Event("e"));
    target.dispatchEvent(new Event("end"));
    const types: string[] = [];
    for await (const event of events) types.push(event.type);
    expect(types).toEqual(["e"]);
  });
});

test("on() checks its arguments at the call, and has types", () => {
  const emitter = new EventEmitter();
  expect(() => on({} as EventEmitter, "e")).toThrow(TypeError);
  expect(() => on(emitter, "e", { limit: -1 })).toThrow(ValueError);
  expect(() => on(emitter, "e", { highWaterMark: "1" as unknown as number })).toThrow(TypeError);
  expect(listeners(emitter)).toBe(0);
  using lists = on(emitter, "e");
  using events = on(new EventTarget(), "e");
  expectTypeOf(lists).toEqualTypeOf<EventIterator<unknown[]>>();
  expectTypeOf(events).toEqualTypeOf<EventIterator<Event>>();
});
