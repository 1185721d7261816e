import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { setImmediate as platformTurn } from "node:timers/promises";
import {
  CancelledError,
  cancelScope,
  createTask,
  gather,
  getRunningLoop,
  run,
  sleep,
  type Task,
  ValueError,
  wait,
} from "asyncio-ts";
import { type BinaryFile, openFile } from "asyncio-ts/files";
import { expect, test } from "vitest";
import { makeFolder } from "./support.ts";

/** A pipe that is read by the file, whose reads so take as long as the test wants. */
async function withPipe(use: (reader: BinaryFile, send: (text: string) => Promise<void>) => Promise<void>) {
  await using folder = await makeFolder();
  execFileSync("/usr/bin/mkfifo", [folder.at("pipe")]);
  await run(async () => {
    await using reader = await openFile(folder.at("pipe"), "r+b");
    await using writer = await openFile(folder.at("pipe"), "r+");
    await use(reader, async (text) => void (await writer.write(text)));
  });
  expect(folder.open()).toEqual([]);
}

/** Lets everything happen that can. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await sleep(0);
    await platformTurn();
  }
}

async function ended(task: Task<unknown>): Promise<string> {
  await wait([task]);
  if (task.cancelled()) return "cancelled";
  return task.exception() === null ? String(task.result()) : String(task.exception());
}

test("FileBase: operations of many tasks run in the order of their beginning", async () => {
  await using folder = await makeFolder();
  const names = Array.from({ length: 200 }, (_, i) => `${i}`);
  await run(async () => {
    await using file = await openFile(folder.at("a"), "w+");
    const order: string[] = [];
    await gather(
      names.map((name) => async () => {
        await file.write(`${name}\n`);
        order.push(name);
      }),
    );
    expect(order).toEqual(names);
    expect((await readFile(folder.at("a"), "utf8")).trim().split("\n")).toEqual(names);
    const [, all, end] = await gather([file.seek(0), file.read(), file.tell()]);
    expect([all.length, end]).toEqual([690, 690]);
  });
});

test("FileBase: reads of several tasks share the file without loss", async () => {
  await using folder = await makeFolder();
  const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`);
  await writeFile(folder.at("a"), lines.join(""));
  await run(async () => {
    await using file = await openFile(folder.at("a"));
    const seen: string[] = [];
    await gather(
      Array.from({ length: 5 }, () => async () => {
        for await (const line of file) {
          seen.push(line);
          if (seen.length % 7 === 0) await sleep(0);
        }
      }),
    );
    expect(seen.sort()).toEqual(lines.sort());
  });
});

test("FileBase: an operation that waits for its turn is cancelled at once, and takes nothing", () =>
  withPipe(async (reader, send) => {
    const first = createTask(reader.read(1));
    const second = createTask(reader.read(1));
    const third = createTask(reader.read(1));
    await settle();
    second.cancel();
    expect(await ended(second)).toBe("cancelled");
    expect([first.done(), third.done()]).toEqual([false, false]);
    await send("abc");
    expect([await ended(first), await ended(third), String(await reader.read(1))]).toEqual(["a", "b", "c"]);
  }));

test("FileBase: a turn that has come is passed on when who waited for it is cancelled", () =>
  withPipe(async (reader, send) => {
    const first = createTask(async () => {
      const data = await reader.read(1);
      // The turn is the second's by now, and it has not run yet.
      second.cancel();
      return data;
    });
    const second = createTask(reader.read(1));
    const third = createTask(reader.read(1));
    await settle();
    await send("ab");
    expect([await ended(first), await ended(second), await ended(third)]).toEqual(["a", "cancelled", "b"]);
  }));

test("FileBase.read() that has begun ends with its data, and the cancellation comes at the next wait", () =>
  withPipe(async (reader, send) => {
    const events: string[] = [];
    const task = createTask(async () => {
      events.push(String(await reader.read(2)));
      await sleep(0);
      events.push("went on");
    });
    await settle();
    task.cancel();
    await settle();
    expect(task.done()).toBe(false);
    await send("abcd");
    expect(await ended(task)).toBe("cancelled");
    expect(events).toEqual(["ab"]);
    expect(String(await reader.read(2))).toBe("cd");
  }));

test("FileBase.read() that is cancelled between two reads of the system loses nothing", () =>
  withPipe(async (reader, send) => {
    const task = createTask(reader.read(4));
    await settle();
    task.cancel("enough");
    await send("ab");
    expect(await ended(task)).toBe("cancelled");
    await send("cd");
    expect(String(await reader.read(4))).toBe("abcd");
  }));

test("FileBase: a loop of writes can be cancelled, though none of them can be stopped", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    for (const level of [false, true]) {
      await using file = await openFile(folder.at("a"), "w");
      let count = 0;
      const loop = async (): Promise<void> => {
        for (;;) {
          await file.write("x");
          count++;
        }
      };
      const task = createTask(
        async () =>
          await cancelScope(async (scope) => {
            if (level) getRunningLoop().callLater(3, () => scope.cancel());
            await loop();
          }),
      );
      if (!level) {
        await sleep(3);
        task.cancel();
      }
      await wait([task]);
      expect(await file.tell()).toBe(count);
    }
  });
});

test("FileBase.write() that has begun is whole, and the place is exact", async () => {
  await using folder = await makeFolder();
  const data = Buffer.alloc(20 * 1024 * 1024, "x");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "wb");
    const results: number[] = [];
    const task = createTask(async () => {
      results.push(await file.write(data));
      await sleep(0);
      results.push(0);
    });
    const queued = createTask(async () => {
      results.push(await file.write(Buffer.from("never")));
    });
    await sleep(0);
    task.cancel();
    queued.cancel();
    await wait([task, queued]);
    expect([task.cancelled(), queued.cancelled(), results]).toEqual([true, true, [data.length]]);
    expect(await file.tell()).toBe(data.length);
    await file.write(Buffer.from("y"));
    expect((await readFile(folder.at("a"))).length).toBe(data.length + 1);
  });
});

test("FileBase: cancelled at whatever moment, a file is closed and its place exact", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  await run(async () => {
    for (let turns = 0; turns < 120; turns++) {
      let written = 0;
      let told = -1;
      const task = createTask(async () => {
        await using file = await openFile(path, "w+");
        try {
          for (let i = 0; i < 10; i++) written += await file.write("0123456789");
          await file.seek(0);
          await file.read();
        } finally {
          told = await file.tell();
        }
      });
      for (let i = 0; i < turns; i++) await sleep(0);
      task.cancel();
      await wait([task]);
      expect(folder.open()).toEqual([]);
      const { length } = await readFile(path, "utf8").catch(() => "");
      if (told > 0) expect(told).toBeLessThanOrEqual(length);
      // What was written right when the cancellation came was not told to anybody, but is there.
      expect([written, written + 10]).toContain(length);
    }
  });
});

test("FileBase.close() waits for what was begun before, and refuses what comes later", () =>
  withPipe(async (reader, send) => {
    const before = createTask(reader.read(1));
    const queued = createTask(reader.read(1));
    await settle();
    const closing = createTask(reader.close());
    await settle();
    const after = createTask(reader.read(1));
    expect(await ended(after)).toBe(String(new ValueError("I/O operation on closed file.")));
    expect([reader.closed, closing.done()]).toEqual([true, false]);
    await send("ab");
    expect([await ended(before), await ended(queued)]).toEqual(["a", "b"]);
    await closing;
  }));

test("FileBase.close() can't be cancelled, whoever asks for it", () =>
  withPipe(async (reader, send) => {
    const reading = createTask(reader.read(1));
    await settle();
    const one = createTask(reader.close());
    const two = createTask(reader.close());
    await settle();
    one.cancel();
    await settle();
    expect([one.done(), two.done()]).toEqual([false, false]);
    await send("a");
    expect([await ended(reading), await ended(one), await ended(two)]).toEqual(["a", "cancelled", "undefined"]);
  }));

test("FileBase: await using closes a file in a cancelled scope, where every wait is cancelled", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    await cancelScope(async (scope) => {
      await using file = await openFile(folder.at("a"), "w");
      scope.cancel();
      await file.write("never").then(undefined, (error: unknown) => expect(error).toBeInstanceOf(CancelledError));
    });
    expect(folder.open()).toEqual([]);
  });
});

test("FileBase that is forgotten is closed when it is collected, with a ResourceWarning", async () => {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await using folder = await makeFolder();
  const path = folder.at("a");
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  // Node's own listener prints them.
  const others = process.listeners("warning");
  process.removeAllListeners("warning").on("warning", note);
  try {
    await run(async () => {
      await openFile(path, "w");
      await (await openFile(path, "r")).close();
      // Somebody who borrows a descriptor is not to close it.
      await using owner = await openFile(path);
      await openFile(owner.fileno(), "r", { closefd: false });
      for (let i = 0; i < 100 && warnings.length === 0; i++) {
        await sleep(1);
        collect();
      }
      expect(warnings).toEqual([`ResourceWarning: unclosed file '${path}' mode='w'`]);
      expect(folder.open()).toHaveLength(1);
    });
  } finally {
    process.off("warning", note);
    for (const other of others) process.on("warning", other);
  }
});

test("FileBase: a loop over a file lets others run", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "0123456789\n".repeat(100_000));
  await run(async () => {
    let turns = 0;
    const loop = getRunningLoop();
    const count = (): void => {
      turns++;
      loop.callSoon(count);
    };
    count();
    await using file = await openFile(folder.at("a"));
    let lines = 0;
    for await (const _ of file) lines++;
    expect(lines).toBe(100_000);
    expect(turns).toBeGreaterThan(16);
  });
});
