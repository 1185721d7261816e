import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import {
  ClientError,
  ClientHttpProxyError,
  ClientProxyConnectionError,
  type ClientRequest,
  ClientSession,
  type ClientSessionOptions,
  ConnectionTimeoutError,
  Connector,
  ServerDisconnectedError,
} from "@asyncio-ts/http";
import { allTasks, CancelledError, createTask, Event, gather, run, ValueError } from "asyncio-ts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Environment } from "../../src/client/environment.ts";
import { authority, certificate } from "../support/certificates.ts";
import { failure } from "../support/failure.ts";
import { serveHttp, serveHttps, serveSilence } from "../support/loopback.ts";
import { serveProxy, serveSocks } from "../support/proxies.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Trusts the authority of the tests. */
const sessionOf = (options: ClientSessionOptions = {}): ClientSession =>
  new ClientSession({ connector: new Connector({ ssl: { ca: authority() } }), ...options });

const text = async (session: ClientSession, url: string, options = {}): Promise<string> => {
  await using response = await session.get(url, options);
  return await response.text();
};

const authorization = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;

describe("a proxy for http", () => {
  test("ClientSession.get() sends the whole URL to the proxy, and uses one connection for all", () =>
    run(async () => {
      await using server = await serveHttp((request, response) => response.end(request.url));
      await using proxy = await serveProxy();
      await using session = sessionOf({ proxy: proxy.url });
      expect(await text(session, `${server.url}a?b=c`)).toBe("/a?b=c");
      expect(await text(session, `${server.url}d`)).toBe("/d");
      expect(proxy.lines).toEqual([`GET ${server.url}a?b=c`, `GET ${server.url}d`]);
      expect(proxy.headers[0]?.host).toBe(new URL(server.url).host);
    }));

  test("ClientSession.get() takes the proxy of the request before that of the session, and none for null", () =>
    run(async () => {
      await using server = await serveHttp((_, response) => response.end("ok"));
      await using one = await serveProxy();
      await using other = await serveProxy();
      await using session = sessionOf({ proxy: new URL(one.url) });
      for (const proxy of [undefined, other.url, null]) await text(session, server.url, { proxy });
      expect([one.lines.length, other.lines.length]).toEqual([1, 1]);
      expect(server.accepted).toBe(3);
    }));

  test("ClientSession.get() sends the login of the proxy's URL, and headers for the proxy, to it alone", () =>
    run(async () => {
      const seen: unknown[] = [];
      await using server = await serveHttp((request, response) => {
        seen.push(request.headers["proxy-authorization"]);
        response.end("ok");
      });
      const wanted = authorization("me", "p@ss");
      await using proxy = await serveProxy({
        refuse: (request) => (request.headers["proxy-authorization"] === wanted ? null : 407),
      });
      const url = proxy.url.replace("//", "//me:p%40ss@");
      await using session = sessionOf();
      expect(await text(session, server.url, { proxy: url, proxyHeaders: { "X-Way": "1" } })).toBe("ok");
      expect(proxy.headers[0]).toMatchObject({ "proxy-authorization": wanted, "x-way": "1" });
      expect(seen).toEqual([undefined]);
      await using refused = await session.get(server.url, { proxy: proxy.url });
      expect([refused.status, await refused.text()]).toEqual([407, "refused"]);
    }));

  test("ClientSession.get() raises ClientProxyConnectionError when there is no proxy", () =>
    run(async () => {
      const closed = await serveSilence();
      await closed[Symbol.asyncDispose]();
      await using session = sessionOf({ proxy: closed.url });
      const error = (await failure(session.get("http://example.test/"))) as ClientProxyConnectionError;
      expect(error).toBeInstanceOf(ClientProxyConnectionError);
      expect([error.host, error.port, error.code]).toEqual(["127.0.0.1", closed.port, "ECONNREFUSED"]);
      expect(error.requestInfo?.url.href).toBe("http://example.test/");
      expect(error.message).toMatch(/proxy 127\.0\.0\.1/);
    }));

  test("ClientSession.get() raises ServerDisconnectedError when the proxy dies in the middle", () =>
    run(async () => {
      await using proxy = await serveProxy({
        refuse: (request) => {
          request.socket.destroy();
          return 500;
        },
      });
      await using session = sessionOf({ proxy: proxy.url });
      expect(await failure(session.get("http://example.test/"))).toBeInstanceOf(ServerDisconnectedError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
    }));

  test("ClientSession.post() sends a stream through the proxy", () =>
    run(async () => {
      await using server = await serveHttp((request, response) => request.pipe(response));
      await using proxy = await serveProxy();
      await using session = sessionOf({ proxy: proxy.url });
      await using response = await session.post(server.url, {
        data: async function* () {
          for (let i = 0; i < 3; i++) yield `${i}`;
        },
      });
      expect(await response.text()).toBe("012");
    }));
});

describe("a proxy for https", () => {
  test("ClientSession.get() makes a tunnel by CONNECT and uses it again, one for each server", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), (request, response) => response.end(request.url));
      await using proxy = await serveProxy();
      await using session = sessionOf({ proxy: proxy.url.replace("//", "//me:1@") });
      const url = server.url.replace("127.0.0.1", "localhost");
      for (const path of ["a", "b"]) expect(await text(session, `${url}${path}`)).toBe(`/${path}`);
      expect(await text(session, server.url)).toBe("/");
      expect(proxy.lines).toEqual([`CONNECT localhost:${server.port}`, `CONNECT 127.0.0.1:${server.port}`]);
      expect(proxy.headers[0]).toMatchObject({
        host: `localhost:${server.port}`,
        "proxy-authorization": authorization("me", "1"),
      });
      await session.close();
      await expect.poll(() => proxy.sockets.size + server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() goes through a proxy that itself wants TLS", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), (_, response) => response.end("tls in tls"));
      await using plain = await serveHttp((_, response) => response.end("plain"));
      await using proxy = await serveProxy({ tls: certificate("server") });
      await using session = sessionOf({ proxy: proxy.url });
      expect(await text(session, server.url)).toBe("tls in tls");
      expect(await text(session, plain.url)).toBe("plain");
      await session.close();
      await expect.poll(() => proxy.sockets.size + server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() speaks HTTP/2 with the server and not with the proxy", () =>
    run(async () => {
      const server = createSecureServer({ ...certificate("server") }, (request, response) => {
        response.end(request.httpVersion);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      await using proxy = await serveProxy({ tls: { ...certificate("server"), ALPNProtocols: ["h2", "http/1.1"] } });
      {
        await using session = sessionOf({
          connector: new Connector({ ssl: { ca: authority() }, allowH2: true }),
          proxy: proxy.url,
        });
        expect(await text(session, `https://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBe("2.0");
      }
      await expect.poll(() => proxy.sockets.size).toBe(0);
      server.close();
    }));

  for (const status of [403, 407, 502]) {
    test(`ClientSession.get() raises ClientHttpProxyError when the proxy answers CONNECT with ${status}`, () =>
      run(async () => {
        await using proxy = await serveProxy({ refuse: () => status });
        await using session = sessionOf({ proxy: proxy.url });
        const error = (await failure(session.get("https://example.test/"))) as ClientHttpProxyError;
        expect(error).toBeInstanceOf(ClientHttpProxyError);
        expect([error.status, error.headers?.get("proxy-authenticate")]).toEqual([status, "Basic"]);
        expect(error.requestInfo.url.href).toBe("https://example.test/");
        await expect.poll(() => proxy.sockets.size).toBe(0);
      }));
  }

  test("ClientSession.get() raises ClientProxyConnectionError when the proxy dies instead of making the tunnel", () =>
    run(async () => {
      await using proxy = await serveProxy({ onConnect: (socket) => socket.destroy() });
      await using session = sessionOf({ proxy: proxy.url });
      expect(await failure(session.get("https://example.test/"))).toBeInstanceOf(ClientProxyConnectionError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
    }));

  test("ClientSession.get() raises ClientProxyConnectionError when the proxy closes each connection at once", () =>
    run(async () => {
      let accepted = 0;
      const server = createServer((socket) => {
        accepted++;
        socket.on("error", () => {});
        if (accepted % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      await using session = sessionOf({ proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
      for (let i = 1; i <= 20; i++) {
        expect(await failure(session.get("https://example.test/"))).toBeInstanceOf(ClientProxyConnectionError);
        expect(accepted).toBe(i);
      }
      server.close();
    }));

  test("ClientSession.get() raises a ClientError when the proxy dies during the handshake of TLS", () =>
    run(async () => {
      await using proxy = await serveProxy({ onConnect: (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n") });
      await using session = sessionOf({ proxy: proxy.url });
      expect(await failure(session.get("https://example.test/"))).toBeInstanceOf(ClientError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
    }));

  test("ClientSession.get() checks the certificate of the server behind the proxy", () =>
    run(async () => {
      await using server = await serveHttps(certificate("other"), (_, response) => response.end());
      await using proxy = await serveProxy();
      await using session = sessionOf({ proxy: proxy.url });
      const error = await failure(session.get(server.url));
      expect((error as Error).name).toBe("ClientConnectorCertificateError");
      await expect.poll(() => proxy.sockets.size + server.sockets.size).toBe(0);
    }));

  test("ClientSession.get() that is cancelled while the proxy makes the tunnel leaves no connection", () =>
    run(async () => {
      const begun = new Event();
      await using proxy = await serveProxy({ onConnect: () => begun.set() });
      await using session = sessionOf({ proxy: proxy.url });
      const task = createTask(() => session.get("https://example.test/"));
      await begun.wait();
      task.cancel();
      expect(await failure(task)).toBeInstanceOf(CancelledError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
      expect(allTasks().size).toBe(1);
    }));

  test("ClientSession.get() that is cancelled during the handshake of TLS leaves no connection", () =>
    run(async () => {
      const begun = new Event();
      await using proxy = await serveProxy({
        onConnect: (socket) => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.once("data", () => begun.set());
        },
      });
      await using session = sessionOf({ proxy: proxy.url });
      const task = createTask(() => session.get("https://example.test/"));
      await begun.wait();
      task.cancel();
      expect(await failure(task)).toBeInstanceOf(CancelledError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
    }));

  test("ClientSession.get() raises ConnectionTimeoutError when the proxy takes too long to make the tunnel", () =>
    run(async () => {
      await using proxy = await serveProxy({ onConnect: () => {} });
      await using session = sessionOf({ proxy: proxy.url, timeout: { sockConnect: 50 } });
      expect(await failure(session.get("https://example.test/"))).toBeInstanceOf(ConnectionTimeoutError);
      await expect.poll(() => proxy.sockets.size).toBe(0);
    }));
});

describe("a SOCKS5 proxy", () => {
  test("ClientSession.get() goes through it, for http and https", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), (_, response) => response.end("by tls"));
      await using plain = await serveHttp((request, response) => response.end(request.url));
      await using proxy = await serveSocks(["me", "1"]);
      await using session = sessionOf({ proxy: proxy.url.replace("//", "//me:1@") });
      expect(await text(session, server.url)).toBe("by tls");
      expect(await text(session, `${plain.url.replace("127.0.0.1", "name.test")}x`)).toBe("/x");
      expect(proxy.lines).toEqual([`CONNECT 127.0.0.1:${server.port}`, `CONNECT name.test:${plain.port}`]);
      await session.close();
      await expect.poll(() => proxy.sockets.size + server.sockets.size + plain.sockets.size).toBe(0);
    }));

  test("ClientSession.get() raises ClientProxyConnectionError when it refuses or dies, and leaves no connection", () =>
    run(async () => {
      await using proxy = await serveSocks(["me", "1"]);
      await using open = await serveSocks();
      const nobody = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => {
        nobody.once("listening", resolve);
      });
      const { port } = nobody.address() as { port: number };
      await new Promise((resolve) => {
        nobody.close(resolve);
      });
      await using session = sessionOf();
      for (const way of [proxy.url.replace("//", "//me:2@"), open.url]) {
        const error = await failure(session.get(`http://127.0.0.1:${port}/`, { proxy: way }));
        expect(error).toBeInstanceOf(ClientProxyConnectionError);
      }
      await expect.poll(() => proxy.sockets.size + open.sockets.size).toBe(0);
    }));

  test("ClientSession.get() that is cancelled while it says nothing leaves no connection", () =>
    run(async () => {
      await using silent = await serveSilence();
      await using session = sessionOf({ proxy: silent.url.replace("http:", "socks5:") });
      const task = createTask(() => session.get("http://example.test/"));
      await expect.poll(() => silent.sockets.size).toBe(1);
      task.cancel();
      expect(await failure(task)).toBeInstanceOf(CancelledError);
      await expect.poll(() => silent.sockets.size).toBe(0);
    }));
});

describe("proxies of the environment", () => {
  const environment = (env: Record<string, string>): ((url: string) => string | undefined) => {
    const read = new Environment({ NETRC: "/dev/null", ...env });
    return (url) => read.proxyFor(new URL(url))?.href;
  };

  test("Environment.proxyFor() goes by HTTP_PROXY and HTTPS_PROXY, in small letters first", () => {
    const proxyFor = environment({ HTTP_PROXY: "a:1", http_proxy: "http://b:2", HTTPS_PROXY: "https://c:3" });
    expect([proxyFor("http://x/"), proxyFor("https://x/")]).toEqual(["http://b:2/", "https://c:3/"]);
    expect(environment({})("http://x/")).toBeUndefined();
    expect(environment({ HTTP_PROXY: "" })("http://x/")).toBeUndefined();
    expect(() => environment({ HTTP_PROXY: "ftp://x" })).toThrow(ValueError);
    // As a CGI program sees a header "Proxy" of its client.
    expect(environment({ HTTP_PROXY: "evil:1", REQUEST_METHOD: "GET" })("http://x/")).toBeUndefined();
  });

  test("Environment.proxyFor() leaves out what NO_PROXY says", () => {
    const proxyFor = environment({
      HTTP_PROXY: "http://p:1",
      HTTPS_PROXY: "http://p:1",
      NO_PROXY: "one.test, .two.test *.three.test,four.test:8080,10.0.0.1,[::1],fe80::1,UPPER.test",
    });
    const direct = [
      "http://one.test/",
      "http://sub.one.test/",
      "http://one.test./",
      "https://two.test/",
      "http://a.two.test/",
      "http://a.b.three.test/",
      "http://four.test:8080/",
      "http://10.0.0.1:99/",
      "http://[::1]/",
      "http://[fe80::1]/",
      "http://upper.test/",
    ];
    const proxied = ["http://notone.test/", "http://four.test/", "http://10.0.0.11/", "http://[::2]/", "http://test/"];
    expect(direct.filter((url) => proxyFor(url) !== undefined)).toEqual([]);
    expect(proxied.filter((url) => proxyFor(url) === undefined)).toEqual([]);
    for (const all of ["*", "x, *"]) {
      expect(environment({ HTTP_PROXY: "http://p:1", NO_PROXY: all })("http://any.test/")).toBeUndefined();
    }
    const https = environment({ HTTPS_PROXY: "http://p:1", NO_PROXY: "a.test:443" });
    expect([https("https://a.test/"), https("https://a.test:444/")]).toEqual([undefined, "http://p:1/"]);
  });

  test("ClientSession with trustEnv goes by the environment, also at redirects, and without it does not", () =>
    run(async () => {
      await using proxy = await serveProxy();
      await using away = await serveHttp((_, response) => response.end("there"));
      await using server = await serveHttp((_, response) =>
        response.writeHead(302, { Location: away.url.replace("127.0.0.1", "localhost") }).end(),
      );
      vi.stubEnv("http_proxy", proxy.url);
      vi.stubEnv("no_proxy", "localhost");
      await using trusting = sessionOf({ trustEnv: true });
      await using other = sessionOf();
      const seen: (string | undefined)[] = [];
      const spy = (request: ClientRequest): void => void seen.push(request.proxy?.href);
      for (const session of [trusting, other]) {
        const middlewares = [
          (request: ClientRequest, handler: (request: ClientRequest) => PromiseLike<never>) => {
            spy(request);
            return handler(request);
          },
        ];
        expect(await text(session, server.url, { middlewares })).toBe("there");
      }
      expect(seen).toEqual([`${proxy.url}/`, undefined, undefined, undefined]);
      expect(proxy.lines).toEqual([`GET ${server.url}`]);
    }));

  test("ClientSession refuses a proxy that is none", () =>
    run(async () => {
      expect(() => new ClientSession({ proxy: "ftp://x" })).toThrow(ValueError);
      await using session = sessionOf();
      await expect(session.get("http://x.test/", { proxy: "http://" })).rejects.toBeInstanceOf(ValueError);
    }));

  test("ClientSession sends many requests at a time through a tunnel, and keeps the limit", () =>
    run(async () => {
      await using server = await serveHttps(certificate("server"), (request, response) => response.end(request.url));
      await using proxy = await serveProxy();
      await using session = new ClientSession({
        connector: new Connector({ ssl: { ca: authority() }, limit: 4 }),
        proxy: proxy.url,
      });
      const paths = Array.from({ length: 40 }, (_, i) => `/${i}`);
      const answers = await gather(paths.map((path) => text(session, `${server.url}${path.slice(1)}`)));
      expect(answers).toEqual(paths);
      expect(proxy.accepted).toBeLessThanOrEqual(4);
    }));
});
