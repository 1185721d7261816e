import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs";
import { isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { type Coroutine, coroutine, shield, ValueError } from "asyncio-ts";
import { fromCallback } from "asyncio-ts/interop";
import { MemoryCookieStore, Cookie as ToughCookie, CookieJar as ToughJar } from "tough-cookie";
import { type Cookie, toCookie } from "./cookie.ts";

/** Names and values. */
export type CookiesInit = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>;

/** What a session keeps its cookies in. aiohttp's AbstractCookieJar. */
export interface AbstractCookieJar extends Iterable<Cookie> {
  /** How many there are. */
  readonly length: number;
  /** What a request to `url` is to send, names and values; null for nothing. */
  filterCookies(url: URL | string): ReadonlyMap<string, string> | null;
  /** Adds cookies; see {@link CookieJar.updateCookies}. */
  updateCookies(cookies: CookiesInit, url?: URL | string): void;
  /** Takes what an answer of `url` has set: its `Set-Cookie` headers. */
  updateCookiesFromHeaders(headers: readonly string[], url: URL | string): void;
  /** Removes all cookies, or those of which `predicate` says yes. */
  clear(predicate?: (cookie: Cookie) => boolean): void;
  /** Removes the cookies of a domain and of those below it. */
  clearDomain(domain: string): void;
}

/** For {@link CookieJar}. */
export interface CookieJarOptions {
  /** Takes cookies also from hosts that are known by an address only; by default not, as in aiohttp. */
  readonly unsafe?: boolean | undefined;
  /** Origins that are as good as https: their secure cookies are kept, and sent to them. */
  readonly treatAsSecureOrigin?: Iterable<string | URL> | undefined;
}

/**
 * Cookies in memory, by the rules of RFC 6265: domains, paths, expiry, public suffixes. Each session makes one of its own
 * if it is given none.
 *
 * @example
 * ```ts
 * import { CookieJar } from "@asyncio-ts/http";
 *
 * const jar = new CookieJar();
 * jar.updateCookiesFromHeaders(["id=7; Path=/shop; HttpOnly"], "https://example.com/shop/");
 * console.log(jar.filterCookies("https://example.com/shop/cart")); // Map(1) { 'id' => '7' }
 * console.log(jar.filterCookies("https://example.com/")); // null
 * for (const cookie of jar) console.log(cookie.name, cookie.domain); // id example.com
 * ```
 */
export class CookieJar implements AbstractCookieJar {
  readonly #unsafe: boolean;
  readonly #secureOrigins: ReadonlySet<string>;
  readonly #store = new MemoryCookieStore();
  readonly #jar = new ToughJar(this.#store, { allowSecureOnLocal: false });
  /** Those that go to every host. */
  readonly #shared = new Map<string, ToughCookie>();
  /** None was ever stored: nothing has to be looked up. */
  #untouched = true;

  /** @throws TypeError for an origin that is no URL. */
  constructor(options: CookieJarOptions = {}) {
    this.#unsafe = options.unsafe ?? false;
    this.#secureOrigins = new Set(Array.from(options.treatAsSecureOrigin ?? [], (url) => new URL(url).origin));
  }

  /** How many cookies there are that have not expired. */
  get length(): number {
    return this.#all().length;
  }

  /**
   * What a request to `url` is to send, names and values; null for nothing. Of several with the same name the one with the
   * longest path.
   */
  filterCookies(url: URL | string): ReadonlyMap<string, string> | null {
    if (this.#untouched) return null;
    const cookies = new Map(Array.from(this.#shared.values(), ({ key, value }) => [key, value]));
    const place = this.#placeOf(url);
    if (place !== null) {
      // Those with the longest path come first; here the last one stays.
      for (const { key, value } of this.#jar.getCookiesSync(place).toReversed()) cookies.set(key, value);
    }
    return cookies.size === 0 ? null : cookies;
  }

  /** Adds cookies: to the host of `url`; without one they go to every host. */
  updateCookies(cookies: CookiesInit, url?: URL | string): void {
    const place = url === undefined ? null : this.#placeOf(url);
    if (url !== undefined && place === null) return;
    for (const [key, value] of pairsOf(cookies)) {
      const cookie = new ToughCookie({ key, value });
      if (place === null) this.#shared.set(key, cookie);
      else this.#jar.setCookieSync(cookie, place, { ignoreError: true });
      this.#untouched = false;
    }
  }

  /** Takes what an answer of `url` has set. What that host may not set is left out. */
  updateCookiesFromHeaders(headers: readonly string[], url: URL | string): void {
    const place = this.#placeOf(url);
    if (place === null) return;
    for (const header of headers) {
      if (this.#jar.setCookieSync(header, place, { ignoreError: true }) !== undefined) this.#untouched = false;
    }
  }

  /** Removes all cookies, or those of which `predicate` says yes. */
  clear(predicate: (cookie: Cookie) => boolean = () => true): void {
    for (const cookie of this.#all()) {
      if (!predicate(toCookie(cookie))) continue;
      if (this.#shared.get(cookie.key) === cookie) this.#shared.delete(cookie.key);
      else this.#store.removeCookie(cookie.domain as string, cookie.path as string, cookie.key, () => {});
    }
  }

  /** Removes the cookies of a domain and of those below it. */
  clearDomain(domain: string): void {
    this.clear((cookie) => cookie.domain === domain || cookie.domain.endsWith(`.${domain}`));
  }

  /** Writes all to a file, as JSON, which only its owner can read. A file of that name is replaced, as a whole. */
  save(path: string | URL): Coroutine<void> {
    return saveTo(path, JSON.stringify(this));
  }

  /**
   * Takes what {@link save} has written in place of what is here.
   *
   * @throws OSError when it can't be read; ValueError when it is something else.
   */
  load(path: string | URL): Coroutine<void> {
    return loadFrom(path, (json) => this._restore(json));
  }

  /** All that {@link CookieJar.fromJson} needs. */
  toJSON(): object {
    return { version: 1, cookies: this.#all().map((cookie) => cookie.toJSON()) };
  }

  /**
   * A jar with what another one gave by `toJSON()`, text or object.
   *
   * @throws ValueError when it is something else.
   */
  static fromJson(json: string | object, options: CookieJarOptions = {}): CookieJar {
    const jar = new CookieJar(options);
    jar._restore(typeof json === "string" ? parseJson(json) : json);
    return jar;
  }

  *[Symbol.iterator](): IterableIterator<Cookie> {
    for (const cookie of this.#all()) yield toCookie(cookie);
  }

  /** @internal */
  _restore(json: unknown): void {
    const cookies = cookiesIn(json);
    this.clear();
    for (const cookie of cookies) {
      if (cookie.domain === null) this.#shared.set(cookie.key, cookie);
      else this.#store.putCookie(cookie, () => {});
      this.#untouched = false;
    }
  }

  /** The URL that the rules of cookies are to be applied to; null for a host that has none. */
  #placeOf(url: URL | string): URL | null {
    const place = new URL(url);
    const host = place.hostname;
    if (!this.#unsafe && (host.startsWith("[") || isIP(host) !== 0)) return null;
    if (this.#secureOrigins.has(place.origin)) place.protocol = place.protocol === "ws:" ? "wss:" : "https:";
    return place;
  }

  #all(): ToughCookie[] {
    const paths = Object.values(this.#store.idx).flatMap((path) => Object.values(path));
    const cookies = [...this.#shared.values(), ...paths.flatMap((keys) => Object.values(keys))];
    const now = Date.now();
    return cookies.filter((cookie) => (cookie.expiryTime() ?? Infinity) > now);
  }
}

/** Keeps nothing. */
export class DummyCookieJar implements AbstractCookieJar {
  readonly length = 0;

  filterCookies(): null {
    return null;
  }

  updateCookies(): void {}

  updateCookiesFromHeaders(): void {}

  clear(): void {}

  clearDomain(): void {}

  [Symbol.iterator](): IterableIterator<Cookie> {
    return [].values();
  }
}

function pairsOf(cookies: CookiesInit): Iterable<readonly [string, string]> {
  return Symbol.iterator in cookies ? (cookies as Iterable<readonly [string, string]>) : Object.entries(cookies);
}

/** Never leaves half a file: what was there stays, or all is new. */
const saveTo = coroutine(function* (path: string | URL, text: string) {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    yield* toItsEnd((callback) => writeFile(draft, text, { mode: 0o600, flag: "wx" }, callback));
    yield* toItsEnd((callback) => rename(draft, file, callback));
  } catch (error) {
    const removed = toItsEnd((callback) => rm(draft, { force: true }, callback));
    yield* shield(removed, { withinMs: 1_000 });
    throw error;
  }
});

const loadFrom = coroutine(function* (path: string | URL, restore: (json: unknown) => void) {
  restore(parseJson(yield* toItsEnd<string>((callback) => readFile(path, "utf8", callback))));
});

/** These operations can't be stopped, and are over soon. */
function toItsEnd<T = void>(start: (callback: (error?: unknown, result?: T) => void) => void): Coroutine<T> {
  return fromCallback<T>((callback) => {
    start(callback);
    return () => "wait";
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notSaved(cause);
  }
}

function cookiesIn(json: unknown): ToughCookie[] {
  const list = (json as { cookies?: unknown } | null)?.cookies;
  if (!Array.isArray(list)) throw notSaved(undefined);
  return list.map((item: unknown) => {
    const cookie = typeof item === "object" ? ToughCookie.fromJSON(item) : undefined;
    if (cookie === undefined || cookie.key === "") throw notSaved(undefined);
    return cookie;
  });
}

function notSaved(cause: unknown): ValueError {
  const error = new ValueError("these are not the cookies that a CookieJar has saved");
  if (cause !== undefined) error.cause = cause;
  return error;
}
