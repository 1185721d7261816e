import { ContextVar, copyContext, EventLoop, getRunningLoop, type Handle, sleep } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { eventsOf } from "../support/events.ts";
import { isCollected } from "../support/garbage.ts";

test("Handle.cancel() takes the callback back; a second time does nothing", async () => {
  const events = await eventsOf(async (log) => {
    const handle = getRunningLoop().callSoon(log, { args: ["called"] });
    expect(handle.cancelled()).toBe(false);
    handle.cancel();
    handle.cancel();
    expect(handle.cancelled()).toBe(true);
    await sleep(1);
  });
  expect(events).toEqual([]);
});

test("Handle.cancel() in and after the call does nothing", async () => {
  const events = await eventsOf(async (log) => {
    const handle = getRunningLoop().callSoon(() => {
      handle.cancel();
      log("called");
    });
    await sleep(1);
    handle.cancel();
    await sleep(1);
  });
  expect(events).toEqual(["called"]);
});

/** A handle, and a reference to what only its callback's arguments hold. */
function holding(schedule: (loop: EventLoop, held: object) => Handle, loop: EventLoop): [Handle, WeakRef<object>] {
  const held = {};
  return [schedule(loop, held), new WeakRef(held)];
}

test("Handle.cancel() lets go of the callback and its arguments at once", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const keep = (_held: object): void => {};
  const [ready, heldByReady] = holding((own, held) => own.callSoon(keep, { args: [held] }), loop);
  const [timer, heldByTimer] = holding((own, held) => own.callLater(1, () => keep(held)), loop);
  expect([await isCollected(heldByReady), await isCollected(heldByTimer)]).toEqual([false, false]);

  ready.cancel();
  timer.cancel();
  expect([await isCollected(heldByReady), await isCollected(heldByTimer)]).toEqual([true, true]);
  loop.close();
});

test("Handle.getContext() is the given context, else a copy of the current one", () =>
  runVirtual(async () => {
    const user = new ContextVar<string>("user");
    const loop = getRunningLoop();
    const context = copyContext();
    expect(loop.callSoon(() => {}, { context }).getContext()).toBe(context);

    user.set("ada");
    const copy = loop.callLater(1, () => {}).getContext();
    user.set("bob");
    expect(copy.get(user)).toBe("ada");
  }));

test("Handle is cancelled by `using`", async () => {
  const events = await eventsOf(async (log) => {
    {
      using _ready = getRunningLoop().callSoon(log, { args: ["ready"] });
      using _timer = getRunningLoop().callLater(1, log, { args: ["timer"] });
    }
    await sleep(10);
  });
  expect(events).toEqual([]);
});

test("Handle.toString() names the callback until it is cancelled", () =>
  runVirtual(async () => {
    const handle = getRunningLoop().callSoon(function wave() {});
    expect(String(handle)).toBe("<Handle wave()>");
    handle.cancel();
    expect(String(handle)).toBe("<Handle cancelled>");
  }));

test("TimerHandle.toString() names the callback and its time until it is cancelled", () =>
  runVirtual(async () => {
    const handle = getRunningLoop().callAt(10, function wave() {});
    expect(String(handle)).toMatch(/^<TimerHandle .*wave\(\)>$/);
    handle.cancel();
    expect(String(handle)).toBe("<TimerHandle cancelled>");
  }));

test("TimerHandle.when() is the time at which the callback is due", () =>
  runVirtual(async () => {
    const loop = getRunningLoop();
    await sleep(10);
    expect(loop.callLater(5, () => {}).when()).toBe(15);
    expect(loop.callAt(12, () => {}).when()).toBe(12);
  }));

test("TimerHandle.cancel() of one that has run does nothing to the other timers", async () => {
  const events = await eventsOf(async (log) => {
    const loop = getRunningLoop();
    const first = loop.callLater(1, log, { args: ["first"] });
    loop.callLater(2, () => first.cancel());
    loop.callLater(3, log, { args: ["last"] });
    await sleep(10);
  });
  expect(events).toEqual(["first", "last"]);
});
