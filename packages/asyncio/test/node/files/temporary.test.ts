import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Coroutine, createTask, FileNotFoundError, run, sleep, wait } from "asyncio-ts";
import {
  type BinaryFile,
  namedTemporaryFile,
  openFile,
  type TextFile,
  temporaryDirectory,
  temporaryFile,
} from "asyncio-ts/files";
import { expect, expectTypeOf, test } from "vitest";
import { makeFolder } from "./support.ts";

type Made = AsyncDisposable & { readonly name: string | number };

const makers: ((dir: string) => Coroutine<Made>)[] = [
  (dir) => temporaryFile({ dir }),
  (dir) => namedTemporaryFile({ dir }),
  (dir) => temporaryDirectory({ dir }),
];

test("temporaryFile() has no name, and is gone when it is closed", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    {
      await using file = await temporaryFile({ dir: folder.path });
      expect(file.mode).toBe("w+b");
      expect(file.name).toBe(file.fileno());
      await file.write(Buffer.from("hello"));
      await file.seek(0);
      expect(String(await file.read())).toBe("hello");
      expect(readdirSync(folder.path)).toEqual([]);
      expect(folder.open()).toHaveLength(1);
    }
    expect(folder.open()).toEqual([]);
    await using text = await temporaryFile({ mode: "w+", encoding: "latin-1" });
    expect(await text.write("é")).toBe(1);
    expect(await text.tell()).toBe(1);
  });
  expectTypeOf(temporaryFile()).toEqualTypeOf<Coroutine<BinaryFile>>();
  expectTypeOf(temporaryFile({ mode: "w+" })).toEqualTypeOf<Coroutine<TextFile>>();
  expectTypeOf(temporaryFile({ mode: "w+b", prefix: "x" })).toEqualTypeOf<Coroutine<BinaryFile>>();
});

test("namedTemporaryFile() is removed when it is closed, unless told otherwise", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    const file = await namedTemporaryFile({ dir: folder.path, prefix: "pre-", suffix: ".txt", mode: "w" });
    expect(basename(file.name)).toMatch(/^pre-[a-z0-9_]{8}\.txt$/);
    expect(dirname(file.name)).toBe(folder.path);
    expect(statSync(file.name).mode & 0o777).toBe(0o600);
    await file.write("hello");
    {
      await using again = await openFile(file.name);
      expect(await again.read()).toBe("hello");
    }
    await file.close();
    expect(existsSync(file.name)).toBe(false);
    const kept = await namedTemporaryFile({ dir: folder.path, delete: false });
    await kept.close();
    expect(readdirSync(folder.path)).toEqual([basename(kept.name)]);
    const removed = await namedTemporaryFile({ dir: folder.path });
    await rm(removed.name);
    await removed.close();
  });
  expect(folder.open()).toEqual([]);
});

test("temporaryDirectory() is removed with all that is in it", async () => {
  await run(async () => {
    const folder = await temporaryDirectory({ prefix: "job-" });
    expect(dirname(folder.name)).toBe(tmpdir());
    expect(statSync(folder.name).mode & 0o777).toBe(0o700);
    await mkdir(join(folder.name, "a/b"), { recursive: true });
    await writeFile(join(folder.name, "a/b/c"), "x");
    await folder.cleanup();
    await folder.cleanup();
    expect(existsSync(folder.name)).toBe(false);
    let path = "";
    {
      await using kept = await temporaryDirectory({ delete: false });
      path = kept.name;
    }
    expect(existsSync(path)).toBe(true);
    await rm(path, { recursive: true });
  });
});

test("temporaryDirectory() and the others raise the system's errors", async () => {
  await run(async () => {
    for (const make of makers) {
      await expect(make("/nowhere/at/all")).rejects.toBeInstanceOf(FileNotFoundError);
    }
  });
});

test("temporaryDirectory() and the others leave nothing when they are cancelled at whatever moment", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    for (let turns = 0; turns < 90; turns++) {
      const make = makers[turns % makers.length]!;
      const task = createTask(async () => {
        await using made = await make(folder.path);
        await sleep(1);
        return made.name;
      });
      for (let i = 0; i < turns; i++) await sleep(0);
      task.cancel();
      await wait([task]);
      expect([...readdirSync(folder.path), ...folder.open()]).toEqual([]);
    }
  });
});

test("temporaryDirectory.cleanup() can be told to ignore what can't be removed", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    const made = await temporaryDirectory({ dir: folder.path, ignoreCleanupErrors: true });
    await rm(made.name, { recursive: true });
    writeFileSync(made.name, "a file in its place");
    await made.cleanup();
    await rm(made.name, { force: true });
  });
});
