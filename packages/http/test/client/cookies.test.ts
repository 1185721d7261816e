import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientSession, Connector, CookieJar, DummyCookieJar } from "@asyncio-ts/http";
import { FileNotFoundError, run, ValueError } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Loopback, serveHttp } from "../support/loopback.ts";

const names = (jar: CookieJar, url: string): string[] => [...(jar.filterCookies(url)?.keys() ?? [])];

describe("CookieJar", () => {
  test("CookieJar sends a cookie to its host alone unless it has a domain", () => {
    const jar = new CookieJar();
    jar.updateCookiesFromHeaders(["own=1", "wide=2; Domain=example.com"], "https://www.example.com/");
    expect(names(jar, "https://www.example.com/").sort()).toEqual(["own", "wide"]);
    expect(names(jar, "https://shop.example.com/")).toEqual(["wide"]);
    expect(names(jar, "https://example.org/")).toEqual([]);
  });

  test("CookieJar refuses a cookie for another domain, and for a public suffix", () => {
    const jar = new CookieJar();
    jar.updateCookiesFromHeaders(
      ["a=1; Domain=example.org", "b=2; Domain=com", "c=3; Domain=co.uk"],
      "https://example.com/",
    );
    expect(jar.length).toBe(0);
    expect(jar.filterCookies("https://example.com/")).toBeNull();
  });

  test("CookieJar sends a cookie to its path and below", () => {
    const jar = new CookieJar();
    jar.updateCookiesFromHeaders(["a=1; Path=/shop"], "https://example.com/shop/cart");
    jar.updateCookiesFromHeaders(["b=2"], "https://example.com/shop/cart");
    expect(names(jar, "https://example.com/shop").sort()).toEqual(["a", "b"]);
    expect(names(jar, "https://example.com/shop/x").sort()).toEqual(["a", "b"]);
    expect(names(jar, "https://example.com/shopping")).toEqual([]);
  });

  test("CookieJar.filterCookies() prefers of one name the cookie with the longest path", () => {
    const jar = new CookieJar();
    jar.updateCookiesFromHeaders(["id=inner; Path=/a/b", "id=outer; Path=/a"], "https://example.com/a/b");
    expect(jar.filterCookies("https://example.com/a/b/c")?.get("id")).toBe("inner");
    expect(jar.filterCookies("https://example.com/a/x")?.get("id")).toBe("outer");
  });

  test("CookieJar sends a secure cookie by https alone, and to the origins that are as good", () => {
    const jar = new CookieJar({ treatAsSecureOrigin: ["http://trusted.example.com:8080"] });
    jar.updateCookiesFromHeaders(["id=1; Secure; Domain=example.com"], "https://www.example.com/");
    expect(names(jar, "https://www.example.com/")).toEqual(["id"]);
    expect(names(jar, "http://www.example.com/")).toEqual([]);
    expect(names(jar, "http://trusted.example.com:8080/")).toEqual(["id"]);
    expect(names(jar, "http://trusted.example.com:8081/")).toEqual([]);
    expect(names(jar, "http://localhost/")).toEqual([]);
  });

  test("CookieJar drops a cookie when its time is over, or the server says so", () => {
    const jar = new CookieJar();
    const url = "https://example.com/";
    jar.updateCookiesFromHeaders(["a=1; Max-Age=100", "b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "c=3"], url);
    expect([...jar].map((cookie) => cookie.name).sort()).toEqual(["a", "c"]);
    expect([...jar].find((cookie) => cookie.name === "a")?.expires?.getTime()).toBeGreaterThan(Date.now() + 90_000);
    expect([...jar].find((cookie) => cookie.name === "c")?.expires).toBeNull();
    jar.updateCookiesFromHeaders(["a=; Max-Age=0"], url);
    expect(names(jar, url)).toEqual(["c"]);
    expect(jar.length).toBe(1);
  });

  test("CookieJar takes nothing from an address unless it is unsafe", () => {
    const safe = new CookieJar();
    const unsafe = new CookieJar({ unsafe: true });
    for (const jar of [safe, unsafe]) {
      jar.updateCookiesFromHeaders(["a=1"], "http://127.0.0.1/");
      jar.updateCookiesFromHeaders(["b=2"], "http://[::1]/");
    }
    expect(safe.length).toBe(0);
    expect(names(unsafe, "http://127.0.0.1/")).toEqual(["a"]);
    expect(names(unsafe, "http://[::1]/")).toEqual(["b"]);
    expect(names(unsafe, "http://127.0.0.2/")).toEqual([]);
  });

  test("CookieJar.updateCookies() without a URL adds cookies for every host", () => {
    const jar = new CookieJar();
    jar.updateCookies({ everywhere: "1" });
    jar.updateCookies([["here", "2"]], "https://example.com/");
    expect(names(jar, "http://127.0.0.1/")).toEqual(["everywhere"]);
    expect(names(jar, "https://example.com/").sort()).toEqual(["everywhere", "here"]);
    expect(jar.length).toBe(2);
  });

  test("CookieJar.clear() takes those of which the function says yes, clearDomain() those of a domain and below", () => {
    const jar = new CookieJar();
    jar.updateCookies({ shared: "0" });
    jar.updateCookies({ a: "1", b: "2" }, "https://example.com/");
    jar.updateCookies({ c: "3" }, "https://sub.example.com/");
    jar.updateCookies({ d: "4" }, "https://notexample.com/");
    jar.clear((cookie) => cookie.value === "1");
    expect([...jar].map(({ name }) => name).sort()).toEqual(["b", "c", "d", "shared"]);
    jar.clearDomain("example.com");
    expect([...jar].map(({ name }) => name).sort()).toEqual(["d", "shared"]);
    jar.clear();
    expect(jar.length).toBe(0);
    expect(jar.filterCookies("https://notexample.com/")).toBeNull();
  });

  test("CookieJar iterates over what the server said", () => {
    const jar = new CookieJar();
    jar.updateCookiesFromHeaders(["id=x; Path=/p; Secure; HttpOnly; SameSite=Lax"], "https://example.com/");
    expect([...jar]).toEqual([
      {
        name: "id",
        value: "x",
        domain: "example.com",
        path: "/p",
        expires: null,
        secure: true,
        httpOnly: true,
        sameSite: "lax",
        hostOnly: true,
      },
    ]);
  });

  test("DummyCookieJar keeps nothing", () => {
    const jar = new DummyCookieJar();
    jar.updateCookies();
    jar.updateCookiesFromHeaders();
    expect(jar.filterCookies()).toBeNull();
    expect([...jar]).toEqual([]);
  });
});

describe("CookieJar in a file", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "cookies-"));
  });

  afterEach(() => rm(directory, { recursive: true }));

  test("CookieJar.save() writes what load() reads, for its owner alone and with no draft left over", () =>
    run(async () => {
      const path = join(directory, "jar.json");
      const jar = new CookieJar();
      jar.updateCookies({ shared: "0" });
      jar.updateCookiesFromHeaders(["id=x; Path=/p; Secure; Max-Age=1000"], "https://example.com/");
      await jar.save(path);
      await jar.save(path);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readdir(directory)).toEqual(["jar.json"]);
      const copy = new CookieJar();
      copy.updateCookies({ old: "1" });
      await copy.load(path);
      expect([...copy]).toEqual([...jar]);
      expect(names(copy, "https://example.com/p").sort()).toEqual(["id", "shared"]);
    }));

  test("CookieJar.load() raises FileNotFoundError, and ValueError for what is no jar, and leaves the jar as it was", () =>
    run(async () => {
      const jar = new CookieJar();
      jar.updateCookies({ a: "1" });
      const path = join(directory, "other.json");
      await expect(jar.load(path)).rejects.toBeInstanceOf(FileNotFoundError);
      for (const text of ["", "null", "{}", '{"cookies":[5]}']) {
        await writeFile(path, text);
        await expect(jar.load(path)).rejects.toBeInstanceOf(ValueError);
      }
      expect(jar.length).toBe(1);
    }));

  test("CookieJar.save() that fails leaves the file as it was", () =>
    run(async () => {
      const jar = new CookieJar();
      await expect(jar.save(join(directory, "nowhere", "jar.json"))).rejects.toBeInstanceOf(FileNotFoundError);
      expect(await readdir(directory)).toEqual([]);
    }));

  test("CookieJar.fromJson() makes a jar of what JSON.stringify() made of another", async () => {
    const jar = new CookieJar();
    jar.updateCookies({ a: "1" }, "https://example.com/");
    expect([...CookieJar.fromJson(JSON.stringify(jar))]).toEqual([...jar]);
    expect(() => CookieJar.fromJson("[]")).toThrow(ValueError);
  });
});

describe("ClientSession with cookies", () => {
  let server: Loopback;
  let seen: { host: string; path: string; cookie: string | undefined }[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    seen = [];
    answer = (_, response) => response.end();
    server = await serveHttp((request, response) => {
      seen.push({ host: request.headers.host ?? "", path: request.url ?? "", cookie: request.headers.cookie });
      answer(request, response);
    });
  });

  afterEach(() => server[Symbol.asyncDispose]());

  /** Every name leads to the loopback interface. */
  const session = (options: ConstructorParameters<typeof ClientSession>[0] = {}): ClientSession =>
    new ClientSession({
      connector: new Connector({
        lookup: (_, { all }, callback) => {
          if (all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
          else callback(null, "127.0.0.1", 4);
        },
      }),
      ...options,
    });

  const get = async (client: ClientSession, url: string): Promise<void> => {
    await using response = await client.get(url);
    await response.read();
  };

  test("ClientSession keeps what an answer sets, and sends it by the rules of domain and path", () =>
    run(async () => {
      await using client = session();
      const at = (host: string, path: string): string => `http://${host}:${server.port}${path}`;
      answer = (_, response) =>
        response
          .setHeader("Set-Cookie", ["wide=1; Domain=example.test", "own=2", "deep=3; Path=/deep", "s=4; Secure"])
          .end();
      await get(client, at("www.example.test", "/"));
      answer = (_, response) => response.end();
      await get(client, at("www.example.test", "/"));
      await get(client, at("www.example.test", "/deep/er"));
      await get(client, at("other.example.test", "/deep"));
      await get(client, at("example.org", "/"));
      expect(seen.map(({ cookie }) => cookie?.split("; ").sort().join("; "))).toEqual([
        undefined,
        "own=2; wide=1",
        "deep=3; own=2; wide=1",
        "wide=1",
        undefined,
      ]);
      expect(client.cookieJar.length).toBe(3);
    }));

  test("ClientSession keeps cookies of redirects too, and sends them on to the next request", () =>
    run(async () => {
      await using client = session();
      answer = (request, response) => {
        if (request.url === "/login") response.writeHead(302, { Location: "/home", "Set-Cookie": "id=1" }).end();
        else response.end();
      };
      await get(client, `http://localhost:${server.port}/login`);
      expect(seen.map(({ path, cookie }) => [path, cookie])).toEqual([
        ["/login", undefined],
        ["/home", "id=1"],
      ]);
    }));

  test("ClientSession sends the cookies of a request to its own origin alone, and does not keep them", () =>
    run(async () => {
      await using client = session();
      answer = (request, response) => {
        if (request.url === "/away") response.writeHead(302, { Location: `http://b.test:${server.port}/b` }).end();
        else response.end();
      };
      await using response = await client.get(`http://a.test:${server.port}/away`, { cookies: { mine: "1" } });
      await response.read();
      await get(client, `http://a.test:${server.port}/`);
      expect(seen.map(({ cookie }) => cookie)).toEqual(["mine=1", undefined, undefined]);
    }));

  test("ClientSession does not send the cookies of a request where another origin redirects to in itself, but back home", () =>
    run(async () => {
      await using client = session();
      const targets: Record<string, string> = {
        "/away": `http://b.test:${server.port}/b`,
        "/b": "/c",
        "/c": `http://a.test:${server.port}/`,
      };
      answer = (request, response) => {
        const target = targets[request.url ?? ""];
        if (target !== undefined) response.writeHead(302, { Location: target });
        response.end();
      };
      await using response = await client.get(`http://a.test:${server.port}/away`, { cookies: { mine: "1" } });
      await response.read();
      expect(seen.map(({ path, cookie }) => [path, cookie])).toEqual([
        ["/away", "mine=1"],
        ["/b", undefined],
        ["/c", undefined],
        ["/", "mine=1"],
      ]);
    }));

  test("ClientSession prefers the cookies of a request to those of the jar", () =>
    run(async () => {
      await using client = session({ cookies: { a: "jar", b: "jar" } });
      await using response = await client.get(`http://a.test:${server.port}/`, { cookies: { a: "request" } });
      await response.read();
      expect(seen[0]?.cookie).toBe("a=request; b=jar");
    }));

  test("ClientSession keeps no cookies of an address, unless its jar is unsafe", () =>
    run(async () => {
      answer = (_, response) => response.setHeader("Set-Cookie", "id=1").end();
      await using safe = session();
      await using unsafe = session({ cookieJar: new CookieJar({ unsafe: true }) });
      for (const client of [safe, unsafe]) for (let i = 0; i < 2; i++) await get(client, server.url);
      expect(seen.map(({ cookie }) => cookie)).toEqual([undefined, undefined, undefined, "id=1"]);
    }));

  test("ClientSession shares its jar with no other session", () =>
    run(async () => {
      answer = (_, response) => response.setHeader("Set-Cookie", "id=1").end();
      await using one = session();
      await using other = session();
      await get(one, `http://a.test:${server.port}/`);
      await get(other, `http://a.test:${server.port}/`);
      expect(seen.map(({ cookie }) => cookie)).toEqual([undefined, undefined]);
      expect(one.cookieJar.length).toBe(1);
    }));

  test("ClientSession with a DummyCookieJar sends none", () =>
    run(async () => {
      answer = (_, response) => response.setHeader("Set-Cookie", "id=1").end();
      await using client = session({ cookieJar: new DummyCookieJar() });
      for (let i = 0; i < 2; i++) await get(client, `http://a.test:${server.port}/`);
      expect(seen.map(({ cookie }) => cookie)).toEqual([undefined, undefined]);
    }));
});
