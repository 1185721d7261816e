import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { ClientSession, digestAuthMiddleware, type RequestOptions } from "@asyncio-ts/http";
import { gather, RuntimeError, run } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseChallenges } from "../../src/client/auth-challenge.ts";
import { bestDigest, type DigestAnswer, digestHeader } from "../../src/client/digest.ts";
import { type Loopback, serveHttp } from "../support/loopback.ts";

describe("the examples of RFC 7616", () => {
  const answer = (challenge: string, given: Partial<DigestAnswer>): Map<string, string> => {
    const header = digestHeader(bestDigest(parseChallenges(challenge))!, {
      login: "Mufasa",
      password: "Circle of Life",
      method: "GET",
      uri: "/dir/index.html",
      qop: "auth",
      count: 1,
      cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
      bodyHash: "",
      ...given,
    });
    return new Map(parseChallenges(header)[0]?.parameters);
  };
  const offer = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

  test("digestHeader() answers with MD5 and SHA-256 as 3.9.1 does", () => {
    const md5 = answer(offer("MD5"), {});
    expect(Object.fromEntries(md5)).toEqual({
      username: "Mufasa",
      realm: "http-auth@example.org",
      uri: "/dir/index.html",
      algorithm: "MD5",
      nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
      nc: "00000001",
      cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
      qop: "auth",
      response: "8ca523f5e9506fed4657c9700eebdbec",
      opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    });
    const sha = answer(offer("SHA-256"), {});
    expect(sha.get("response")).toBe("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  });

  test("digestHeader() answers with SHA-512-256 and a hashed user as 3.9.2 does, with its erratum 4897", () => {
    const challenge =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true';
    const header = answer(challenge, {
      login: "Jäsøn Doe",
      password: "Secret, or not?",
      uri: "/doe.json",
      cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    });
    expect(header.get("username")).toBe("793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    expect(header.get("response")).toBe("3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    expect(header.get("userhash")).toBe("true");
  });

  test("digestHeader() without qop answers as the example of RFC 2069 does, with its erratum 749", () => {
    const header = answer('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"', {
      password: "CircleOfLife",
      qop: null,
    });
    expect(header.get("response")).toBe("1949323746fe6a43ef61f9606e7febea");
    expect([...header.keys()]).toEqual(["username", "realm", "nonce", "uri", "response"]);
  });

  test("bestDigest() takes the strongest that it can", () => {
    const offers = [
      offer("MD5"),
      offer("SHA-256"),
      'Basic realm="x"',
      'Digest realm="x", nonce="n", algorithm=WHIRLPOOL',
    ];
    expect(bestDigest(parseChallenges(offers.join(", ")))?.algorithm).toBe("SHA-256");
    expect(bestDigest(parseChallenges(offers.slice(2).join(", ")))).toBeNull();
    expect(bestDigest(parseChallenges('Digest nonce="n"'))).toBeNull();
  });
});

/** A server that checks digests by itself. */
class DigestServer {
  readonly log: { status: number; nc: string | undefined; method: string; body: string }[] = [];
  readonly #nonces = new Map<string, number>();
  algorithm = "MD5";
  qop: string | null = "auth";
  domain: string | null = null;
  /** How often a nonce can be used. */
  uses = Number.POSITIVE_INFINITY;
  nextNonce = false;
  /** What `cnonce` the key of a session was made with. */
  readonly #keys = new Map<string, string>();

  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const given = new Map(parseChallenges(request.headers.authorization ?? "")[0]?.parameters);
    const problem = this.#check(request, body, given);
    const status = problem === null ? 200 : 401;
    this.log.push({ status, nc: given.get("nc"), method: request.method ?? "", body: String(body) });
    if (problem !== null) response.setHeader("WWW-Authenticate", this.#challenge(problem === "stale"));
    else if (this.nextNonce) response.setHeader("Authentication-Info", `nextnonce="${this.#newNonce()}"`);
    response.writeHead(status).end(problem ?? "welcome");
  };

  #challenge(stale: boolean): string {
    const fields = [`realm="test"`, `nonce="${this.#newNonce()}"`, `algorithm=${this.algorithm}`, `opaque="a \\"b\\""`];
    if (this.qop !== null) fields.push(`qop="${this.qop}"`);
    if (this.domain !== null) fields.push(`domain="${this.domain}"`);
    if (stale) fields.push("stale=true");
    return `Digest ${fields.join(", ")}`;
  }

  #newNonce(): string {
    const nonce = randomUUID();
    this.#nonces.set(nonce, 0);
    return nonce;
  }

  #check(request: IncomingMessage, body: Buffer, given: Map<string, string>): string | null {
    const nonce = given.get("nonce") ?? "";
    const used = this.#nonces.get(nonce);
    if (used === undefined) return "who are you?";
    if (used >= this.uses) return "stale";
    if (given.get("opaque") !== 'a "b"' || given.get("uri") !== request.url) return "garbled";
    const count = given.get("nc");
    if (this.qop !== null && Number.parseInt(count ?? "", 16) !== used + 1) return "replayed";
    this.#nonces.set(nonce, used + 1);
    return given.get("response") === this.#expected(request, body, given) ? null : "wrong password";
  }

  #expected(request: IncomingMessage, body: Buffer, given: Map<string, string>): string {
    const name = this.algorithm.toLowerCase().replace(/-sess$/, "");
    const hash = { md5: "md5", "sha-256": "sha256", "sha-512": "sha512", "sha-512-256": "sha512-256" }[name]!;
    const h = (data: string | Buffer): string => createHash(hash).update(data).digest("hex");
    const [nonce, cnonce, qop] = [given.get("nonce")!, given.get("cnonce")!, given.get("qop")];
    let key = h("me:test:secret");
    if (this.algorithm.endsWith("-sess")) {
      key = this.#keys.get(nonce) ?? h(`${key}:${nonce}:${cnonce}`);
      this.#keys.set(nonce, key);
    }
    const line = `${request.method}:${request.url}`;
    const asked = qop === "auth-int" ? h(`${line}:${h(body)}`) : h(line);
    return qop === undefined
      ? h(`${key}:${nonce}:${asked}`)
      : h(`${key}:${nonce}:${given.get("nc")}:${cnonce}:${qop}:${asked}`);
  }
}

describe("digestAuthMiddleware", () => {
  let server: Loopback;
  let digest: DigestServer;
  let session: ClientSession;

  beforeEach(async () => {
    digest = new DigestServer();
    server = await serveHttp((request, response) => void digest.handle(request, response));
    session = new ClientSession({ baseUrl: server.url, middlewares: [digestAuthMiddleware("me", "secret")] });
  });

  afterEach(async () => {
    await session.close();
    await server[Symbol.asyncDispose]();
  });

  async function status(method: string, path: string, options: RequestOptions = {}): Promise<number> {
    await using response = await session.request(method, path, options);
    await response.read();
    return response.status;
  }

  for (const algorithm of ["MD5", "SHA-256", "SHA-512", "SHA-512-256"].flatMap((name) => [name, `${name}-sess`])) {
    for (const qop of ["auth", "auth-int", "auth,auth-int", null]) {
      test(`digestAuthMiddleware() logs in by ${algorithm} with qop ${qop}, and goes on with the same nonce`, () =>
        run(async () => {
          Object.assign(digest, { algorithm, qop });
          expect(await status("GET", "a?b=c%20d")).toBe(200);
          expect(await status("POST", "b", { data: "text" })).toBe(200);
          expect(await status("GET", "c")).toBe(200);
          expect(digest.log.map((line) => line.status)).toEqual([401, 200, 200, 200]);
        }));
    }
  }

  test("digestAuthMiddleware() counts the uses of a nonce, also when requests are made at the same time", () =>
    run(async () => {
      expect(await status("GET", "")).toBe(200);
      expect(await gather(Array.from({ length: 3 }, () => status("GET", "x")))).toEqual([200, 200, 200]);
    }));

  test("digestAuthMiddleware() takes a new nonce when the server says that it is stale", () =>
    run(async () => {
      digest.uses = 2;
      for (let i = 0; i < 5; i++) expect(await status("GET", "")).toBe(200);
      expect(digest.log.map((line) => line.status)).toEqual([401, 200, 200, 401, 200, 200, 401, 200]);
    }));

  test("digestAuthMiddleware() takes the next nonce of Authentication-Info", () =>
    run(async () => {
      digest.uses = 1;
      digest.nextNonce = true;
      for (let i = 0; i < 3; i++) expect(await status("GET", "")).toBe(200);
      expect(digest.log.map(({ status: code, nc }) => [code, nc])).toEqual([
        [401, undefined],
        [200, "00000001"],
        [200, "00000001"],
        [200, "00000001"],
      ]);
    }));

  test("digestAuthMiddleware() gives back the 401 for a wrong password after one try, and goes on to use connections again", () =>
    run(async () => {
      await using wrong = new ClientSession({ baseUrl: server.url, middlewares: [digestAuthMiddleware("me", "no")] });
      for (let i = 0; i < 2; i++) {
        await using response = await wrong.get("");
        expect([response.status, await response.text()]).toEqual([401, "wrong password"]);
      }
      // The second time it tries at once what it has, and once more with what it is then given.
      expect(digest.log).toHaveLength(4);
      expect(server.accepted).toBe(1);
    }));

  test("digestAuthMiddleware() that is not preemptive is asked each time", () =>
    run(async () => {
      const middlewares = [digestAuthMiddleware("me", "secret", { preemptive: false })];
      for (let i = 0; i < 2; i++) expect(await status("GET", "", { middlewares })).toBe(200);
      expect(digest.log.map((line) => line.status)).toEqual([401, 200, 401, 200]);
    }));

  test("digestAuthMiddleware() sends its answer unasked where the domain says, and nowhere else", () =>
    run(async () => {
      digest.domain = "/in /also";
      expect(await status("GET", "in/a")).toBe(200);
      expect(await status("GET", "also")).toBe(200);
      expect(await status("GET", "in?x")).toBe(200);
      expect(digest.log.map((line) => line.status)).toEqual([401, 200, 200, 200]);
      expect(await status("GET", "inside")).toBe(200);
      expect(digest.log.map((line) => line.status)).toEqual([401, 200, 200, 200, 401, 200]);
    }));

  test("digestAuthMiddleware() sends its answer unasked to no other origin", () =>
    run(async () => {
      const seen: (string | undefined)[] = [];
      await using other = await serveHttp((request, response) => {
        seen.push(request.headers.authorization);
        response.end();
      });
      expect(await status("GET", "")).toBe(200);
      expect(await status("GET", other.url)).toBe(200);
      expect(seen).toEqual([undefined]);
    }));

  test("digestAuthMiddleware() sends a body of a function again, and hashes it for auth-int", () =>
    run(async () => {
      digest.qop = "auth-int";
      const data = async function* (): AsyncGenerator<string> {
        yield "some ";
        yield "words";
      };
      expect(await status("PUT", "", { data })).toBe(200);
      expect(digest.log.map(({ body }) => body)).toEqual(["some words", "some words"]);
    }));

  test("digestAuthMiddleware() raises RuntimeError when the body can be sent but once, and uses auth in place of auth-int", () =>
    run(async () => {
      await expect(status("PUT", "", { data: Readable.from(["once"]) })).rejects.toBeInstanceOf(RuntimeError);
      digest.qop = "auth,auth-int";
      expect(await status("GET", "")).toBe(200);
      expect(await status("PUT", "", { data: Readable.from(["once"]) })).toBe(200);
    }));

  test("digestAuthMiddleware() gives back a 401 whose challenge is broken, and its connection can be used again", () =>
    run(async () => {
      await using other = await serveHttp((_, response) => {
        response.writeHead(401, { "WWW-Authenticate": 'Digest realm="no nonce"' }).end("x");
      });
      for (let i = 0; i < 2; i++) {
        await using response = await session.get(other.url);
        expect([response.status, await response.text()]).toEqual([401, "x"]);
      }
      expect(other.accepted).toBe(1);
    }));

  test("digestAuthMiddleware() leaves a 401 alone that asks for something else", () =>
    run(async () => {
      await using basic = await serveHttp((_, response) =>
        response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x, Digest"' }).end(),
      );
      expect(await status("GET", basic.url)).toBe(401);
      expect(basic.accepted).toBe(1);
    }));
});
