import { ContextVar, coroutine, getRunningLoop, RuntimeError, run, sleep, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";
import { startProgram } from "../support/program.ts";

/** How many timers keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

test("EventLoop.addSignalHandler() keeps a program alive that waits for a signal, and is taken back with the loop", async () => {
  await using program = startProgram("signal-server");
  await program.printed("ready");
  program.kill("SIGTERM");
  const { code, signal, stdout, stderr } = await program.ended;
  expect({ stdout, stderr }).toEqual({ stdout: "ready\ngot SIGTERM\nstopped\nlisteners 0\n", stderr: "" });
  expect([code, signal]).toEqual([0, null]);
});

test("EventLoop.addSignalHandler() takes Ctrl-C from run(), removeSignalHandler() gives it back", async () => {
  await using program = startProgram("signal-interrupt");
  await program.printed("ready");
  program.kill("SIGINT");
  await program.printed("interrupt 1.");
  program.kill("SIGINT");
  await program.printed("removed");
  program.kill("SIGINT");
  const { code, stdout, stderr } = await program.ended;
  expect(stdout).toBe("ready\ninterrupt 1.\ninterrupt 2.\nremoved true false\ncleaned up\n");
  expect(stderr).toContain("KeyboardInterrupt");
  expect(code).toBe(130);
});

test("EventLoop.removeSignalHandler() lets the signal do again what it does by default", async () => {
  await using program = startProgram("signal-removed");
  await program.printed("ready");
  program.kill("SIGTERM");
  const { signal, stdout } = await program.ended;
  expect({ signal, stdout }).toEqual({ signal: "SIGTERM", stdout: "ready\n" });
});

test("EventLoop.addSignalHandler() reports the error of a handler; a second handler takes the place of the first", async () => {
  await using program = startProgram("signal-error");
  await program.printed("ready");
  program.kill("SIGUSR2");
  await program.printed("replaced");
  program.kill("SIGUSR2");
  const { code, stdout, stderr } = await program.ended;
  expect(stdout).toBe("ready\nException in callback failing(): Error: no\nreplaced\nthe end\n");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("EventLoop.addSignalHandler() runs the handler in the loop, in the context of the call, and only while there is one", async () => {
  const events: string[] = [];
  const name = new ContextVar<string>("name", { default: "nobody" });
  const before = timers();
  await run(async () => {
    const loop = getRunningLoop();
    name.set("ada");
    loop.addSignalHandler(
      "SIGUSR2",
      (text: string) => events.push(`${text} by ${name.get()} in ${loop === getRunningLoop()}`),
      {
        args: ["handled"],
      },
    );
    name.set("bob");
    loop.addSignalHandler("SIGHUP", () => events.push("hang up"));
    expect(timers()).toBe(before + 1);
    process.emit("SIGUSR2");
    events.push("emitted");
    await sleep(0);
    loop.addSignalHandler("SIGUSR2", () => events.push("second"));
    process.emit("SIGUSR2");
    // A handler that was removed is not called, even when the signal has come.
    loop.removeSignalHandler("SIGUSR2");
    await sleep(0);
    expect(process.listenerCount("SIGUSR2")).toBe(0);
    expect(process.listenerCount("SIGHUP")).toBe(1);
  });
  expect(events).toEqual(["emitted", "handled by ada in true"]);
  expect(process.listenerCount("SIGHUP")).toBe(0);
  expect(timers()).toBe(before);
});

test("EventLoop.addSignalHandler() refuses what is no signal, what can't be caught, and coroutines", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    expect(() => loop.addSignalHandler("SIGFOO", () => {})).toThrow(ValueError);
    expect(() => loop.addSignalHandler("SIGFOO", () => {})).toThrow(
      /^invalid signal "SIGFOO": this system has .*SIGTERM/,
    );
    expect(() => loop.addSignalHandler("toString", () => {})).toThrow(ValueError);
    expect(() => loop.addSignalHandler(15 as never, () => {})).toThrow(TypeError);
    expect(() => loop.addSignalHandler("SIGTERM", "exit" as never)).toThrow(TypeError);
    for (const name of ["SIGKILL", "SIGSTOP"]) {
      expect(() => loop.addSignalHandler(name, () => {})).toThrow(new RuntimeError(`sig ${name} cannot be caught`));
    }
    const refused = "coroutines cannot be used with addSignalHandler()";
    expect(() => loop.addSignalHandler("SIGTERM", async () => {})).toThrow(refused);
    expect(() =>
      loop.addSignalHandler(
        "SIGTERM",
        coroutine(function* () {}),
      ),
    ).toThrow(refused);
    expect(() => loop.addSignalHandler("SIGTERM", sleep(0) as never)).toThrow(refused);
    expect(loop.removeSignalHandler("SIGTERM")).toBe(false);
    expect(() => loop.removeSignalHandler("SIGFOO")).toThrow(ValueError);
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });
});
