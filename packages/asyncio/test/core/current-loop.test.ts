import { EventLoop, getEventLoop, getRunningLoop, RuntimeError, setEventLoop, sleep } from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { afterEach, expect, test } from "vitest";
import { awaiting, testBoth } from "../support/spellings.ts";

afterEach(() => setEventLoop(null));

test("getRunningLoop() and getEventLoop() throw where there is none", () => {
  expect(() => getRunningLoop()).toThrow(RuntimeError);
  expect(() => getRunningLoop()).toThrow("no running event loop");
  expect(() => getEventLoop()).toThrow(RuntimeError);
  expect(() => getEventLoop()).toThrow("There is no current event loop");
});

testBoth("getRunningLoop() is the loop of the task, also after its waits", function* ({ start }) {
  const loop = getRunningLoop();
  const task = start(function* () {
    const first = getRunningLoop();
    yield* awaiting(sleep(1));
    return first === loop && getRunningLoop() === loop && getEventLoop() === loop;
  });
  expect(yield* awaiting(task)).toBe(true);
});

test("getRunningLoop() is the loop of the callback, and of the promises made in it", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const seen: boolean[] = [];
  loop.callSoon(() => {
    seen.push(getRunningLoop() === loop);
    void Promise.resolve().then(() => seen.push(getRunningLoop() === loop));
  });
  loop.callLater(1, () => loop.stop());
  await loop.runForever();
  loop.close();
  expect(seen).toEqual([true, true]);
  expect(() => getRunningLoop()).toThrow(RuntimeError);
});

test("getEventLoop() is the loop of setEventLoop() while none runs", async () => {
  const [loop, other] = [new EventLoop({ host: new VirtualHost() }), new EventLoop({ host: new VirtualHost() })];
  setEventLoop(loop);
  expect(getEventLoop()).toBe(loop);
  expect(() => getRunningLoop()).toThrow(RuntimeError);

  await other.runUntilComplete(async () => expect(getEventLoop()).toBe(other));
  expect(getEventLoop()).toBe(loop);

  setEventLoop(null);
  expect(() => getEventLoop()).toThrow(RuntimeError);
  loop.close();
  other.close();
});

test("setEventLoop() refuses what is neither a loop nor null", () => {
  for (const wrong of [undefined, "loop", {}, 1] as never[]) expect(() => setEventLoop(wrong)).toThrow(TypeError);
  expect(() => getEventLoop()).toThrow(RuntimeError);
});
