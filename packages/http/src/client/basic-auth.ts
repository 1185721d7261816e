import { inspect } from "node:util";
import { ValueError } from "asyncio-ts";

/** How {@link BasicAuth} makes bytes of its texts: `"latin1"` is what servers of old expect. */
export interface BasicAuthOptions {
  readonly encoding?: "utf8" | "latin1" | undefined;
}

/**
 * A login and its password, for the option `auth`. Of a session they are sent to every host, of a request to its own: a
 * redirect to another origin goes without.
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

  /** Of a URL `http://login:password@host/`; null when it has neither. */
  static fromUrl(url: URL, options: BasicAuthOptions = {}): BasicAuth | null {
    if (url.username === "" && url.password === "") return null;
    return new BasicAuth(decodeURIComponent(url.username), decodeURIComponent(url.password), options);
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
