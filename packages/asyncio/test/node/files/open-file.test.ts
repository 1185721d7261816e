import { mkdir, open, readFile, symlink, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import {
  CancelledError,
  type Coroutine,
  createTask,
  FileExistsError,
  FileNotFoundError,
  LookupError,
  OSError,
  run,
  sleep,
  timeout,
  UnsupportedOperation,
  ValueError,
  wait,
} from "asyncio-ts";
import { BinaryFile, openFile, TextFile } from "asyncio-ts/files";
import { expect, expectTypeOf, test } from "vitest";
import { makeFolder } from "./support.ts";

async function errorOf(operation: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    await operation();
  } catch (error) {
    return error;
  }
  throw new Error("there was no error");
}

test("openFile() gives a TextFile or a BinaryFile, as the mode says", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "x");
  await run(async () => {
    await using text = await openFile(folder.at("a"));
    await using bytes = await openFile(folder.at("a"), "rb");
    await using turned = await openFile(folder.at("a"), "br+" as string);
    expect([text.constructor, bytes.constructor, turned.constructor]).toEqual([TextFile, BinaryFile, BinaryFile]);
    expect([text.mode, bytes.mode, turned.mode]).toEqual(["r", "rb", "br+"]);
    expect([text.readable(), text.writable(), turned.writable(), text.seekable()]).toEqual([true, false, true, true]);
    expect(text.name).toBe(folder.at("a"));
    expect(text.encoding).toBe("utf-8");
  });
  expectTypeOf(openFile("a")).toEqualTypeOf<Coroutine<TextFile>>();
  expectTypeOf(openFile("a", "w+")).toEqualTypeOf<Coroutine<TextFile>>();
  expectTypeOf(openFile("a", "rb")).toEqualTypeOf<Coroutine<BinaryFile>>();
  expectTypeOf(openFile("a", "r+b")).toEqualTypeOf<Coroutine<BinaryFile>>();
  expectTypeOf(openFile("a", "r" as string)).toEqualTypeOf<Coroutine<TextFile | BinaryFile>>();
});

test.each([
  ["", "Must have exactly one of create/read/write/append mode and at most one plus"],
  ["b", "Must have exactly one of create/read/write/append mode and at most one plus"],
  ["z", "invalid mode: 'z'"],
  ["rr", "invalid mode: 'rr'"],
  ["r++", "invalid mode: 'r++'"],
  ["U", "invalid mode: 'U'"],
  ["rw", "must have exactly one of create/read/write/append mode"],
  ["rbt", "can't have text and binary mode at once"],
])("openFile() refuses the mode %j with CPython's words", (mode, message) => {
  expect(() => openFile("a", mode)).toThrow(new ValueError(message));
});

test("openFile() checks its arguments at the call", () => {
  expect(() => openFile("a", "rb" as string, { encoding: "utf-8" })).toThrow(
    new ValueError("binary mode doesn't take an encoding argument"),
  );
  expect(() => openFile("a", "rb" as string, { errors: "replace" })).toThrow(ValueError);
  expect(() => openFile("a", "r", { encoding: "klingon" })).toThrow(LookupError);
  expect(() => openFile("a", "r", { errors: "sometimes" as "strict" })).toThrow(ValueError);
  expect(() => openFile("a", "r", { closefd: false })).toThrow(
    new ValueError("Cannot use closefd=False with file name"),
  );
  expect(() => openFile(-1)).toThrow(new ValueError("negative file descriptor"));
  expect(() => openFile({} as string)).toThrow(TypeError);
  expect(() => openFile("a", 3 as never)).toThrow(TypeError);
});

test("openFile() raises the errors of the system as classes", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "x");
  await mkdir(folder.at("d"));
  await run(async () => {
    const missing = await errorOf(() => openFile(folder.at("nowhere")));
    expect(missing).toBeInstanceOf(FileNotFoundError);
    expect(missing).toMatchObject({ code: "ENOENT", syscall: "open" });
    expect(await errorOf(() => openFile(folder.at("a"), "x"))).toBeInstanceOf(FileExistsError);
    for (const mode of ["r", "w"]) {
      const directory = await errorOf(() => openFile(folder.at("d"), mode));
      expect(directory).toBeInstanceOf(OSError);
      expect(directory).toMatchObject({ code: "EISDIR" });
    }
    expect(await errorOf(() => openFile(9999))).toMatchObject({ name: "OSError", code: "EBADF" });
  });
  expect(folder.open()).toEqual([]);
});

test("openFile() makes, empties, appends to and insists on a new file", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  await run(async () => {
    for (const [mode, text] of [
      ["x", "one"],
      ["a", "two"],
      ["r+", "ONE"],
      ["a+", "three"],
    ] as const) {
      await using file = await openFile(path, mode);
      await file.write(text);
    }
    expect(await readFile(path, "utf8")).toBe("ONEtwothree");
    await using file = await openFile(path, "w");
    expect(await readFile(path, "utf8")).toBe("");
    expect(file.closed).toBe(false);
  });
  expect(folder.open()).toEqual([]);
});

test("openFile() takes URLs, Buffers, file descriptors and handles of Node", async () => {
  await using folder = await makeFolder();
  const path = folder.at("ä");
  await writeFile(path, "hello");
  await run(async () => {
    for (const target of [pathToFileURL(path), Buffer.from(path)]) {
      await using file = await openFile(target);
      expect([await file.read(), file.name]).toEqual(["hello", path]);
    }
    const handle = await open(path);
    const { fd } = handle;
    {
      await using file = await openFile(handle, "rb");
      expect([await file.read(), file.fileno(), file.name]).toEqual([Buffer.from("hello"), fd, fd]);
    }
    expect(handle.fd).toBe(-1);
  });
  expect(folder.open()).toEqual([]);
});

test("openFile() of a descriptor begins where that is, and leaves it open with closefd: false", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "0123456789");
  await using handle = await open(folder.at("a"));
  await handle.read(Buffer.alloc(4));
  await run(async () => {
    {
      await using file = await openFile(handle.fd, "r", { closefd: false });
      expect([await file.tell(), await file.read()]).toEqual([4, "456789"]);
    }
    await using again = await openFile(handle.fd, "r", { closefd: false });
    expect(await again.tell()).toBe(4);
  });
  expect(folder.open()).toHaveLength(1);
});

test("openFile() that is cancelled while it opens closes the file that comes, and waits for that", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "x");
  await run(async () => {
    for (let i = 0; i < 50; i++) {
      const task = createTask(async () => await openFile(folder.at("a")));
      await sleep(0);
      task.cancel("enough");
      expect(await errorOf(() => task)).toEqual(new CancelledError("enough"));
      expect(folder.open()).toEqual([]);
    }
  });
});

test("openFile() that is cancelled at whatever moment leaves either the file or nothing open", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "x");
  await run(async () => {
    for (let turns = 0; turns < 150; turns++) {
      const task = createTask(openFile(folder.at("a")));
      for (let i = 0; i < turns; i++) await sleep(0);
      task.cancel();
      await wait([task]);
      if (!task.cancelled()) await task.result().close();
      expect(folder.open()).toEqual([]);
    }
  });
});

test("openFile() in a time limit leaves either a file that is used or none", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "x");
  await run(async () => {
    for (let i = 0; i < 20; i++) {
      try {
        await timeout(i / 20, async () => {
          await using file = await openFile(folder.at("a"));
          await file.read();
          await sleep(5);
        });
      } catch {
        // Late, wherever that was.
      }
      expect(folder.open()).toEqual([]);
    }
  });
});

test("openFile() of a pipe has no places", async () => {
  await run(async () => {
    await using file = await openFile("/dev/zero", "rb");
    expect(file.seekable()).toBe(false);
    expect(await file.read(3)).toEqual(Buffer.alloc(3));
    expect(await errorOf(() => file.tell())).toEqual(new UnsupportedOperation("underlying stream is not seekable"));
    expect(await errorOf(() => file.seek(0))).toBeInstanceOf(UnsupportedOperation);
  });
});

test("openFile() follows links", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "linked");
  await symlink(folder.at("a"), folder.at("b"));
  await run(async () => {
    await using file = await openFile(folder.at("b"));
    expect(await file.read()).toBe("linked");
  });
});
