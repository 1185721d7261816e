import { readFile, writeFile } from "node:fs/promises";
import { run, UnicodeDecodeError, UnicodeEncodeError, UnsupportedOperation, ValueError } from "asyncio-ts";
import { openFile, SEEK_CUR, SEEK_END } from "asyncio-ts/files";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeFolder } from "./support.ts";

const rejected = async (operation: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("there was no error");
};

/** Text with characters of one to four bytes, and many newlines. */
const someText = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\n", "\r\n", "z"), maxLength: 200 });

test("TextFile.read() counts characters, however many bytes and code units they have", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "aé€😀\r\nz");
  await run(async () => {
    await using file = await openFile(folder.at("a"));
    expect([
      await file.read(0),
      await file.read(3),
      await file.read(1),
      await file.read(99),
      await file.read(1),
    ]).toEqual(["", "aé€", "😀", "\r\nz", ""]);
  });
});

test("TextFile: any order of reads gives what Python's model says", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  const call = fc.oneof(
    fc.record({ read: fc.integer({ min: -1, max: 60 }) }),
    fc.record({ readline: fc.integer({ min: -1, max: 20 }) }),
    fc.constant({ back: true }),
  );
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(
        someText,
        fc.constantFrom("utf-8", "utf-16-le"),
        fc.array(call, { maxLength: 20 }),
        async (text, encoding, calls) => {
          await writeFile(path, text, encoding === "utf-8" ? "utf8" : "utf16le");
          await using file = await openFile(path, "r", { encoding });
          const characters = [...text];
          let at = 0;
          let mark: [place: number, at: number] = [0, 0];
          for (const step of calls) {
            if ("back" in step) {
              const here: typeof mark = [await file.tell(), at];
              await file.seek(mark[0]);
              at = mark[1];
              mark = here;
              continue;
            }
            const isRead = "read" in step;
            const size = isRead ? step.read : step.readline;
            const line = characters.indexOf("\n", at) + 1 || characters.length;
            const most = size < 0 ? characters.length : at + size;
            const end = Math.min(isRead ? characters.length : line, most);
            const expected = characters.slice(at, end).join("");
            expect(await (isRead ? file.read(size) : file.readline(size))).toBe(expected);
            at = end;
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

test("TextFile: characters on the border of two reads of the system are whole", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  await run(async () => {
    for (let shift = 0; shift < 4; shift++) {
      const text = `${"x".repeat(64 * 1024 - shift)}😀€é\n${"y".repeat(70_000)}`;
      await writeFile(path, text);
      await using file = await openFile(path);
      expect(await file.read(64 * 1024 - shift + 1)).toBe(text.slice(0, 64 * 1024 - shift + 2));
      expect(await file.readline()).toBe("€é\n");
      expect(await file.readline()).toBe("y".repeat(70_000));
      await file.seek(0);
      expect(await file.read()).toBe(text);
    }
  });
});

test("TextFile: all lines, by for await, readline() and readlines()", async () => {
  await using folder = await makeFolder();
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${"é".repeat(i % 7)}\n`).concat("no newline");
  await writeFile(folder.at("a"), lines.join(""));
  await run(async () => {
    await using file = await openFile(folder.at("a"));
    const iterated: string[] = [];
    for await (const line of file) iterated.push(line);
    expect(iterated).toEqual(lines);
    await file.seek(0);
    expect(await file.readlines()).toEqual(lines);
    expect(await file.readlines()).toEqual([]);
    await file.seek(0);
    expect(await file.readlines(10)).toEqual(lines.slice(0, 2));
    for await (const line of file) {
      expect(line).toBe(lines[2]);
      break;
    }
    expect(await file.readline()).toBe(lines[3]);
  });
});

test("TextFile: lines in the generator spelling", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "one\ntwo\n");
  const lines = await run(function* () {
    const file = yield* openFile(folder.at("a"));
    try {
      const found: string[] = [];
      for (let line = yield* file.readline(); line !== ""; line = yield* file.readline()) found.push(line);
      return found;
    } finally {
      yield* file.close();
    }
  });
  expect(lines).toEqual(["one\n", "two\n"]);
  expect(folder.open()).toEqual([]);
});

test("TextFile.write() gives the number of characters, and has written when it ends", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    await using file = await openFile(folder.at("a"), "w");
    expect(await file.write("aé€😀")).toBe(4);
    expect(await readFile(folder.at("a"), "utf8")).toBe("aé€😀");
    await file.writelines(["\n", "b", "c"]);
    expect(await file.write("")).toBe(0);
    expect(await file.tell()).toBe(13);
    await file.flush();
    await file.sync();
    expect(await readFile(folder.at("a"), "utf8")).toBe("aé€😀\nbc");
  });
});

test("TextFile that is read and written keeps its place", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "one\ntwo\nthree\n");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "r+");
    expect(await file.readline()).toBe("one\n");
    await file.write("TWO");
    expect(await file.read()).toBe("\nthree\n");
    await file.seek(0);
    expect(await file.read()).toBe("one\nTWO\nthree\n");
    await file.seek(3);
    expect(await file.truncate()).toBe(3);
    expect([await file.tell(), await file.read()]).toEqual([3, ""]);
    expect(await file.seek(0, SEEK_END)).toBe(3);
  });
});

test("TextFile that appends writes at the end, wherever one was", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "12345");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "a+");
    expect([await file.tell(), await file.read()]).toEqual([5, ""]);
    await file.seek(0);
    expect(await file.read(3)).toBe("123");
    await file.write("67");
    expect([await file.tell(), await file.read()]).toEqual([7, ""]);
    await file.seek(0);
    expect(await file.read()).toBe("1234567");
  });
});

test("TextFile.seek() goes only where a character begins", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "0123");
  await run(async () => {
    await using file = await openFile(folder.at("a"));
    expect(await rejected(file.seek(1, SEEK_CUR))).toEqual(
      new UnsupportedOperation("can't do nonzero cur-relative seeks"),
    );
    expect(await rejected(file.seek(1, SEEK_END))).toEqual(
      new UnsupportedOperation("can't do nonzero end-relative seeks"),
    );
    expect(await rejected(file.seek(-1))).toEqual(new ValueError("negative seek position -1"));
    expect(() => file.seek(0, 7 as 0)).toThrow(new ValueError("invalid whence (7, should be 0, 1 or 2)"));
    expect(() => file.seek("0" as unknown as number)).toThrow(TypeError);
    expect(await file.seek(0, SEEK_CUR)).toBe(0);
  });
});

test("TextFile raises what CPython raises for what can't be done", async () => {
  await using folder = await makeFolder();
  await run(async () => {
    const file = await openFile(folder.at("a"), "w");
    expect(await rejected(file.read())).toEqual(new UnsupportedOperation("not readable"));
    expect(await rejected(file.readline())).toEqual(new UnsupportedOperation("not readable"));
    expect(() => file.write(Buffer.from("x") as unknown as string)).toThrow(
      new TypeError("write() argument must be str, not bytes"),
    );
    expect(() => file.writelines(["x", 3 as unknown as string])).toThrow(TypeError);
    expect(() => file.read("x" as unknown as number)).toThrow(TypeError);
    await file.close();
    await file.close();
    expect(file.closed).toBe(true);
    for (const operation of [file.read(), file.write("x"), file.seek(0), file.tell(), file.flush(), file.truncate()]) {
      expect(await rejected(operation)).toEqual(new ValueError("I/O operation on closed file."));
    }
    expect(() => file.fileno()).toThrow(ValueError);
    await using reader = await openFile(folder.at("a"));
    expect(await rejected(reader.write("x"))).toEqual(new UnsupportedOperation("not writable"));
    expect(await rejected(reader.truncate(0))).toEqual(new UnsupportedOperation("truncate"));
  });
});

test("TextFile refuses bytes that are no text, and says where they are", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), Buffer.from("ab\n\xffcd\xe2\x82", "latin1"));
  await run(async () => {
    await using file = await openFile(folder.at("a"));
    expect(await file.readline()).toBe("ab\n");
    const error = await rejected(file.read());
    expect(error).toBeInstanceOf(UnicodeDecodeError);
    expect(error).toMatchObject({
      message: "'utf-8' codec can't decode byte 0xff in position 3: invalid start byte",
      encoding: "utf-8",
      start: 3,
    });
    await file.seek(4);
    expect(await file.read(2)).toBe("cd");
    expect(String(await rejected(file.read()))).toContain("position 6: unexpected end of data");
    await using ascii = await openFile(folder.at("a"), "r", { encoding: "ascii" });
    expect(String(await rejected(ascii.read()))).toBe(
      "UnicodeDecodeError: 'ascii' codec can't decode byte 0xff in position 3: ordinal not in range(128)",
    );
  });
});

test("TextFile with errors replaces or leaves out what is no text, as TextDecoder does", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  const bytes = fc.uint8Array({ maxLength: 30 });
  const nearly = fc.array(
    fc.constantFrom(0x41, 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xed, 0xa0, 0xf4, 0x90),
  );
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          nearly.map((list) => Uint8Array.from(list)),
        ),
        fc.nat(9),
        async (data, size) => {
          await writeFile(path, data);
          const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
          await using replacing = await openFile(path, "r", { errors: "replace" });
          expect(await replacing.read(size)).toBe([...expected].slice(0, size).join(""));
          expect(await replacing.read()).toBe([...expected].slice(size).join(""));
          const kept = expected.replaceAll("\ufffd", "");
          await using ignoring = await openFile(path, "r", { errors: "ignore" });
          expect(await ignoring.read(size)).toBe([...kept].slice(0, size).join(""));
          expect(await ignoring.read()).toBe([...kept].slice(size).join(""));
        },
      ),
      { numRuns: 200 },
    );
  });
});

test("TextFile.write() refuses characters that the encoding does not have", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  await run(async () => {
    await using utf8 = await openFile(path, "w");
    await using latin1 = await openFile(path, "w", { encoding: "latin-1" });
    await using cyrillic = await openFile(path, "w", { encoding: "koi8-r" });
    await using ascii = await openFile(path, "w", { encoding: "ascii", errors: "replace" });
    expect(String(await rejected(utf8.write("😀\ud800")))).toBe(
      "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed",
    );
    expect(String(await rejected(latin1.write("€")))).toBe(
      "UnicodeEncodeError: 'latin-1' codec can't encode character '\\u20ac' in position 0: ordinal not in range(256)",
    );
    expect(await rejected(cyrillic.write("é"))).toBeInstanceOf(UnicodeEncodeError);
    expect(await readFile(path)).toEqual(Buffer.alloc(0));
    expect(await ascii.write("aé😀b")).toBe(4);
    expect(await readFile(path, "latin1")).toBe("a??b");
  });
});

test.each([
  ["latin-1", "é\nÿ", [0xe9, 10, 0xff]],
  ["koi8-r", "Привет\n", [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4, 10]],
  ["cp1252", "€\né", [0x80, 10, 0xe9]],
  ["utf-16-le", "a\u0a0a\n😀", [97, 0, 10, 10, 10, 0, 0x3d, 0xd8, 0, 0xde]],
  ["utf-8-sig", "é\n", [0xef, 0xbb, 0xbf, 0xc3, 0xa9, 10]],
])("TextFile reads and writes %s", async (encoding, text, bytes) => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  await run(async () => {
    {
      await using file = await openFile(path, "w", { encoding });
      await file.write(text.slice(0, 1));
      await file.write(text.slice(1));
    }
    expect([...(await readFile(path))]).toEqual(bytes);
    await using file = await openFile(path, "r", { encoding });
    const [first = "", ...rest] = text.split(/(?<=\n)/);
    expect([await file.readline(), await file.read()]).toEqual([first, rest.join("")]);
    await file.seek(0);
    expect(await file.read(2)).toBe([...text].slice(0, 2).join(""));
  });
});

test("TextFile reads encodings of several bytes, and says that it can't write them", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), Buffer.from([0x93, 0xfa, 0x96, 0x7b, 10, 0x41]));
  await run(async () => {
    await using file = await openFile(folder.at("a"), "r+", { encoding: "shift_jis" });
    expect([await file.read(1), await file.readline(), await file.read()]).toEqual(["日", "本\n", "A"]);
    expect(String(await rejected(file.write("x")))).toContain("text can be read as shift_jis, but not written");
  });
});
