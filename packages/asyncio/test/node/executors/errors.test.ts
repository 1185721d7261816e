import {
  CancelledError,
  ExceptionGroup,
  FileNotFoundError,
  getRunningLoop,
  IncompleteReadError,
  OSError,
  RuntimeError,
  run,
  toThread,
  ValueError,
} from "asyncio-ts";
import { afterAll, describe, expect, test } from "vitest";
import type { ErrorKind } from "./fixtures/work.ts";
import { errorOf, POOLS, work } from "./support.ts";

describe.each(POOLS)("$name", ({ name, make }) => {
  const pool = make({ maxWorkers: 1 });
  afterAll(() => run(pool.shutdown()));

  /** What `work.fail()` throws, as it arrives here. */
  const thrown = (kind: ErrorKind): Promise<Error> =>
    run(async () => await errorOf(getRunningLoop().runInExecutor(pool, work.fail, kind)));

  test(`${name} gives errors back with their class, message and stack`, async () => {
    const cases = [
      ["type", TypeError, "wrong type"],
      ["range", RangeError, "out of range"],
      ["plain", Error, "plain"],
      ["value", ValueError, "wrong value"],
      ["file", FileNotFoundError, "no such file"],
      ["cancelled", CancelledError, "stop"],
    ] as const;
    for (const [kind, type, message] of cases) {
      const error = await thrown(kind);
      expect(error).toBeInstanceOf(type);
      expect(Object.getPrototypeOf(error)).toBe(type.prototype);
      expect(error.message).toBe(message);
      expect(error.name).toBe(type.prototype.name);
      expect(error.stack).toMatch(/fixtures\/work\.ts/);
    }
  });

  test(`${name} gives errors back with what else they have`, async () => {
    const file = await thrown("file");
    expect(file).toBeInstanceOf(OSError);
    expect(file).toMatchObject({ code: "ENOENT", errno: -2, syscall: "open" });
    expect(await thrown("node")).toMatchObject({ name: "Error", message: "in use", code: "EADDRINUSE" });
    const incomplete = (await thrown("incomplete")) as IncompleteReadError;
    expect(incomplete).toBeInstanceOf(IncompleteReadError);
    expect([...incomplete.partial, incomplete.expected]).toEqual([1, 2, 5]);
  });

  test(`${name} gives errors back with their causes, circles of them cut`, async () => {
    const error = await thrown("cause");
    expect(error.cause).toBeInstanceOf(ValueError);
    expect(error.cause).toMatchObject({ message: "inner" });
    expect(Object.keys(error)).toEqual([]);
    const circle = await thrown("circular");
    expect((circle.cause as Error).message).toBe("and round");
    expect((circle.cause as Error).cause).toBeUndefined();
  });

  test(`${name} gives groups of errors back`, async () => {
    const group = (await thrown("group")) as ExceptionGroup;
    expect(group).toBeInstanceOf(ExceptionGroup);
    expect(group).toBeInstanceOf(AggregateError);
    expect(group.exceptions.map(String)).toEqual(["TypeError: a", "ValueError: b"]);
    expect(group.subgroup(ValueError)?.exceptions).toHaveLength(1);
  });

  test(`${name} gives errors of other classes back under their name, as the nearest class that is known`, async () => {
    const own = await thrown("own");
    expect(own).toBeInstanceOf(TypeError);
    expect(own).toMatchObject({ name: "OwnError", message: "my own", detail: { depth: 2 } });
    const strange = await thrown("strange");
    expect(Object.getPrototypeOf(strange)).toBe(Error.prototype);
    expect(String(strange)).toBe("StrangeError: strange");
    const dom = await thrown("dom");
    expect(dom).toBeInstanceOf(DOMException);
    expect(dom.name).toBe("AbortError");
  });

  test(`${name} gives back what is thrown and is no error`, async () => {
    expect(await thrown("text")).toBe("a text");
  });
});

test("toThread() gives the errors of coroutines back", () =>
  run(async () => {
    expect(await errorOf(toThread(work.failLater, "value"))).toBeInstanceOf(ValueError);
  }));

test("toThread() gives errors back that can be caught as RuntimeError, from the library inside of the thread", () =>
  run(async () => {
    expect(await errorOf(toThread(work.askClosure))).toBeInstanceOf(TypeError);
    expect(await errorOf(toThread(work.stuck))).toBeInstanceOf(RuntimeError);
  }));
