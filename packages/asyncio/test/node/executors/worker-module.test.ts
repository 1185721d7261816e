import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { RuntimeError, run, toThread, type WorkerModule, workerModule } from "asyncio-ts";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import { errorOf, plain } from "./support.ts";

type Plain = typeof import("./fixtures/plain.ts");

test("workerModule() gives the exported functions with their types, and nothing else", () => {
  expectTypeOf(plain.add).toEqualTypeOf<(a: number, b: number) => number>();
  expectTypeOf(plain.default).toEqualTypeOf<() => string>();
  expectTypeOf(plain.notAFunction).toBeNever();
  expectTypeOf(plain.NotCallable).toBeNever();
  expectTypeOf<WorkerModule<Plain>>().not.toHaveProperty("missing");
  expect(plain.add).toBe(plain.add);
  expect(plain.add.name).toBe("add");
});

test("workerModule() loads nothing here, and its functions can't be called here", () => {
  expect(() => plain.add(1, 2)).toThrow(RuntimeError);
  expect(() => plain.add(1, 2)).toThrow(/add\(\) is named by workerModule\(\).* toThread\(\)/);
});

test("workerModule() can be awaited and inspected like any object", async () => {
  expect(await Promise.resolve(plain)).toBe(plain);
  expect(Object.keys(plain)).toEqual([]);
  expect(String(Object.prototype.toString.call(plain))).toBe("[object Object]");
});

test.each([
  ["./work.ts", 'a string ("./work.ts")'],
  ["work", 'a string ("work")'],
  ["/work.ts", 'a string ("/work.ts")'],
  [new URL("https://example.org/work.ts"), "the URL https://example.org/work.ts"],
  ["C:\\work.ts", 'a string ("C:\\\\work.ts")'],
  [undefined as never, "undefined"],
])("workerModule() refuses what is no URL of a module: %s", (url, given) => {
  expect(() => workerModule(url)).toThrow(TypeError);
  expect(() => workerModule(url)).toThrow(
    `workerModule() needs the URL of a module, got ${given}: write new URL("./work.ts", import.meta.url)`,
  );
});

test("workerModule() takes the URL as a string, the default export, modules of Node, and data", async () => {
  const byString = workerModule<Plain>(new URL("./fixtures/plain.ts", import.meta.url).href);
  const zlib = workerModule<typeof import("node:zlib")>("node:zlib");
  const data = workerModule<{ twice(n: number): number }>("data:text/javascript,export const twice = (n) => 2 * n");
  await run(async () => {
    expect(await toThread(byString.default)).toBe("default");
    expect(await toThread(zlib.crc32, "text")).toBe(0x3b8ba7c7);
    expect(await toThread(data.twice, 21)).toBe(42);
  });
});

test("workerModule() takes the .js beside a .ts that is not there, as in built code", async () => {
  const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-built-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "built.js"), "export const twice = (n) => 2 * n;");
  writeFileSync(join(folder, "also.mjs"), "export const twice = (n) => 3 * n;");
  const source = (name: string) =>
    workerModule<{ twice(n: number): number }>(new URL(name, pathToFileURL(`${folder}/`)));
  await run(async () => {
    expect(await toThread(source("./built.ts").twice, 21)).toBe(42);
    expect(await toThread(source("./also.mts").twice, 21)).toBe(63);
    const error = await errorOf(toThread(source("./neither.ts").twice, 1));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toMatch(/the module of twice\(\) can't be loaded, file:.*neither\.ts: .*neither\.ts/);
  });
});

test("toThread() tells what is wrong with the name of a function, from the wait", () =>
  run(async () => {
    const wrong = plain as unknown as { missing(): void; notAFunction(): void };
    const missing = await errorOf(toThread(wrong.missing));
    expect(missing).toBeInstanceOf(TypeError);
    expect(missing.message).toMatch(/plain\.ts exports no 'missing', but '.*'add', /);
    const other = await errorOf(toThread(wrong.notAFunction));
    expect(other).toBeInstanceOf(TypeError);
    expect(other.message).toMatch(/'notAFunction' of file:.*plain\.ts is no function but a number \(3\)/);
  }));

test("toThread() tells why a module can't be loaded, from the wait", () =>
  run(async () => {
    const broken = workerModule<typeof import("./fixtures/broken.ts")>(
      new URL("./fixtures/broken.ts", import.meta.url),
    );
    const error = await errorOf(toThread(broken.work));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toMatch(/the module of work\(\) can't be loaded, file:.*broken\.ts: broken at its top/);
    expect(error.cause).toMatchObject({ message: "broken at its top" });
  }));
