import type { IncomingHttpHeaders } from "node:http";
import { type Coroutine, type CoroutineGenerator, coroutine, getRunningLoop, park } from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import type { ContentReader } from "./content-reader.ts";
import { decodeText, isEncoding } from "./decode-text.ts";
import { ClientConnectionError, ClientResponseError, ContentTypeError, type RequestInfo } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type ContentDisposition, parseContentDisposition, parseContentType, parseLinks } from "./header-values.ts";
import { HttpHeaders } from "./headers.ts";

/** How much of a body is still taken in, and for how long, to keep the connection of a response that is given up. */
const DRAIN_BYTES = 65_536;
const DRAIN_MS = 100;

/** For {@link ClientResponse.json}. */
export interface JsonOptions {
  /** The Content-Type that the answer must have, by default `application/json`, or anything that ends in `+json`; null for any. */
  readonly contentType?: string | null;
  /** In place of that of the answer. */
  readonly encoding?: string;
  /** In place of `JSON.parse`. */
  readonly loads?: (text: string) => unknown;
}

/** For {@link ClientResponse.text}. */
export interface TextOptions {
  /** In place of what the answer says. */
  readonly encoding?: string;
  /** Whether bytes that are no text are an error; by default they become U+FFFD. */
  readonly errors?: "replace" | "strict";
}

/**
 * An answer: its status and headers have come, its body is on its way.
 *
 * The connection is in use until the body has come to its end. So read it, or dispose of the response: `await using`. That
 * takes in the rest if it is small, and the connection is kept; else the connection is closed.
 */
export class ClientResponse implements AsyncDisposable {
  /** 200 and more: what a server says before its answer (1xx) is not given. */
  readonly status: number;
  /** What stands behind the status: "Not Found". HTTP/2 has none. */
  readonly reason: string;
  /** Of the request; after a redirect of the last one. */
  readonly method: string;
  /** The URL that has answered, after redirects, without a fragment. */
  readonly url: URL;
  /** What was asked for, to get this answer. */
  readonly requestInfo: RequestInfo;
  /** @internal */
  _history: readonly ClientResponse[] = [];
  readonly #exchange: Exchange;
  #headers: HttpHeaders | null = null;
  #bytes: Uint8Array | null = null;
  #closed = false;

  /** @internal */
  constructor(exchange: Exchange) {
    const { request } = exchange;
    this.#exchange = exchange;
    this.status = exchange.status;
    this.reason = exchange.reason;
    this.method = request.method;
    this.url = request.url;
    this.requestInfo = request;
    if (!exchange.over) dropped.register(this, exchange, this);
  }

  /** The answers that redirected to this one, the first first. */
  get history(): readonly ClientResponse[] {
    return this._history;
  }

  /** Whether the status is below 400. */
  get ok(): boolean {
    return this.status < 400;
  }

  /** The headers, without regard to case. */
  get headers(): HttpHeaders {
    this.#headers ??= headersOf(this.#exchange.rawHeaders);
    return this.#headers;
  }

  /** The headers as they came. */
  get rawHeaders(): [name: string, value: string][] {
    return [...this.headers];
  }

  /** The cookies that the answer sets, by name; the session's jar has them already. */
  get cookies(): Readonly<Record<string, string>> {
    const cookies: Record<string, string> = {};
    for (const line of this.headers.getAll("set-cookie")) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      if (at > 0) cookies[pair.slice(0, at).trim()] = pair.slice(at + 1).trim();
    }
    return cookies;
  }

  /** The type alone, in lower case: `"application/json"`; without a header it is `"application/octet-stream"`. */
  get contentType(): string {
    return parseContentType(this.headers.get("content-type")).type;
  }

  /** The encoding that the answer says it is in; null if it says none. */
  get charset(): string | null {
    return parseContentType(this.headers.get("content-type")).charset;
  }

  /** What the answer says of the file that it is; null if it says nothing. */
  get contentDisposition(): ContentDisposition | null {
    return parseContentDisposition(this.headers.get("content-disposition"));
  }

  /** What the Link headers say, by `rel`, or where that is missing by the URL. */
  get links(): Readonly<Record<string, { readonly url: URL } & Readonly<Record<string, string | URL>>>> {
    return parseLinks(this.headers.getAll("link"), this.url);
  }

  /** Whether it has been closed or read to its end: its connection is not in use any more. */
  get closed(): boolean {
    return this.#closed || this.#exchange.over;
  }

  /** The body, piece by piece. */
  get content(): ContentReader {
    // From now on the reader may be all that is kept.
    dropped.unregister(this);
    return this.#exchange.body.reader();
  }

  /**
   * The whole body; the same when it is asked for again.
   *
   * @throws ClientPayloadError when it was cut off, can't be decompressed, or is too large; ServerTimeoutError; when it was
   * given up before, a ClientConnectionError. A read that is cancelled closes the connection.
   */
  read(): Coroutine<Uint8Array> {
    return readBody(this);
  }

  /**
   * The body as text, in the encoding that the answer says, else, or when nobody knows that, UTF-8.
   *
   * @throws as {@link read}; LookupError for an `encoding` that nobody knows; UnicodeDecodeError when `errors` is `"strict"`.
   */
  text(options: TextOptions = {}): Coroutine<string> {
    return readText(this, options);
  }

  /**
   * The body as JSON; null when it is empty.
   *
   * @throws as {@link read}; ContentTypeError when the answer does not say that it is JSON; SyntaxError.
   */
  json<T = unknown>(options: JsonOptions = {}): Coroutine<T> {
    return readJson(this, options) as Coroutine<T>;
  }

  /** @throws ClientResponseError for a status of 400 and more. The response is closed then. */
  raiseForStatus(): void {
    if (this.ok) return;
    const { status, headers, history } = this;
    this.close();
    throw new ClientResponseError(this.reason, { request: this.requestInfo, history, status, headers });
  }

  /** Gives up what was not read yet, and closes the connection unless the body has come whole. */
  close(): void {
    this.#closed = true;
    this.#exchange.body.stop(givenUp(this.requestInfo));
  }

  /** Gives up what was not read yet; takes in the rest if it is small, so that the connection can be used again. */
  release(): Coroutine<void> {
    return release(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exchange.body.over || !this.#exchange.over) await this.release();
  }

  toString(): string {
    return `<ClientResponse(${this.url.href}) [${this.status} ${this.reason}]>`;
  }

  /** @internal */
  get _setCookies(): readonly string[] | null {
    const lines = this.#exchange.headers["set-cookie"];
    return lines === undefined ? null : [lines].flat();
  }

  /** @internal */
  *_read(): CoroutineGenerator<Uint8Array> {
    if (this.#bytes !== null) return this.#bytes;
    const { body } = this.#exchange;
    this.#bytes = body.atHand() ?? (yield* body.gather());
    return this.#bytes;
  }

  /** @internal */
  *_release(): CoroutineGenerator<void> {
    this.#closed = true;
    const exchange = this.#exchange;
    if (exchange.over || isLong(exchange.headers)) this.close();
    else exchange.body.discard(givenUp(this.requestInfo), DRAIN_BYTES);
    if (exchange.over) return;
    const timer = getRunningLoop().callLater(DRAIN_MS, () => this.close());
    try {
      yield* this.#ended();
    } finally {
      timer.cancel();
    }
  }

  /** Waits until nothing is left of the exchange; cancelled, it waits no longer than closing takes. */
  #ended(): Coroutine<void> {
    const exchange = this.#exchange;
    return park<void>((wait) => {
      let end = (): void => wait.resolve();
      exchange.whenOver(() => end());
      return (message) => {
        end = () => wait.reject(cancelledError(message));
        this.close();
        return "wait";
      };
    }, exchange);
  }
}

/** Responses that nobody has any more: the last resort for who neither reads nor disposes of them. */
const dropped: FinalizationRegistry<Exchange> = new FinalizationRegistry((exchange) => {
  if (exchange.over) return;
  exchange.loop.callExceptionHandler({
    message: `the response of ${exchange.request.method} ${exchange.request.url.href} was dropped before its body had been read: read it, or use \`await using\``,
  });
  exchange.stop(givenUp(exchange.request));
});

function isLong(headers: IncomingHttpHeaders): boolean {
  return Number(headers["content-length"] ?? 0) > DRAIN_BYTES;
}

function givenUp(request: RequestInfo): ClientConnectionError {
  return new ClientConnectionError("the response was closed before its body had been read", { request });
}

const readBody = coroutine(function* read(response: ClientResponse) {
  return yield* response._read();
});

const release = coroutine(function* release(response: ClientResponse) {
  yield* response._release();
});

const readText = coroutine(function* text(response: ClientResponse, options: TextOptions) {
  const { encoding = knownCharset(response), errors } = options;
  return decodeText(yield* response._read(), encoding, errors === "strict");
});

const readJson = coroutine(function* json(response: ClientResponse, options: JsonOptions) {
  const { contentType, loads = JSON.parse as (text: string) => unknown } = options;
  const bytes = yield* response._read();
  if (contentType !== null && !isJson(response.contentType, contentType)) {
    const { status, headers, history, requestInfo: request } = response;
    throw new ContentTypeError(
      `Attempt to decode JSON with unexpected mimetype: ${headers.get("content-type") ?? ""}`,
      { request, history, status, headers },
    );
  }
  const text = decodeText(bytes, options.encoding ?? knownCharset(response), false);
  return text.trim() === "" ? null : loads(text);
});

/** Null for one that nobody knows: UTF-8 is the best guess then, as in aiohttp. */
function knownCharset({ charset }: ClientResponse): string | null {
  return charset !== null && isEncoding(charset) ? charset : null;
}

function isJson(type: string, wanted: string | undefined): boolean {
  if (wanted !== undefined && wanted !== "application/json") return type === wanted.toLowerCase();
  return type === "application/json" || type.endsWith("+json");
}

/** undici gives the lines of HTTP/1 as they came, and of HTTP/2 an object. */
function headersOf(raw: Exchange["rawHeaders"]): HttpHeaders {
  const headers = new HttpHeaders();
  if (!Array.isArray(raw)) {
    headers.extend(raw as IncomingHttpHeaders as Record<string, string | readonly string[] | undefined>);
    return headers;
  }
  for (let at = 0; at < raw.length; at += 2) headers.append(latin1(raw[at]), latin1(raw[at + 1]));
  return headers;
}

function latin1(value: Buffer | string | undefined): string {
  return typeof value === "string" ? value : (value?.toString("latin1") ?? "");
}
