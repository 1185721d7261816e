import { describe, expect, test } from "vitest";
import { canRunPrograms, runProgram } from "./run-program.ts";

/** Each program, and all that it prints, in order. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "hello-generator.ts": ["Nothing has happened yet.", "Hello world!", "Hello again!"],
  "hello-async.ts": ["Hello world!", "Hello again!", "Goodbye."],
  "two-hellos.ts": [
    "Two tasks are made, and run when main waits.",
    "one: hello world! (thread 0)",
    "two: hello world! (thread 0)",
    "one: hello again! (thread 0)",
    "two: hello again! (thread 0)",
    "2 done, 0 pending",
  ],
  "context-managers.ts": [
    "first is open",
    "second is open",
    "first sends hello",
    "second sends hello",
    "second is closed",
    "first is closed",
    "third is open",
    "third sends something wrong",
    "third is closed",
    "Error: something went wrong",
    "one has the lock",
    "one gives it back",
    "two has the lock",
    "two gives it back",
  ],
  "async-iterators.ts": [
    "3",
    "2",
    "1",
    "Lift-off!",
    "got one",
    "got two",
    "got three",
    "the queue is shut down",
    "hare is there",
    "tortoise is there",
  ],
  "async-generators.ts": ["early 1", "early 2", "early is closed", "one 1", "one is closed", "1", "4", "9"],
  "timeouts.ts": [
    "first cleans up",
    "the first took too long",
    "the second had all the time it needs",
    "third cleans up",
    "the third took too long",
  ],
  "task-groups.ts": [
    "ann is asked for",
    "cem is asked for",
    "cem is over",
    "ann is over",
    "[ 'user ann', 'user cem' ]",
    "ann is asked for",
    "bob is asked for",
    "bob is over",
    "ann is over",
    "[ 'Error: bob is unknown' ]",
  ],
  "queue-workers.ts": [
    "bob has slept for 100 ms",
    "bob has slept for 100 ms",
    "ann has slept for 300 ms",
    "bob has slept for 250 ms",
    "ann goes home",
    "bob goes home",
  ],
  "subprocess-pipeline.ts": [
    "1 MB generated",
    "2 MB generated",
    "3 MB generated",
    "42858 visitor 0",
    "42857 visitor 1",
    "42857 visitor 2",
    "42857 visitor 3",
    "42857 visitor 4",
    "42857 visitor 5",
    "42857 visitor 6",
    "exit codes 0, 0, 0",
  ],
};

// Needs a Node that runs TypeScript with `using`: 24 or later.
describe.skipIf(!canRunPrograms)("programs (Node 24 and up)", () => {
  test.for(Object.entries(OUTPUTS))("%s prints what it should, in order", async ([file, lines]) => {
    const ended = await runProgram(file);
    expect(ended).toEqual({ code: 0, signal: null, stdout: `${lines.join("\n")}\n`, stderr: "" });
  });

  test("blocking.ts holds the ticks up on the loop only, and debug mode tells where", async () => {
    const { code, stdout, stderr } = await runProgram("blocking.ts");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "work on the loop begins",
      "work on the loop is done",
      "tick 1",
      "tick 2",
      "work in pieces begins",
      "tick 1",
      "tick 2",
      "work in pieces is done",
      "work in a thread begins",
      "tick 1",
      "tick 2",
      "work in a thread is done",
    ]);
    expect(stderr).toMatch(
      /^Executing <Task .*workAtOnce.*> took \d\.\d{3} seconds: resumed at \S*blocking\.ts:10:\d+,/m,
    );
  });
});
