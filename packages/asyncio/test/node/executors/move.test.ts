import { open } from "node:fs/promises";
import { MessageChannel } from "node:worker_threads";
import { getRunningLoop, move, ProcessPoolExecutor, run, ThreadPoolExecutor, toThread } from "asyncio-ts";
import { expect, expectTypeOf, test } from "vitest";
import { plain, work } from "./support.ts";

test("move() gives its argument back, with its type", () => {
  const bytes = new Uint8Array(2);
  expectTypeOf(move(bytes)).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expect(move(bytes)).toBe(bytes);
  expect(bytes.length).toBe(2);
});

test("toThread() moves an argument of move(), and copies others", () =>
  run(async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await toThread(plain.sum, bytes)).toBe(6);
    expect(bytes.length).toBe(3);
    expect(await toThread(plain.sum, move(bytes))).toBe(6);
    expect(bytes.length).toBe(0);
  }));

test("toThread() moves what the list of move() names", () =>
  run(async () => {
    const parts = [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])] as const;
    const [first, second, third] = parts;
    expect(await toThread(plain.sumAll, move({ parts }, [first.buffer, second.buffer]))).toBe(6);
    expect([first.length, second.length, third.length]).toEqual([0, 0, 1]);
  }));

test("toThread() moves the same memory once, when two arguments are views of it", () =>
  run(async () => {
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const [a, b] = [new Uint8Array(buffer), new Int8Array(buffer)];
    expect(await toThread(plain.sumBoth, move(a), move(b))).toBe(12);
    expect(buffer.byteLength).toBe(0);
  }));

test("toThread() moves a result of move(), and copies others", () =>
  run(async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    getRunningLoop().setDefaultExecutor(pool);
    expect([...(await toThread(work.makeCopied))]).toEqual([1, 2, 3]);
    expect(await toThread(work.left)).toBe(3);
    expect([...(await toThread(work.makeMoved))]).toEqual([1, 2, 3]);
    expect(await toThread(work.left)).toBe(0);
  }));

test("move() takes ports, streams and files", () =>
  run(async () => {
    const { port1, port2 } = new MessageChannel();
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue("chunk");
        controller.close();
      },
    });
    expect(await toThread(plain.sendThrough, move(port1), "hello")).toBe("sent");
    const { receiveMessageOnPort } = await import("node:worker_threads");
    expect(receiveMessageOnPort(port2)).toEqual({ message: "hello" });
    port2.close();
    expect(await toThread(plain.readAll, move(stream))).toEqual(["chunk"]);
    const file = await open(new URL(import.meta.url).pathname);
    expect(await toThread(plain.firstLine, move(file))).toBe('import { open } from "node:fs/promises";');
  }));

test("ProcessPoolExecutor copies what move() marks", () =>
  run(async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await getRunningLoop().runInExecutor(pool, plain.sum, move(bytes))).toBe(6);
    expect(bytes.length).toBe(3);
  }));

test.each([
  ["a number", 1, "move() needs an object that can be transferred, got a number (1)"],
  ["null", null, "move() needs an object that can be transferred, got null"],
  ["a plain object", {}, "move() can't tell what to move in a value of class Object: list it"],
  ["a list", [new Uint8Array(1)], "move() can't tell what to move in a value of class Array: list it"],
])("move() refuses %s", (_name, value, message) => {
  expect(() => move(value as object)).toThrow(TypeError);
  expect(() => move(value as object)).toThrow(message);
});

test("move() refuses views of a part of a buffer, such as small Buffers", () => {
  expect(() => move(Buffer.from("small"))).toThrow(TypeError);
  expect(() => move(Buffer.from("small"))).toThrow("move(): the Buffer is a view of a part of a larger buffer");
  expect(() => move(new Uint8Array(new ArrayBuffer(8), 4))).toThrow("the Uint8Array is a view of a part");
  expect(() => move({}, 1 as never)).toThrow("move() needs a list of what to transfer, got a number (1)");
});

test("move() leaves shared memory where it is", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  expect(move(shared)).toBe(shared);
});
