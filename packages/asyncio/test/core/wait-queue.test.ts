import { EventLoop, Lock, RuntimeError } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Waiter, WaitQueue } from "../../src/core/wait-queue.ts";

type Place = { state: "pending" | "woken" | "cancelled"; queued: boolean };

/** The queue again, as a plain list that is searched each time. */
class ListQueue {
  readonly places: Place[] = [];

  get queued(): readonly Place[] {
    return this.places.filter((place) => place.queued);
  }

  wakeFirst(): void {
    const [first] = this.queued;
    if (first?.state === "pending") first.state = "woken";
  }

  wakeNext(): boolean {
    const next = this.queued.find((place) => place.state === "pending");
    if (next !== undefined) next.state = "woken";
    return next !== undefined;
  }

  wakeAll(): void {
    while (this.wakeNext());
  }

  releaseNext(): void {
    for (const place of this.queued) {
      place.queued = false;
      if (place.state !== "pending") continue;
      place.state = "woken";
      return;
    }
  }
}

const joining = fc.constant("join" as const);
const waking = fc.constantFrom("wakeFirst" as const, "wakeNext" as const, "wakeAll" as const, "releaseNext" as const);
const ending = fc.tuple(fc.constantFrom("cancel" as const, "leave" as const), fc.nat());

function stateOf(waiter: Waiter): Place["state"] {
  if (!waiter.done()) return "pending";
  return waiter.cancelled() ? "cancelled" : "woken";
}

test("WaitQueue does what a list that is searched does, over any mix of its operations", () =>
  runVirtual(async () => {
    const operations = fc.array(fc.oneof(joining, joining, waking, ending), { maxLength: 60, size: "max" });
    fc.assert(
      fc.property(operations, (steps) => {
        const queue = new WaitQueue();
        const waiters: Waiter[] = [];
        const list = new ListQueue();
        for (const step of steps) {
          if (step === "join") {
            waiters.push(queue.join(queue));
            list.places.push({ state: "pending", queued: true });
          } else if (typeof step === "string") {
            expect(queue[step]()).toBe(list[step]());
          } else if (waiters.length > 0) {
            const [name, at] = step;
            const index = at % waiters.length;
            const place = list.places[index]!;
            if (name === "leave") queue.leave(waiters[index]!);
            else waiters[index]!.cancel();
            if (name === "leave") place.queued = false;
            else if (place.state === "pending") place.state = "cancelled";
          }
          expect(waiters.map(stateOf)).toEqual(list.places.map((place) => place.state));
          expect(queue.length).toBe(list.queued.length);
          expect(queue.contended).toBe(list.queued.some((place) => place.state !== "cancelled"));
        }
      }),
    );
  }));

test("WaitQueue.join() throws on another loop than that of the first waiter", async () => {
  const queue = new WaitQueue();
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => queue.leave(queue.join(new Lock())));
  loop.close();

  await runVirtual(async () => {
    expect(() => queue.join(new Lock())).toThrow(RuntimeError);
    expect(() => queue.join(new Lock())).toThrow("the Lock is bound to a different event loop");
  });
  expect(queue.length).toBe(0);
});
