import { STATUS_CODES } from "node:http";
import { abortable, type Coroutine, Semaphore, sleep, TimeoutError, timeout } from "asyncio-ts";
import { Agent, type Dispatcher, request } from "undici";
import { toAddress } from "./links.ts";
import { Traffic } from "./traffic.ts";

/** What came of asking for one address. */
export type Outcome =
  | { readonly kind: "page"; readonly status: number; readonly html: string }
  /** An answer that isn't HTML: counted, and not read. */
  | { readonly kind: "file"; readonly status: number; readonly type: string }
  | { readonly kind: "redirect"; readonly status: number; readonly to: string }
  | { readonly kind: "error"; readonly error: string; readonly mayPass: boolean };

export interface Fetched {
  readonly outcome: Outcome;
  /** How many requests it took. */
  readonly tries: number;
  readonly waitedMs: number;
}

export interface PageFetcherOptions {
  /** How many requests may be in flight at once. */
  readonly concurrency: number;
  /** How long each may take. */
  readonly timeoutMs: number;
  /** How often to ask again after an error that may pass. */
  readonly retries: number;
}

/** Fetches pages, each with a timeout and retries, and never more at once than is allowed. */
export class PageFetcher implements AsyncDisposable {
  readonly traffic = new Traffic();
  readonly #options: PageFetcherOptions;
  readonly #permits: Semaphore;
  readonly #agent: Agent;

  constructor(options: PageFetcherOptions) {
    this.#options = options;
    this.#permits = new Semaphore(options.concurrency);
    this.#agent = new Agent({ connections: options.concurrency });
  }

  /** Fetches a page, and asks again after an error that may pass. */
  async fetch(address: string): Promise<Fetched> {
    let waitedMs = 0;
    for (let tries = 1; ; tries++) {
      const [outcome, ms] = await this.#request(address);
      waitedMs += ms;
      const isFinal = outcome.kind !== "error" || !outcome.mayPass || tries > this.#options.retries;
      if (isFinal) return { outcome, tries, waitedMs };
      await sleep(50 * 2 ** (tries - 1)); // a server in trouble gets ever more time: 50 ms, 100 ms, 200 ms
    }
  }

  /** Closes the connections that are kept for the next request. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
  }

  async #request(address: string): Promise<[Outcome, number]> {
    // A permit is held for as long as the request is in flight. `await using` gives it back whatever happens below, and
    // not too early: `abortable` and `timeout` are over when the request has really ended, not just its wait.
    await using _permit = await this.#permits.hold();
    using _request = this.traffic.begin();
    const began = performance.now();
    const outcome = await this.#tryRequest(address);
    return [outcome, performance.now() - began];
  }

  async #tryRequest(address: string): Promise<Outcome> {
    try {
      return await timeout(this.#options.timeoutMs, () => get(address, this.#agent));
    } catch (error) {
      if (error instanceof TimeoutError) return failure("timed out");
      const reason = networkError(error);
      if (reason !== undefined) return failure(reason);
      throw error; // a CancelledError, for one, which is not ours to stop; or a mistake in this program
    }
  }
}

/**
 * One GET with undici. The built-in `fetch`, and whatever else takes an `AbortSignal`, is used in the same way.
 *
 * A promise can't be cancelled, so `abortable` makes the link: when the task is cancelled, by the timeout or by Ctrl-C, the
 * signal aborts the request. The body is read in here too, so that this also stops a page that never ends.
 */
function get(address: string, dispatcher: Dispatcher): Coroutine<Outcome> {
  return abortable(async (signal) => {
    const response = await request(address, { dispatcher, signal, headers: HEADERS });
    if (isHtml(response)) return { kind: "page", status: response.statusCode, html: await response.body.text() };
    await response.body.dump(); // what isn't read has to be thrown away, or it keeps its connection
    return toOutcome(response, address);
  });
}

const HEADERS = { "user-agent": "asyncio-ts-example-crawler", accept: "text/html, */*;q=0.1" };

type Response = Dispatcher.ResponseData;

function isHtml(response: Response): boolean {
  return isOk(response) && typeOf(response) === "text/html";
}

function toOutcome(response: Response, address: string): Outcome {
  const { statusCode: status, headers } = response;
  if (isOk(response)) return { kind: "file", status, type: typeOf(response) };

  const isRedirect = status >= 300 && status < 400 && headers.location !== undefined;
  const to = isRedirect ? toAddress(String(headers.location), address) : undefined;
  if (to !== undefined) return { kind: "redirect", status, to };
  return failure(`${status} ${STATUS_CODES[status] ?? ""}`.trim(), { mayPass: status >= 500 || status === 429 });
}

function isOk({ statusCode }: Response): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function typeOf({ headers }: Response): string {
  const [type = ""] = String(headers["content-type"] ?? "unknown").split(";");
  return type.trim().toLowerCase();
}

function failure(error: string, { mayPass = true } = {}): Outcome {
  return { kind: "error", error, mayPass };
}

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENOTFOUND: "no such host",
  UND_ERR_CONNECT_TIMEOUT: "timed out",
  UND_ERR_SOCKET: "connection closed",
};

/** What went wrong on the network, in words. Its errors are known by their code. */
function networkError(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  const code = String(error.code);
  return NETWORK_ERRORS[code] ?? code;
}
