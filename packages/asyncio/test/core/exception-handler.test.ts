import { EventLoop, type ExceptionContext, ExceptionGroup } from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";

/** What a loop with no handler prints for a report. */
function printed(context: ExceptionContext): string {
  const texts: string[] = [];
  const loop = new EventLoop({
    host: Object.assign(new VirtualHost(), { report: (text: string) => void texts.push(text) }),
  });
  loop.callExceptionHandler(context);
  loop.close();
  expect(texts).toHaveLength(1);
  return texts.join();
}

/** An error whose stack is the same on every machine. */
function errorAt<E extends Error>(error: E, place: string): E {
  error.stack = `${error.name}: ${error.message}\n    at ${place}`;
  return error;
}

test("EventLoop.defaultExceptionHandler() prints a message without details as it is", () => {
  expect(printed({ message: "something happened" })).toBe("something happened");
});

test("EventLoop.defaultExceptionHandler() prints the other keys in alphabetical order", () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const future = loop.createFuture<unknown>();
  const exception = errorAt(new Error("failed"), "fail (app.ts:1:2)");
  const lines = printed({ message: "message", future, exception, asyncgen: "generator" }).split("\n");
  expect(lines).toEqual([
    "message",
    "asyncgen: generator",
    "Error: failed",
    "    at fail (app.ts:1:2)",
    "future: <Future pending>",
  ]);
  loop.close();
});

test("EventLoop.defaultExceptionHandler() prints the causes of an error", () => {
  const cause = errorAt(new TypeError("inner"), "inner (app.ts:3:4)");
  const exception = errorAt(new Error("outer", { cause }), "outer (app.ts:1:2)");
  expect(printed({ message: "message", exception }).split("\n")).toEqual([
    "message",
    "Error: outer",
    "    at outer (app.ts:1:2)",
    "caused by: TypeError: inner",
    "    at inner (app.ts:3:4)",
  ]);
});

test("EventLoop.defaultExceptionHandler() prints the errors of a group, indented", () => {
  const errors = [
    errorAt(new TypeError("one"), "one (app.ts:1:2)"),
    errorAt(new RangeError("two"), "two (app.ts:3:4)"),
  ];
  const exception = errorAt(new ExceptionGroup("group", errors), "group (app.ts:5:6)");
  expect(printed({ message: "message", exception }).split("\n")).toEqual([
    "message",
    "ExceptionGroup: group",
    "    at group (app.ts:5:6)",
    "  [1] TypeError: one",
    "      at one (app.ts:1:2)",
    "  [2] RangeError: two",
    "      at two (app.ts:3:4)",
  ]);
});

test("EventLoop.defaultExceptionHandler() prints where the object was made, if that is known", () => {
  const text = printed({ message: "message", sourceTraceback: "Error\n    at make (app.ts:1:2)" });
  expect(text).toMatch(/^message\nObject created at [^]*at make \(app\.ts:1:2\)/);
});

test("EventLoop.defaultExceptionHandler() prints the end of errors whose causes form a circle", () => {
  const error = errorAt(new Error("own cause"), "fail (app.ts:1:2)");
  error.cause = error;
  expect(printed({ message: "message", exception: error })).toContain("own cause");
});
