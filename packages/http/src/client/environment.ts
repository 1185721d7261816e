import { ValueError } from "asyncio-ts";
import { BasicAuth } from "./basic-auth.ts";
import { DEFAULT, type Netrc, readNetrc } from "./netrc.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** An entry of NO_PROXY. */
interface Exception {
  /** "" for every host. */
  readonly host: string;
  readonly port: string | null;
}

/** What the environment says of proxies, HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals or not; and of logins. */
export class Environment {
  readonly #proxies: Readonly<Record<string, URL | null>>;
  readonly #exceptions: readonly Exception[];
  readonly #logins: Netrc;

  /** @throws ValueError when a variable has no URL in it; Node's error when the file that NETRC names can't be read. */
  constructor(env: Variables) {
    this.#logins = readNetrc(env["NETRC"]);
    this.#proxies = { "http:": proxyIn(env, "HTTP_PROXY"), "https:": proxyIn(env, "HTTPS_PROXY") };
    this.#exceptions = (read(env, "NO_PROXY") ?? "").split(/[\s,]+/).flatMap(toException);
  }

  /** The login for the host of a URL; null for none. */
  loginFor(url: URL): BasicAuth | null {
    return this.#logins.get(url.hostname) ?? this.#logins.get(DEFAULT) ?? null;
  }

  /** The proxy for a URL; null for none. */
  proxyFor(url: URL): URL | null {
    const proxy = this.#proxies[url.protocol] ?? null;
    if (proxy === null || this.#exceptions.length === 0) return proxy;
    const host = url.hostname.replace(/\.$/, "");
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    const isException = this.#exceptions.some(
      (entry) => (entry.port === null || entry.port === port) && isBelow(host, entry.host),
    );
    return isException ? null : proxy;
  }
}

/** A host itself, and all below it. */
function isBelow(host: string, domain: string): boolean {
  return domain === "" || host === domain || host.endsWith(`.${domain}`);
}

/** `example.com`, `.example.com`, `*.example.com`, `*`, `[::1]`, each with a port or without. */
function toException(entry: string): Exception[] {
  if (entry === "") return [];
  const [, bracketed, name, port = null] = /^(?:(\[[^\]]*\])|([^:]*))(?::(\d+))?$/.exec(entry) ?? [null, `[${entry}]`];
  const host = bracketed ?? (name as string).replace(/^\*?\.|^\*$/, "").replace(/\.$/, "");
  return [{ host: host.toLowerCase(), port }];
}

function proxyIn(env: Variables, name: string): URL | null {
  // In a CGI program the one in capitals is a header, which anyone can send ("httpoxy").
  const isHeader = name === "HTTP_PROXY" && env["REQUEST_METHOD"] !== undefined;
  const value = isHeader ? env["http_proxy"] : read(env, name);
  return value === undefined || value === "" ? null : parseProxy(value, name);
}

function read(env: Variables, name: string): string | undefined {
  return env[name.toLowerCase()] ?? env[name];
}

const PROTOCOLS = ["http:", "https:", "socks5:", "socks5h:", "socks:"];

/**
 * The URL of a proxy; one without a protocol speaks HTTP.
 *
 * @throws ValueError for something else, or a login in it that can't be read.
 */
export function parseProxy(proxy: string | URL, place = "proxy"): URL {
  const text = String(proxy);
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url !== null && PROTOCOLS.includes(url.protocol)) {
    // Better here than with the first request.
    BasicAuth.fromUrl(url);
    return url;
  }
  throw new ValueError(`${place} must be a URL of http, https or socks5, got ${JSON.stringify(text)}`);
}
