import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ClientConnectorCertificateError,
  ClientConnectorSSLError,
  ClientPayloadError,
  ClientSession,
  ConnectionTimeoutError,
  Connector,
  UnixClientConnectorError,
} from "@asyncio-ts/http";
import { CancelledError, createTask, gather, OSError, run, sleep } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { authority, certificate } from "../support/certificates.ts";
import { failure } from "../support/failure.ts";
import { serveHttp, serveHttps, serveRaw, serveSilence } from "../support/loopback.ts";

describe("TLS", () => {
  const hello = (_: unknown, answer: { end(text: string): unknown }) => answer.end("hello");

  test("ClientSession.get() talks to a server whose certificate is signed by a given authority", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), hello);
      await using session = new ClientSession({ connector: new Connector({ ssl: { ca: authority() } }) });
      for (const host of ["127.0.0.1", "localhost"]) {
        expect(await (await session.get(`https://${host}:${server.port}/`)).text()).toBe("hello");
      }
    }));

  for (const name of ["other", "expired", "selfsigned"] as const) {
    test(`ClientSession.get() raises ClientConnectorCertificateError for the certificate "${name}"`, () =>
      run(async () => {
        await using server = await serveHttps(certificate(name), hello);
        await using session = new ClientSession({ connector: new Connector({ ssl: { ca: authority() } }) });
        const error = await failure(session.get(server.url));
        expect(error).toBeInstanceOf(ClientConnectorCertificateError);
        expect(error).toBeInstanceOf(OSError);
        expect(error).toMatchObject({ ssl: true, host: "127.0.0.1", port: server.port });
        await expect.poll(() => server.sockets.size).toBe(0);
      }));
  }

  test("ClientSession.get() accepts any certificate with ssl: false, and another name with serverHostname", () =>
    run(async () => {
      await using server = await serveHttps(certificate("other"), hello);
      await using trusting = new ClientSession({ connector: new Connector({ ssl: false }) });
      expect(await (await trusting.get(server.url)).text()).toBe("hello");
      await using session = new ClientSession({ connector: new Connector({ ssl: { ca: authority() } }) });
      expect(await (await session.get(server.url, { serverHostname: "other.example" })).text()).toBe("hello");
      expect(await failure(session.get(server.url))).toBeInstanceOf(ClientConnectorCertificateError);
    }));

  test("ClientSession.get() raises ClientConnectorSSLError when the server does not speak TLS", () =>
    run(async () => {
      await using server = await serveHttp(hello);
      await using session = new ClientSession();
      expect(await failure(session.get(server.url.replace("http:", "https:")))).toBeInstanceOf(ClientConnectorSSLError);
    }));

  test("ClientSession.get() raises ConnectionTimeoutError when the handshake takes longer than sockConnect", () =>
    run(async () => {
      await using server = await serveSilence();
      await using session = new ClientSession({ timeout: { sockConnect: 30 } });
      const error = await failure(session.get(server.url.replace("http:", "https:")));
      expect(error).toBeInstanceOf(ConnectionTimeoutError);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));
});

describe("HTTP/2", () => {
  type OnStream = (path: string, respond: (text: string) => void, stream: ServerHttp2Stream) => void;

  async function serve2(onStream: OnStream) {
    const sessions = new Set<ServerHttp2Session>();
    const server = createSecureServer({ ...certificate("server"), allowHTTP1: false });
    server.on("session", (session) => {
      sessions.add(session);
      session.on("close", () => sessions.delete(session)).on("error", () => {});
    });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      onStream(
        String(headers[":path"]),
        (text) => {
          stream.respond({ ":status": 200, "content-type": "text/plain", "x-many": ["1", "2"] });
          stream.end(text);
        },
        stream,
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      sessions,
      async [Symbol.asyncDispose]() {
        for (const session of sessions) session.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  const connector = () => new Connector({ allowH2: true, ssl: { ca: authority() } });

  test("ClientSession sends many requests at a time over one connection with allowH2", () =>
    run(async () => {
      await using server = await serve2((path, respond) => setTimeout(() => respond(path), 5));
      await using session = new ClientSession({ connector: connector(), baseUrl: server.url });
      let connections = 0;
      const texts = await gather(
        Array.from({ length: 20 }, (_, index) => async () => {
          const response = await session.get(String(index));
          connections = Math.max(connections, server.sessions.size);
          expect(response.headers.getAll("X-Many").join()).toMatch(/1,\s*2/);
          return await response.text();
        }),
      );
      expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `/${index}`));
      expect(connections).toBe(1);
      expect(await (await session.post("more", { data: "x" })).text()).toBe("/more");
    }));

  test("Task.cancel() ends one request of a connection with HTTP/2, and leaves the others", () =>
    run(async () => {
      const answers: (() => void)[] = [];
      await using server = await serve2((path, respond) => {
        if (path === "/never") return;
        answers.push(() => respond(path));
      });
      await using session = new ClientSession({ connector: connector(), baseUrl: server.url });
      const kept = createTask(() => session.get("kept"));
      const dropped = createTask(() => session.get("never"));
      await expect.poll(() => answers.length).toBe(1);
      await sleep(20);
      dropped.cancel();
      expect(await failure(dropped)).toBeInstanceOf(CancelledError);
      for (const answer of answers) answer();
      expect(await (await kept).text()).toBe("/kept");
      expect(server.sessions.size).toBe(1);
      await session.close();
      await expect.poll(() => server.sessions.size).toBe(0);
    }));

  test("ClientSession.get() makes a new connection when that with HTTP/2 was closed, orderly or not", () =>
    run(async () => {
      await using server = await serve2((path, respond) => respond(path));
      await using session = new ClientSession({ connector: connector(), baseUrl: server.url });
      for (const close of ["close", "destroy"] as const) {
        expect(await (await session.get("first")).text()).toBe("/first");
        for (const open of server.sessions) open[close]();
        expect(await (await session.get("second")).text()).toBe("/second");
      }
    }));

  test("ClientResponse.read() raises ClientPayloadError when a stream of HTTP/2 is reset, and the connection lives on", () =>
    run(async () => {
      await using server = await serve2((path, respond, stream) => {
        if (path !== "/reset") {
          respond(path);
          return;
        }
        // Without a length undici takes the reset for the end.
        stream.respond({ ":status": 200, "content-length": 9 });
        stream.write("half", () => stream.close(2));
      });
      await using session = new ClientSession({ connector: connector(), baseUrl: server.url });
      await using response = await session.get("reset");
      expect(await failure(response.read())).toBeInstanceOf(ClientPayloadError);
      expect(await (await session.get("after")).text()).toBe("/after");
      expect(server.sessions.size).toBe(1);
    }));

  test("ClientSession uses HTTP/1 where the server has nothing better", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), (request, answer) =>
        answer.end(request.httpVersion),
      );
      await using session = new ClientSession({ connector: connector() });
      const texts = await gather([1, 2, 3].map(() => async () => await (await session.get(server.url)).text()));
      expect(texts).toEqual(["1.1", "1.1", "1.1"]);
    }));
});

test("ClientSession.get() goes through a Unix socket with socketPath, and says which when there is none", () =>
  run(async () => {
    const folder = await mkdtemp(join(tmpdir(), "asyncio-ts-"));
    const socketPath = join(folder, "http.sock");
    const server = createServer((request, answer) => answer.end(`${request.headers.host} ${request.url}`));
    await new Promise<void>((resolve) => {
      server.listen(socketPath, resolve);
    });
    await using session = new ClientSession({ connector: new Connector({ socketPath }) });
    expect(await (await session.get("http://service/path")).text()).toBe("service /path");
    await session.close();
    await new Promise((resolve) => server.close(resolve));
    await using other = new ClientSession({ connector: new Connector({ socketPath }) });
    const error = await failure(other.get("http://service/"));
    expect(error).toBeInstanceOf(UnixClientConnectorError);
    expect((error as Error).message).toContain(socketPath);
    await rm(folder, { recursive: true });
  }));

describe("Connector", () => {
  test("Connector lets no more than limit requests through at a time, first come first served", () =>
    run(async () => {
      let running = 0;
      let most = 0;
      const order: string[] = [];
      await using server = await serveHttp(async (request, answer) => {
        order.push(request.url ?? "");
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 3));
        running--;
        answer.end();
      });
      await using session = new ClientSession({ connector: new Connector({ limit: 3 }), baseUrl: server.url });
      const names = Array.from({ length: 30 }, (_, index) => `/${index}`);
      await gather(names.map((name) => async () => await (await session.get(name)).text()));
      expect(most).toBe(3);
      expect(order.slice(0, 3).toSorted()).toEqual(names.slice(0, 3));
      // Three at a time, so a request can be overtaken by its two neighbours only.
      for (const [at, name] of order.entries()) expect(Math.abs(at - names.indexOf(name))).toBeLessThanOrEqual(2);
      expect(server.accepted).toBe(3);
    }));

  test("Connector lets no more than limitPerHost requests to one host, and others pass", () =>
    run(async () => {
      await using silent = await serveSilence();
      await using server = await serveHttp((_, answer) => answer.end("ok"));
      await using session = new ClientSession({ connector: new Connector({ limitPerHost: 2 }) });
      const tasks = [1, 2, 3, 4].map(() => createTask(() => session.get(silent.url)));
      await expect.poll(() => silent.accepted).toBe(2);
      expect(await (await session.get(server.url)).text()).toBe("ok");
      expect(silent.accepted).toBe(2);
      for (const task of tasks) task.cancel();
      for (const task of tasks) await failure(task);
      await expect.poll(() => silent.sockets.size).toBe(0);
    }));

  test("Connector keeps to limitPerHost when a connection of before is closed meanwhile", () =>
    run(async () => {
      const answers: (() => void)[] = [];
      await using server = await serveRaw((socket) => {
        answers.push(() => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        if (answers.length === 1) answers[0]?.();
      });
      const connector = new Connector({ limitPerHost: 1, forceClose: true });
      await using session = new ClientSession({ connector });
      // The second begins before the connection of the first is closed.
      const second = createTask(async () => {
        await session.get(server.url);
        return await session.get(server.url);
      });
      await expect.poll(() => answers.length).toBe(2);
      await expect.poll(() => server.sockets.size).toBe(1);
      const third = createTask(() => session.get(server.url));
      await sleep(20);
      expect(answers.length).toBe(2);
      answers[1]?.();
      await second;
      await expect.poll(() => answers.length).toBe(3);
      answers[2]?.();
      expect((await third).status).toBe(200);
    }));

  test("Connector closes each connection after its request with forceClose", () =>
    run(async () => {
      await using server = await serveHttp((request, answer) => answer.end(request.headers.connection));
      await using session = new ClientSession({ connector: new Connector({ forceClose: true }) });
      for (let i = 0; i < 3; i++) expect(await (await session.get(server.url)).text()).toBe("close");
      expect(server.accepted).toBe(3);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("Connector takes a larger maxHeaderSize", () =>
    run(async () => {
      await using server = await serveRaw((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nX-Huge: ${"x".repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`),
      );
      await using session = new ClientSession({ connector: new Connector({ maxHeaderSize: 30_000 }) });
      expect((await session.get(server.url)).headers.get("x-huge")?.length).toBe(20_000);
    }));

  test("Connector refuses limits that make no sense", () => {
    expect(() => new Connector({ limit: -1 })).toThrow("limit must be a whole number");
    expect(() => new Connector({ limitPerHost: 1.5 })).toThrow("limitPerHost");
    expect(() => new Connector({ keepAliveTimeout: 0 })).toThrow("keepAliveTimeout");
  });
});
