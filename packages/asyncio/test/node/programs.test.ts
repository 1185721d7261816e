import { describe, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe("the end of a program", () => {
  test("run() raises DeadlockError when nothing can wake it any more, where Node would exit with 13", async () => {
    const { code, stderr } = await runProgram("deadlock");
    expect(stderr).toContain("DeadlockError: nothing can wake the program up any more: the task waits for ever");
    expect(stderr).toMatch(/<Task pending name='Task-1'> waits for Event\.wait\(\)/);
    expect(stderr).not.toContain("unsettled top-level await");
    expect(code).toBe(1);
  });

  test("run() raises DeadlockError for a promise of the platform that nothing can settle", async () => {
    const { code, stderr } = await runProgram("deadlock-foreign");
    expect(stderr).toMatch(/DeadlockError: .*\n.* waits for a promise that the loop does not know/);
    expect(code).toBe(1);
  });

  test("run() leaves no timer, listener or handle behind, so that the process ends", async () => {
    const { code, stdout, stderr } = await runProgram("ends");
    expect(stderr).toBe("");
    const { before, after } = JSON.parse(stdout.split("\n")[1] ?? "") as { before: unknown; after: unknown };
    expect(after).toEqual(before);
    expect(code).toBe(0);
  });

  test("Coroutine can be awaited without run(), at top level and in callbacks; the process ends", async () => {
    const { code, stdout, stderr } = await runProgram("top-level");
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual([
      "slept",
      "second holder",
      "hello ada",
      "true",
      "in a callback",
      "handled a",
      "handled b",
      "run() as well",
    ]);
    expect(code).toBe(0);
  });
});

test("ASYNCIO_CONTEXT_TRACKING=0 leaves tasks, cancellation and timeouts as they are", async () => {
  const { code, stdout, stderr } = await runProgram("without-tracking", { ASYNCIO_CONTEXT_TRACKING: "0" });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "worker\nTimeoutError\n", stderr: "" });
});

describe("ASYNCIO_DEBUG", () => {
  test.each([
    ["1", true],
    ["yes", true],
    ["0", false],
    ["", false],
  ])("ASYNCIO_DEBUG=%s: debug mode is %s", async (value, on) => {
    expect((await runProgram("debug-mode", { ASYNCIO_DEBUG: value })).stdout).toBe(`${on}\n`);
  });

  test("ASYNCIO_DEBUG that is not set leaves debug mode off", async () => {
    expect((await runProgram("debug-mode")).stdout).toBe("false\n");
  });
});

describe("errors", () => {
  test("EventLoop prints the error of a task that nobody listens to, once, and the program goes on", async () => {
    const { code, stdout, stderr } = await runProgram("task-error");
    expect(stdout).toBe("main ended\n");
    expect(stderr).toMatch(/^Task exception was never retrieved\n/);
    expect(count(stderr, "Error: in a task")).toBe(1);
    expect(stderr).toContain("name='failing'");
    expect(code).toBe(0);
  });

  test("run() raises the error of main, and nobody else prints it", async () => {
    const { code, stdout, stderr } = await runProgram("main-error");
    expect(stdout).toBe("");
    expect(count(stderr, "Error: in main")).toBe(1);
    expect(stderr).not.toContain("never retrieved");
    expect(code).toBe(1);
  });
});

describe("stack traces", () => {
  test("error.stack goes through the bodies of timeout(), taskGroup() and cancelScope() to the callers", async () => {
    const { stdout, stderr } = await runProgram("stack-traces");
    expect(stderr).toBe("");
    const stacks = JSON.parse(stdout) as Record<string, string[]>;
    expect(stacks.native).toEqual(["failNative", "withTimeout", "withScope", "withGroup"]);
    expect(stacks.generator).toEqual(["failGenerator", "generatorWithTimeout", "generatorWithGroup"]);
  });

  test("TimeoutError tells where the task was waiting", async () => {
    const { stdout } = await runProgram("stack-traces");
    const stacks = JSON.parse(stdout) as Record<string, string[]>;
    expect(stacks.timeout).toEqual(["timeOut"]);
  });
});
