import { type CancelScope, type CancelScopeOptions, cancelScope, getRunningLoop, sleep } from "asyncio-ts";
import { type Log, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling, type Steps } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

type Body<T> = (scope: CancelScope) => Steps<T>;

/** `cancelScope()` with a body in the spelling of the test. */
function scopeOf<T>({ spell }: Spelling, body: Body<T>, options?: CancelScopeOptions): Steps<T | undefined> {
  return awaiting(cancelScope(spell(body), options));
}

function flags(scope: CancelScope): string {
  return `called: ${scope.cancelCalled}, caught: ${scope.cancelledCaught}`;
}

/** Runs a body in two scopes, and notes what each caught. */
function* nested(
  log: Log,
  spelling: Spelling,
  body: (outer: CancelScope, inner: CancelScope) => Steps<unknown>,
  options: CancelScopeOptions = {},
): Steps<void> {
  const seen: { outer?: CancelScope; inner?: CancelScope } = {};
  const outerBody = function* (outer: CancelScope): Steps<void> {
    seen.outer = outer;
    yield* awaiting(sleep(0));
    const innerBody = (inner: CancelScope): Steps<unknown> => {
      seen.inner = inner;
      return body(outer, inner);
    };
    yield* scopeOf(spelling, innerBody, options);
    log(`between: ${yield* outcomeOf(awaiting(sleep(5)))}`);
  };
  log(yield* outcomeOf(scopeOf(spelling, outerBody)));
  log(`inner ${flags(seen.inner!)}; outer ${flags(seen.outer!)}`);
}

testEvents(
  "CancelScope.cancel() of the outer scope reaches into the inner one, which does not catch it",
  (log, spelling) =>
    nested(log, spelling, function* (outer) {
      getRunningLoop().callLater(10, () => outer.cancel("outer"));
      log(yield* outcomeOf(awaiting(sleep(100))));
      yield* awaiting(worker(log, "body", 100));
    }),
  [
    "10 CancelledError(outer)",
    "10 body CancelledError(outer)",
    "10 [undefined]",
    "inner called: false, caught: false; outer called: true, caught: true",
  ],
);

testEvents(
  "CancelScope.cancel() of the inner scope leaves the outer one alone",
  (log, spelling) =>
    nested(log, spelling, function* (_outer, inner) {
      inner.cancel("inner");
      yield* awaiting(worker(log, "body", 100));
    }),
  [
    "0 body CancelledError(inner)",
    "between: 5 [undefined]",
    "5 [undefined]",
    "inner called: true, caught: true; outer called: false, caught: false",
  ],
);

testEvents(
  "CancelScope.cancel() of both scopes ends both, in either order",
  function* (log, spelling) {
    for (const innerFirst of [true, false]) {
      yield* nested(log, spelling, function* (outer, inner) {
        (innerFirst ? inner : outer).cancel();
        (innerFirst ? outer : inner).cancel();
        yield* awaiting(sleep(100));
      });
    }
  },
  [
    "0 [undefined]",
    "inner called: true, caught: false; outer called: true, caught: true",
    "0 [undefined]",
    "inner called: true, caught: false; outer called: true, caught: true",
  ],
);

testEvents(
  "CancelScope with a shield keeps cancellations of outer scopes outside, to its end",
  (log, spelling) =>
    nested(
      log,
      spelling,
      function* (outer) {
        outer.cancel("outer");
        log(yield* outcomeOf(awaiting(sleep(10, "shielded"))));
      },
      { shield: true },
    ),
  [
    "10 [shielded]",
    "between: 10 CancelledError(outer)",
    "10 [undefined]",
    "inner called: false, caught: false; outer called: true, caught: false",
  ],
);

testEvents(
  "CancelScope with a shield can be cancelled itself",
  (log, spelling) =>
    nested(
      log,
      spelling,
      function* (_outer, inner) {
        inner.cancel("inner");
        yield* awaiting(worker(log, "body", 100));
      },
      { shield: true },
    ),
  [
    "0 body CancelledError(inner)",
    "between: 5 [undefined]",
    "5 [undefined]",
    "inner called: true, caught: true; outer called: false, caught: false",
  ],
);

testEvents(
  "CancelScope.shield can be set and taken away while the body runs, also while it waits",
  (log, spelling) =>
    nested(log, spelling, function* (outer, inner) {
      log(`shield: ${inner.shield}`);
      inner.shield = true;
      log(`shield: ${inner.shield}`);
      getRunningLoop().callLater(5, () => outer.cancel("outer"));
      log(yield* outcomeOf(awaiting(sleep(10, "shielded"))));
      getRunningLoop().callLater(10, () => {
        inner.shield = false;
      });
      log(yield* outcomeOf(awaiting(sleep(100))));
      inner.shield = true;
      log(yield* outcomeOf(awaiting(sleep(5, "shielded again"))));
    }),
  [
    "shield: false",
    "shield: true",
    "10 [shielded]",
    "20 CancelledError(outer)",
    "25 [shielded again]",
    "between: 25 CancelledError(outer)",
    "25 [undefined]",
    "inner called: false, caught: false; outer called: true, caught: false",
  ],
);

testEvents(
  "CancelScope inside a shield inside a cancelled scope is its own master",
  (log, spelling) =>
    nested(
      log,
      spelling,
      function* (outer) {
        outer.cancel("outer");
        const innermost = function* (scope: CancelScope): Steps<void> {
          log(yield* outcomeOf(awaiting(sleep(5, "shielded"))));
          scope.cancel("innermost");
          yield* awaiting(worker(log, "innermost", 100));
        };
        yield* scopeOf(spelling, innermost);
        log(yield* outcomeOf(awaiting(sleep(5, "still shielded"))));
      },
      { shield: true },
    ),
  [
    "5 [shielded]",
    "5 innermost CancelledError(innermost)",
    "10 [still shielded]",
    "between: 10 CancelledError(outer)",
    "10 [undefined]",
    "inner called: false, caught: false; outer called: true, caught: false",
  ],
);
