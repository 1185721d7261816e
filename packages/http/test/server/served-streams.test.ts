import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ClientSession, ContentTypeError, serverSentEvents } from "@asyncio-ts/http";
import { eventStream, type ServeOptions, serve, staticFiles } from "@asyncio-ts/http/server";
import { coroutine, Event, run, sleep, ValueError } from "asyncio-ts";
import { once } from "asyncio-ts/interop";
import { expect, test } from "vitest";
import { stalled } from "../support/stalled.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** How much memory is in use. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const options: ServeOptions = { host: "127.0.0.1", port: 0, graceMs: 0 };

test("serverSentEvents() gives the events that eventStream() sends", () =>
  run(async () => {
    await using server = await serve(
      (request) =>
        eventStream(request, async (stream) => {
          await stream.send({ retry: 500 });
          await stream.comment("not seen");
          await stream.send({ event: "greeting", id: "8", data: `hello ${stream.lastEventId}\nü` });
          await stream.send({ data: "" });
        }),
      options,
    );
    await using session = new ClientSession();
    await using response = await session.get(server.url, { headers: { "Last-Event-ID": "7" } });
    const events = serverSentEvents(response);
    const all: unknown[] = [];
    for await (const event of events) all.push(event);
    expect(all).toEqual([
      { event: "greeting", id: "8", data: "hello 7\nü" },
      { event: "message", id: "8", data: "" },
    ]);
    expect([events.lastEventId, events.retry]).toEqual(["8", 500]);
  }));

test("serverSentEvents() gives each event as it comes, also step by step in a generator", () =>
  run(async () => {
    const next = new Event();
    await using server = await serve(
      (request) =>
        eventStream(request, async (stream) => {
          for (let i = 0; i < 3; i++) {
            await stream.send({ data: String(i) });
            await next.wait();
            next.clear();
          }
        }),
      options,
    );
    await using session = new ClientSession();
    const read = coroutine(function* () {
      const events = serverSentEvents(yield* session.get(server.url));
      const data: string[] = [];
      for (let step = yield* events.next(); !step.done; step = yield* events.next()) {
        data.push(step.value.data);
        next.set();
      }
      return data;
    });
    expect(await read()).toEqual(["0", "1", "2"]);
  }));

test("serverSentEvents() refuses an answer of another type, and an event that is too large", () =>
  run(async () => {
    await using server = await serve((request) => {
      if (request.url.endsWith("/text")) return new Response("data: x\n\n");
      return eventStream(request, async (stream) => await stream.send({ data: "x".repeat(2000) }));
    }, options);
    await using session = new ClientSession({ baseUrl: `${server.url}/` });
    await using text = await session.get("text");
    expect(() => serverSentEvents(text)).toThrow(ContentTypeError);
    await using response = await session.get("events");
    await expect(serverSentEvents(response, { maxEventSize: 1000 }).next()).rejects.toThrow(ValueError);
  }));

test("eventStream(): the body is cancelled when the client goes away", () =>
  run(async () => {
    const begun = new Event();
    const ended = new Event();
    let end = "";
    await using server = await serve(
      (request) =>
        eventStream(request, async (stream) => {
          await stream.send({ data: "1" });
          begun.set();
          try {
            await sleep(60_000);
          } catch (error) {
            end = (error as Error).name;
            throw error;
          } finally {
            ended.set();
          }
        }),
      options,
    );
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await begun.wait();
    socket.destroy();
    await ended.wait();
    expect(end).toBe("CancelledError");
    await expect.poll(() => server.requests().length).toBe(0);
  }));

test("eventStream(): the sends wait while the client does not read, and memory does not grow", () =>
  run(async () => {
    let sent = 0;
    await using server = await serve(
      (request) =>
        eventStream(request, async (stream) => {
          const data = "x".repeat(10_000);
          for (; sent < 100_000; sent++) await stream.send({ data });
        }),
      options,
    );
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "data");
    socket.pause();
    await stalled(() => sent);
    // What the two sockets of the system hold, and 16 KiB of ours.
    expect(sent * 10_000).toBeLessThan(20_000_000);
    const before = heldBytes();
    const goal = sent + 1000;
    socket.resume();
    await expect.poll(() => sent, { timeout: 5000 }).toBeGreaterThan(goal);
    socket.pause();
    await stalled(() => sent);
    // What the collector has found is given back a little later.
    await expect.poll(() => heldBytes() - before, { timeout: 5000 }).toBeLessThan(3_000_000);
    socket.destroy();
    await expect.poll(() => server.requests().length).toBe(0);
    expect(sent).toBeLessThan(100_000);
  }));

test.skipIf(process.platform !== "linux")(
  "staticFiles(): the file is closed when the client goes away in the middle",
  () =>
    run(async () => {
      const root = await mkdtemp(join(tmpdir(), "served-"));
      const file = join(root, "large.bin");
      await writeFile(file, Buffer.alloc(50_000_000));
      const isOpen = async () => {
        const names = await Promise.all(
          (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
        );
        return names.includes(file);
      };
      await using server = await serve(staticFiles(root), options);
      const socket = connect(server.port, "127.0.0.1");
      socket.write("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const [head] = await once<[Buffer]>(socket, "data");
      expect(String(head)).toContain("Content-Length: 50000000".toLowerCase());
      socket.pause();
      await expect.poll(isOpen).toBe(true);
      socket.destroy();
      await expect.poll(isOpen).toBe(false);
      await expect.poll(() => server.requests().length).toBe(0);
      await rm(root, { recursive: true });
    }),
);

test("staticFiles() serves whole files, ranges and HEAD over a connection", () =>
  run(async () => {
    const root = await mkdtemp(join(tmpdir(), "served-"));
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    await writeFile(join(root, "data.bin"), bytes);
    await using server = await serve(staticFiles(root), options);
    await using session = new ClientSession({ baseUrl: `${server.url}/` });
    const whole = await session.get("data.bin");
    expect(bytes.equals(await whole.read())).toBe(true);
    const part = await session.get("data.bin", { headers: { Range: "bytes=999000-" } });
    expect(part.status).toBe(206);
    expect(bytes.subarray(999_000).equals(await part.read())).toBe(true);
    const head = await session.head("data.bin");
    expect([head.status, head.headers.get("content-length"), (await head.read()).length]).toEqual([200, "1000000", 0]);
    await rm(root, { recursive: true });
  }));
