import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  BasicAuth,
  ClientConnectionError,
  ClientError,
  type ClientHandler,
  type ClientMiddleware,
  ClientPayloadError,
  type ClientRequest,
  ClientResponseError,
  ClientSession,
  Connector,
  ContentTypeError,
  InvalidUrlRedirectClientError,
  NonHttpUrlRedirectClientError,
  type RequestOptions,
  request as requestOnce,
  ServerTimeoutError,
  TooManyRedirects,
} from "@asyncio-ts/http";
import {
  captureCallGraph,
  createTask,
  currentTask,
  formatCallGraph,
  gather,
  RuntimeError,
  run,
  sleep,
  ValueError,
} from "asyncio-ts";
import { once } from "asyncio-ts/interop";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { bodyOf, serveHttp, serveRaw, serveSilence } from "../support/loopback.ts";

/** Answers with what was asked, as JSON. */
function echo() {
  return serveHttp(async (request, answer) => {
    const body = await bodyOf(request);
    const { method, url, headers } = request;
    answer.setHeader("Content-Type", "application/json").end(JSON.stringify({ method, url, headers, body }));
  });
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe("a request", () => {
  test("ClientSession has a method for each verb", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession({ baseUrl: server.url });
      const seen: string[] = [];
      for (const verb of ["get", "post", "put", "patch", "delete", "options"] as const) {
        seen.push((await (await session[verb]("x")).json<Echo>()).method);
      }
      seen.push((await (await session.request("query", "x")).json<Echo>()).method);
      expect(seen).toEqual(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]);
      const head = await session.head("x");
      expect([head.status, await head.text()]).toEqual([200, ""]);
    }));

  test("ClientSession.get() joins baseUrl, adds params, and drops the fragment", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession({ baseUrl: `${server.url}api/` });
      const url = async (target: string, params?: Record<string, string | readonly string[]>) =>
        (await (await session.get(target, { params })).json<Echo>()).url;
      expect(await url("users?a=1#here", { b: ["2", "3"], c: "ü" })).toBe("/api/users?a=1&b=2&b=3&c=%C3%BC");
      expect(await url("/root")).toBe("/root");
      expect(await url("/signed?flag&a=%7E%20+", { b: "1" })).toBe("/signed?flag&a=%7E%20+&b=1");
      expect(await url("/whole?", "a=ä b" as never)).toBe("/whole?a=%C3%A4%20b");
      expect(await url(`${server.url}whole`)).toBe("/whole");
    }));

  test("ClientSession sends its headers, those of the request in their place, and none that are to be skipped", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession({ headers: { "X-One": "1", "X-Two": "2" } });
      const { headers } = await (
        await session.get(server.url, { headers: { "x-two": "II" }, skipAutoHeaders: ["User-Agent"] })
      ).json<Echo>();
      expect(headers).toMatchObject({
        "x-one": "1",
        "x-two": "II",
        accept: "*/*",
        "accept-encoding": "gzip, deflate, br, zstd",
      });
      expect(headers["user-agent"]).toBeUndefined();
    }));

  test("ClientSession.post() sends json, data and bytes with their types", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      const sent = async (options: object) => (await session.post(server.url, options)).json<Echo>();
      expect(await sent({ json: { a: [1] } })).toMatchObject({
        body: '{"a":[1]}',
        headers: { "content-type": "application/json" },
      });
      expect(await sent({ data: { a: "1 2" } })).toMatchObject({ body: "a=1+2" });
      expect(await sent({ data: Buffer.from("bytes") })).toMatchObject({
        body: "bytes",
        headers: { "content-length": "5", "content-type": "application/octet-stream" },
      });
      async function* pieces() {
        yield "one";
        await sleep(1);
        yield "two";
      }
      expect(await sent({ data: pieces() })).toMatchObject({
        body: "onetwo",
        headers: { "transfer-encoding": "chunked" },
      });
    }));

  test("ClientSession.post() raises what its body raises, and keeps no connection", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      const broken = Object.assign(new Error("no more"), { code: "EIO" });
      async function* pieces() {
        yield "one";
        throw broken;
      }
      expect(await failure(session.post(server.url, { data: pieces() }))).toBe(broken);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession sends a login given as auth, or in the URL", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      const login = async (url: string, auth?: BasicAuth) =>
        (await (await session.get(url, { auth })).json<Echo>()).headers.authorization;
      expect(await login(server.url, new BasicAuth("me", "secret"))).toBe("Basic bWU6c2VjcmV0");
      expect(await login(server.url.replace("//", "//me:secret@"))).toBe("Basic bWU6c2VjcmV0");
      expect(await login(server.url)).toBeUndefined();
    }));

  test("ClientSession keeps cookies, and sends those of a request beside them", () =>
    run(async () => {
      await using server = await serveHttp((request, answer) =>
        answer.setHeader("Set-Cookie", ["a=1; Path=/", "b=2; Path=/"]).end(request.headers.cookie ?? ""),
      );
      await using session = new ClientSession({ baseUrl: server.url.replace("127.0.0.1", "localhost") });
      const first = await session.get("");
      expect([await first.text(), first.cookies]).toEqual(["", { a: "1", b: "2" }]);
      const sent = await (await session.get("", { cookies: { c: "3" } })).text();
      expect(sent.split("; ").toSorted()).toEqual(["a=1", "b=2", "c=3"]);
    }));

  test("request() makes a request without a session, and closes its connection", () =>
    run(async () => {
      await using server = await echo();
      await using response = await requestOnce("PUT", server.url);
      expect((await response.json<Echo>()).method).toBe("PUT");
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() shows in the call graph what it waits for", () =>
    run(async () => {
      await using server = await serveSilence();
      await using session = new ClientSession();
      const task = createTask(() => session.get(server.url), { name: "getter" });
      await expect.poll(() => server.accepted).toBe(1);
      expect(formatCallGraph(task)).toContain("ClientSession.get");
      task.cancel();
      await failure(task);
    }));
});

describe("an answer", () => {
  test("ClientResponse has status, reason, headers without regard to case, and links", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => {
        answer.writeHead(201, "Made", [
          ["X-Many", "1"],
          ["x-many", "2"],
          ["Link", '</next?p=2>; rel="next"; title="the, next", <https://other.example/>; rel=prev'],
          ["Content-Type", 'text/plain; charset="ISO-8859-1"'],
          ["Content-Disposition", "attachment; filename=\"fallback.txt\"; filename*=UTF-8''na%C3%AFve.txt"],
        ] as never);
        answer.end(Buffer.from([0xe4]));
      });
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect([response.status, response.reason, response.ok, response.method]).toEqual([201, "Made", true, "GET"]);
      expect(response.headers.getAll("X-MANY")).toEqual(["1", "2"]);
      expect(response.rawHeaders.slice(0, 2)).toEqual([
        ["X-Many", "1"],
        ["x-many", "2"],
      ]);
      expect(response.links.next?.url.href).toBe(`${server.url}next?p=2`);
      expect(response.links.next?.title).toBe("the, next");
      expect(response.links.prev?.url.href).toBe("https://other.example/");
      expect([response.contentType, response.charset]).toEqual(["text/plain", "iso-8859-1"]);
      expect(response.contentDisposition).toMatchObject({ type: "attachment", filename: "naïve.txt" });
      expect(await response.text()).toBe("ä");
      expect(await response.text()).toBe("ä");
    }));

  test("ClientResponse.text() replaces what is no UTF-8, or raises with errors: strict", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.end(Buffer.from([0x61, 0xff])));
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect(await response.text()).toBe("a\ufffd");
      expect(await failure(response.text({ errors: "strict" }))).toMatchObject({ name: "UnicodeDecodeError" });
      expect(await failure(response.text({ encoding: "klingon" }))).toMatchObject({ name: "LookupError" });
    }));

  test("ClientResponse.text() and json() take an encoding for UTF-8 that nobody knows, as the answer says it", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) =>
        answer.setHeader("Content-Type", "application/json; charset=utf8mb4").end('"ü"'),
      );
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect([await response.text(), await response.json()]).toEqual(['"ü"', "ü"]);
    }));

  test("ClientResponse.json() raises ContentTypeError unless the answer says that it is JSON, or any type will do", () =>
    run(async () => {
      const types = ["application/json", "application/problem+json; charset=utf-8", "text/html"];
      await using server = await serveHttp((request, answer) =>
        answer.setHeader("Content-Type", types[Number(request.url?.slice(1))] ?? "").end("[1]"),
      );
      await using session = new ClientSession({ baseUrl: server.url });
      expect(await (await session.get("0")).json()).toEqual([1]);
      expect(await (await session.get("1")).json()).toEqual([1]);
      const html = await session.get("2");
      const error = await failure(html.json());
      expect(error).toBeInstanceOf(ContentTypeError);
      expect(error).toMatchObject({ status: 200, message: expect.stringContaining("text/html") });
      expect(await html.json({ contentType: null })).toEqual([1]);
      expect(await html.json({ contentType: "text/html" })).toEqual([1]);
    }));

  test("raiseForStatus raises ClientResponseError, of a session, a request, a response or a function", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.writeHead(404, "Not Here").end("gone"));
      await using session = new ClientSession({ raiseForStatus: true, headers: { "X-Id": "7" } });
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(ClientResponseError);
      expect(error).toMatchObject({
        status: 404,
        reason: "Not Here",
        message: `404, message='Not Here', url='${server.url}'`,
      });
      expect((error as ClientResponseError).requestInfo.headers.get("x-id")).toBe("7");
      const response = await session.get(server.url, { raiseForStatus: false });
      expect(await response.text()).toBe("gone");
      expect(() => response.raiseForStatus()).toThrow(ClientResponseError);
      const own = new Error("mine");
      const check = async () => {
        await sleep(1);
        throw own;
      };
      expect(await failure(session.get(server.url, { raiseForStatus: check }))).toBe(own);
    }));
});

describe("a redirect", () => {
  /** `/302/there` redirects so to `/there`, and `/302/http:…` to that. */
  function redirecting(seen: [method: string, body: string, headers: IncomingMessage["headers"]][] = []) {
    return serveHttp(async (request, answer) => {
      const body = await bodyOf(request);
      seen.push([request.method ?? "", body, request.headers]);
      const [, status = "", ...rest] = (request.url ?? "").split("/");
      const target = decodeURIComponent(rest.join("/"));
      const Location = target.startsWith("http") ? target : `/${target}`;
      if (/^30\d$/.test(status)) answer.writeHead(Number(status), { Location }).end("moved");
      else answer.end(`${request.method} ${request.url} ${body}`);
    });
  }

  test("ClientSession.get() follows redirects, and the response has their history", () =>
    run(async () => {
      await using server = await redirecting();
      await using session = new ClientSession({ baseUrl: server.url });
      const response = await session.get("301/302/303/307/308/end");
      expect(await response.text()).toBe("GET /end ");
      expect(response.history.map(({ status }) => status)).toEqual([301, 302, 303, 307, 308]);
      expect(response.url.pathname).toBe("/end");
      expect(server.accepted).toBe(1);
    }));

  for (const [status, method, becomes, body] of [
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "POST", "GET", ""],
    [307, "POST", "POST", "data"],
    [308, "POST", "POST", "data"],
    [301, "PUT", "PUT", "data"],
    [303, "PUT", "GET", ""],
  ] as const) {
    test(`ClientSession.request() after ${status} of ${method} sends ${becomes}${body === "" ? " without the body" : " with the body"}`, () =>
      run(async () => {
        const seen: [string, string, IncomingMessage["headers"]][] = [];
        await using server = await redirecting(seen);
        await using session = new ClientSession({ baseUrl: server.url });
        await (await session.request(method, `${status}/end`, { data: "data" })).text();
        expect(seen[1]?.slice(0, 2)).toEqual([becomes, body]);
        expect(seen[1]?.[2]["content-type"] === undefined).toBe(body === "");
      }));
  }

  test("ClientSession.head() does not follow redirects, unless told to", () =>
    run(async () => {
      await using server = await redirecting();
      await using session = new ClientSession({ baseUrl: server.url });
      expect((await session.head("302/end")).status).toBe(302);
      expect((await session.head("302/end", { allowRedirects: true })).status).toBe(200);
      const response = await session.get("302/end", { allowRedirects: false });
      expect([response.status, await response.text()]).toEqual([302, "moved"]);
    }));

  test("ClientSession.get() raises TooManyRedirects after maxRedirects", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.writeHead(302, { Location: "/again" }).end());
      await using session = new ClientSession();
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(TooManyRedirects);
      expect((error as TooManyRedirects).history).toHaveLength(11);
      const sooner = (await failure(session.get(server.url, { maxRedirects: 2 }))) as TooManyRedirects;
      expect(sooner.history).toHaveLength(3);
      expect(server.accepted).toBe(1);
    }));

  test("ClientSession.get() does not take a login, a Cookie header or its cookies to another origin", () =>
    run(async () => {
      const seen: [string, string, IncomingMessage["headers"]][] = [];
      await using other = await redirecting(seen);
      await using server = await redirecting(seen);
      await using session = new ClientSession();
      const options = { auth: new BasicAuth("me", "x"), cookies: { own: "1" } };
      await (await session.get(`${server.url}302/end`, options)).text();
      expect(seen[1]?.[2]).toMatchObject({ authorization: "Basic bWU6eA==", cookie: "own=1" });
      const elsewhere = encodeURIComponent(`${other.url}end`);
      const headers = { Authorization: "Bearer x", Cookie: "a=1", "Proxy-Authorization": "Basic x" };
      for (const given of [options, { headers }]) {
        await (await session.get(`${server.url}302/${elsewhere}`, given)).text();
        const arrived = seen.at(-1)?.[2];
        expect(arrived?.host).toBe(other.url.slice(7, -1));
        const kept = ["authorization", "cookie", "proxy-authorization"].filter((name) => arrived?.[name] !== undefined);
        expect(kept).toEqual([]);
      }
    }));

  test("ClientSession.get() takes a login and a Cookie header along to the same origin", () =>
    run(async () => {
      const seen: [string, string, IncomingMessage["headers"]][] = [];
      await using server = await redirecting(seen);
      await using session = new ClientSession({ baseUrl: server.url });
      await (await session.get("302/end", { headers: { Authorization: "Bearer x", Cookie: "a=1" } })).text();
      expect(seen[1]?.[2]).toMatchObject({ authorization: "Bearer x", cookie: "a=1" });
    }));

  test("ClientSession.get() raises NonHttpUrlRedirectClientError for a redirect to ftp:, and its base for no URL", () =>
    run(async () => {
      const targets = ["ftp://host/", "http://[broken"];
      await using server = await serveHttp((request, answer) =>
        answer.writeHead(302, { Location: targets[Number(request.url?.slice(1))] ?? "" }).end(),
      );
      await using session = new ClientSession({ baseUrl: server.url });
      expect(await failure(session.get("0"))).toBeInstanceOf(NonHttpUrlRedirectClientError);
      const error = await failure(session.get("1"));
      expect(error).toBeInstanceOf(InvalidUrlRedirectClientError);
      expect(error).toBeInstanceOf(ClientError);
      await expect.poll(() => server.sockets.size).toBeLessThan(2);
    }));

  test("ClientSession.get() reads a Location that is not encoded as UTF-8", () =>
    run(async () => {
      await using server = await serveRaw((socket, head) => {
        const path = head.split(" ")[1] ?? "";
        if (path === "/") socket.write("HTTP/1.1 302 Found\r\nLocation: /übung\r\nContent-Length: 0\r\n\r\n");
        else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      });
      await using session = new ClientSession();
      expect(await (await session.get(server.url)).text()).toBe("/%C3%BCbung");
    }));

  test("ClientSession.get() gives a redirect without a Location as it is", () =>
    run(async () => {
      await using server = await serveHttp((_, answer) => answer.writeHead(302).end("where to?"));
      await using session = new ClientSession();
      const response = await session.get(server.url);
      expect([response.status, await response.text()]).toEqual([302, "where to?"]);
    }));

  test("ClientSession.post() raises ClientPayloadError when a redirect wants a body again that can be sent but once", () =>
    run(async () => {
      await using server = await redirecting();
      await using session = new ClientSession({ baseUrl: server.url });
      async function* pieces() {
        yield "data";
      }
      expect(await failure(session.post("307/end", { data: pieces() }))).toBeInstanceOf(ClientPayloadError);
      expect(await (await session.post("307/end", { data: pieces })).text()).toBe("POST /end data");
    }));
});

describe("what can't be sent", () => {
  test("ClientSession.request() raises ValueError for methods, headers and cookies that would break out of their lines", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      for (const method of ["", "GE T", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "CONNECT"]) {
        expect(await failure(session.request(method, server.url))).toBeInstanceOf(ValueError);
      }
      const wrong: RequestOptions[] = [
        { headers: { X: "a\r\nY: b" } },
        { headers: { "X\r\nY": "a" } },
        { headers: { Expect: "100-continue" } },
        { headers: { "Transfer-Encoding": "chunked" } },
        { cookies: { a: "b\r\nX: y" } },
      ];
      for (const options of wrong) expect(await failure(session.get(server.url, options))).toBeInstanceOf(ValueError);
      expect((await session.get(server.url)).status).toBe(200);
    }));

  test("ClientSession.get() raises TypeError or ValueError for options that make no sense, and makes no connection", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      const wrong = [{ params: 5 }, { auth: "me:1" }, { headers: "X: y" }, { data: 5 }, { timeout: "5" }];
      for (const options of wrong)
        expect(await failure(session.get(server.url, options as never))).toBeInstanceOf(TypeError);
      const outOfRange: RequestOptions[] = [
        { timeout: -1 },
        { timeout: { sockRead: Number.NaN } },
        { maxRedirects: -1 },
        { readBufsize: 0 },
        { maxDecompressedSize: 0.5 },
        { proxy: "ftp://host/" },
        { json: 1, data: "1" },
      ];
      for (const options of outOfRange)
        expect(await failure(session.get(server.url, options))).toBeInstanceOf(ValueError);
      expect(server.accepted).toBe(0);
    }));
});

test("ClientSession can be used by one loop after the other, and says so when a slot is waited for", async () => {
  const session = new ClientSession({ connector: new Connector({ limit: 2 }) });
  const server = await serveHttp((_, answer) => answer.end("ok"));
  const get = async (): Promise<string> => await (await session.get(server.url)).text();
  for (let i = 0; i < 2; i++) expect(await run(() => gather([get, get]))).toEqual(["ok", "ok"]);
  expect(server.accepted).toBe(2);
  const many = (): Promise<unknown> => run(() => gather([get, get, get]));
  await many();
  expect(await failure(many())).toBeInstanceOf(RuntimeError);
  await run(() => session.close());
  await server[Symbol.asyncDispose]();
});

test("ClientSession.get() talks to an address of IPv6", () =>
  run(async () => {
    const server = createServer((request, answer) => answer.end(request.headers.host));
    server.listen(0, "::1");
    await once(server, "listening");
    const host = `[::1]:${(server.address() as AddressInfo).port}`;
    await using session = new ClientSession();
    expect(await (await session.get(`http://${host}/`)).text()).toBe(host);
    server.close();
  }));

describe("a middleware", () => {
  test("ClientMiddleware sees each request, the first outermost, in either spelling, and can change and answer it", () =>
    run(async () => {
      await using server = await echo();
      const order: string[] = [];
      const native: ClientMiddleware = async (request, handler) => {
        order.push("native");
        request.headers.set("X-Native", "1");
        const response = await handler(request);
        order.push("native after");
        return response;
      };
      const generator: ClientMiddleware = function* (request, handler) {
        order.push("generator");
        yield* sleep(1);
        return yield* handler(request);
      };
      await using session = new ClientSession({ middlewares: [native, generator] });
      const { headers } = await (await session.get(server.url)).json<Echo>();
      expect(headers["x-native"]).toBe("1");
      expect(order).toEqual(["native", "generator", "native after"]);
      await (await session.get(server.url, { middlewares: [] })).text();
      expect(order).toHaveLength(3);
    }));

  test("ClientSession.get() raises TypeError when a middleware forgets to return the response", () =>
    run(async () => {
      await using server = await echo();
      await using session = new ClientSession();
      const forgetful = async (request: ClientRequest, handler: ClientHandler): Promise<void> => {
        await (await handler(request)).read();
      };
      const error = await failure(session.get(server.url, { middlewares: [forgetful as never] }));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain("a middleware must return a response");
    }));

  test("ClientRequest.updateBody() puts another body in the place of what there was", () =>
    run(async () => {
      await using server = await echo();
      const upper: ClientMiddleware = async (request, handler) => {
        if (request.body instanceof Uint8Array) request.updateBody(String(Buffer.from(request.body)).toUpperCase());
        return await handler(request);
      };
      await using session = new ClientSession({ middlewares: [upper] });
      const sent = await (await session.post(server.url, { json: "abc" })).json<Echo>();
      expect(sent).toMatchObject({ body: '"ABC"', headers: { "content-type": "text/plain; charset=utf-8" } });
    }));

  test("ClientSession.get() raises ServerTimeoutError when a middleware makes it longer than total", () =>
    run(async () => {
      await using server = await echo();
      const slow: ClientMiddleware = async (request, handler) => {
        await sleep(10_000);
        return await handler(request);
      };
      await using session = new ClientSession({ middlewares: [slow], timeout: 30 });
      expect(await failure(session.get(server.url))).toBeInstanceOf(ServerTimeoutError);
    }));
});

describe("the end of a session", () => {
  test("ClientSession.close() fails what is under way with ClientConnectionError, and leaves no connection", () =>
    run(async () => {
      await using server = await serveSilence();
      const session = new ClientSession({ connector: new Connector({ limit: 2 }) });
      const tasks = [1, 2, 3, 4].map(() => createTask(() => session.get(server.url)));
      await expect.poll(() => server.accepted).toBe(2);
      await session.close();
      for (const task of tasks) expect(await failure(task)).toBeInstanceOf(ClientConnectionError);
      await expect.poll(() => server.sockets.size).toBe(0);
      expect(currentTask()?.cancelling()).toBe(0);
      expect(captureCallGraph(tasks[0])).toBeTruthy();
    }));

  test("ClientSession.close() fails who is connecting, and who is reading, at once", () =>
    run(async () => {
      await using server = await serveRaw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
      // Names are never found.
      const lookup = () => {};
      await using connector = new Connector({ lookup });
      const session = new ClientSession({ connector });
      const connecting = createTask(() => session.get("http://some.test/"));
      const response = await session.get(server.url);
      const reading = createTask(() => response.read());
      await sleep(5);
      await session.close();
      expect(await failure(connecting)).toBeInstanceOf(ClientConnectionError);
      expect(await failure(reading)).toBeInstanceOf(ClientError);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.close() leaves a connector open that is not its own", () =>
    run(async () => {
      await using server = await echo();
      await using connector = new Connector();
      for (let i = 0; i < 2; i++) {
        await using session = new ClientSession({ connector, connectorOwner: false });
        await (await session.get(server.url)).text();
      }
      expect(server.accepted).toBe(1);
      expect(connector.closed).toBe(false);
    }));
});
