import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { run, UnsupportedOperation } from "asyncio-ts";
import { openFile, SEEK_CUR, SEEK_END } from "asyncio-ts/files";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeFolder } from "./support.ts";

test("BinaryFile: any order of reads, writes and seeks gives what a model says", async () => {
  await using folder = await makeFolder();
  const path = folder.at("a");
  const call = fc.oneof(
    fc.record({ read: fc.integer({ min: -1, max: 50 }) }),
    fc.record({ line: fc.constant(true) }),
    fc.record({ write: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ seek: fc.nat(80) }),
    fc.record({ truncate: fc.nat(80) }),
  );
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.array(call, { maxLength: 15 }), async (start, calls) => {
        await writeFile(path, start);
        await using file = await openFile(path, "r+b");
        let model = Buffer.from(start);
        let at = 0;
        for (const step of calls) {
          if ("read" in step) {
            const end = step.read < 0 ? Math.max(model.length, at) : at + step.read;
            expect(Buffer.compare(await file.read(step.read), model.subarray(at, end))).toBe(0);
            at = Math.max(at, Math.min(end, model.length));
          } else if ("line" in step) {
            const end = model.indexOf(10, at) + 1 || model.length;
            expect(Buffer.compare(await file.readline(), model.subarray(at, end))).toBe(0);
            at = Math.max(at, end);
          } else if ("write" in step) {
            expect(await file.write(step.write)).toBe(step.write.length);
            if (step.write.length === 0) continue;
            const longer = Buffer.alloc(Math.max(model.length, at + step.write.length));
            model.copy(longer);
            longer.set(step.write, at);
            model = longer;
            at += step.write.length;
          } else if ("seek" in step) {
            expect(await file.seek(step.seek)).toBe(step.seek);
            at = step.seek;
          } else {
            expect(await file.truncate(step.truncate)).toBe(step.truncate);
            model = Buffer.concat([model, Buffer.alloc(80)]).subarray(0, step.truncate);
          }
          expect(await file.tell()).toBe(at);
        }
        expect(Buffer.compare(await readFile(path), model)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

test("BinaryFile.read() gives memory that is the reader's own", async () => {
  await using folder = await makeFolder();
  const data = randomBytes(300_000);
  await writeFile(folder.at("a"), data);
  await run(async () => {
    await using file = await openFile(folder.at("a"), "rb");
    const parts: Uint8Array[] = [];
    for (let size = 1; ; size = (size * 3) % 50_021) {
      const part = await file.read(size);
      if (part.length === 0) break;
      parts.push(part);
    }
    expect(Buffer.concat(parts).equals(data)).toBe(true);
    await file.seek(0);
    expect(Buffer.compare(await file.read(), data)).toBe(0);
  });
});

test("BinaryFile writes and reads more than the system takes at once", async () => {
  await using folder = await makeFolder();
  const data = randomBytes(20 * 1024 * 1024);
  await run(async () => {
    await using file = await openFile(folder.at("a"), "w+b");
    expect(await file.write(data)).toBe(data.length);
    await file.seek(0);
    const hash = createHash("sha256");
    for (let part = await file.read(3_000_000); part.length > 0; part = await file.read(3_000_000)) hash.update(part);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(data).digest("hex"));
    await file.seek(0);
    expect(Buffer.compare(await file.read(), data)).toBe(0);
  });
});

test("BinaryFile.readinto() fills memory of the caller", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "0123456789");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "rb");
    const target = new Uint8Array(4);
    expect([await file.read(1), await file.readinto(target), Buffer.from(target).toString()]).toEqual([
      Buffer.from("0"),
      4,
      "1234",
    ]);
    expect(await file.readinto(new Uint8Array(10))).toBe(5);
    expect(await file.readinto(target)).toBe(0);
    expect(() => file.readinto("x" as unknown as Uint8Array)).toThrow(TypeError);
  });
});

test("BinaryFile.seek() counts from the beginning, from here, from the end", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "0123456789");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "rb");
    await file.read(2);
    expect([await file.seek(3, SEEK_CUR), await file.seek(-2, SEEK_CUR), await file.seek(-1, SEEK_END)]).toEqual([
      5, 3, 9,
    ]);
    expect(await file.read()).toEqual(Buffer.from("9"));
    await expect(file.seek(-1)).rejects.toMatchObject({ name: "OSError", code: "EINVAL" });
    await expect(file.write(Buffer.from("x"))).rejects.toEqual(new UnsupportedOperation("not writable"));
    expect(() => file.write("x" as unknown as Uint8Array)).toThrow(
      new TypeError("a bytes-like object (Uint8Array) is required, not 'str'"),
    );
  });
});

test("BinaryFile sees what somebody else adds to the file", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), "one\n");
  await run(async () => {
    await using file = await openFile(folder.at("a"), "rb");
    expect(String(await file.readline())).toBe("one\n");
    expect((await file.readline()).length).toBe(0);
    await writeFile(folder.at("a"), "two\n", { flag: "a" });
    expect(String(await file.readline())).toBe("two\n");
  });
});
