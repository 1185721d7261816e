import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { startProgram } from "../support/program.ts";

// One Ctrl-C may come twice, from the terminal and forwarded by npm; a person is not as quick as that.
const LATER = 300;

test("run() cancels the main task on Ctrl-C, which cleans up; the process ends with 130", async () => {
  await using program = startProgram("ctrl-c");
  await program.printed("ready");
  program.kill("SIGINT");
  const { code, signal, stdout, stderr } = await program.ended;
  expect(stdout).toBe("ready\ncleaned up\n");
  expect(stderr).toContain("KeyboardInterrupt");
  expect([code, signal]).toEqual([130, null]);
});

test("run() leaves it to a second Ctrl-C to end the process at once, with 130", async () => {
  await using program = startProgram("ctrl-c-slow");
  await program.printed("ready");
  program.kill("SIGINT");
  await program.printed("cleaning up");
  await setTimeout(LATER);
  program.kill("SIGINT");
  const { code, signal, stdout } = await program.ended;
  expect(stdout).toBe("ready\ncleaning up\n");
  expect([code, signal]).toEqual([130, null]);
});

test("run() takes the echo of a Ctrl-C for the same one", async () => {
  await using program = startProgram("ctrl-c");
  await program.printed("ready");
  program.kill("SIGINT");
  program.kill("SIGINT");
  expect((await program.ended).stdout).toBe("ready\ncleaned up\n");
});

test("run() raises KeyboardInterrupt, which a program may catch; the exit code is 130 all the same", async () => {
  await using program = startProgram("ctrl-c-caught");
  await program.printed("ready");
  program.kill("SIGINT");
  const { code, stdout, stderr } = await program.ended;
  expect(stdout).toBe("ready\ninterrupted\nthe end\n");
  expect(stderr).toBe("");
  expect(code).toBe(130);
});

test("run() that ends normally in spite of Ctrl-C leaves the exit code alone", async () => {
  await using program = startProgram("ctrl-c-swallowed");
  await program.printed("ready");
  program.kill("SIGINT");
  const { code, stdout } = await program.ended;
  expect(stdout).toBe("ready\nwent on\n");
  expect(code).toBe(0);
});

test("run() leaves Ctrl-C to a program that has a handler of its own", async () => {
  await using program = startProgram("ctrl-c-own");
  await program.printed("ready");
  program.kill("SIGINT");
  const { code, stdout } = await program.ended;
  expect(stdout).toBe("ready\nown handler\nmain ended\n");
  expect(code).toBe(0);
});

test("run() gives Ctrl-C back to the platform when it is over", async () => {
  await using program = startProgram("ctrl-c-after");
  await program.printed("ready");
  program.kill("SIGINT");
  const { code, signal } = await program.ended;
  expect([code, signal]).toEqual([null, "SIGINT"]);
});

test("run() does not take SIGTERM for itself", async () => {
  await using program = startProgram("ctrl-c");
  await program.printed("ready");
  program.kill("SIGTERM");
  const { signal, stdout } = await program.ended;
  expect(stdout).toBe("ready\n");
  expect(signal).toBe("SIGTERM");
});
