import {
  abortable,
  aclosing,
  asCompleted,
  asyncGenerator,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  cancelScope,
  createTask,
  type Emit,
  Event,
  failAfter,
  gather,
  LifoQueue,
  Lock,
  mapConcurrent,
  moveOnAfter,
  PriorityQueue,
  park,
  Queue,
  race,
  Semaphore,
  shield,
  sleep,
  type TaskSource,
  taskGroup,
  timeout,
  wait,
  waitFor,
  wrapFuture,
} from "asyncio-ts";
import { type SweepScenario, sweepCancel } from "asyncio-ts/testing";
import { expect, test } from "vitest";

/** What each operation has to hold to, wherever it is cancelled. The sweep itself looks for tasks, timers and reports. */
type Scenario = () => SweepScenario<unknown>;

const lockScenarios: Record<string, Scenario> = {
  "Lock.acquire() leaves the lock free (native)": () => {
    const lock = new Lock();
    const visit = async () => {
      await using _ = await lock.hold();
      await sleep(1);
    };
    return { operation: visit, beside: [visit, visit], check: () => expect(lock.locked()).toBe(false) };
  },
  "Lock.acquire() leaves the lock free (generator)": () => {
    const lock = new Lock();
    const visit = function* () {
      using _ = yield* lock.hold();
      yield* sleep(1);
    };
    return { operation: visit, beside: [visit, visit], check: () => expect(lock.locked()).toBe(false) };
  },
  "Semaphore.acquire() loses no permit (native)": () => permits(new Semaphore(2), 2, "native"),
  "Semaphore.acquire() loses no permit (generator)": () => permits(new Semaphore(1), 1, "generator"),
  "BoundedSemaphore.acquire() is never released too often": () => permits(new BoundedSemaphore(2), 2, "native"),
  "Condition.wait() has the lock whenever it ends": () => {
    const condition = new Condition();
    let ready = false;
    const consume = async () => {
      await using _ = await condition.hold();
      try {
        await condition.waitFor(() => ready);
      } finally {
        expect(condition.locked()).toBe(true);
      }
    };
    const produce = async () => {
      await sleep(1);
      await using _ = await condition.hold();
      ready = true;
      condition.notify();
    };
    return { operation: consume, beside: [produce], check: () => expect(condition.locked()).toBe(false) };
  },
  "Condition.wait() passes a notification on": () => {
    const condition = new Condition();
    let woken = 0;
    const waitForIt = async () => {
      await using _ = await condition.hold();
      await condition.wait();
      woken++;
    };
    const notifyTwice = async () => {
      for (let i = 0; i < 2; i++) {
        await sleep(1);
        await using _ = await condition.hold();
        condition.notify();
      }
    };
    return {
      operation: waitForIt,
      beside: [waitForIt, notifyTwice],
      check: (outcome) => expect(woken).toBe(outcome.state === "cancelled" ? 1 : 2),
    };
  },
  "Event.wait() forgets its waiter": () => {
    const event = new Event();
    const set = async () => {
      await sleep(2);
      event.set();
    };
    return { operation: () => event.wait(), beside: [set, () => event.wait()] };
  },
  "Barrier.wait() leaves the count": () => {
    const barrier = new Barrier(2);
    const arrive = async () => {
      try {
        await barrier.wait();
      } catch (error) {
        if (!(error instanceof BrokenBarrierError)) throw error;
      }
    };
    const breakLater = async () => {
      await sleep(5);
      await barrier.abort();
      await barrier.reset();
    };
    return {
      operation: arrive,
      beside: [() => sleep(1).then(arrive), breakLater],
      check: () => expect([barrier.nWaiting, barrier.broken]).toEqual([0, false]),
    };
  },
};

function permits(semaphore: Semaphore, free: number, spelling: "native" | "generator"): SweepScenario<unknown> {
  const native = async () => {
    await using _ = await semaphore.hold();
    await sleep(1);
  };
  const generator = function* () {
    using _ = yield* semaphore.hold();
    yield* sleep(1);
  };
  const visit: TaskSource<void> = spelling === "native" ? native : generator;
  const freeOnes = async () => {
    let count = 0;
    while (!semaphore.locked() && count <= free) {
      await semaphore.acquire();
      count++;
    }
    return count;
  };
  return {
    operation: visit,
    beside: [spelling === "native" ? native : generator, native],
    check: async () => expect(await freeOnes()).toBe(free),
  };
}

const queueScenarios: Record<string, Scenario> = {
  "Queue.get() loses no item": () => conserves(new Queue<number>(2)),
  "LifoQueue.get() loses no item": () => conserves(new LifoQueue<number>(2)),
  "PriorityQueue.get() loses no item": () => conserves(new PriorityQueue<number>(2)),
  "Queue.put() puts once or not at all": () => {
    const queue = new Queue<number>(1);
    let put = 0;
    const produce = async () => {
      for (let i = 0; i < 3; i++) {
        await queue.put(i);
        put++;
      }
    };
    const taken: number[] = [];
    const consume = async () => {
      await sleep(1);
      while (!queue.empty()) {
        taken.push(await queue.get());
        await sleep(1);
      }
    };
    return { operation: produce, beside: [consume], check: () => expect(taken.length + queue.qsize()).toBe(put) };
  },
  "Queue.join() leaves nobody waiting": () => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    const finish = async () => {
      await sleep(1);
      queue.getNowait();
      queue.taskDone();
    };
    return { operation: () => queue.join(), beside: [finish] };
  },
  "for await over a Queue loses no item": () => {
    const queue = new Queue<number>();
    const taken: number[] = [];
    const consume = async () => {
      for await (const item of queue) taken.push(item);
    };
    const produce = async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(1);
        queue.putNowait(i);
      }
      queue.shutdown();
    };
    return { operation: consume, beside: [produce], check: () => expect(taken.length + queue.qsize()).toBe(3) };
  },
};

function conserves(queue: Queue<number>): SweepScenario<unknown> {
  const taken: number[] = [];
  const consume = function* () {
    for (let i = 0; i < 3; i++) taken.push(yield* queue.get());
  };
  const produce = async () => {
    for (let i = 0; i < 4; i++) {
      await sleep(1);
      await queue.put(i);
      if (queue.full()) break;
    }
  };
  let put = 0;
  const counted = async () => {
    const putNowait = queue.putNowait.bind(queue);
    queue.putNowait = (item) => {
      putNowait(item);
      put++;
    };
    await produce();
  };
  return { operation: consume, beside: [counted], check: () => expect(taken.length + queue.qsize()).toBe(put) };
}

/** Something that waits three times and counts how often it has begun and ended. */
function counter() {
  const count = { begun: 0, ended: 0 };
  const native = async () => {
    count.begun++;
    try {
      for (let i = 0; i < 3; i++) await sleep(1);
    } finally {
      await sleep(1).then(
        () => {},
        () => {},
      );
      count.ended++;
    }
  };
  const generator = function* () {
    count.begun++;
    try {
      for (let i = 0; i < 3; i++) yield* sleep(1);
    } finally {
      count.ended++;
    }
  };
  const check = () => expect(count.ended).toBe(count.begun);
  return { native, generator, check };
}

const combinatorScenarios: Record<string, Scenario> = {
  "sleep() takes its timer down": () => ({ operation: () => sleep(1000) }),
  "gather() ends when all of its children have": () => {
    const { native, generator, check } = counter();
    return { operation: async () => await gather([native, generator, native]), check };
  },
  "gather() with cancelOnError stops the others": () => {
    const { native, check } = counter();
    const fail = async () => {
      await sleep(2);
      throw new TypeError("on purpose");
    };
    return {
      operation: async () => {
        await expect(gather([native, fail, native], { cancelOnError: true })).rejects.toThrow();
      },
      check,
    };
  },
  "wait() forgets its callbacks": () => {
    const { native, check } = counter();
    return {
      operation: async () => {
        const task = createTask(native);
        try {
          await wait([task], { timeout: 100 });
        } finally {
          task.cancel();
        }
      },
      check: async () => {
        await sleep(10);
        check();
      },
    };
  },
  "waitFor() stops what it waits for (native)": () => {
    const { native, check } = counter();
    return { operation: () => waitFor(native, 100), check };
  },
  "waitFor() stops what it waits for (generator)": () => {
    const { generator, check } = counter();
    return {
      operation: function* () {
        yield* waitFor(generator(), 100);
      },
      check,
    };
  },
  "timeout() takes its timer down (native)": () => {
    const { native, check } = counter();
    return { operation: () => timeout(100, native), check };
  },
  "timeout() takes its timer down (generator)": () => {
    const { generator, check } = counter();
    return {
      operation: function* () {
        yield* timeout(100, generator);
      },
      check,
    };
  },
  "taskGroup() leaves no child (native)": () => {
    const { native, check } = counter();
    return {
      operation: () =>
        taskGroup(async (group) => {
          group.createTask(native);
          await sleep(1);
          group.createTask(native);
        }),
      check,
    };
  },
  "taskGroup() leaves no child (generator)": () => {
    const { generator, check } = counter();
    return {
      operation: function* () {
        yield* taskGroup(function* (group) {
          group.createTask(generator);
          yield* sleep(1);
          group.createTask(generator);
        });
      },
      check,
    };
  },
  "cancelScope() takes its deadline down": () => {
    const { native, check } = counter();
    return { operation: () => cancelScope(native, { deadline: 100 }), check };
  },
  "moveOnAfter() and failAfter() nest": () => {
    const { native, generator, check } = counter();
    return {
      operation: async () => {
        await moveOnAfter(2, native);
        await moveOnAfter(100, () => failAfter(50, generator));
      },
      check,
    };
  },
  "race() leaves no loser": () => {
    const { native, generator, check } = counter();
    return { operation: async () => await race([native, generator, () => sleep(2)]), check };
  },
  "mapConcurrent() leaves no call": () => {
    const { native, check } = counter();
    return { operation: () => mapConcurrent([1, 2, 3], native, { limit: 2 }), check };
  },
  "asCompleted() leaves no callback": () => {
    const { native, check } = counter();
    return {
      operation: async () => {
        for await (const ended of asCompleted([native, native], { timeout: 100 })) ended.result();
      },
      check: async () => {
        await sleep(10);
        check();
      },
    };
  },
  "shield() lets its operation end": () => {
    const { native, check } = counter();
    return {
      operation: async () => await shield(native),
      check: async () => {
        await sleep(10);
        check();
      },
    };
  },
  "shield() with a limit holds its canceller until the clean-up is done": () => {
    const { native, check } = counter();
    return { operation: async () => await shield(native, { withinMs: 100 }), check };
  },
  "an async generator runs its finally block (native)": () => {
    const { native, check } = counter();
    async function* values() {
      yield 1;
      await native();
      yield 2;
    }
    return {
      operation: async () => {
        await using open = aclosing(values());
        for await (const _ of open);
      },
      check,
    };
  },
  "an async generator runs its finally block (generator)": () => {
    const { generator, check } = counter();
    const values = asyncGenerator(function* (emit: Emit<number>) {
      yield* emit(1);
      yield* generator();
      yield* emit(2);
    });
    return {
      operation: function* () {
        const open = values();
        for (let step = yield* open.next(); !step.done; step = yield* open.next());
      },
      check,
    };
  },
  "park() aborts what it began": () => {
    let open = 0;
    const operation = () =>
      park<number>((settle) => {
        open++;
        queueMicrotask(() => {
          if (open > 0) settle.resolve(1);
          open = 0;
        });
        return () => {
          open = 0;
          return "done";
        };
      });
    return { operation, check: () => expect(open).toBe(0) };
  },
  "wrapFuture() lets go": () => {
    const slow = async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
    };
    return { operation: async () => await wrapFuture(slow()) };
  },
  "abortable() waits until the operation has ended": () => {
    let running = 0;
    const operation = () =>
      abortable(async (signal) => {
        running++;
        for (let i = 0; i < 20 && !signal.aborted; i++) await Promise.resolve();
        for (let i = 0; i < 5; i++) await Promise.resolve();
        running--;
        if (signal.aborted) throw signal.reason;
      });
    return { operation, check: () => expect(running).toBe(0) };
  },
};

for (const scenarios of [lockScenarios, queueScenarios, combinatorScenarios]) {
  for (const [title, scenario] of Object.entries(scenarios)) {
    test(`${title}, wherever it is cancelled`, async () => {
      const { awaitPoints, runs } = await sweepCancel(scenario);
      expect(runs).toBe(2 * awaitPoints + 2);
    });
  }
}
