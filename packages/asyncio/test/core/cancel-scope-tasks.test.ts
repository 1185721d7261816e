import {
  type CancelScope,
  cancelScope,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  moveOnAfter,
  shield,
  sleep,
  type TaskGroup,
  taskGroup,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Steps } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

// Task groups inside of a scope.

testEvents(
  "CancelScope.cancel() reaches the tasks of a group inside, again and again, and the group ends in silence",
  function* (log, { spell }) {
    const child = spell(function* () {
      for (let i = 0; i < 2; i++) log(`child ${yield* outcomeOf(awaiting(sleep(100)))}`);
      yield* awaiting(worker(log, "child", 100));
    });
    const body = spell(function* (group: TaskGroup): Steps<void> {
      group.createTask(child);
      yield* awaiting(worker(log, "body", 100));
    });
    const scoped = spell(function* (scope: CancelScope) {
      getRunningLoop().callLater(10, () => scope.cancel("scope"));
      yield* awaiting(taskGroup(body));
    });
    log(yield* outcomeOf(awaiting(cancelScope(scoped))));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  [
    expect.stringMatching(/^10 body CancelledError/),
    expect.stringMatching(/^child 10 CancelledError/),
    expect.stringMatching(/^child 10 CancelledError/),
    expect.stringMatching(/^10 child CancelledError/),
    "10 [undefined]",
    "requests: 0",
  ],
);

testEvents(
  "CancelScope.cancel() while the group waits for its tasks at its end cancels them as well",
  function* (log, { spell }) {
    const body = spell(function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 100));
      group.createTask(worker(log, "b", 5));
    });
    const scoped = spell(() => awaiting(taskGroup(body)));
    log(yield* outcomeOf(awaiting(moveOnAfter(10, scoped))));
  },
  ["5 b ends", expect.stringMatching(/^10 a CancelledError/), "10 [undefined]"],
);

testEvents(
  "CancelScope.cancel() reaches only tasks of groups that were opened inside",
  function* (log, { spell }) {
    const body = spell(function* (group: TaskGroup): Steps<void> {
      const scoped = spell(function* (scope: CancelScope) {
        createTask(worker(log, "free task", 20));
        scope.cancel();
        yield* awaiting(sleep(100));
      });
      group.createTask(worker(log, "task of the outer group", 20));
      yield* awaiting(cancelScope(scoped));
    });
    log(yield* outcomeOf(awaiting(taskGroup(body))));
  },
  ["20 task of the outer group ends", "20 free task ends", "20 [undefined]"],
);

testEvents(
  "CancelScope.cancel() of a scope in one task of a group leaves the others alone",
  function* (log, { spell }) {
    const limited = spell(function* () {
      log(
        `limited ${yield* outcomeOf(
          awaiting(
            moveOnAfter(
              10,
              spell(() => awaiting(sleep(100))),
            ),
          ),
        )}`,
      );
    });
    const body = spell(function* (group: TaskGroup): Steps<void> {
      group.createTask(limited);
      group.createTask(worker(log, "other", 20));
    });
    log(yield* outcomeOf(awaiting(taskGroup(body))));
  },
  ["limited 10 [undefined]", "20 other ends", "20 [undefined]"],
);

testEvents(
  "CancelScope lets the errors of a group through that was cancelled inside of it",
  function* (log, { spell }) {
    const body = spell(function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 100, { cleanUpError: new Error("in the clean-up") }));
      yield* awaiting(sleep(100));
    });
    const scoped = spell(() => awaiting(taskGroup(body)));
    log(yield* outcomeOf(awaiting(moveOnAfter(10, scoped))));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  [
    expect.stringMatching(/^10 a CancelledError/),
    "10 ExceptionGroup(unhandled errors in a TaskGroup)[Error(in the clean-up)]",
    "requests: 0",
  ],
);

testEvents(
  "TaskGroup whose task fails inside of a scope cancels its body once, not again and again",
  function* (log, { spell }) {
    const body = spell(function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 10, { error: new Error("failed") }));
      try {
        yield* awaiting(sleep(100));
      } finally {
        log(`clean-up ${yield* outcomeOf(awaiting(sleep(5)))}`);
      }
    });
    const scoped = spell(() => awaiting(taskGroup(body)));
    log(yield* outcomeOf(awaiting(moveOnAfter(50, scoped))));
  },
  ["10 a ends", "clean-up 15 [undefined]", "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]"],
);

// What a wait in a cancelled scope does to what it waits for.

testEvents(
  "CancelScope.cancel() cancels the tasks of a gather() for which the body waits",
  function* (log, { spell }) {
    const scoped = spell(function* () {
      yield* awaiting(gather([worker(log, "a", 100), worker(log, "b", 100)]));
    });
    log(yield* outcomeOf(awaiting(moveOnAfter(10, scoped))));
  },
  ["10 a CancelledError(deadline exceeded)", "10 b CancelledError(deadline exceeded)", "10 [undefined]"],
);

testEvents(
  "CancelScope.cancel() ends the wait for a shield(), and what that protects goes on",
  function* (log, { spell }) {
    const inner = createTask(worker(log, "inner", 20));
    const scoped = spell(function* () {
      log(yield* outcomeOf(awaiting(shield(inner))));
      log(yield* outcomeOf(awaiting(shield(inner))));
    });
    log(yield* outcomeOf(awaiting(moveOnAfter(10, scoped))));
    log(yield* outcomeOf(awaiting(inner)));
  },
  [
    "10 CancelledError(deadline exceeded)",
    "10 CancelledError(deadline exceeded)",
    "10 [undefined]",
    "20 inner ends",
    "20 [inner]",
  ],
);

testEvents(
  "CancelScope.cancel() waits for a clean-up in a shield() with a time limit",
  function* (log, { spell }) {
    const scoped = spell(function* () {
      try {
        yield* awaiting(sleep(100));
      } finally {
        yield* awaiting(shield(worker(log, "clean-up", 5), { withinMs: 50 }));
      }
    });
    log(yield* outcomeOf(awaiting(moveOnAfter(10, scoped))));
  },
  ["15 clean-up ends", "15 [undefined]"],
);

// Several branches of one native task.

test("CancelScopes in branches of one native task don't mix", async () => {
  const events = await eventsOf(async (log) => {
    const branch = async (name: string, limit: number, delay: number): Promise<void> => {
      const result = await moveOnAfter(limit, async () => {
        await Promise.resolve();
        await sleep(delay / 2);
        await sleep(delay / 2);
        return "done";
      });
      log(`${now()} ${name} ${result}`);
      await sleep(5);
      log(`${now()} ${name} goes on`);
    };
    await Promise.all([branch("a", 10, 100), branch("b", 20, 16), branch("c", 30, 100), worker(log, "no scope", 40)]);
  });
  expect(events).toEqual([
    "10 a undefined",
    "15 a goes on",
    "16 b done",
    "21 b goes on",
    "30 c undefined",
    "35 c goes on",
    "40 no scope ends",
  ]);
});

test("CancelScope.cancel() cancels all branches that are inside of the scope", async () => {
  const events = await eventsOf(async (log) => {
    const result = await cancelScope(async (scope) => {
      getRunningLoop().callLater(10, () => scope.cancel("enough"));
      const inner = moveOnAfter(50, async () => await worker(log, "in an inner scope", 100));
      await Promise.allSettled([worker(log, "a", 100), worker(log, "b", 100, { cleanUp: 5 }), inner]);
      await worker(log, "next", 100);
    });
    log(`${now()} ${result}`);
  });
  expect(events).toEqual([
    "10 a CancelledError(enough)",
    "10 b CancelledError(enough)",
    "10 in an inner scope CancelledError(enough)",
    "10 next CancelledError(enough)",
    "10 undefined",
  ]);
});

test("CancelScope of one branch of a native task can shield it", async () => {
  const events = await eventsOf(async (log) => {
    const result = await cancelScope(async (scope) => {
      getRunningLoop().callLater(10, () => scope.cancel());
      const shielded = cancelScope(async () => await worker(log, "shielded", 20), { shield: true });
      await Promise.allSettled([shielded, worker(log, "not shielded", 20)]);
      return "waited for both";
    });
    log(`${now()} ${result}`);
  });
  expect(events).toEqual(["10 not shielded CancelledError()", "20 shielded ends", "20 waited for both"]);
});

test("CancelScope.cancel() while native code awaits a promise arrives at the next wait of the library", async () => {
  const events = await eventsOf(async (log) => {
    let resolve!: () => void;
    const promise = new Promise<void>((onResolve) => {
      resolve = onResolve;
    });
    const task = createTask(async () => {
      const result = await cancelScope(async (scope) => {
        getRunningLoop().callSoon(() => scope.cancel());
        await promise;
        log("after the promise");
        await worker(log, "next", 100);
      });
      log(`${result}, requests: ${currentTask()?.cancelling()}`);
    });
    await sleep(0);
    await sleep(0);
    resolve();
    await task;
  });
  expect(events).toEqual(["after the promise", "0 next CancelledError()", "undefined, requests: 0"]);
});
