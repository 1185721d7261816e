import { type AddressInfo, createServer } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  ClientConnectionError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  ClientSession,
  ConnectionTimeoutError,
  Connector,
  InvalidUrlClientError,
  NonHttpUrlClientError,
  ServerDisconnectedError,
  ServerTimeoutError,
  SocketTimeoutError,
} from "@asyncio-ts/http";
import { createTask, OSError, RuntimeError, run, sleep, TimeoutError, ValueError } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { serveHttp, serveRaw, serveSilence } from "../support/loopback.ts";

const OK = "HTTP/1.1 200 OK\r\n";

describe("a server that fails", () => {
  test("ClientSession.get() raises SocketTimeoutError when the server never answers and sockRead passes", () =>
    run(async () => {
      await using server = await serveSilence();
      await using session = new ClientSession({ timeout: { sockRead: 30 } });
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(SocketTimeoutError);
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toBeInstanceOf(ClientConnectionError);
      expect((error as SocketTimeoutError).requestInfo?.url.href).toBe(server.url);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() raises ServerTimeoutError when the server never answers and total passes", () =>
    run(async () => {
      await using server = await serveSilence();
      await using session = new ClientSession();
      const begin = performance.now();
      const error = await failure(session.get(server.url, { timeout: 40 }));
      expect(error).toBeInstanceOf(ServerTimeoutError);
      expect(error).not.toBeInstanceOf(SocketTimeoutError);
      expect(performance.now() - begin).toBeGreaterThan(38);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientResponse.read() raises SocketTimeoutError when the body stops coming", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write(`${OK}Content-Length: 10\r\n\r\nhalf`));
      await using session = new ClientSession({ timeout: { sockRead: 300 } });
      await using response = await session.get(server.url);
      expect(await failure(response.read())).toBeInstanceOf(SocketTimeoutError);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientResponse.read() lets a server be slow as long as it sends something within sockRead, until total passes", () =>
    run(async () => {
      await using server = await serveRaw((socket) => {
        socket.write(`${OK}Content-Length: 1000\r\n\r\n`);
        const timer = setInterval(() => socket.write("x"), 5);
        socket.on("close", () => clearInterval(timer));
      });
      await using session = new ClientSession({ timeout: { sockRead: 500, total: 600 } });
      const begin = performance.now();
      await using response = await session.get(server.url);
      const error = await failure(response.read());
      expect(error).toBeInstanceOf(ServerTimeoutError);
      expect(error).not.toBeInstanceOf(SocketTimeoutError);
      expect(performance.now() - begin).toBeGreaterThan(590);
    }));

  test("ClientResponse.read() raises ClientPayloadError when the connection is closed before the body's end", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.end(`${OK}Content-Length: 10\r\n\r\nhalf`));
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      const error = await failure(response.read());
      expect(error).toBeInstanceOf(ClientPayloadError);
      expect((error as ClientPayloadError).requestInfo?.method).toBe("GET");
    }));

  test("ClientResponse.read() raises ClientPayloadError when a chunked body is cut off", () =>
    run(async () => {
      await using server = await serveRaw((socket) =>
        socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`),
      );
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect(await failure(response.read())).toBeInstanceOf(ClientPayloadError);
    }));

  test("ClientResponse.read() raises ClientPayloadError when a chunk's length is no number", () =>
    run(async () => {
      await using server = await serveRaw((socket) =>
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`),
      );
      await using session = new ClientSession();
      const error = await failure(
        (async () => {
          await using response = await session.get(server.url);
          await response.read();
        })(),
      );
      expect(error).toBeInstanceOf(ClientPayloadError);
    }));

  test("ClientResponse.read() gives a body without a length up to the end of the connection", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.end(`${OK}\r\nuntil the end`));
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect(await response.text()).toBe("until the end");
    }));

  test("ClientSession.get() is not confused by more bytes than the content-length says", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write(`${OK}Content-Length: 2\r\n\r\nok and more`));
      await using session = new ClientSession();
      for (let i = 0; i < 3; i++) expect(await (await session.get(server.url)).text()).toBe("ok");
    }));

  test("ClientSession.get() raises ClientResponseError when the headers are larger than maxHeaderSize", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write(`${OK}X-Huge: ${"x".repeat(20_000)}\r\n\r\n`));
      await using session = new ClientSession();
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(ClientResponseError);
      expect((error as Error).message).toContain("maxHeaderSize");
    }));

  test("ClientSession.get() raises ClientResponseError when what comes is no HTTP", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"));
      await using session = new ClientSession();
      expect(await failure(session.get(server.url))).toBeInstanceOf(ClientResponseError);
    }));

  test("ClientSession.get() raises ClientResponseError, and does not ask again, for an answer that nobody can expect", () =>
    run(async () => {
      const answers = [
        "101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade",
        "101 Switching Protocols",
        "100 Continue",
        "200 OK\r\nContent-Length: 2\r\nContent-Length: 3",
        "200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
      ];
      let asked = 0;
      await using server = await serveRaw((socket, head) => {
        asked++;
        const answer = answers[Number(head.split(" ")[1]?.slice(1))] ?? "200 OK\r\nContent-Length: 0";
        socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      });
      await using session = new ClientSession({ baseUrl: server.url });
      for (const at of answers.keys()) {
        await (await session.get("ok")).text();
        const error = await failure(session.get(String(at)));
        expect(error).toBeInstanceOf(ClientResponseError);
        expect(error).toMatchObject({ status: 0, message: expect.stringContaining("no proper HTTP") });
        expect(asked).toBe(2 * (at + 1));
      }
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() takes no notice of what comes before the answer: 102, 103", () =>
    run(async () => {
      await using server = await serveRaw((socket) =>
        socket.write(
          `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
        ),
      );
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect([response.status, response.headers.get("link"), await response.text()]).toEqual([200, null, "ok"]);
    }));

  test("ClientSession.get() waits for no body after 204 and 304, whatever their Content-Length", () =>
    run(async () => {
      await using server = await serveRaw((socket, head) =>
        socket.write(
          `HTTP/1.1 ${head.split(" ")[1]?.slice(1)} Empty\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n`,
        ),
      );
      await using session = new ClientSession({ baseUrl: server.url });
      for (const status of [204, 304]) {
        const response = await session.get(String(status));
        expect([response.status, await response.text()]).toEqual([status, ""]);
      }
      const head = await session.head("200");
      expect([head.headers.get("content-length"), await head.text()]).toEqual(["9", ""]);
    }));

  test("ClientSession.post() raises ServerDisconnectedError when the connection is closed without an answer", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.destroy());
      await using session = new ClientSession();
      const error = await failure(session.post(server.url));
      expect(error).toBeInstanceOf(ServerDisconnectedError);
      expect(error).toBeInstanceOf(ClientError);
      expect((error as ServerDisconnectedError).cause).toBeInstanceOf(Error);
    }));

  test("ClientSession.get() raises ServerDisconnectedError, and does not try for ever, when each connection is closed at once", () =>
    run(async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      let accepted = 0;
      server.on("connection", () => accepted++);
      await using session = new ClientSession();
      const { port } = server.address() as AddressInfo;
      expect(await failure(session.get(`http://127.0.0.1:${port}/`))).toBeInstanceOf(ServerDisconnectedError);
      expect(accepted).toBe(1);
      await new Promise((resolve) => server.close(resolve));
    }));

  test("ClientSession.get() raises ClientConnectorError, which is an OSError, when nobody listens", () =>
    run(async () => {
      const server = await serveSilence();
      await server[Symbol.asyncDispose]();
      await using session = new ClientSession();
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(ClientConnectorError);
      expect(error).toBeInstanceOf(ClientOSError);
      expect(error).toBeInstanceOf(OSError);
      expect(error).toBeInstanceOf(ClientConnectionError);
      expect(error).toMatchObject({ code: "ECONNREFUSED", host: "127.0.0.1", port: server.port, ssl: false });
    }));

  test("ClientSession.get() raises ClientConnectorDNSError for a name that does not exist", () =>
    run(async () => {
      await using session = new ClientSession();
      const error = await failure(session.get("http://does-not-exist.invalid/"));
      expect(error).toBeInstanceOf(ClientConnectorDNSError);
      expect((error as ClientConnectorDNSError).host).toBe("does-not-exist.invalid");
    }));
});

describe("a connection that was kept", () => {
  /** Answers the first request of each connection and closes it at the second. */
  function flaky() {
    const heads: string[] = [];
    const used = new WeakSet<object>();
    const server = serveRaw((socket, head) => {
      heads.push(head.split(" ")[0] ?? "");
      if (used.has(socket)) socket.destroy();
      else socket.write(`${OK}Content-Length: 2\r\n\r\nok`);
      used.add(socket);
    });
    return { heads, server };
  }

  test("ClientSession.get() is sent again when the server closes a reused connection in place of an answer", () =>
    run(async () => {
      const { heads, server: starting } = flaky();
      await using server = await starting;
      await using session = new ClientSession();
      for (let i = 0; i < 2; i++) expect(await (await session.get(server.url)).text()).toBe("ok");
      expect(heads).toEqual(["GET", "GET", "GET"]);
      expect(server.accepted).toBe(2);
    }));

  test("ClientSession.post() is not sent again", () =>
    run(async () => {
      const { heads, server: starting } = flaky();
      await using server = await starting;
      await using session = new ClientSession();
      await (await session.post(server.url)).text();
      expect(await failure(session.post(server.url))).toBeInstanceOf(ServerDisconnectedError);
      expect(heads).toEqual(["POST", "POST"]);
    }));

  test("ClientSession.get() is not sent again with retryPersistentConnection: false", () =>
    run(async () => {
      const { server: starting } = flaky();
      await using server = await starting;
      await using session = new ClientSession({ retryPersistentConnection: false });
      await (await session.get(server.url)).text();
      expect(await failure(session.get(server.url))).toBeInstanceOf(ServerDisconnectedError);
    }));

  test("ClientSession.post() takes a new connection when the kept one was closed while it lay idle", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write(`${OK}Content-Length: 2\r\n\r\nok`));
      await using session = new ClientSession();
      for (let i = 0; i < 3; i++) {
        expect(await (await session.post(server.url)).text()).toBe("ok");
        for (const socket of server.sockets) socket.end();
      }
      expect(server.accepted).toBe(3);
    }));

  test("ClientSession.get() uses one connection for one request after the other", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end("ok"));
      await using session = new ClientSession();
      for (let i = 0; i < 5; i++) await (await session.get(server.url)).text();
      expect(server.accepted).toBe(1);
    }));

  test("Connector closes a connection that is idle for longer than keepAliveTimeout", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write(`${OK}Content-Length: 2\r\n\r\nok`));
      await using session = new ClientSession({ connector: new Connector({ keepAliveTimeout: 50 }) });
      await (await session.get(server.url)).text();
      expect(server.sockets.size).toBe(1);
      await expect.poll(() => server.sockets.size, { timeout: 3000 }).toBe(0);
    }));
});

describe("a compressed body", () => {
  const text = "compressed ".repeat(1000);

  for (const [name, compress] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
    "deflate, gzip": (data: string) => gzipSync(deflateRawSync(data)),
  })) {
    test(`ClientResponse.text() decompresses ${name}`, () =>
      run(async () => {
        await using server = await serveHttp((_, answer) =>
          answer.setHeader("Content-Encoding", name).end(compress(text)),
        );
        await using session = new ClientSession();
        expect(await (await session.get(server.url)).text()).toBe(text);
        const raw = await (await session.get(server.url, { autoDecompress: false })).read();
        expect(Buffer.from(raw)).toEqual(compress(text));
      }));
  }

  test("ClientResponse.read() raises ClientPayloadError for gzip that was cut off", () =>
    run(async () => {
      const whole = gzipSync(text);
      await using server = await serveHttp((_, answer) =>
        answer.setHeader("Content-Encoding", "gzip").end(whole.subarray(0, whole.length - 12)),
      );
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect(await failure(response.read())).toBeInstanceOf(ClientPayloadError);
    }));

  test("ClientResponse.read() raises ClientPayloadError for what is no gzip", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) =>
        answer.setHeader("Content-Encoding", "gzip").end("plain text"),
      );
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect(await failure(response.read())).toBeInstanceOf(ClientPayloadError);
    }));

  test("ClientResponse.read() stops a bomb at maxDecompressedSize, and content reads it with little memory", () =>
    run(async () => {
      const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
      await using server = await serveHttp((_, answer) => answer.setHeader("Content-Encoding", "gzip").end(bomb));
      await using session = new ClientSession({ maxDecompressedSize: 1024 * 1024 });
      await using response = await session.get(server.url);
      const error = await failure(response.read());
      expect(error).toBeInstanceOf(ClientPayloadError);
      expect((error as Error).message).toContain("maxDecompressedSize");
      await using again = await session.get(server.url);
      let size = 0;
      for await (const piece of again.content.iterAny()) size += piece.length;
      expect(size).toBe(64 * 1024 * 1024);
    }));

  test("ClientResponse.read() keeps to maxDecompressedSize also for a body that came whole", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) =>
        answer.setHeader("Content-Encoding", "gzip").end(gzipSync(text)),
      );
      await using session = new ClientSession();
      for (const [most, fits] of [
        [text.length, true],
        [text.length - 1, false],
        [null, true],
      ] as const) {
        await using response = await session.get(server.url, { maxDecompressedSize: most });
        const reading = response.text();
        if (fits) expect(await reading).toBe(text);
        else expect(await failure(reading)).toBeInstanceOf(ClientPayloadError);
      }
      expect(server.accepted).toBe(1);
    }));

  test("ClientResponse.content gives what has come of a compressed body before the rest does", () =>
    run(async () => {
      const { createGzip } = await import("node:zlib");
      const zip = createGzip();
      await using server = await serveHttp((_, answer) => {
        zip.pipe(answer.setHeader("Content-Encoding", "gzip"));
        zip.write("first");
        zip.flush();
      });
      await using session = new ClientSession();
      await using response = await session.get(server.url);
      expect(String(await response.content.readany())).toBe("first");
      zip.end("last");
      expect(String(await response.content.readany())).toBe("last");
      expect((await response.content.readany()).length).toBe(0);
    }));

  test("ClientResponse.text() leaves encodings as they are when nobody knows one of them, or they are too many", () =>
    run(async () => {
      const encodings = ["rot13", "constructor", Array(6).fill("gzip").join(), "gzip, rot13"];
      await using server = await serveHttp((request, answer) =>
        answer.setHeader("Content-Encoding", encodings[Number(request.url?.slice(1))] ?? "").end("uryyb"),
      );
      await using session = new ClientSession({ baseUrl: server.url });
      for (const at of encodings.keys()) expect(await (await session.get(String(at))).text()).toBe("uryyb");
    }));

  test("ClientResponse that is disposed of while it decompresses gives its connection back and forgets the rest", () =>
    run(async () => {
      const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024));
      await using server = await serveHttp((_, answer) => answer.setHeader("Content-Encoding", "gzip").end(bomb));
      await using session = new ClientSession();
      for (let i = 0; i < 3; i++) {
        await using response = await session.get(server.url);
        expect((await response.content.readexactly(1000)).length).toBe(1000);
      }
      const response = await session.get(server.url);
      const reading = createTask(() => response.read());
      await sleep(0);
      reading.cancel();
      await failure(reading);
      expect(await failure(response.read())).toBeInstanceOf(ClientPayloadError);
      expect(server.accepted).toBeLessThanOrEqual(4);
    }));

  test("ClientSession.head() gives an answer whose Content-Encoding has no body", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.setHeader("Content-Encoding", "gzip").end());
      await using session = new ClientSession();
      const response = await session.head(server.url);
      expect(await response.text()).toBe("");
    }));
});

describe("what can't be requested", () => {
  test("ClientSession.get() raises InvalidUrlClientError, which is a ValueError and a ClientError, for what is no URL", () =>
    run(async () => {
      await using session = new ClientSession();
      const error = await failure(session.get("/relative"));
      expect(error).toBeInstanceOf(InvalidUrlClientError);
      expect(error).toBeInstanceOf(ValueError);
      expect(error).toBeInstanceOf(ClientError);
      expect(error).not.toBeInstanceOf(ClientConnectionError);
      expect(await failure(session.get("ftp://host/"))).toBeInstanceOf(NonHttpUrlClientError);
    }));

  test("ClientSession.get() raises ValueError for a header with a line break", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end());
      await using session = new ClientSession();
      expect(await failure(session.get(server.url, { headers: { "X-Bad": "a\r\nX-Evil: b" } }))).toBeInstanceOf(
        ValueError,
      );
      expect(await (await session.get(server.url)).text()).toBe("");
    }));

  test("ClientSession.get() raises RuntimeError when the session is closed", () =>
    run(async () => {
      const session = new ClientSession();
      await session.close();
      expect(session.closed).toBe(true);
      expect(await failure(session.get("http://127.0.0.1:1/"))).toBeInstanceOf(RuntimeError);
      await session.close();
    }));

  test("ClientSession.get() raises ConnectionTimeoutError when no connection is free within connect", () =>
    run(async () => {
      await using server = await serveSilence();
      await using session = new ClientSession({ connector: new Connector({ limit: 1 }), timeout: { connect: 30 } });
      const first = createTask(() => session.get(server.url));
      await expect.poll(() => server.accepted).toBe(1);
      expect(await failure(session.get(server.url))).toBeInstanceOf(ConnectionTimeoutError);
      const sooner = await failure(session.get(server.url, { timeout: { total: 10 } }));
      expect(sooner).toBeInstanceOf(ServerTimeoutError);
      expect(sooner).not.toBeInstanceOf(ConnectionTimeoutError);
      first.cancel();
      await failure(first);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));
});
