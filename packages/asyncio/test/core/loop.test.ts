import { ContextVar, copyContext, EventLoop, getRunningLoop, sleep, ValueError } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsOf, type Log } from "../support/events.ts";

// The order within and between iterations.

/** Runs what `program` schedules in virtual time, for a second. */
function eventsOfCallbacks(program: (loop: EventLoop, log: Log) => void): Promise<string[]> {
  return eventsOf(async (log) => {
    program(getRunningLoop(), log);
    await sleep(1000);
  });
}

test("EventLoop.callSoon() calls in the order of the calls", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    for (const name of ["a", "b", "c"]) loop.callSoon(log, { args: [name] });
  });
  expect(events).toEqual(["a", "b", "c"]);
});

test("EventLoop runs in one iteration what was ready when it began, and the rest after the due timers", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    loop.callSoon(() => {
      log("first");
      loop.callSoon(() => {
        log("made by first");
        loop.callSoon(log, { args: ["third iteration"] });
      });
      loop.callLater(0, log, { args: ["due timer"] });
    });
    loop.callSoon(log, { args: ["second"] });
  });
  expect(events).toEqual(["first", "second", "made by first", "due timer", "third iteration"]);
});

test("EventLoop runs what is ready before the timers that have become due", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    loop.callLater(0, log, { args: ["timer"] });
    loop.callSoon(log, { args: ["ready"] });
  });
  expect(events).toEqual(["ready", "timer"]);
});

test("EventLoop counts a cancelled handle as one of its iteration, and skips it", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    loop.callSoon(() => {
      log("first");
      victim.cancel();
      loop.callSoon(() => {
        log("made by first");
        loop.callSoon(log, { args: ["third iteration"] });
      });
      loop.callLater(0, log, { args: ["due timer"] });
    });
    const victim = loop.callSoon(log, { args: ["cancelled"] });
  });
  expect(events).toEqual(["first", "made by first", "due timer", "third iteration"]);
});

test("EventLoop drains the microtasks of a callback before the next callback", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    const deep = async (depth: number): Promise<void> => {
      if (depth > 0) await deep(depth - 1);
    };
    loop.callSoon(() => void deep(20).then(() => log("microtasks of a")));
    loop.callSoon(log, { args: ["b"] });
  });
  expect(events).toEqual(["microtasks of a", "b"]);
});

// Timers.

test("EventLoop.callLater() calls by time, and those of one time in the order of the calls", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    const note = (name: string): void => log(`${loop.time()} ${name}`);
    for (const [delay, name] of [
      [20, "a"],
      [10, "b"],
      [20, "c"],
      [10, "d"],
      [-5, "e"],
    ] as const) {
      loop.callLater(delay, note, { args: [name] });
    }
  });
  expect(events).toEqual(["0 e", "10 b", "10 d", "20 a", "20 c"]);
});

test("EventLoop.callAt() calls at a time of the loop's clock, and at once when that is over", async () => {
  const events = await eventsOf(async (log) => {
    const loop = getRunningLoop();
    await sleep(100);
    for (const when of [130, 120, 50]) loop.callAt(when, () => log(`${when} at ${loop.time()}`));
    await sleep(100);
  });
  expect(events).toEqual(["50 at 100", "120 at 120", "130 at 130"]);
});

test("EventLoop runs timers by time and insertion, whatever the delays", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 40, size: "max" }), async (delays) => {
      const ran: number[] = [];
      await eventsOfCallbacks((loop) => {
        for (const [index, delay] of delays.entries()) loop.callLater(delay, () => ran.push(index));
      });
      const sorted = [...delays.keys()].sort((a, b) => delays[a]! - delays[b]! || a - b);
      expect(ran).toEqual(sorted);
    }),
    { numRuns: 30 },
  );
});

test("EventLoop runs a timer early by less than the clock's resolution, together with those of its time", async () => {
  const host = Object.assign(new VirtualHost(), { resolution: 1 });
  const loop = new EventLoop({ host });
  const events: string[] = [];
  loop.callAt(10, () => {
    events.push("10");
    loop.callSoon(() => events.push("next iteration"));
  });
  loop.callAt(10.5, () => events.push(`10.5 at ${loop.time()}`));
  loop.callAt(12, () => {
    events.push("12");
    loop.stop();
  });
  await loop.runForever();
  loop.close();
  expect(events).toEqual(["10", "10.5 at 10", "next iteration", "12"]);
});

test("EventLoop never calls a timer that was cancelled, also when it was due in the same iteration", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    loop.callLater(10, () => {
      log("first");
      later.cancel();
      together.cancel();
    });
    const together = loop.callLater(10, log, { args: ["due together"] });
    const later = loop.callLater(20, log, { args: ["due later"] });
  });
  expect(events).toEqual(["first"]);
});

test("EventLoop does not wait for a timer that was cancelled", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  loop.callLater(1000, () => {}).cancel();
  await expect(loop.runForever()).rejects.toThrow("nothing can wake the program up");
  expect(loop.time()).toBe(0);
  loop.close();
});

test("EventLoop.callLater() with an infinite delay never calls", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    loop.callLater(Number.POSITIVE_INFINITY, log, { args: ["never"] });
  });
  expect(events).toEqual([]);
});

// Contexts and arguments.

const user = new ContextVar("user", { default: "nobody" });

test("EventLoop.callSoon(), callLater() and callAt() call in a copy of the context of the call", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    const note = (): void => {
      log(user.get());
      user.set("changed in the callback");
    };
    user.set("ada");
    loop.callSoon(note);
    loop.callLater(1, note);
    loop.callAt(2, note);
    user.set("bob");
    loop.callLater(3, () => log(user.get()));
  });
  expect(events).toEqual(["ada", "ada", "ada", "bob"]);
});

test("EventLoop.callSoon(), callLater() and callAt() call in a given context itself, not in a copy", async () => {
  const events = await eventsOfCallbacks((loop, log) => {
    const context = copyContext();
    const count = (): void => {
      user.set(`${user.get()}+`);
      log(user.get());
    };
    loop.callSoon(count, { context });
    loop.callLater(1, count, { context });
    loop.callAt(2, count, { context });
    loop.callLater(3, () => log(user.get()));
  });
  expect(events).toEqual(["nobody+", "nobody++", "nobody+++", "nobody"]);
});

test("EventLoop.callSoon(), callLater() and callAt() refuse what they can't call", () =>
  runVirtual(async () => {
    const loop = getRunningLoop();
    for (const wrong of [undefined, null, "name", {}, Promise.resolve()] as unknown as (() => void)[]) {
      expect(() => loop.callSoon(wrong)).toThrow(TypeError);
      expect(() => loop.callLater(1, wrong)).toThrow(TypeError);
      expect(() => loop.callAt(1, wrong)).toThrow(TypeError);
    }
  }));

test("EventLoop.callLater() and callAt() refuse NaN with a ValueError and what is no number with a TypeError", () =>
  runVirtual(async () => {
    const loop = getRunningLoop();
    const note = (): void => {};
    expect(() => loop.callLater(Number.NaN, note)).toThrow(ValueError);
    expect(() => loop.callAt(Number.NaN, note)).toThrow(ValueError);
    for (const wrong of [undefined, null, "10", 10n] as unknown as number[]) {
      expect(() => loop.callLater(wrong, note)).toThrow(TypeError);
      expect(() => loop.callAt(wrong, note)).toThrow(TypeError);
    }
  }));

test("EventLoop.createFuture() and createTask() give what belongs to the loop", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const future = loop.createFuture<number>();
  const task = loop.createTask(async () => await future);
  expect(future.getLoop()).toBe(loop);
  expect(task.getLoop()).toBe(loop);

  loop.callSoon(() => future.setResult(1));
  expect(await loop.runUntilComplete(task)).toBe(1);
  loop.close();
});

test("EventLoop.createTask() uses the task factory, with the source and all options", async () => {
  const events = await eventsOf(async (log) => {
    const loop = getRunningLoop();
    expect(loop.getTaskFactory()).toBeNull();
    loop.setTaskFactory((own, source, options) => {
      log(`factory: ${own === loop} ${options.name}`);
      loop.setTaskFactory(null);
      return own.createTask(source, { ...options, name: `${options.name}!` });
    });
    const task = loop.createTask(async () => "result", { name: "named" });
    log(`${task.getName()} ${await task}`);
  });
  expect(events).toEqual(["factory: true named", "named! result"]);
});

test("EventLoop.setTaskFactory() refuses what is neither a function nor null", () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  expect(() => loop.setTaskFactory("factory" as never)).toThrow(TypeError);
  loop.close();
});
