import { mkdir, mkdtemp, readdir, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type StaticFilesOptions, staticFiles } from "@asyncio-ts/http/server";
import { run, ValueError } from "asyncio-ts";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";

const digits = "0123456789";
const date = new Date("2026-01-02T03:04:05Z");
let base = "";
let root = "";

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "static-files-"));
  root = join(base, "root");
  await mkdir(join(root, "dir", "sub"), { recursive: true });
  await mkdir(join(root, ".git"));
  await writeFile(join(base, "secret.txt"), "secret");
  for (const name of [
    "digits.txt",
    "a b%.txt",
    "page.html",
    "data.bin",
    "dir/index.html",
    "dir/index.html.gz",
    "page.html.br",
    "page.html.gz",
    ".git/config",
  ]) {
    const text = name.endsWith(".br")
      ? "as br"
      : name.endsWith(".gz")
        ? "as gzip"
        : name === "digits.txt"
          ? digits
          : `<${name}>`;
    await writeFile(join(root, name), text);
    await utimes(join(root, name), date, date);
  }
  await writeFile(join(root, "empty.txt"), "");
  await writeFile(join(root, "large.bin"), Buffer.alloc(1_000_000, "x"));
  await symlink(join(base, "secret.txt"), join(root, "outside.txt"));
  await symlink(base, join(root, "outside"));
  await symlink(join(root, "digits.txt"), join(root, "inside.txt"));
});

afterAll(() => rm(base, { recursive: true }));

async function get(
  path: string,
  headers: Record<string, string> = {},
  options: StaticFilesOptions = {},
  method = "GET",
) {
  return await run(async () => {
    const response = await staticFiles(root, options)(new Request(`http://localhost${path}`, { headers, method }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  });
}

test("staticFiles() sends a file with its type, length and date", async () => {
  const { status, headers, text } = await get("/digits.txt");
  expect([status, text]).toEqual([200, digits]);
  expect(Object.fromEntries(headers)).toEqual({
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=0",
    "content-length": "10",
    "content-type": "text/plain; charset=utf-8",
    etag: expect.stringMatching(/^W\/".*"$/) as unknown,
    "last-modified": date.toUTCString(),
  });
  expect((await get("/a%20b%25.txt")).text).toBe("<a b%.txt>");
  expect((await get("/data.bin")).headers.get("content-type")).toBe("application/octet-stream");
  expect((await get("/empty.txt")).headers.get("content-length")).toBe("0");
});

test("staticFiles() answers HEAD like GET, without the body and without ranges", async () => {
  const { status, headers, text } = await get("/digits.txt", { range: "bytes=1-2" }, {}, "HEAD");
  expect([status, headers.get("content-length"), headers.get("content-range"), text]).toEqual([200, "10", null, ""]);
});

test("staticFiles() refuses other methods with 405", async () => {
  const { status, headers } = await get("/digits.txt", {}, {}, "POST");
  expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test.each([
  ["bytes=2-4", 206, "234", "bytes 2-4/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=-100", 206, digits, "bytes 0-9/10"],
  ["bytes=5-100", 206, "56789", "bytes 5-9/10"],
  ["bytes=0-0", 206, "0", "bytes 0-0/10"],
  ["bytes=10-", 416, "416: Range Not Satisfiable", "bytes */10"],
  ["bytes=-0", 416, "416: Range Not Satisfiable", "bytes */10"],
  ["bytes=0-1,5-6", 200, digits, null],
  ["lines=1-2", 200, digits, null],
])("staticFiles() answers Range: %s with %i", async (range, status, text, contentRange) => {
  const got = await get("/digits.txt", { range });
  expect([got.status, got.text, got.headers.get("content-range")]).toEqual([status, text, contentRange]);
});

test("staticFiles() answers conditional requests", async () => {
  const etag = (await get("/digits.txt")).headers.get("etag")!;
  const old = new Date(date.getTime() - 1000).toUTCString();
  const statusOf = async (headers: Record<string, string>) => (await get("/digits.txt", headers)).status;
  expect(await statusOf({ "if-none-match": etag })).toBe(304);
  expect(await statusOf({ "if-none-match": `"other", ${etag}` })).toBe(304);
  expect(await statusOf({ "if-none-match": "*" })).toBe(304);
  expect(await statusOf({ "if-none-match": '"other"' })).toBe(200);
  expect(await statusOf({ "if-modified-since": date.toUTCString() })).toBe(304);
  expect(await statusOf({ "if-modified-since": old })).toBe(200);
  expect(await statusOf({ "if-none-match": '"other"', "if-modified-since": date.toUTCString() })).toBe(200);
  expect(await statusOf({ "if-match": '"other"' })).toBe(412);
  expect(await statusOf({ "if-unmodified-since": old })).toBe(412);
  expect(await statusOf({ "if-range": date.toUTCString(), range: "bytes=0-1" })).toBe(206);
  expect(await statusOf({ "if-range": old, range: "bytes=0-1" })).toBe(200);
  expect(await statusOf({ "if-range": '"other"', range: "bytes=0-1" })).toBe(200);
  const unchanged = await get("/digits.txt", { "if-none-match": etag });
  expect([unchanged.text, unchanged.headers.get("etag"), unchanged.headers.get("content-length")]).toEqual([
    "",
    etag,
    null,
  ]);
});

test("staticFiles() serves the index of a directory, and redirects to it", async () => {
  expect((await get("/dir/")).text).toBe("<dir/index.html>");
  const redirect = await get("/dir?a=1");
  expect([redirect.status, redirect.headers.get("location")]).toEqual([301, "/dir/?a=1"]);
  expect((await get("/dir/sub/")).status).toBe(404);
  expect((await get("/dir/", {}, { index: false })).status).toBe(403);
  expect((await get("/dir/", {}, { index: "page.html" })).status).toBe(404);
});

test("staticFiles() never redirects to another host", async () => {
  const { status, headers } = await get("//dir");
  expect([status, headers.get("location")]).toEqual([301, "/dir/"]);
});

test.each([
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2e%2e%2fsecret.txt",
  "/..%2fsecret.txt",
  "/dir/..%2f..%2fsecret.txt",
  "/..%5csecret.txt",
  "/..\\secret.txt",
  "/%252e%252e/secret.txt",
  "/....//secret.txt",
  "/digits.txt%00",
  "/%00",
  "/%ff",
  "/outside.txt",
  "/outside/secret.txt",
  "/.git/config",
  "/dir%2findex.html",
  "/digits.txt/",
  "/nothing",
  `/${"long".repeat(2000)}`,
])("staticFiles() does not serve %s", async (path) => {
  const { status, text } = await get(path);
  expect([400, 403, 404]).toContain(status);
  expect(text).not.toContain("secret");
});

test("staticFiles() serves links that stay inside, and with followSymlinks others", async () => {
  expect((await get("/inside.txt")).text).toBe(digits);
  expect((await get("/outside.txt", {}, { followSymlinks: true })).text).toBe("secret");
  expect((await get("/outside/secret.txt", {}, { followSymlinks: true })).text).toBe("secret");
});

test("staticFiles() serves names with a dot only when told to", async () => {
  expect((await get("/.git/config", {}, { dotfiles: true })).text).toBe("<.git/config>");
});

test("staticFiles() tells for how long a file may be used", async () => {
  const { headers } = await get("/digits.txt", {}, { maxAgeMs: 3_600_000, immutable: true });
  expect(headers.get("cache-control")).toBe("public, max-age=3600, immutable");
});

test("staticFiles() serves what is compressed already to those who take it", async () => {
  const options = { precompressed: true };
  const encoded = async (path: string, accept: string) => {
    const { status, headers, text } = await get(path, { "accept-encoding": accept }, options);
    expect(headers.get("vary")).toBe("accept-encoding");
    return [status, text, headers.get("content-encoding"), headers.get("content-type")];
  };
  const html = "text/html; charset=utf-8";
  expect(await encoded("/page.html", "gzip, br")).toEqual([200, "as br", "br", html]);
  expect(await encoded("/page.html", "gzip, br;q=0")).toEqual([200, "as gzip", "gzip", html]);
  expect(await encoded("/page.html", "deflate")).toEqual([200, "<page.html>", null, html]);
  expect(await encoded("/digits.txt", "gzip, br")).toEqual([200, digits, null, "text/plain; charset=utf-8"]);
  expect(await encoded("/dir/", "gzip")).toEqual([200, "as gzip", "gzip", html]);
  const etag = (await get("/page.html", { "accept-encoding": "br" }, options)).headers.get("etag")!;
  expect((await get("/page.html", { "accept-encoding": "br", "if-none-match": etag }, options)).status).toBe(304);
  expect((await get("/page.html", { "accept-encoding": "gzip, br" })).text).toBe("<page.html>");
});

test("staticFiles() serves below its prefix only", async () => {
  for (const prefix of ["/static", "/static/"]) {
    expect((await get("/static/digits.txt", {}, { prefix })).text).toBe(digits);
    expect((await get("/digits.txt", {}, { prefix })).status).toBe(404);
    expect((await get("/staticdigits.txt", {}, { prefix })).status).toBe(404);
    expect((await get("/static/dir", {}, { prefix })).headers.get("location")).toBe("/static/dir/");
  }
  expect(() => staticFiles(root, { prefix: "static" })).toThrow(ValueError);
});

test("staticFiles() takes a URL as its root, and works in Hono", () =>
  run(async () => {
    const files = staticFiles(pathToFileURL(root), { prefix: "/static" });
    const app = new Hono();
    app.get("/static/*", async (c) => await files(c.req.raw));
    expect(await (await app.request("/static/digits.txt")).text()).toBe(digits);
    expect((await app.request("/static/nothing")).status).toBe(404);
  }));

/** The files of the directory that this process has open. */
async function openFiles(): Promise<string[]> {
  const { readlink } = await import("node:fs/promises");
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  return links.filter((name) => name.startsWith(base));
}

test.skipIf(process.platform !== "linux")(
  "staticFiles() opens a file when it is read, and closes it when nobody wants the rest",
  () =>
    run(async () => {
      const response = await staticFiles(root)(new Request("http://localhost/large.bin"));
      expect(await openFiles()).toEqual([]);
      const reader = response.body!.getReader();
      const { value } = await reader.read();
      expect(value!.length).toBeLessThan(200_000);
      expect(await openFiles()).toEqual([join(root, "large.bin")]);
      await reader.cancel();
      await expect.poll(openFiles).toEqual([]);
      const whole = await staticFiles(root)(new Request("http://localhost/large.bin"));
      expect((await whole.arrayBuffer()).byteLength).toBe(1_000_000);
      await expect.poll(openFiles).toEqual([]);
    }),
);

test("staticFiles(): a file that becomes shorter while it is sent is an error, not an end", () =>
  run(async () => {
    const path = join(root, "shrinking.bin");
    await writeFile(path, Buffer.alloc(1_000_000));
    const response = await staticFiles(root)(new Request("http://localhost/shrinking.bin"));
    const reader = response.body!.getReader();
    await reader.read();
    await truncate(path, 10);
    const rest = async () => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toThrow("has become shorter");
  }));

test("staticFiles(): a file that is replaced while it is sent is sent as it was", () =>
  run(async () => {
    const path = join(root, "replaced.bin");
    await writeFile(path, Buffer.alloc(500_000, "a"));
    const response = await staticFiles(root)(new Request("http://localhost/replaced.bin"));
    const reader = response.body!.getReader();
    let length = (await reader.read()).value!.length;
    await writeFile(`${path}.new`, "b");
    await rename(`${path}.new`, path);
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) length += piece.value.length;
    expect(length).toBe(500_000);
  }));
