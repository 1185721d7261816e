import { createHash } from "node:crypto";
import type { AuthChallenge } from "./auth-challenge.ts";

/** By their names in a challenge, the strongest first. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ["sha-512-256", "sha512-256"],
  ["sha-512", "sha512"],
  ["sha-256", "sha256"],
  ["sha", "sha1"],
  ["md5", "md5"],
]);

const STRENGTH = [...HASHES.keys()];

/** What a digest is asked for with (RFC 7616). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As it was written: it has to be sent back so. */
  readonly algorithm: string | undefined;
  readonly hash: string;
  /** The key is made of the first answer, and stays for those that follow. */
  readonly session: boolean;
  /** What is offered; empty when the server knows none, as in RFC 2069. */
  readonly qops: readonly string[];
  readonly stale: boolean;
  readonly hashesUser: boolean;
  /** URLs that take the same answer; empty for the whole origin. */
  readonly domain: readonly string[];
}

/** What a digest is made of. */
export interface DigestAnswer {
  readonly login: string;
  readonly password: string;
  readonly method: string;
  /** Path and query, as they stand in the request. */
  readonly uri: string;
  readonly qop: string | null;
  /** How often the nonce was used, with this time. */
  readonly count: number;
  readonly cnonce: string;
  /** Of the whole body, for `auth-int`. */
  readonly bodyHash: string;
}

/** Of what a server offers the strongest that we can; null when there is none. */
export function bestDigest(challenges: readonly AuthChallenge[]): DigestChallenge | null {
  const digests = challenges.map(toDigest).filter((digest) => digest !== null);
  return digests.toSorted((a, b) => strengthOf(a) - strengthOf(b))[0] ?? null;
}

/** Null for what is no digest, or none that can be answered. */
function toDigest({ scheme, parameters }: AuthChallenge): DigestChallenge | null {
  if (scheme !== "digest") return null;
  const algorithm = parameters.get("algorithm");
  const name = (algorithm ?? "MD5").toLowerCase();
  const hash = HASHES.get(name.replace(/-sess$/, ""));
  const qops = wordsOf(parameters.get("qop"), /[\s,]+/);
  if (hash === undefined || (qops.length > 0 && !qops.includes("auth") && !qops.includes("auth-int"))) return null;
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  if (realm === undefined || nonce === undefined || nonce === "") return null;
  return {
    realm,
    nonce,
    opaque: parameters.get("opaque"),
    algorithm,
    hash,
    session: name.endsWith("-sess"),
    qops,
    stale: parameters.get("stale")?.toLowerCase() === "true",
    hashesUser: parameters.get("userhash")?.toLowerCase() === "true",
    domain: wordsOf(parameters.get("domain"), /\s+/),
  };
}

/** The value of the `Authorization` header. */
export function digestHeader(challenge: DigestChallenge, answer: DigestAnswer): string {
  const { realm, nonce, opaque, algorithm, hash } = challenge;
  const { login, qop, uri, cnonce } = answer;
  const count = answer.count.toString(16).padStart(8, "0");
  const user = challenge.hashesUser ? digestOf(hash, `${login}:${realm}`) : login;
  const fields = [
    // Latin is all that a header can have.
    /^[\x20-\x7e]*$/.test(user) ? `username=${quoted(user)}` : `username*=UTF-8''${encodeURIComponent(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${responseOf(challenge, answer, count)}"`,
  ];
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
  if (qop !== null) fields.push(`qop=${qop}`, `nc=${count}`);
  if (qop !== null || challenge.session) fields.push(`cnonce=${quoted(cnonce)}`);
  if (challenge.hashesUser) fields.push("userhash=true");
  return `Digest ${fields.join(", ")}`;
}

/** The hash of bytes or UTF-8, in hexadecimal. */
export function digestOf(hash: string, data: string | Uint8Array): string {
  return createHash(hash).update(data).digest("hex");
}

function responseOf(challenge: DigestChallenge, answer: DigestAnswer, count: string): string {
  const { hash, nonce } = challenge;
  const { method, uri, qop, cnonce } = answer;
  const user = digestOf(hash, `${answer.login}:${challenge.realm}:${answer.password}`);
  const key = challenge.session ? digestOf(hash, `${user}:${nonce}:${cnonce}`) : user;
  const request = digestOf(hash, qop === "auth-int" ? `${method}:${uri}:${answer.bodyHash}` : `${method}:${uri}`);
  if (qop === null) return digestOf(hash, `${key}:${nonce}:${request}`);
  return digestOf(hash, `${key}:${nonce}:${count}:${cnonce}:${qop}:${request}`);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function wordsOf(text: string | undefined, separator: RegExp): string[] {
  return (text ?? "").split(separator).filter((word) => word !== "");
}

function strengthOf({ hash }: DigestChallenge): number {
  return STRENGTH.findIndex((name) => HASHES.get(name) === hash);
}
