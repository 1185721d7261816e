import {
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  type FrameInfo,
  Future,
  sleep,
  type Task,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";

// Task.getStack() and Task.printStack().

const innermost = coroutine(function* innermost() {
  yield* sleep(10);
});

const middle = coroutine(function* middle() {
  yield* innermost();
});

const outermost = coroutine(function* outermost() {
  yield* middle();
  return "result";
});

function functions(frames: readonly FrameInfo[]): string[] {
  return frames.map((frame) => frame.functionName);
}

function printed(task: Task<unknown>, limit?: number): string[] {
  const texts: string[] = [];
  const write = (text: string): void => void texts.push(text);
  task.printStack(limit === undefined ? { write } : { write, limit });
  return texts.join("\n").split("\n");
}

test("Task.getStack() of a suspended generator has all its frames, the outermost first", () =>
  runVirtual(async () => {
    const task = createTask(outermost());
    await sleep(1);
    const frames = task.getStack();
    expect(functions(frames)).toEqual(["outermost", "middle", "innermost"]);
    for (const frame of frames) {
      expect(frame.file).toContain("stack.test.ts");
      expect(frame.line).toBeGreaterThan(0);
      expect(frame.column).toBeGreaterThan(0);
    }
  }));

test("Task.getStack() does not disturb the task", () =>
  runVirtual(async () => {
    const task = createTask(outermost());
    await sleep(1);
    for (let i = 0; i < 3; i++) task.getStack();
    expect(await task).toBe("result");
  }));

test("Task.getStack() with a limit has the innermost frames of a suspended task", () =>
  runVirtual(async () => {
    const task = createTask(outermost());
    await sleep(1);
    expect(functions(task.getStack({ limit: 2 }))).toEqual(["middle", "innermost"]);
    expect(functions(task.getStack({ limit: 1 }))).toEqual(["innermost"]);
  }));

test("Task.getStack() knows the waits for futures and tasks as well", () =>
  runVirtual(async () => {
    const future = new Future<void>();
    const waitForFuture = function* waitForFuture() {
      yield* future;
    };
    const inner = createTask(waitForFuture);
    const waitForTask = function* waitForTask() {
      yield* inner;
    };
    const outer = createTask(waitForTask);
    await sleep(1);
    expect([functions(inner.getStack()), functions(outer.getStack())]).toEqual([["waitForFuture"], ["waitForTask"]]);
    future.setResult();
    await outer;
  }));

test("Task.getStack() of the task that runs ends where it is called", () =>
  runVirtual(async () => {
    const here = (): FrameInfo[] => currentTask()!.getStack();
    const running = function* running() {
      yield* sleep(1);
      return here();
    };
    const frames = await createTask(running);
    expect(functions(frames).slice(-2)).toEqual(["running", "here"]);
  }));

test("Task.getStack() of a task that ended well or was cancelled is empty", () =>
  runVirtual(async () => {
    const [finished, cancelled] = [createTask(outermost()), createTask(outermost())];
    await sleep(5);
    cancelled.cancel();
    await finished;
    expect(cancelled.cancelled()).toBe(true);
    expect([finished.getStack(), cancelled.getStack()]).toEqual([[], []]);
    expect(printed(finished)).toEqual([`No stack for ${finished}`]);
  }));

const fail = (): never => {
  throw new RangeError("failed");
};
const failing = coroutine(function* failing() {
  yield* sleep(1);
  fail();
});

test("Task.getStack() of a task that failed is that of its error; a limit keeps the outermost frames", () =>
  runVirtual(async () => {
    const task = createTask(failing());
    await expect(async () => await task).rejects.toThrow(RangeError);
    expect(functions(task.getStack())).toEqual(["failing", "fail"]);
    expect(functions(task.getStack({ limit: 1 }))).toEqual(["failing"]);
    expect(() => task.result()).toThrow(RangeError);
  }));

test("Task.getStack() in debug mode knows where native code waits", () =>
  runVirtual(
    async () => {
      const nativeWait = async function nativeWait(): Promise<void> {
        await sleep(10);
      };
      const task = createTask(nativeWait);
      await sleep(1);
      expect(functions(task.getStack())).toContain("nativeWait");
      await task;
    },
    { debug: true },
  ));

test("Task.printStack() prints a stack or the traceback of an error", () =>
  runVirtual(async () => {
    const [suspended, failed] = [
      createTask(outermost(), { name: "suspended" }),
      createTask(failing(), { name: "failed" }),
    ];
    await expect(async () => await failed).rejects.toThrow(RangeError);

    const [title, ...lines] = printed(suspended, 2);
    expect(title).toBe("Stack for <Task pending name='suspended'> (most recent call last):");
    expect(lines.map((line) => line.replace(/"[^"]*stack\.test\.ts", line \d+/, "FILE"))).toEqual([
      "  File FILE, in middle",
      "  File FILE, in innermost",
    ]);
    expect(printed(failed)[0]).toBe("Traceback for <Task finished name='failed'> (most recent call last):");
    suspended.cancel();
    await expect(async () => await suspended).rejects.toThrow(CancelledError);
  }));
