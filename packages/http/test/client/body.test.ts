import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ClientConnectionError, ClientPayloadError, ClientSession, Connector } from "@asyncio-ts/http";
import { createTask, getRunningLoop, IncompleteReadError, RuntimeError, run, sleep } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { serveHttp, serveRaw } from "../support/loopback.ts";
import { stalled } from "../support/stalled.ts";

const MIB = 1024 * 1024;

/** Sends so many bytes as fast as they are taken, and counts what the system has taken. */
function serveBytes(size: number) {
  const counted = { accepted: 0 };
  const chunk = Buffer.alloc(64 * 1024, "x");
  const pump = (socket: Socket): void => {
    while (counted.accepted < size) {
      counted.accepted += chunk.length;
      if (!socket.write(chunk)) {
        socket.once("drain", () => pump(socket));
        return;
      }
    }
  };
  const server = serveRaw((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    pump(socket);
  });
  return { counted, server };
}

describe("ClientResponse.content", () => {
  test("ClientResponse.content makes the server wait while nobody reads, and gives a large body with little memory", () =>
    run(async () => {
      const { counted, server: starting } = serveBytes(64 * MIB);
      await using server = await starting;
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      await stalled(() => counted.accepted);
      // What the system's own buffers hold on both sides, and ours.
      expect(counted.accepted).toBeLessThan(20 * MIB);
      let read = 0;
      let ahead = 0;
      for await (const piece of response.content.iterChunked(MIB)) {
        read += piece.length;
        ahead = Math.max(ahead, counted.accepted - read);
        if (read % (10 * MIB) < piece.length) await sleep(1);
      }
      expect(read).toBe(64 * MIB);
      expect(ahead).toBeLessThan(20 * MIB);
    }));

  test("ClientResponse.content has a reader's methods, and gives lines to for await", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end("one\ntwo\nthree|four\nfive"));
      await using session = new ClientSession();
      const { content } = await session.get(server.url);
      expect(String(await content.readline())).toBe("one\n");
      expect(String(await content.readexactly(3))).toBe("two");
      expect(String(await content.readuntil("|"))).toBe("\nthree|");
      const lines: string[] = [];
      for await (const line of content) lines.push(String(line));
      expect(lines).toEqual(["four\n", "five"]);
      expect(content.atEof()).toBe(true);
    }));

  test("ClientResponse.content.next() gives pieces in the generator spelling", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end("x".repeat(10)));
      await using session = new ClientSession();
      const response = await session.get(server.url);
      const pieces = response.content.iterChunked(4);
      const sizes = await createTask(function* () {
        const found: number[] = [];
        for (let step = yield* pieces.next(); !step.done; step = yield* pieces.next()) found.push(step.value.length);
        return found;
      });
      expect(sizes).toEqual([4, 4, 2]);
      expect(() => response.content.iterChunked(0)).toThrow(TypeError);
    }));

  test("ClientResponse.content raises ClientPayloadError when the body is cut off", () =>
    run(async () => {
      await using server = await serveRaw((socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        setTimeout(() => socket.destroy(), 20);
      });
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect(String(await response.content.readexactly(4))).toBe("half");
      expect(await failure(response.content.readany())).toBeInstanceOf(ClientPayloadError);
    }));

  test("ClientResponse.content raises IncompleteReadError at the body's end", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end("abc"));
      await using session = new ClientSession();
      const { content } = await session.get(server.url);
      expect(await failure(content.readexactly(10))).toBeInstanceOf(IncompleteReadError);
    }));

  test("ClientResponse.content of a compressed body makes the server wait too", () =>
    run(async () => {
      const { createGzip } = await import("node:zlib");
      const { randomFillSync } = await import("node:crypto");
      let sent = 0;
      const noise = randomFillSync(Buffer.alloc(256 * 1024));
      await using server = await serveHttp((_, answer) => {
        const zip = createGzip({ level: 0 });
        zip.pipe(answer.setHeader("Content-Encoding", "gzip"));
        const more = (): void => {
          while (sent < 32 * MIB) {
            sent += noise.length;
            if (!zip.write(noise)) {
              zip.once("drain", more);
              return;
            }
          }
          zip.end();
        };
        more();
      });
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect((await response.content.readexactly(1000)).length).toBe(1000);
      await stalled(() => sent);
      expect(sent).toBeLessThan(16 * MIB);
      let size = 1000;
      for await (const piece of response.content.iterAny()) size += piece.length;
      expect(size).toBe(32 * MIB);
    }));
});

describe("ClientResponse.read()", () => {
  test("ClientResponse.read() gathers a body that is larger than the buffer", () =>
    run(async () => {
      const { server: starting } = serveBytes(5 * MIB);
      await using server = await starting;
      await using session = new ClientSession();
      const response = await session.get(server.url);
      await sleep(30);
      expect((await response.read()).length).toBe(5 * MIB);
      expect((await response.read()).length).toBe(5 * MIB);
    }));

  test("ClientResponse.read() gives the rest of what content has begun to read", () =>
    run(async () => {
      const { server: starting } = serveBytes(2 * MIB);
      await using server = await starting;
      await using session = new ClientSession();
      const response = await session.get(server.url);
      await response.content.readexactly(MIB);
      expect((await response.read()).length).toBe(MIB);
    }));

  test("ClientResponse.read() by two tasks at a time raises RuntimeError", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      const first = createTask(() => response.read());
      await sleep(0);
      expect(await failure(response.read())).toBeInstanceOf(RuntimeError);
      first.cancel();
      await failure(first);
    }));

  test("ClientResponse.read() raises ClientConnectionError when the response was closed before", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
      await using session = new ClientSession();
      const response = await session.get(server.url);
      response.close();
      expect(await failure(response.read())).toBeInstanceOf(ClientConnectionError);
      expect(response.closed).toBe(true);
    }));
});

test("ClientSession that was not closed keeps no process alive", { timeout: 60_000 }, async () => {
  await using server = await serveHttp((_, answer) => answer.end("ok"));
  const program = `
    import { run } from "asyncio-ts";
    import { ClientSession, Connector } from "@asyncio-ts/http";
    await run(async () => {
      const session = new ClientSession({ connector: new Connector({ keepAliveTimeout: 600_000 }) });
      const response = await session.get(${JSON.stringify(server.url)});
      console.log(await response.text());
    });
  `;
  const child = spawn(
    process.execPath,
    ["--conditions=@asyncio-ts/source", ...process.execArgv, "--input-type=module", "-e", program],
    { cwd: new URL("../..", import.meta.url), stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.on("data", (data) => {
    output += String(data);
  });
  // It ends although neither side has closed the connection.
  const code = await new Promise((resolve) => child.on("exit", resolve));
  expect([code, output.trim()]).toEqual([0, "ok"]);
});

test("ClientResponse that is forgotten gives its slot back when it is collected", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  await run(async () => {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_, { message }) => reports.push(message));
    await using server = await serveRaw((socket, head) => {
      if (head.includes("/half")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await using session = new ClientSession({ connector: new Connector({ limit: 1 }) });
    await (async () => {
      await session.get(`${server.url}half`);
    })();
    const next = createTask(() => session.get(server.url));
    await sleep(5);
    expect(next.done()).toBe(false);
    await expect
      .poll(() => {
        collectGarbage();
        return next.done();
      })
      .toBe(true);
    expect(await (await next).text()).toBe("ok");
    expect(reports).toEqual([expect.stringContaining("was dropped before its body had been read")]);
  });
});
