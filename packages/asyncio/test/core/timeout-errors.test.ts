import { ExceptionGroup, sleep, type TaskGroup, type Timeout, TimeoutError, taskGroup, timeout } from "asyncio-ts";
import { expect } from "vitest";
import { describeError } from "../support/events.ts";
import { awaiting, type Spelling, type Steps, testBoth } from "../support/spellings.ts";

/** `timeout()` with a body in the spelling of the test. */
function timeoutOf<T>({ spell }: Spelling, delay: number | null, body: (t: Timeout) => Steps<T>): Steps<T> {
  return awaiting(timeout(delay, spell(body)));
}

testBoth(
  "timeout() puts a TimeoutError between the error of a body and the cancellation that caused it",
  function* (spelling) {
    const body = function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } catch (cancellation) {
        const inner = new Error("inner", { cause: cancellation });
        throw new Error("outer", { cause: inner });
      }
    };
    let raised: Error | undefined;
    try {
      yield* timeoutOf(spelling, 10, body);
    } catch (error) {
      raised = error as Error;
    }
    const chain: string[] = [];
    for (let link: unknown = raised; link instanceof Error; link = link.cause) chain.push(describeError(link));
    expect(chain).toEqual(["Error(outer)", "Error(inner)", "TimeoutError()", "CancelledError()"]);
  },
);

testBoth("timeout() puts a TimeoutError into the errors of a group", function* (spelling) {
  const { spell } = spelling;
  const child = spell(function* () {
    try {
      yield* awaiting(sleep(100));
    } catch (error) {
      throw new Error("child", { cause: error });
    }
  });
  const body = (): Steps<void> =>
    awaiting(
      taskGroup(
        spell(function* (group: TaskGroup): Steps<void> {
          group.createTask(child);
          yield* awaiting(sleep(100));
        }),
      ),
    );
  let raised: unknown;
  try {
    yield* timeoutOf(spelling, 10, body);
  } catch (error) {
    raised = error;
  }
  expect(raised).toBeInstanceOf(ExceptionGroup);
  const [error] = (raised as ExceptionGroup).exceptions as Error[];
  expect(describeError(error)).toBe("Error(child)");
  expect(error?.cause).toBeInstanceOf(TimeoutError);
});

testBoth(
  "timeout() leaves an error alone that no cancellation has caused, even if its causes form a circle",
  function* (spelling) {
    const error = new Error("failed");
    let looks = 0;
    const cause = (): Error => {
      if (++looks > 100) throw new Error("went round and round");
      return error;
    };
    Object.defineProperty(error, "cause", { get: cause });
    const body = function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } catch {
        throw error;
      }
    };
    let raised: unknown;
    try {
      yield* timeoutOf(spelling, 10, body);
    } catch (caught) {
      raised = caught;
    }
    expect(raised).toBe(error);
  },
);
