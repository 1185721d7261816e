import {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  InvalidStateError,
  KeyboardInterrupt,
  LookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  rethrowIfCancelled,
  TimeoutError,
  ValueError,
} from "asyncio-ts";
import { expect, test } from "vitest";

const classes = {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  InvalidStateError,
  KeyboardInterrupt,
  LookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  TimeoutError,
  ValueError,
};

test.each(Object.entries(classes))("%s has its name, message and cause", (name, ErrorClass) => {
  const cause = new Error("cause");
  const error = new ErrorClass("message", { cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message, error.cause]).toEqual([name, "message", cause]);
  expect(String(error)).toBe(`${name}: message`);
  expect(Object.keys(error)).not.toContain("name");
});

test("Errors have no ancestors among each other but RuntimeError", () => {
  const pairs = Object.values(classes).flatMap((derived) =>
    Object.values(classes)
      .filter((base) => base !== derived && derived.prototype instanceof base)
      .map((base) => `${derived.name} < ${base.name}`),
  );
  expect(pairs).toEqual(["BrokenBarrierError < RuntimeError", "DeadlockError < RuntimeError"]);
});

test("rethrowIfCancelled() throws a CancelledError on, and nothing else", () => {
  const cancelled = new CancelledError("message");
  expect(() => rethrowIfCancelled(cancelled)).toThrow(cancelled);
  for (const other of [new Error("x"), new TimeoutError(), undefined, "CancelledError"]) rethrowIfCancelled(other);
});
