import {
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  gather,
  PIPE,
  type Process,
  STDOUT,
  sleep,
} from "asyncio-ts";
import { expect } from "vitest";
import { awaiting, type Steps } from "../../support/spellings.ts";
import { errorOf, stopped, testNative, testProcesses, textOf } from "./support.ts";

const MEGABYTE = 1024 * 1024;

function* start(line: string, options: Parameters<typeof createSubprocessShell>[1] = {}): Steps<Process> {
  return yield* awaiting(createSubprocessShell(line, options));
}

/** What a text holds that repeats itself nowhere, so that nothing can be lost, doubled or out of place. */
function manyBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE(i, i);
  return bytes;
}

// ── communicate ────────────────────────────────────────────────────────────────────────────────────────────────────

testProcesses("Process.communicate() sends more than the pipes hold while it reads", function* () {
  const process = yield* start("cat", { stdin: PIPE, stdout: PIPE });
  const input = manyBytes(4 * MEGABYTE);
  const [stdout, stderr] = yield* awaiting(process.communicate(input));
  expect(Buffer.compare(stdout as Uint8Array, input)).toBe(0);
  expect([stderr, process.returncode]).toEqual([null, 0]);
});

testProcesses("Process.communicate() closes stdin also without input", function* () {
  const process = yield* start("cat; echo end", { stdin: PIPE, stdout: PIPE });
  expect(textOf((yield* awaiting(process.communicate()))[0])).toBe("end\n");
});

testProcesses("Process.communicate() takes a string as UTF-8", function* () {
  const process = yield* start("cat", { stdin: PIPE, stdout: PIPE });
  expect(textOf((yield* awaiting(process.communicate("süß")))[0])).toBe("süß");
});

testProcesses("Process.communicate() does not mind a process that does not read its input", function* () {
  const input = Buffer.alloc(4 * MEGABYTE);
  const closed = yield* start("exec <&-; echo closed", { stdin: PIPE, stdout: PIPE });
  expect(textOf((yield* awaiting(closed.communicate(input)))[0])).toBe("closed\n");
  const partly = yield* start("head -c 10000 | wc -c", { stdin: PIPE, stdout: PIPE });
  expect(textOf((yield* awaiting(partly.communicate(input)))[0])?.trim()).toBe("10000");
  const gone = yield* start("exit 7", { stdin: PIPE });
  expect([yield* awaiting(gone.communicate(input)), gone.returncode]).toEqual([[null, null], 7]);
});

testProcesses("Process.communicate() feeds a process that reads one byte at a time", function* () {
  const process = yield* start("dd bs=1 2>/dev/null", { stdin: PIPE, stdout: PIPE });
  const input = manyBytes(20_000);
  const [stdout] = yield* awaiting(process.communicate(input));
  expect(Buffer.compare(stdout as Uint8Array, input)).toBe(0);
});

testProcesses("Process.communicate() reads much from both outputs at once", function* () {
  const line = "i=0; while [ $i -lt 30 ]; do head -c 40000 /dev/zero; head -c 30000 /dev/zero >&2; i=$((i+1)); done";
  const process = yield* start(line, { stdout: PIPE, stderr: PIPE });
  const [stdout, stderr] = yield* awaiting(process.communicate());
  expect([stdout?.length, stderr?.length]).toEqual([1_200_000, 900_000]);
});

testProcesses("Process.communicate() gives null for what is no pipe, and waits all the same", function* () {
  const process = yield* start("exit 4");
  expect(yield* awaiting(process.communicate("ignored, as in asyncio"))).toEqual([null, null]);
  expect(process.returncode).toBe(4);
});

testProcesses("Process.communicate() with a timeout kills the process", function* () {
  const process = yield* start("echo begun; exec sleep 100", { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
  const error = yield* awaiting(createTask(() => errorOf(process.communicate("x", { timeout: 20 }))));
  expect(error).toBe(`TimeoutError(the process ${process.pid} did not end within 20 ms, and was killed)`);
  expect(process.returncode).toBe(-9);
});

testProcesses("Process.communicate() with a timeout does not wait for a grandchild that holds the pipes", function* () {
  const process = yield* start("sleep 100 & echo $!; exec sleep 100", { stdin: PIPE, stdout: PIPE });
  const grandchild = Number(textOf(yield* awaiting(process.stdout!.readline())));
  const error = yield* awaiting(createTask(() => errorOf(process.communicate(null, { timeout: 20 }))));
  expect(error).toContain("TimeoutError(");
  expect(process.returncode).toBe(-9);
  globalThis.process.kill(grandchild, "SIGKILL");
});

testProcesses("Process.communicate() with a timeout gives the output of a process that is in time", function* () {
  const process = yield* start("echo hello", { stdout: PIPE });
  expect(textOf((yield* awaiting(process.communicate(null, { timeout: 60_000 })))[0])).toBe("hello\n");
  expect(process.returncode).toBe(0);
});

testNative("Process.communicate() refuses what it can't send, and a timeout that is none", async () => {
  await using process = await createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
  expect(await errorOf(() => process.communicate(5 as never))).toBe(
    "TypeError(communicate(): input must be a Uint8Array, a string or null, got a number (5))",
  );
  expect(await errorOf(() => process.communicate(null, { timeout: Number.NaN }))).toContain("ValueError(");
});

// ── wait and returncode ──────────────────────────────────────────────────────────────────────────────────────────────

testProcesses("Process.wait() gives the exit code, to as many as wait, and later too", function* () {
  const process = yield* start("read -r line; exit 42", { stdin: PIPE });
  expect(process.returncode).toBe(null);
  const waiting = gather([process.wait(), process.wait(), process.wait()]);
  yield* awaiting(sleep(0));
  process.stdin?.write("go\n");
  expect(yield* awaiting(waiting)).toEqual([42, 42, 42]);
  expect(process.returncode).toBe(42);
  expect(yield* awaiting(process.wait())).toBe(42);
});

testProcesses("Process.returncode is the negative number of the signal that ended the process", function* () {
  const killed = yield* start("kill -9 $$");
  expect(yield* awaiting(killed.wait())).toBe(-9);
  const terminated = yield* start("exec sleep 100");
  terminated.terminate();
  expect(yield* awaiting(terminated.wait())).toBe(-15);
  const interrupted = yield* start("exec sleep 100");
  interrupted.sendSignal("SIGUSR1");
  expect(yield* awaiting(interrupted.wait())).toBe(-10);
});

testProcesses("Process.wait() does not wait for a grandchild that holds the pipes", function* () {
  const process = yield* start("sleep 100 & echo $!; exit 5", { stdin: PIPE, stdout: PIPE });
  expect(yield* awaiting(process.wait())).toBe(5);
  const grandchild = Number(textOf(yield* awaiting(process.stdout!.readline())));
  const rest = createTask(process.stdout!.read());
  yield* awaiting(sleep(1));
  expect(rest.done()).toBe(false);
  globalThis.process.kill(grandchild, "SIGKILL");
  expect(textOf(yield* awaiting(rest))).toBe("");
});

testProcesses("Process.wait() can be cancelled, for one of those who wait", function* () {
  const process = yield* start("exec cat", { stdin: PIPE });
  const tasks = [1, 2, 3].map(() => createTask(process.wait()));
  yield* awaiting(sleep(0));
  tasks[1]!.cancel();
  yield* awaiting(sleep(0));
  yield* awaiting(sleep(0));
  expect(tasks.map((task) => task.cancelled())).toEqual([false, true, false]);
  process.stdin?.close();
  expect(yield* awaiting(gather([tasks[0]!, tasks[2]!]))).toEqual([0, 0]);
});

// ── signals ──────────────────────────────────────────────────────────────────────────────────────────────────────────

testProcesses("Process.kill() ends a process that ignores terminate()", function* () {
  const process = yield* start("trap '' TERM; echo ready; exec cat", { stdin: PIPE, stdout: PIPE });
  expect(textOf(yield* awaiting(process.stdout!.readline()))).toBe("ready\n");
  process.terminate();
  process.stdin!.write("alive\n");
  expect(textOf(yield* awaiting(process.stdout!.readline()))).toBe("alive\n");
  process.kill();
  expect(yield* awaiting(process.wait())).toBe(-9);
});

testProcesses(
  "Process.sendSignal() takes a number, also that of a signal that Node has no name for, and 0",
  function* () {
    const process = yield* start(
      "trap 'echo got it; exit 3' 1; trap 'echo real time' 40; echo ready; while :; do read -r x; done",
      {
        stdin: PIPE,
        stdout: PIPE,
      },
    );
    yield* awaiting(process.stdout!.readline());
    process.sendSignal(0);
    process.sendSignal(40);
    process.stdin!.write("\n");
    expect(textOf(yield* awaiting(process.stdout!.readline()))).toBe("real time\n");
    process.sendSignal(1);
    process.stdin!.write("\n");
    expect(textOf(yield* awaiting(process.stdout!.readline()))).toBe("got it\n");
    expect(yield* awaiting(process.wait())).toBe(3);
  },
);

testNative(
  "Process.sendSignal(), terminate() and kill() raise ProcessLookupError when the process has ended",
  async () => {
    const process = await createSubprocessExec("true");
    await process.wait();
    const ended = (method: string) => `ProcessLookupError(${method}(): the process ${process.pid} has ended)`;
    expect(await errorOf(() => process.sendSignal("SIGUSR1"))).toBe(ended("sendSignal"));
    expect(await errorOf(() => process.terminate())).toBe(ended("terminate"));
    expect(await errorOf(() => process.kill())).toBe(ended("kill"));
  },
);

testNative("Process.sendSignal() refuses what is no signal", async () => {
  await using process = await createSubprocessExec("cat", [], { stdin: PIPE });
  expect(await errorOf(() => process.sendSignal("SIGNONE"))).toContain('ValueError(invalid signal "SIGNONE"');
  expect(await errorOf(() => process.sendSignal(1.5))).toBe("ValueError(there is no signal 1.5)");
  expect(await errorOf(() => process.sendSignal(65))).toBe("ValueError(there is no signal 65)");
  expect(await errorOf(() => process.sendSignal(null as never))).toContain("TypeError(");
  expect(process.returncode).toBe(null);
});

// ── the streams ──────────────────────────────────────────────────────────────────────────────────────────────────────

testProcesses("Process.stdin and stdout talk line by line", function* () {
  const process = yield* start('while read -r line; do echo "<$line>"; done', { stdin: PIPE, stdout: PIPE });
  for (const word of ["one", "two", "three"]) {
    process.stdin!.write(`${word}\n`);
    yield* awaiting(process.stdin!.drain());
    expect(textOf(yield* awaiting(process.stdout!.readline()))).toBe(`<${word}>\n`);
  }
  process.stdin!.close();
  yield* awaiting(process.stdin!.waitClosed());
  expect(textOf(yield* awaiting(process.stdout!.read()))).toBe("");
  expect(yield* awaiting(process.wait())).toBe(0);
});

testProcesses("Process.stdout keeps little of what nobody reads, and loses nothing", function* () {
  const process = yield* start("head -c 8388608 /dev/zero; echo done >&2", { stdout: PIPE, stderr: PIPE });
  while (!String(process.stdout).includes("paused")) yield* awaiting(sleep(1));
  const [full, , held] = [String(process.stdout), ...(/(\d+) bytes/.exec(String(process.stdout)) ?? [])];
  expect(Number(held)).toBeLessThanOrEqual(3 * 65_536);
  for (let i = 0; i < 20; i++) yield* awaiting(sleep(1));
  expect(String(process.stdout)).toBe(full);
  let length = 0;
  let most = 0;
  for (;;) {
    const { length: read } = yield* awaiting(process.stdout!.read(MEGABYTE));
    if (read === 0) break;
    length += read;
    most = Math.max(most, read);
  }
  expect(length).toBe(8 * MEGABYTE);
  expect(most).toBeLessThanOrEqual(3 * 65_536);
  expect(textOf(yield* awaiting(process.stderr!.read()))).toBe("done\n");
});

testProcesses("Process.stdout that is paused stays so when the process ends", function* () {
  const line = "head -c 1000 /dev/zero; read -r line; head -c 60000 /dev/zero";
  const process = yield* start(line, { stdin: PIPE, stdout: PIPE, limit: 100 });
  while (!String(process.stdout).includes("paused")) yield* awaiting(sleep(1));
  process.stdin!.write("go\n");
  expect(yield* awaiting(process.wait())).toBe(0);
  for (let i = 0; i < 5; i++) yield* awaiting(sleep(1));
  expect(String(process.stdout)).toBe("<StreamReader 1000 bytes limit=100 paused>");
  expect((yield* awaiting(process.stdout!.readexactly(61_000))).length).toBe(61_000);
  expect((yield* awaiting(process.stdout!.read())).length).toBe(0);
});

testProcesses("Process.stdin makes drain() wait while the process does not read", function* () {
  const process = yield* start("kill -STOP $$; exec wc -c", { stdin: PIPE, stdout: PIPE });
  yield* stopped(process.pid);
  process.stdin!.write(Buffer.alloc(MEGABYTE));
  const draining = createTask(process.stdin!.drain());
  yield* awaiting(sleep(20));
  expect(draining.done()).toBe(false);
  process.sendSignal("SIGCONT");
  yield* awaiting(draining);
  process.stdin!.write("12345");
  process.stdin!.close();
  expect(textOf(yield* awaiting(process.stdout!.read()))?.trim()).toBe(String(MEGABYTE + 5));
  yield* awaiting(process.wait());
});

testProcesses(
  "Process.stdin raises an error from a drain() that waits when the process ends without reading",
  function* () {
    const process = yield* start("read -r line; exit 0", { stdin: PIPE });
    const much = Buffer.alloc(4 * MEGABYTE);
    process.stdin!.write("go\n");
    process.stdin!.write(much);
    expect(yield* awaiting(createTask(() => errorOf(process.stdin!.drain())))).toMatch(
      /^(BrokenPipe|ConnectionReset)Error/,
    );
    expect(yield* awaiting(process.wait())).toBe(0);
    expect(yield* awaiting(createTask(() => errorOf(process.stdin!.waitClosed())))).toMatch(
      /^(BrokenPipe|ConnectionReset)Error/,
    );
  },
);

testProcesses("Process.stdin raises an error from the drain() after a write that finds the process gone", function* () {
  const process = yield* start("exec <&-; echo closed; exec sleep 100", { stdin: PIPE, stdout: PIPE });
  yield* awaiting(process.stdout!.readline());
  process.stdin!.write("x");
  expect(yield* awaiting(createTask(() => errorOf(process.stdin!.drain())))).toBe(
    "ConnectionResetError(Connection lost)",
  );
  process.stdin!.write("dropped");
  process.kill();
  yield* awaiting(process.wait());
  yield* awaiting(process.stdout!.read());
});

// ── disposal ─────────────────────────────────────────────────────────────────────────────────────────────────────────

testNative("Process[Symbol.asyncDispose]() kills the process and waits for its end", async () => {
  let left: Process;
  {
    await using process = await createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
    left = process;
    expect(process.returncode).toBe(null);
  }
  expect(left.returncode).toBe(-9);
});

testNative("Process[Symbol.asyncDispose]() leaves a process that has ended as it is", async () => {
  let left: Process;
  {
    await using process = await createSubprocessExec("sh", ["-c", "echo unread; exit 6"], { stdout: PIPE });
    left = process;
    await process.wait();
  }
  expect(left.returncode).toBe(6);
});

testNative("Process[Symbol.asyncDispose]() does not wait for a grandchild that holds the pipes", async () => {
  let grandchild: number;
  {
    await using process = await createSubprocessShell("sleep 100 & echo $!; exec cat", { stdin: PIPE, stdout: PIPE });
    grandchild = Number(textOf(await process.stdout?.readline()));
  }
  globalThis.process.kill(grandchild, "SIGKILL");
});
