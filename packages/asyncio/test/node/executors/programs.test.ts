import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runProgram } from "../../support/program.ts";

test("run() of built code has threads and processes, which print in order and keep no program alive", async () => {
  const ended = await runProgram("threads");
  expect(ended).toEqual({
    code: 0,
    signal: null,
    stderr: "",
    stdout: ["default", "thread", "process", "coroutine"]
      .map((name) => `in the ${name}\nhello from the ${name}\n`)
      .concat("the end\n")
      .join(""),
  });
});

test("process.exit() ends the threads and processes that are at work", async () => {
  const { code, stdout } = await runProgram("threads-exit");
  expect(code).toBe(7);
  const pid = Number(stdout);
  expect(pid).toBeGreaterThan(0);
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
});

/** Whether there is such a process; one that is dead and that nobody has asked for yet is none. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
