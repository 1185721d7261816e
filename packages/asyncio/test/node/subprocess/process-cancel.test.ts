import {
  CancelledError,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  EventLoop,
  getRunningLoop,
  type Instrument,
  PIPE,
  type Process,
  Runner,
  run,
  STDOUT,
  SubprocessProtocol,
  type SubprocessTransport,
  sleep,
  type Task,
} from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { noteReports } from "../../support/events.ts";
import { awaiting, type Spell, type Steps, settle, spellings } from "../../support/spellings.ts";
import { leavesNothing, testProcesses, textOf } from "./support.ts";

// Hundreds of processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** When to cancel: as soon as the task waits for the nth time, or when that is over and the task has not run since. */
interface Moment {
  readonly when: "parked" | "woken";
  readonly nth: number;
}

class CancelAt implements Instrument {
  readonly #moment: Moment;
  #seen = 0;

  constructor(moment: Moment) {
    this.#moment = moment;
  }

  get reached(): boolean {
    return this.#seen > this.#moment.nth;
  }

  parked(task: Task<unknown>): void {
    this.#at("parked", task);
  }

  woken(task: Task<unknown>): void {
    this.#at("woken", task);
  }

  #at(when: Moment["when"], task: Task<unknown>): void {
    if (when === this.#moment.when && task.getName() === "swept" && this.#seen++ === this.#moment.nth) task.cancel();
  }
}

/**
 * Tests in both spellings: runs the operation again and again, cancelled at each of its waits, before and after the wake-up,
 * and some time after its begin, which finds the tasks that it has started in different states. Each time it must end as
 * cancelled, or with its result, and leave nothing.
 */
function testCancelled<T>(
  title: string,
  make: (spell: Spell) => Steps<T>,
  operation: (made: T) => Steps<unknown>,
  cleanUp: (made: T, task: Task<unknown>) => Steps<void>,
): void {
  function* play(spell: Spell, cancel: (task: Task<unknown>) => Steps<void>): Steps<void> {
    const reports: string[] = [];
    noteReports((report) => reports.push(report));
    const made = yield* make(spell);
    const task = createTask(
      spell(() => operation(made)),
      { name: "swept" },
    );
    yield* cancel(task);
    while (!task.done()) yield* awaiting(sleep(0));
    if (!task.cancelled()) task.result();
    yield* cleanUp(made, task);
    expect(reports).toEqual([]);
  }

  async function atEachWait(spell: Spell, when: Moment["when"]): Promise<void> {
    for (let nth = 0; ; nth++) {
      const instrument = new CancelAt({ when, nth });
      await leavesNothing(async () => {
        await using runner = new Runner({ loopFactory: () => new EventLoop({ instrument }) });
        await runner.run(spell(() => play(spell, function* () {})));
      });
      if (!instrument.reached) break;
    }
  }

  async function afterSomeTime(spell: Spell): Promise<void> {
    for (let delay = 1; ; delay += Math.ceil(delay / 2)) {
      const inTime: boolean[] = [];
      const cancel = function* (task: Task<unknown>): Steps<void> {
        for (let i = 0; i < delay && !task.done(); i++) yield* awaiting(sleep(0));
        inTime.push(task.cancel());
      };
      await leavesNothing(() => run(spell(() => play(spell, cancel))));
      if (inTime[0] !== true) break;
    }
  }

  for (const [name, spell] of Object.entries(spellings)) {
    test(`${title} (${name})`, async () => {
      await atEachWait(spell, "parked");
      await atEachWait(spell, "woken");
      await afterSomeTime(spell);
    });
  }
}

function* nothing(): Steps<null> {
  return null;
}

/** What was started after all is ended. */
function* endStarted(_made: unknown, task: Task<unknown>): Steps<void> {
  if (task.cancelled()) return;
  const process = task.result() as Process;
  process.kill();
  yield* awaiting(process.communicate());
}

testCancelled(
  "createSubprocessExec() that is cancelled at any point leaves no process and no pipe",
  nothing,
  function* () {
    return yield* awaiting(createSubprocessExec("sleep", ["100"], { stdin: PIPE, stdout: PIPE, stderr: PIPE }));
  },
  endStarted,
);

testCancelled(
  "createSubprocessShell() with stderr STDOUT that is cancelled at any point leaves no process and no pipe",
  nothing,
  function* () {
    return yield* awaiting(createSubprocessShell("exec sleep 100", { stdin: PIPE, stdout: PIPE, stderr: STDOUT }));
  },
  endStarted,
);

testCancelled(
  "createSubprocessExec() that fails and is cancelled leaves no pipe",
  nothing,
  function* () {
    try {
      return yield* awaiting(
        createSubprocessExec("no-such-program", [], { stdin: PIPE, stdout: PIPE, stderr: STDOUT }),
      );
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return null;
    }
  },
  function* () {},
);

function* startCat(): Steps<Process> {
  return yield* awaiting(createSubprocessShell("cat; exit 3", { stdin: PIPE, stdout: PIPE, stderr: PIPE }));
}

/** It has survived, and can still be talked to. */
function* endCat(process: Process, task: Task<unknown>): Steps<void> {
  if (!task.cancelled()) return;
  yield* settle();
  yield* awaiting(process.communicate());
  expect(process.returncode).toBe(3);
}

testCancelled(
  "Process.communicate() that is cancelled at any point leaves the process running",
  startCat,
  function* (process) {
    const [stdout] = yield* awaiting(process.communicate("x"));
    expect(textOf(stdout)).toBe("x");
  },
  endCat,
);

testCancelled(
  "Process.communicate() with a timeout that is cancelled at any point leaves the process running",
  startCat,
  function* (process) {
    yield* awaiting(process.communicate("x", { timeout: 60_000 }));
  },
  endCat,
);

testCancelled(
  "Process.wait() that is cancelled at any point leaves the process running",
  startCat,
  function* (process) {
    process.stdin?.close();
    expect(yield* awaiting(process.wait())).toBe(3);
    yield* awaiting(process.communicate());
  },
  endCat,
);

testCancelled(
  "Process.stdout.readline() that is cancelled at any point loses nothing",
  startCat,
  function* (process) {
    process.stdin?.write("line\n");
    return yield* awaiting(process.stdout!.readline());
  },
  function* (process, task) {
    const before = task.cancelled() ? "" : textOf(task.result() as Uint8Array);
    const [stdout] = yield* awaiting(process.communicate());
    // A task that is cancelled before its first step has not written.
    expect(["line\n", ""]).toContain(`${before}${textOf(stdout)}`);
  },
);

testProcesses("createSubprocessExec() that is cancelled has reaped the process when it ends", function* () {
  let transport: SubprocessTransport | undefined;
  class Cancels extends SubprocessProtocol {
    override connectionMade(made: never): void {
      transport = made;
      task.cancel("enough");
    }
  }
  const opening = getRunningLoop().subprocessExec(() => new Cancels(), "sleep", ["100"]);
  const task = createTask(opening);
  while (!task.done()) yield* awaiting(sleep(0));
  expect(task.cancelled()).toBe(true);
  expect(transport?.getReturncode()).toBe(-9);
});

testProcesses("createSubprocessExec() that is cancelled twice has reaped the process all the same", function* () {
  let transport: SubprocessTransport | undefined;
  class Cancels extends SubprocessProtocol {
    override connectionMade(made: never): void {
      transport = made;
      task.cancel();
      getRunningLoop().callSoon(() => getRunningLoop().callSoon(() => task.cancel()));
    }
  }
  const task = createTask(getRunningLoop().subprocessExec(() => new Cancels(), "sleep", ["100"]));
  while (!task.done()) yield* awaiting(sleep(0));
  expect([task.cancelled(), transport?.getReturncode()]).toEqual([true, -9]);
});

test("Process[Symbol.asyncDispose]() waits for the end also when its task is cancelled", async () => {
  await leavesNothing(() =>
    run(async () => {
      const left: Process[] = [];
      const task = createTask(async () => {
        await using process = await createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
        left.push(process);
        await sleep(100_000);
      });
      while (left.length === 0) await sleep(0);
      await sleep(0);
      task.cancel();
      await sleep(0);
      task.cancel();
      while (!task.done()) await sleep(0);
      expect([task.cancelled(), left[0]?.returncode]).toEqual([true, -9]);
    }),
  );
});
