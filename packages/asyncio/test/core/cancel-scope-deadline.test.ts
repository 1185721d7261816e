import {
  CancelledError,
  type CancelScope,
  cancelScope,
  currentEffectiveDeadline,
  currentTask,
  failAfter,
  getRunningLoop,
  moveOnAfter,
  shield,
  sleep,
  TimeoutError,
  timeout,
  ValueError,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

// The deadline of a scope.

testEvents(
  "CancelScope cancels itself at its deadline",
  function* (log, { spell }) {
    let seen!: CancelScope;
    const body = spell(function* (scope: CancelScope) {
      seen = scope;
      yield* awaiting(worker(log, "body", 100));
    });
    log(yield* outcomeOf(awaiting(cancelScope(body, { deadline: now() + 10 }))));
    log(`deadline ${seen.deadline}, called: ${seen.cancelCalled}, caught: ${seen.cancelledCaught}`);
  },
  ["10 body CancelledError(deadline exceeded)", "10 [undefined]", "deadline 10, called: true, caught: true"],
);

testEvents(
  "CancelScope whose deadline is over lets the body run to its first wait",
  function* (log, { spell }) {
    const body = spell(function* () {
      log("body");
      yield* awaiting(sleep(0));
      log("never");
    });
    log(yield* outcomeOf(awaiting(cancelScope(body, { deadline: -5 }))));
    log(yield* outcomeOf(awaiting(moveOnAfter(0, body))));
  },
  ["body", "0 [undefined]", "body", "0 [undefined]"],
);

testEvents(
  "CancelScope.deadline can be moved while the body runs, and taken away",
  function* (log, { spell }) {
    const body = spell(function* (scope: CancelScope) {
      scope.deadline = now() + 50;
      yield* awaiting(worker(log, "longer", 20));
      scope.deadline = null;
      yield* awaiting(worker(log, "much longer", 100));
      scope.deadline = now() + 5;
      yield* awaiting(worker(log, "too long", 10));
    });
    log(yield* outcomeOf(awaiting(cancelScope(body, { deadline: 10 }))));
  },
  ["20 longer ends", "120 much longer ends", "125 too long CancelledError(deadline exceeded)", "125 [undefined]"],
);

testEvents(
  "CancelScope.deadline that is moved after the cancellation does not take it back",
  function* (log, { spell }) {
    const body = spell(function* (scope: CancelScope) {
      log(yield* outcomeOf(awaiting(sleep(100))));
      scope.deadline = now() + 50;
      log(yield* outcomeOf(awaiting(sleep(10))));
    });
    log(yield* outcomeOf(awaiting(moveOnAfter(10, body))));
  },
  ["10 CancelledError(deadline exceeded)", "10 CancelledError(deadline exceeded)", "10 [undefined]"],
);

testEvents(
  "CancelScope that ended before its deadline is never cancelled by it",
  function* (log, { spell }) {
    let seen!: CancelScope;
    const body = spell(function* (scope: CancelScope) {
      seen = scope;
      yield* awaiting(sleep(5));
    });
    yield* awaiting(moveOnAfter(10, body));
    yield* awaiting(sleep(20));
    log(`called: ${seen.cancelCalled}`);
  },
  ["called: false"],
);

// moveOnAfter().

testEvents(
  "moveOnAfter() gives the result in time, and undefined when the body was cut short",
  function* (log, { spell }) {
    const sleepFor = (delay: number) =>
      spell(function* () {
        yield* awaiting(sleep(delay));
        return "result";
      });
    log(yield* outcomeOf(awaiting(moveOnAfter(10, sleepFor(5)))));
    log(yield* outcomeOf(awaiting(moveOnAfter(10, sleepFor(20)))));
    log(yield* outcomeOf(awaiting(moveOnAfter(null, sleepFor(500)))));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  ["5 [result]", "15 [undefined]", "515 [result]", "requests: 0"],
);

testEvents(
  "moveOnAfter() counts from its body's begin, and again and again cancels who does not leave",
  function* (log, { spell }) {
    const body = spell(function* () {
      for (let i = 0; i < 3; i++) log(yield* outcomeOf(awaiting(sleep(100))));
      return "left";
    });
    const waiting = moveOnAfter(10, body);
    yield* awaiting(sleep(5));
    log(yield* outcomeOf(awaiting(waiting)));
  },
  [
    "15 CancelledError(deadline exceeded)",
    "15 CancelledError(deadline exceeded)",
    "15 CancelledError(deadline exceeded)",
    "15 [left]",
  ],
);

testEvents(
  "moveOnAfter() inside another: the earlier deadline wins, and each catches its own",
  function* (log, { spell }) {
    for (const [outer, inner] of [
      [10, 20],
      [20, 10],
    ] as const) {
      const innerBody = spell(() => awaiting(worker(log, "body", 100)));
      const outerBody = spell(function* () {
        log(`inner ${yield* outcomeOf(awaiting(moveOnAfter(inner, innerBody)))}`);
        log(`between ${yield* outcomeOf(awaiting(sleep(2)))}`);
      });
      log(`outer ${yield* outcomeOf(awaiting(moveOnAfter(outer, outerBody)))}`);
    }
  },
  [
    "10 body CancelledError(deadline exceeded)",
    "inner 10 CancelledError(deadline exceeded)",
    "between 10 CancelledError(deadline exceeded)",
    "outer 10 [undefined]",
    "20 body CancelledError(deadline exceeded)",
    "inner 20 [undefined]",
    "between 22 [undefined]",
    "outer 22 [undefined]",
  ],
);

// failAfter().

testEvents(
  "failAfter() gives the result in time, and raises a TimeoutError after it",
  function* (log, { spell }) {
    const sleepFor = (delay: number) =>
      spell(function* () {
        yield* awaiting(sleep(delay));
        return "result";
      });
    log(yield* outcomeOf(awaiting(failAfter(10, sleepFor(5)))));
    log((yield* outcomeOf(awaiting(failAfter(10, sleepFor(20))))).replace(/\(.*/, ""));
    log(`requests: ${currentTask()?.cancelling()}`);
    log(yield* outcomeOf(awaiting(sleep(1, "waits after it are not cancelled"))));
  },
  ["5 [result]", "15 TimeoutError", "requests: 0", "16 [waits after it are not cancelled]"],
);

testEvents(
  "failAfter() raises its TimeoutError even if the body swallows every CancelledError",
  function* (log, { spell }) {
    const body = spell(function* () {
      for (let i = 0; i < 3; i++) {
        try {
          yield* awaiting(sleep(100));
        } catch {
          log(`${now()} swallowed`);
        }
      }
      return "result";
    });
    log((yield* outcomeOf(awaiting(failAfter(10, body)))).replace(/\(.*/, ""));
  },
  ["10 swallowed", "10 swallowed", "10 swallowed", "10 TimeoutError"],
);

testBoth("failAfter() raises a TimeoutError with the CancelledError as its cause", function* ({ spell }) {
  let raised: unknown;
  try {
    yield* awaiting(
      failAfter(
        10,
        spell(() => awaiting(sleep(100))),
      ),
    );
  } catch (error) {
    raised = error;
  }
  expect(raised).toBeInstanceOf(TimeoutError);
  expect((raised as TimeoutError).cause).toBeInstanceOf(CancelledError);
});

testEvents(
  "failAfter() raises another error of the body as it is",
  function* (log, { spell }) {
    const body = spell(() => awaiting(worker(log, "body", 100, { cleanUpError: new Error("in the clean-up") })));
    log(yield* outcomeOf(awaiting(failAfter(10, body))));
  },
  ["10 body CancelledError(deadline exceeded)", "10 Error(in the clean-up)"],
);

testEvents(
  "failAfter() lets a cancellation from outside through, also when its time is up",
  function* (log, { spell, start }) {
    for (const delay of [5, 12]) {
      const body = spell(() => awaiting(worker(log, "body", 100, { cleanUp: 0 })));
      const shielded = spell(function* () {
        try {
          yield* awaiting(body() as never);
        } finally {
          yield* outcomeOf(
            awaiting(
              cancelScope(
                spell(() => awaiting(sleep(5))),
                { shield: true },
              ),
            ),
          );
        }
      });
      const task = start(() => awaiting(failAfter(10, shielded)));
      getRunningLoop().callLater(delay, () => task.cancel("from outside"));
      log(describeError(yield* outcomeOf(awaiting(task))).replace(/^\d+ (\w+).*/, "$1"));
      log(`requests: ${task.cancelling()}`);
    }
  },
  [
    "5 body CancelledError(from outside)",
    "5 body cleaned up",
    "CancelledError",
    "requests: 1",
    "20 body CancelledError(deadline exceeded)",
    "CancelledError",
    "requests: 1",
  ],
);

testEvents(
  "failAfter() that is cancelled by a call, not by its deadline, raises no TimeoutError",
  function* (log, { spell }) {
    const body = spell(function* (scope: CancelScope) {
      scope.cancel("by hand");
      try {
        yield* awaiting(worker(log, "body", 5));
      } finally {
        yield* awaiting(shield(worker(log, "clean-up", 20), { withinMs: 50 }));
      }
    });
    log(yield* outcomeOf(awaiting(failAfter(10, body))));
  },
  ["0 body CancelledError(by hand)", "20 clean-up ends", "20 [undefined]"],
);

testEvents(
  "failAfter() around timeout(), and the other way round: the earlier one raises",
  function* (log, { spell }) {
    const sleeping = spell(() => awaiting(sleep(100)));
    const results = [
      awaiting(
        failAfter(
          10,
          spell(() => awaiting(timeout(20, sleeping))),
        ),
      ),
      awaiting(
        failAfter(
          20,
          spell(() => awaiting(timeout(10, sleeping))),
        ),
      ),
      awaiting(
        timeout(
          10,
          spell(() => awaiting(failAfter(20, sleeping))),
        ),
      ),
      awaiting(
        timeout(
          20,
          spell(() => awaiting(failAfter(10, sleeping))),
        ),
      ),
    ];
    for (const result of results) log((yield* outcomeOf(result)).replace(/\(.*/, ""));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  ["10 TimeoutError", "20 TimeoutError", "30 TimeoutError", "40 TimeoutError", "requests: 0"],
);

test("cancelScope(), moveOnAfter() and failAfter() refuse what is no time and what is no body", () =>
  runVirtual(async () => {
    const body = (): Promise<void> => Promise.resolve();
    expect(() => cancelScope(body, { deadline: Number.NaN })).toThrow(ValueError);
    expect(() => moveOnAfter(Number.NaN, body)).toThrow(ValueError);
    expect(() => failAfter(Number.NaN, body)).toThrow(ValueError);
    for (const wrong of ["10", {}] as never[]) {
      expect(() => cancelScope(body, { deadline: wrong })).toThrow(TypeError);
      expect(() => moveOnAfter(wrong, body)).toThrow(TypeError);
      expect(() => failAfter(wrong, body)).toThrow(TypeError);
      expect(() => cancelScope(wrong)).toThrow(TypeError);
      expect(() => moveOnAfter(1, wrong)).toThrow(TypeError);
      expect(() => failAfter(1, wrong)).toThrow(TypeError);
    }
    await cancelScope(async (scope) => {
      expect(() => {
        scope.deadline = Number.NaN;
      }).toThrow(ValueError);
    });
  }));

// currentEffectiveDeadline().

testEvents(
  "currentEffectiveDeadline() is the earliest that reaches the code: a shield hides those outside of it",
  function* (log, { spell }) {
    const deadline = (what: string): void => log(`${what}: ${currentEffectiveDeadline()}`);
    const shielded = spell(function* (scope: CancelScope) {
      deadline("shielded");
      scope.deadline = 50;
      deadline("shielded, with a deadline");
      scope.shield = false;
      deadline("no more shielded");
    });
    const inner = spell(function* (scope: CancelScope) {
      deadline("inner");
      scope.deadline = 5;
      deadline("inner, earlier");
      scope.cancel();
      deadline("inner, cancelled");
    });
    const outer = spell(function* () {
      deadline("outer");
      yield* awaiting(cancelScope(inner, { deadline: 20 }));
      yield* awaiting(cancelScope(shielded, { shield: true }));
      deadline("outer again");
    });
    deadline("before");
    yield* awaiting(cancelScope(outer, { deadline: 10 }));
    deadline("after");
  },
  [
    "before: Infinity",
    "outer: 10",
    "inner: 10",
    "inner, earlier: 5",
    "inner, cancelled: -Infinity",
    "shielded: Infinity",
    "shielded, with a deadline: 50",
    "no more shielded: 10",
    "outer again: 10",
    "after: Infinity",
  ],
);

test("currentEffectiveDeadline() is infinite outside of tasks", async () => {
  expect(currentEffectiveDeadline()).toBe(Number.POSITIVE_INFINITY);
  const events = await eventsOf(async (log) => {
    await moveOnAfter(10, async () => {
      getRunningLoop().callSoon(() => log(`callback: ${currentEffectiveDeadline()}`));
      await sleep(1);
    });
  });
  expect(events).toEqual(["callback: Infinity"]);
});
