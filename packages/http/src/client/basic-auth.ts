import { inspect } from "node:util";
import { ValueError } from "asyncio-ts";

/** How {@link BasicAuth} makes bytes of its texts: `"latin1"` is what servers of old expect. */
export interface BasicAuthOptions {
  readonly encoding?: "utf8" | "latin1" | undefined;
}

/**
 * A login and its password, for the option `auth`. That of a session goes with every request, with a `baseUrl` with those to
 * its origin alone; that of a request with this one. A redirect to another origin goes without.
 *
 * @example
 * ```ts
 * import { BasicAuth } from "@asyncio-ts/http";
 *
 * console.log(new BasicAuth("Aladdin", "open sesame").encode()); // Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==
 * ```
 */
export class BasicAuth {
  readonly login: string;
  readonly password: string;
  readonly encoding: "utf8" | "latin1";

  /** @throws TypeError when they are no strings; ValueError for a login with a colon, which would end it. */
  constructor(login: string, password = "", options: BasicAuthOptions = {}) {
    for (const text of [login, password]) {
      if (typeof text !== "string") throw new TypeError(`login and password must be strings, got ${inspect(text)}`);
    }
    if (login.includes(":")) throw new ValueError('a ":" is not allowed in the login (RFC 7617)');
    this.login = login;
    this.password = password;
    this.encoding = options.encoding ?? "utf8";
  }

  /**
   * Reads the value of an `Authorization` header.
   *
   * @throws ValueError when it is none of this kind.
   */
  static decode(header: string, options: BasicAuthOptions = {}): BasicAuth {
    const [, credentials] = /^basic +([\w+/=]+)$/i.exec(header.trim()) ?? [];
    const text = Buffer.from(credentials ?? "", "base64").toString(options.encoding ?? "utf8");
    const colon = text.indexOf(":");
    if (colon < 0) throw new ValueError("this is no Authorization header of the scheme Basic");
    return new BasicAuth(text.slice(0, colon), text.slice(colon + 1), options);
  }

  /**
   * Of a URL `http://login:password@host/`; null when it has neither.
   *
   * @throws ValueError when they are not percent-encoded as they must be, or the login has a colon.
   */
  static fromUrl(url: URL, options: BasicAuthOptions = {}): BasicAuth | null {
    if (url.username === "" && url.password === "") return null;
    return new BasicAuth(decoded(url.username), decoded(url.password), options);
  }

  /** The value of the `Authorization` header. */
  encode(): string {
    return `Basic ${Buffer.from(`${this.login}:${this.password}`, this.encoding).toString("base64")}`;
  }

  /** Without the password. */
  toString(): string {
    return `<BasicAuth ${this.login}>`;
  }
}

/** The value of an `Authorization` header. @throws as {@link BasicAuth}. */
export function encodeBasicAuth(login: string, password = "", options: BasicAuthOptions = {}): string {
  return new BasicAuth(login, password, options).encode();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueError("the login of a URL must be percent-encoded UTF-8: a % is written %25");
  }
}
