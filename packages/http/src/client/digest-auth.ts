import { createHash, randomBytes } from "node:crypto";
import { type CoroutineGenerator, RuntimeError } from "asyncio-ts";
import { parseChallenges } from "./auth-challenge.ts";
import type { ClientRequest, RequestBody } from "./client-request.ts";
import type { ClientResponse } from "./client-response.ts";
import { bestDigest, type DigestChallenge, digestHeader, digestOf } from "./digest.ts";
import type { ClientHandler, ClientMiddleware } from "./middleware.ts";
import { eachChunk, toBytes } from "./upload.ts";

/** For {@link digestAuthMiddleware}. */
export interface DigestAuthOptions {
  /** Whether later requests to the same place carry the answer at once, without being asked again; by default yes. */
  readonly preemptive?: boolean | undefined;
}

/** A nonce, and what it is good for. */
interface Space {
  challenge: DigestChallenge;
  readonly prefixes: readonly string[];
  count: number;
  cnonce: string;
}

/** The nonce can have been used up, at the first try and at that with the new one. */
const TRIES = 3;

/**
 * A middleware that logs in by digest (RFC 7616): MD5, SHA-256, SHA-512-256, SHA-512, each also as `-sess`, with `auth` and
 * `auth-int`. It answers every host that asks, so give it to requests of one.
 *
 * A request that is asked for its login is sent twice, so its body has to be one that can be.
 *
 * @example
 * ```ts no-run
 * import { ClientSession, digestAuthMiddleware } from "@asyncio-ts/http";
 *
 * await using session = new ClientSession({ middlewares: [digestAuthMiddleware("Mufasa", "Circle of Life")] });
 * ```
 */
export function digestAuthMiddleware(
  login: string,
  password: string,
  options: DigestAuthOptions = {},
): ClientMiddleware {
  const digest = new DigestAuth(login, password, options.preemptive ?? true);
  return function* digestAuth(request, handler) {
    return yield* digest.send(request, handler);
  };
}

class DigestAuth {
  readonly #login: string;
  readonly #password: string;
  readonly #preemptive: boolean;
  /** The one that was learnt last first. */
  #spaces: Space[] = [];

  constructor(login: string, password: string, preemptive: boolean) {
    this.#login = login;
    this.#password = password;
    this.#preemptive = preemptive;
  }

  *send(request: ClientRequest, handler: ClientHandler): CoroutineGenerator<ClientResponse> {
    let answered = this.#preemptive ? this.#spaceOf(request.url) : null;
    for (let tries = 1; ; tries++) {
      if (answered !== null) request.headers.set("Authorization", yield* this.#answer(answered, request));
      const response = yield* handler(request);
      if (answered !== null) takeNextNonce(answered, response);
      const challenge = response.status === 401 ? challengeOf(response) : null;
      if (challenge === null || tries === TRIES || isRefusal(challenge, answered, tries)) return response;
      answered = this.#learn(challenge, request.url);
      yield* response.release();
    }
  }

  *#answer(space: Space, request: ClientRequest): CoroutineGenerator<string> {
    const { challenge } = space;
    const qop = qopFor(challenge, request);
    const bodyHash = qop === "auth-int" ? yield* hashOf(challenge.hash, request.body) : "";
    // With the next request already the server wants to see the next number: no wait from here on.
    space.count++;
    if (!challenge.session) space.cnonce = newNonce();
    return digestHeader(challenge, {
      login: this.#login,
      password: this.#password,
      method: request.method,
      uri: request.url.pathname + request.url.search,
      qop,
      count: space.count,
      cnonce: space.cnonce,
      bodyHash,
    });
  }

  #learn(challenge: DigestChallenge, url: URL): Space {
    const known = this.#spaces.find((space) => space.challenge.nonce === challenge.nonce && covers(space, url));
    if (known !== undefined) return known;
    const named = challenge.domain.filter((uri) => URL.canParse(uri, url.href)).map((uri) => new URL(uri, url).href);
    const space = {
      challenge,
      prefixes: named.length === 0 ? [`${url.origin}/`] : named,
      count: 0,
      cnonce: newNonce(),
    };
    const isOld = (old: Space): boolean => old.prefixes.every((prefix) => space.prefixes.includes(prefix));
    this.#spaces = [space, ...this.#spaces.filter((old) => !isOld(old))];
    return space;
  }

  #spaceOf(url: URL): Space | null {
    return this.#spaces.find((space) => covers(space, url)) ?? null;
  }
}

function covers({ prefixes }: Space, { href }: URL): boolean {
  return prefixes.some((prefix) => {
    if (!href.startsWith(prefix)) return false;
    return prefix.endsWith("/") || href.length === prefix.length || "/?#".includes(href.charAt(prefix.length));
  });
}

function challengeOf(response: ClientResponse): DigestChallenge | null {
  return bestDigest(response.headers.getAll("www-authenticate").flatMap(parseChallenges));
}

/** A new answer would be as wrong as this one: it was made for what is asked now. */
function isRefusal(challenge: DigestChallenge, answered: Space | null, tries: number): boolean {
  if (answered === null || challenge.stale) return false;
  return tries > 1 || challenge.nonce === answered.challenge.nonce;
}

/** The server may tell with its answer which nonce is to be next. */
function takeNextNonce(space: Space, response: ClientResponse): void {
  const info = response.headers.get("authentication-info");
  if (info === null) return;
  const nonce = parseChallenges(`digest ${info}`)[0]?.parameters.get("nextnonce");
  if (nonce === undefined || nonce === space.challenge.nonce) return;
  space.challenge = { ...space.challenge, nonce };
  space.count = 0;
  space.cnonce = newNonce();
}

/** The body is protected too where that is offered, and possible. */
function qopFor({ qops }: DigestChallenge, request: ClientRequest): string | null {
  if (qops.length === 0) return null;
  if (!qops.includes("auth-int") || (!request.replayable && qops.includes("auth"))) return "auth";
  return "auth-int";
}

/** Of a body that is streamed by reading it once. */
function* hashOf(hash: string, body: RequestBody): CoroutineGenerator<string> {
  if (body === null || body instanceof Uint8Array) return digestOf(hash, body ?? "");
  if (!body.replayable) {
    throw new RuntimeError(
      "digest with auth-int has to read the body before it sends it: give a function that returns it",
    );
  }
  const sum = createHash(hash);
  yield* eachChunk(body.source(), function* (chunk) {
    sum.update(toBytes(chunk));
  });
  return sum.digest("hex");
}

function newNonce(): string {
  return randomBytes(16).toString("hex");
}
