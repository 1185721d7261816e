import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import {
  BasicAuth,
  ClientConnectorError,
  ClientSession,
  Connector,
  CookieJar,
  DummyCookieJar,
  InvalidUrlError,
  ServerTimeoutError,
  SocketTimeoutError,
  WSServerHandshakeError,
} from "@asyncio-ts/http";
import { gather, RuntimeError, run, sleep, TimeoutError, ValueError } from "asyncio-ts";
import { fromCallback, once } from "asyncio-ts/interop";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { RawServer } from "./raw.ts";
import { openSockets } from "./support.ts";

/** A server of the bare library that keeps the requests; of `/to/...` it redirects, and sets a cookie with everything. */
class Peer implements AsyncDisposable {
  readonly requests: IncomingMessage[] = [];
  readonly server = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });

  async start(): Promise<this> {
    this.#sockets.on("headers", (headers) => headers.push("Set-Cookie: seen=yes; Path=/"));
    this.server.on("upgrade", (request: IncomingMessage, socket, head) => {
      this.requests.push(request);
      const target = /^\/to(\/.*)/.exec(request.url!)?.[1];
      if (target === undefined)
        this.#sockets.handleUpgrade(request, socket, head, (ws) => ws.on("message", (data) => ws.send(data)));
      else
        socket.end(
          `HTTP/1.1 302 Found\r\nLocation: ${target}\r\nSet-Cookie: hop=${this.requests.length}; Path=/\r\nContent-Length: 0\r\n\r\n`,
        );
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await fromCallback((closed) => void this.server.close(closed));
  }
}

const start = () => new Peer().start();

test("ClientSession.wsConnect() sends what the session sends, and keeps the cookies of the answer", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession({
      baseUrl: `http://${peer.host}/base/`,
      headers: { "X-Of": "session" },
      cookies: { jar: "1" },
      cookieJar: new CookieJar({ unsafe: true }),
      auth: new BasicAuth("user", "secret"),
    });
    await using ws = await session.wsConnect("room", {
      params: { id: 7 },
      headers: { "X-Own": "yes" },
      cookies: { own: "2" },
      origin: "http://example.org",
    });
    await ws.sendStr("x");
    expect(await ws.receiveBytes()).toEqual(Buffer.from("x"));
    const [{ url, headers }] = peer.requests as [IncomingMessage];
    expect(url).toBe("/base/room?id=7");
    expect(headers).toMatchObject({
      host: peer.host,
      "x-of": "session",
      "x-own": "yes",
      cookie: "jar=1; own=2",
      authorization: "Basic dXNlcjpzZWNyZXQ=",
      origin: "http://example.org",
      "user-agent": "asyncio-ts",
    });
    expect(session.cookieJar.filterCookies(`http://${peer.host}/`)?.get("seen")).toBe("yes");
  }));

test("ClientSession.wsConnect() takes ws: and http: URLs, and refuses others", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession();
    for (const url of [`ws://${peer.host}/`, `WS://${peer.host}/`, new URL(`http://${peer.host}/`)]) {
      await using ws = await session.wsConnect(url);
      expect(ws.closed).toBe(false);
    }
    await expect(session.wsConnect("ftp://localhost/")).rejects.toThrow(InvalidUrlError);
    await expect(session.wsConnect("/relative")).rejects.toThrow(InvalidUrlError);
    await expect(session.wsConnect(`ws://${peer.host}/`, { protocols: ["a b"] })).rejects.toThrow(ValueError);
    for (const options of [{ heartbeat: -1 }, { closeTimeoutMs: Number.POSITIVE_INFINITY }]) {
      await expect(session.wsConnect(`ws://${peer.host}/`, options)).rejects.toThrow(ValueError);
    }
    expect(peer.requests.length).toBe(3);
  }));

test("ClientSession.wsConnect() follows redirects, up to maxRedirects", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }) });
    await using ws = await session.wsConnect(`ws://${peer.host}/to/to/there`);
    expect(ws.closed).toBe(false);
    expect(peer.requests.map(({ url }) => url)).toEqual(["/to/to/there", "/to/there", "/there"]);
    expect(peer.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, "hop=1", "hop=2"]);
    const error = await session
      .wsConnect(`ws://${peer.host}/to/to/there`, { maxRedirects: 1 })
      .then(null, (raised: unknown) => raised);
    expect(error).toBeInstanceOf(WSServerHandshakeError);
    expect((error as WSServerHandshakeError).status).toBe(302);
    await expect(session.wsConnect(`ws://${peer.host}/to/there`, { allowRedirects: false })).rejects.toThrow(
      WSServerHandshakeError,
    );
  }));

test("ClientSession.wsConnect() sends the cookies of a request to no other origin, however it is redirected", () =>
  run(async () => {
    await using other = await start();
    await using peer = await start();
    await using session = new ClientSession({ cookieJar: new DummyCookieJar() });
    const url = `ws://${peer.host}/to//${other.host}/to/there`;
    await using ws = await session.wsConnect(url, { cookies: { mine: "1" } });
    expect(ws.closed).toBe(false);
    expect(peer.requests.map(({ headers }) => headers.cookie)).toEqual(["mine=1"]);
    expect(other.requests.map((request) => [request.url, request.headers.cookie])).toEqual([
      ["/to/there", undefined],
      ["/there", undefined],
    ]);
    await expect(session.wsConnect(url, { maxRedirects: Number.NaN })).rejects.toThrow(ValueError);
  }));

test("ClientSession.wsConnect(): a WebSocket counts as a connection of the connector until it is closed", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession({ connector: new Connector({ limit: 1 }) });
    const first = await session.wsConnect(`ws://${peer.host}/`);
    await expect(session.wsConnect(`ws://${peer.host}/`, { timeout: { connect: 20 } })).rejects.toThrow(TimeoutError);
    await first.close();
    await using second = await session.wsConnect(`ws://${peer.host}/`, { timeout: { connect: 1000 } });
    expect(second.closed).toBe(false);
    expect(peer.requests.length).toBe(2);
  }));

test("ClientSession.close() cuts its WebSockets, and there are no new ones", () =>
  run(async () => {
    await using peer = await start();
    const session = new ClientSession();
    const sockets = await gather([1, 2, 3].map(() => session.wsConnect(`ws://${peer.host}/`)));
    await session.close();
    for (const ws of sockets) {
      expect(await ws.receive()).toEqual({ type: "closed", data: null });
      expect(ws.closeCode).toBe(1006);
    }
    await expect(session.wsConnect(`ws://${peer.host}/`)).rejects.toThrow(new RuntimeError("Session is closed"));
    await expect.poll(openSockets).toBe(0);
  }));

test("ClientSession.wsConnect() raises the errors of a connection", () =>
  run(async () => {
    const unused = createSocketServer().listen(0, "127.0.0.1");
    await once(unused, "listening");
    const { port } = unused.address() as AddressInfo;
    unused.close();
    await using session = new ClientSession();
    await expect(session.wsConnect(`ws://127.0.0.1:${port}/`)).rejects.toThrow(ClientConnectorError);
  }));

test("ClientSession.wsConnect(): the handshake is done within timeout, or the connection is closed", () =>
  run(async () => {
    await using server = await new RawServer(() => {}).start();
    await using session = new ClientSession();
    const error = await session.wsConnect(server.url, { timeout: 30 }).then(null, (raised: unknown) => raised);
    expect(error).toBeInstanceOf(ServerTimeoutError);
    expect(String(error)).toContain("took longer than 30 ms in all");
    await once(server.sockets[0]!, "close");
    await expect.poll(openSockets).toBe(0);
  }));

test("ClientSession.wsConnect(): the answer is to begin within sockRead", () =>
  run(async () => {
    await using server = await new RawServer(() => {}).start();
    await using session = new ClientSession();
    const asking = session.wsConnect(server.url, { timeout: { sockRead: 20 } });
    await expect(asking).rejects.toThrow(SocketTimeoutError);
    await once(server.sockets[0]!, "close");
  }));

test("ClientSession.wsConnect(): a header that can't be sent leaves no connection", () =>
  run(async () => {
    await using server = await new RawServer(() => {}).start();
    await using session = new ClientSession({ connector: new Connector({ limit: 1 }) });
    for (let i = 0; i < 2; i++) {
      const asking = session.wsConnect(server.url, { headers: { "X-Bad": "a\nb" }, timeout: { connect: 1000 } });
      await expect(asking).rejects.toThrow(/invalid|Invalid/);
    }
    await expect.poll(openSockets).toBe(0);
  }));

test("ClientSession.wsConnect(): the timeout is over when the WebSocket is open", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession({ timeout: 200 });
    await using ws = await session.wsConnect(`ws://${peer.host}/`);
    await sleep(250);
    await ws.sendStr("still");
    expect(String(await ws.receiveBytes())).toBe("still");
  }));

test("ClientSession.wsConnect() goes through a proxy that reads requests", () =>
  run(async () => {
    await using peer = await start();
    await using session = new ClientSession({ proxy: `http://user:secret@${peer.host}/` });
    await using ws = await session.wsConnect("ws://there.example/room?a=1");
    const [{ url, headers }] = peer.requests as [IncomingMessage];
    expect(ws.closed).toBe(false);
    expect(url).toBe("http://there.example/room?a=1");
    expect(headers).toMatchObject({ host: "there.example", "proxy-authorization": "Basic dXNlcjpzZWNyZXQ=" });
  }));
