import { inspect } from "node:util";
import { type CoroutineGenerator, sleep, ValueError } from "asyncio-ts";
import { checkCount } from "./check-count.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ClientResponse } from "./client-response.ts";
import {
  ClientConnectionError,
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorSSLError,
  ServerTimeoutError,
} from "./errors.ts";
import type { ClientHandler, ClientMiddleware } from "./middleware.ts";
import { IDEMPOTENT } from "./send.ts";

/** For {@link retryMiddleware}. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included; by default 3. */
  readonly attempts?: number | undefined;
  /**
   * How long to wait before the next try, in milliseconds: a number is what the first wait is at most. Each one after it may
   * be twice as long, and all are cut by chance to anything from nothing to that, so that clients that failed together do
   * not come back together. Or a function of how many tries there were. By default 200.
   */
  readonly backoffMs?: number | ((attempt: number) => number) | undefined;
  /** No wait is longer, in milliseconds; an answer whose `Retry-After` asks for more is given back. By default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** What is worth another try; by default 408, 425, 429, 500, 502, 503, 504. */
  readonly statuses?: Iterable<number> | undefined;
  /** What can be sent twice without harm; by default DELETE, GET, HEAD, OPTIONS, PUT, QUERY, TRACE. */
  readonly methods?: Iterable<string> | undefined;
  /** Whether `Retry-After` decides how long to wait; by default yes. */
  readonly respectRetryAfter?: boolean | undefined;
}

const STATUSES = [408, 425, 429, 500, 502, 503, 504];

/**
 * A middleware that sends a request again when the connection failed, or the server says that it is not able to answer now.
 * A request whose body can be sent but once is not. After the last try its answer is given back, or its error raised.
 *
 * @throws ValueError for `attempts` below 1, or a negative time.
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { once } from "node:events";
 * import { run } from "asyncio-ts";
 * import { ClientSession, retryMiddleware } from "@asyncio-ts/http";
 *
 * let calls = 0;
 * const server = createServer((_, answer) => {
 *   answer.statusCode = ++calls < 3 ? 503 : 200;
 *   answer.end();
 * });
 * server.listen(0, "127.0.0.1");
 * await once(server, "listening");
 * const { port } = server.address() as import("node:net").AddressInfo;
 *
 * await run(async () => {
 *   await using session = new ClientSession({ middlewares: [retryMiddleware({ backoffMs: 1 })] });
 *   await using response = await session.get(`http://127.0.0.1:${port}/`);
 *   console.log(response.status, calls); // 200 3
 * });
 * server.close();
 * ```
 */
export function retryMiddleware(options: RetryOptions = {}): ClientMiddleware {
  const policy = new RetryPolicy(options);
  return function* retry(request, handler) {
    return yield* policy.send(request, handler);
  };
}

class RetryPolicy {
  readonly #attempts: number;
  readonly #maxDelayMs: number;
  readonly #backoff: (attempt: number) => number;
  readonly #statuses: ReadonlySet<number>;
  readonly #methods: ReadonlySet<string>;
  readonly #respectRetryAfter: boolean;

  constructor(options: RetryOptions) {
    const { attempts = 3, maxDelayMs = 30_000, backoffMs = 200 } = options;
    this.#attempts = checkCount("retryMiddleware(): attempts", attempts, 1);
    this.#maxDelayMs = checkedMs("maxDelayMs", maxDelayMs);
    this.#backoff = typeof backoffMs === "function" ? backoffMs : exponential(checkedMs("backoffMs", backoffMs));
    this.#statuses = new Set(options.statuses ?? STATUSES);
    this.#methods = new Set(Array.from(options.methods ?? IDEMPOTENT, (method) => method.toUpperCase()));
    this.#respectRetryAfter = options.respectRetryAfter ?? true;
  }

  *send(request: ClientRequest, handler: ClientHandler): CoroutineGenerator<ClientResponse> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === this.#attempts || !request.replayable || !this.#methods.has(request.method);
      const delay = yield* this.#try(request, handler, attempt, last);
      if (typeof delay !== "number") return delay;
      yield* sleep(delay);
    }
  }

  /** The answer, or how long to wait for another try. */
  *#try(
    request: ClientRequest,
    handler: ClientHandler,
    attempt: number,
    last: boolean,
  ): CoroutineGenerator<ClientResponse | number> {
    let response: ClientResponse;
    try {
      response = yield* handler(request);
    } catch (error) {
      if (last || !isTransient(error)) throw error;
      return this.#delay(attempt);
    }
    if (last || !this.#statuses.has(response.status)) return response;
    const asked = this.#respectRetryAfter ? retryAfter(response) : null;
    if (asked !== null && asked > this.#maxDelayMs) return response;
    yield* response.release();
    return asked ?? this.#delay(attempt);
  }

  #delay(attempt: number): number {
    return Math.min(this.#backoff(attempt), this.#maxDelayMs);
  }
}

function exponential(baseMs: number): (attempt: number) => number {
  return (attempt) => Math.random() * baseMs * 2 ** (attempt - 1);
}

/** What may be otherwise in a moment. */
function isTransient(error: unknown): boolean {
  if (error instanceof ClientConnectorDNSError) return error.code === "EAI_AGAIN";
  if (error instanceof ClientConnectorCertificateError || error instanceof ClientConnectorSSLError) return false;
  if (!(error instanceof ClientConnectionError)) return false;
  // Of their own, without a subclass: the time for the whole request is over, or the session is closed.
  return error.constructor !== ServerTimeoutError && error.constructor !== ClientConnectionError;
}

/** Seconds or a date; null when it is neither. */
function retryAfter(response: ClientResponse): number | null {
  const value = response.headers.get("retry-after");
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function checkedMs(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new ValueError(`retryMiddleware(): ${name} must be milliseconds, 0 or more, got ${inspect(value)}`);
}
