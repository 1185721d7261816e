import { CancelledError, ExceptionGroup, RuntimeError, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeError } from "../support/events.ts";

const type = new TypeError("type");
const range = new RangeError("range");
const runtime = new RuntimeError("runtime");

test("ExceptionGroup is an AggregateError of its errors, in order", () => {
  const group = new ExceptionGroup("message", new Set([type, "no error", range]));
  expect(group).toBeInstanceOf(AggregateError);
  expect([group.name, group.message, String(group)]).toEqual(["ExceptionGroup", "message", "ExceptionGroup: message"]);
  expect(group.exceptions).toEqual([type, "no error", range]);
  expect(group.exceptions).toBe(group.errors);
});

test("ExceptionGroup refuses to be empty, and a message that is no string", () => {
  expect(() => new ExceptionGroup("message", [])).toThrow(ValueError);
  expect(() => new ExceptionGroup(undefined as never, [type])).toThrow(TypeError);
});

test("ExceptionGroup.split() parts the errors by a class, several, or a test", () => {
  const group = new ExceptionGroup("group", [type, range, runtime]);
  const split = (condition: Parameters<ExceptionGroup["split"]>[0]): string[] =>
    group.split(condition).map((part) => (part === null ? "none" : describeError(part)));

  expect(split(TypeError)).toEqual([
    "ExceptionGroup(group)[TypeError(type)]",
    "ExceptionGroup(group)[RangeError(range), RuntimeError(runtime)]",
  ]);
  expect(split([TypeError, RuntimeError])).toEqual([
    "ExceptionGroup(group)[TypeError(type), RuntimeError(runtime)]",
    "ExceptionGroup(group)[RangeError(range)]",
  ]);
  expect(split((error) => error === range)).toEqual([
    "ExceptionGroup(group)[RangeError(range)]",
    "ExceptionGroup(group)[TypeError(type), RuntimeError(runtime)]",
  ]);
  expect(split(CancelledError)).toEqual([
    "none",
    "ExceptionGroup(group)[TypeError(type), RangeError(range), RuntimeError(runtime)]",
  ]);
  expect(split([])).toEqual(["none", describeError(group)]);
});

test("ExceptionGroup.split() keeps the nesting, and drops what is empty", () => {
  const inner = new ExceptionGroup("inner", [type, range]);
  const onlyTypes = new ExceptionGroup("only types", [type]);
  const group = new ExceptionGroup("outer", [inner, runtime, onlyTypes]);
  expect(group.split(TypeError).map(describeError)).toEqual([
    "ExceptionGroup(outer)[ExceptionGroup(inner)[TypeError(type)], ExceptionGroup(only types)[TypeError(type)]]",
    "ExceptionGroup(outer)[ExceptionGroup(inner)[RangeError(range)], RuntimeError(runtime)]",
  ]);
});

test("ExceptionGroup.split() asks the condition of the groups as well", () => {
  const inner = new ExceptionGroup("inner", [type]);
  const group = new ExceptionGroup("outer", [inner, range]);
  expect(group.split(ExceptionGroup)).toEqual([group, null]);
  expect(group.split(Error)[0]).toBe(group);

  const [matching, rest] = group.split((error) => error === inner);
  expect([describeError(matching), describeError(rest)]).toEqual([
    "ExceptionGroup(outer)[ExceptionGroup(inner)[TypeError(type)]]",
    "ExceptionGroup(outer)[RangeError(range)]",
  ]);
});

test("ExceptionGroup.split() takes classes that are no errors, alone and in a list", () => {
  class Refusal {
    readonly reason = "no";
  }
  const refusal = new Refusal();
  const group = new ExceptionGroup("group", [refusal, type]);
  expect(group.split([Refusal])[0]?.exceptions).toEqual([refusal]);
  expect(group.split(Refusal)[0]?.exceptions).toEqual([refusal]);
});

test("ExceptionGroup.subgroup() is the first part of split()", () => {
  const group = new ExceptionGroup("group", [type, range]);
  expect(describeError(group.subgroup(TypeError))).toBe("ExceptionGroup(group)[TypeError(type)]");
  expect(group.subgroup(RuntimeError)).toBe(null);
});

test("ExceptionGroup.split() refuses what is no condition", () => {
  const group = new ExceptionGroup("group", [type]);
  for (const wrong of [undefined, null, "TypeError", type] as never[]) {
    expect(() => group.split(wrong)).toThrow(TypeError);
  }
});

test("ExceptionGroup.derive() makes the parts: a subclass keeps its class, and the cause is kept", () => {
  class Failures extends ExceptionGroup {
    readonly code: number;
    constructor(message: string, errors: Iterable<unknown>, code: number) {
      super(message, errors);
      this.code = code;
    }
    override derive(errors: Iterable<unknown>): Failures {
      return new Failures(this.message, errors, this.code);
    }
  }
  const group = new Failures("failures", [type, range], 42);
  group.cause = runtime;
  for (const part of group.split(TypeError)) {
    expect(part).toBeInstanceOf(Failures);
    expect([(part as Failures).code, part?.message, part?.cause]).toEqual([42, "failures", runtime]);
  }
});
