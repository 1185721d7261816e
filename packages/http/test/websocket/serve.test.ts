import {
  ClientConnectorCertificateError,
  ClientSession,
  Connector,
  type WebSocketConnection,
  WSServerHandshakeError,
} from "@asyncio-ts/http";
import { type ServeOptions, serve, webSocket } from "@asyncio-ts/http/server";
import { currentTask, Event, gather, getRunningLoop, run, sleep } from "asyncio-ts";
import { once } from "asyncio-ts/interop";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { secureHeaders } from "hono/secure-headers";
import { expect, test } from "vitest";
import { authority, certificate } from "../support/certificates.ts";
import { rawClient } from "./raw.ts";
import { openSockets } from "./support.ts";

const options: ServeOptions = { host: "127.0.0.1", port: 0, graceMs: 0 };

const echo = async (ws: WebSocketConnection) => {
  for await (const message of ws) await ws.send(message.data);
};

test("webSocket() is a handler's answer in a Hono app, whatever its middlewares do to it", () =>
  run(async () => {
    const app = new Hono();
    app.use(cors(), secureHeaders(), etag());
    app.use(async (c, next) => {
      await next();
      c.header("x-own", "yes");
      c.res = new Response(c.res.body, c.res);
    });
    app.get("/echo", () => webSocket(echo));
    app.get("/closed", (c) => c.text("no entry", 401));
    await using server = await serve(app, options);
    await using session = new ClientSession({ baseUrl: `${server.url}/` });
    await using ws = await session.wsConnect("echo");
    await ws.sendStr("hello");
    expect(await ws.receiveStr()).toBe("hello");
    for (const [path, status] of [
      ["closed", 401],
      ["nowhere", 404],
    ] as const) {
      const error = await session.wsConnect(path).then(null, (raised: unknown) => raised);
      expect(error).toBeInstanceOf(WSServerHandshakeError);
      expect((error as WSServerHandshakeError).status).toBe(status);
      expect((error as WSServerHandshakeError).headers?.get("x-own")).toBe("yes");
    }
    const plain = await session.get("echo");
    expect([plain.status, plain.headers.get("upgrade")]).toEqual([426, "websocket"]);
    await plain.read();
    await ws.close();
  }));

test("webSocket(): the body runs in the task of the request", () =>
  run(async () => {
    await using server = await serve(() => {
      const task = currentTask();
      return webSocket(async (ws) => await ws.sendJson([currentTask() === task, task?.toString().includes("GET /")]));
    }, options);
    await using session = new ClientSession();
    await using ws = await session.wsConnect(server.url);
    expect(await ws.receiveJson()).toEqual([true, true]);
  }));

test("webSocket(): closing the server closes 200 connections with 1001, and cancels the bodies that go on", () =>
  run(async () => {
    let cancelled = 0;
    const server = await serve(
      () =>
        webSocket(async (ws) => {
          await echo(ws);
          await sleep(60_000).then(null, (error: unknown) => {
            cancelled++;
            throw error;
          });
        }),
      options,
    );
    await using session = new ClientSession({ connector: new Connector({ limit: 0 }) });
    const clients = await gather(Array.from({ length: 200 }, () => session.wsConnect(server.url)));
    await expect.poll(() => server.requests().length).toBe(200);
    const closing = server.close({ graceMs: 100 });
    const notices = gather(clients.map((ws) => ws.receive()));
    await closing;
    expect(new Set((await notices).map((message) => message.data))).toEqual(new Set([1001]));
    expect(cancelled).toBe(200);
    await session.close();
    await expect.poll(openSockets).toBe(0);
  }));

test("webSocket(): a lost connection cancels the body, and with cancelOnDisconnect off ends its iteration", () =>
  run(async () => {
    for (const cancelOnDisconnect of [true, false]) {
      const ended = new Event();
      const open = new Event();
      const ends: unknown[] = [];
      await using server = await serve(
        () =>
          webSocket(async (ws) => {
            open.set();
            try {
              await echo(ws);
              ends.push(ws.closeCode);
            } catch (error) {
              ends.push((error as Error).name);
              throw error;
            } finally {
              ended.set();
            }
          }),
        { ...options, cancelOnDisconnect },
      );
      const socket = await rawClient(server.port);
      await open.wait();
      socket.destroy();
      await ended.wait();
      expect(ends).toEqual([cancelOnDisconnect ? "CancelledError" : 1006]);
    }
  }));

test("webSocket(): the body's error is reported once, and the server goes on", () =>
  run(async () => {
    const reports: unknown[] = [];
    getRunningLoop().setExceptionHandler((_, { exception }) => reports.push(exception));
    await using server = await serve(
      () =>
        webSocket(async () => {
          throw new RangeError("oops");
        }),
      options,
    );
    await using session = new ClientSession();
    for (let i = 0; i < 2; i++) {
      await using ws = await session.wsConnect(server.url);
      expect(await ws.receive()).toEqual({ type: "close", data: 1011, extra: "" });
      await expect.poll(() => reports.length).toBe(i + 1);
    }
    expect(reports[0]).toEqual(new RangeError("oops"));
  }));

test("webSocket() and wsConnect() speak TLS", () =>
  run(async () => {
    await using server = await serve(() => webSocket(echo), { ...options, ssl: certificate("server") });
    const url = server.url.replace("https://127.0.0.1", "wss://localhost");
    await using session = new ClientSession({ connector: new Connector({ ssl: { ca: authority() }, family: 4 }) });
    await using ws = await session.wsConnect(url);
    await ws.sendStr("secret");
    expect(await ws.receiveStr()).toBe("secret");
    await using distrustful = new ClientSession({ connector: new Connector({ family: 4 }) });
    await expect(distrustful.wsConnect(url)).rejects.toThrow(ClientConnectorCertificateError);
    await ws.close();
  }));

test("webSocket(): a task that its server cancels in the handshake's turn leaves no connection", () =>
  run(async () => {
    await using server = await serve(() => {
      currentTask()?.cancel();
      return webSocket(echo);
    }, options);
    const socket = await rawClient(server.port).catch(() => null);
    if (socket !== null) {
      socket.resume();
      await once(socket, "close");
    }
    await expect.poll(() => server.requests().length).toBe(0);
    await expect.poll(openSockets).toBe(0);
  }));
