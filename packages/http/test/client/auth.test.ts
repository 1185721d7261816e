import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BasicAuth,
  ClientSession,
  encodeBasicAuth,
  InvalidUrlClientError,
  InvalidUrlRedirectClientError,
} from "@asyncio-ts/http";
import { run, ValueError } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseNetrc } from "../../src/client/netrc.ts";
import { failure } from "../support/failure.ts";
import { type Loopback, serveHttp } from "../support/loopback.ts";

describe("BasicAuth", () => {
  test("BasicAuth.encode() makes the header of RFC 7617, and decode() reads it", () => {
    expect(new BasicAuth("Aladdin", "open sesame").encode()).toBe("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    expect(encodeBasicAuth("test", "123£")).toBe("Basic dGVzdDoxMjPCow==");
    const latin = new BasicAuth("ü", "p:w", { encoding: "latin1" });
    expect(BasicAuth.decode(latin.encode(), { encoding: "latin1" })).toEqual(latin);
    expect(BasicAuth.decode("basic YTo=")).toEqual(new BasicAuth("a"));
  });

  test("BasicAuth refuses what can't be a login, and decode() what is no header of Basic", () => {
    expect(() => new BasicAuth("a:b")).toThrow(ValueError);
    expect(() => new BasicAuth(1 as never)).toThrow(TypeError);
    for (const header of ["Bearer abc", "Basic", "Basic !", "Basic YQ=="]) {
      expect(() => BasicAuth.decode(header)).toThrow(ValueError);
    }
  });

  test("BasicAuth.fromUrl() reads the login of a URL", () => {
    expect(BasicAuth.fromUrl(new URL("http://me%40x:p%3Aw@host/"))).toEqual(new BasicAuth("me@x", "p:w"));
    expect(BasicAuth.fromUrl(new URL("http://host/"))).toBeNull();
  });

  test("BasicAuth.fromUrl() raises ValueError for what is not encoded as it must be", () => {
    for (const login of ["100%", "%ff", "a%3Ab"]) {
      expect(() => BasicAuth.fromUrl(new URL(`http://${login}@host/`))).toThrow(ValueError);
    }
  });

  test("BasicAuth does not show its password", () => {
    expect(String(new BasicAuth("me", "secret"))).toBe("<BasicAuth me>");
  });
});

describe("ClientSession with a login", () => {
  let server: Loopback;
  let seen: (string | undefined)[];
  let location: string | null;
  let directory: string;

  beforeEach(async () => {
    seen = [];
    location = null;
    directory = await mkdtemp(join(tmpdir(), "auth-"));
    server = await serveHttp((request, response) => {
      seen.push(request.headers.authorization);
      if (location !== null && request.url === "/") response.writeHead(302, { Location: location });
      response.end();
    });
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
    await server[Symbol.asyncDispose]();
  });

  const get = async (session: ClientSession, url: string, options: { auth?: BasicAuth | null } = {}): Promise<void> => {
    await using response = await session.get(url, options);
    await response.read();
  };
  const [me, you] = [new BasicAuth("me", "1"), new BasicAuth("you", "2")];

  test("ClientSession sends its login with every request, or that of the request, or none for null", () =>
    run(async () => {
      await using session = new ClientSession({ auth: me });
      await get(session, server.url);
      await get(session, server.url, { auth: you });
      await get(session, server.url, { auth: null });
      expect(seen).toEqual([me.encode(), you.encode(), undefined]);
    }));

  test("ClientSession takes the login of a URL, and does not send it in the URL", () =>
    run(async () => {
      await using session = new ClientSession();
      const url = new URL(server.url);
      Object.assign(url, { username: "me", password: "1" });
      await using response = await session.get(url);
      await response.read();
      expect(seen).toEqual([me.encode()]);
      expect(response.url.href).toBe(server.url);
      expect(url.username).toBe("me");
    }));

  test("ClientSession prefers the login of a request to an Authorization header of the session, and that of a URL to both", () =>
    run(async () => {
      await using session = new ClientSession({ headers: { Authorization: "Bearer x" } });
      await using other = new ClientSession({ auth: me });
      await get(session, server.url);
      await get(session, server.url, { auth: you });
      await get(other, server.url.replace("//", "//you:2@"));
      expect(seen).toEqual(["Bearer x", you.encode(), you.encode()]);
      const both = session.get(server.url, { auth: you, headers: { authorization: "Bearer y" } });
      expect(await failure(both)).toBeInstanceOf(ValueError);
    }));

  test("ClientSession with a baseUrl sends its login to that origin alone", () =>
    run(async () => {
      await using elsewhere = new ClientSession({ baseUrl: "http://api.test/", auth: me });
      await get(elsewhere, server.url);
      await using session = new ClientSession({ baseUrl: server.url, auth: me });
      await get(session, "");
      expect(seen).toEqual([undefined, me.encode()]);
    }));

  test("ClientSession raises InvalidUrlClientError for a URL whose login can't be read, and its like for a redirect", () =>
    run(async () => {
      await using session = new ClientSession();
      expect(await failure(session.get("http://100%@host.test/"))).toBeInstanceOf(InvalidUrlClientError);
      location = "http://a%3Ab@host.test/";
      const error = await failure(session.get(server.url));
      expect(error).toBeInstanceOf(InvalidUrlRedirectClientError);
      await expect.poll(() => server.sockets.size).toBeLessThan(2);
      expect(() => new ClientSession({ proxy: "http://100%@host.test/" })).toThrow(ValueError);
    }));

  test("ClientSession takes a login along to a redirect of the same origin, and to no other", () =>
    run(async () => {
      await using other = await serveHttp((request, response) => {
        seen.push(request.headers.authorization);
        response.end();
      });
      await using session = new ClientSession({ auth: me });
      for (location of ["/there", other.url]) await get(session, server.url);
      expect(seen).toEqual([me.encode(), me.encode(), me.encode(), undefined]);
    }));

  test("ClientSession with trustEnv takes logins of the file that NETRC names, for their hosts", () =>
    run(async () => {
      const path = join(directory, "netrc");
      await writeFile(path, "machine other.test login x password y\nmachine 127.0.0.1 login me password 1\n");
      vi.stubEnv("NETRC", path);
      await using session = new ClientSession({ trustEnv: true });
      await using distrustful = new ClientSession();
      await get(session, server.url);
      await get(session, server.url, { auth: you });
      await get(session, server.url, { auth: null });
      await get(session, server.url.replace("127.0.0.1", "localhost"));
      await get(distrustful, server.url);
      expect(seen).toEqual([me.encode(), you.encode(), undefined, undefined, undefined]);
    }));

  test("ClientSession with trustEnv raises the error of a file that NETRC names in vain, and none for ~/.netrc", () => {
    vi.stubEnv("HOME", directory);
    expect(() => new ClientSession({ trustEnv: true })).not.toThrow();
    vi.stubEnv("NETRC", join(directory, "nowhere"));
    expect(() => new ClientSession({ trustEnv: true })).toThrow("ENOENT");
  });
});

describe("a .netrc file", () => {
  test("parseNetrc() reads machines, quotes, comments, macros and the default", () => {
    const logins = parseNetrc(`
# a comment with machine nowhere login x password y
machine one login a password b
machine two
  login "with space"
  account ignored
  password "quote \\" and #hash" # comment
machine one login later password lost
macdef init
  cd /pub
  machine in.macro login no password no

machine three login c password d#e
machine four login f password #g # comment
default login anonymous password guest
`);
    expect([...logins]).toEqual([
      ["one", new BasicAuth("a", "b")],
      ["two", new BasicAuth("with space", 'quote " and #hash')],
      ["three", new BasicAuth("c", "d#e")],
      ["four", new BasicAuth("f", "#g")],
      ["", new BasicAuth("anonymous", "guest")],
    ]);
  });
});
