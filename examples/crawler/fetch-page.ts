import { abortable, type Coroutine, type Semaphore, sleep, TimeoutError, timeout } from "asyncio-ts";
import { toAddress } from "./links.ts";
import type { Traffic } from "./traffic.ts";

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

export interface FetchOptions {
  readonly timeoutMs: number;
  /** How often to ask again after an error that may pass. */
  readonly retries: number;
  /** A permit is held for as long as a request is in flight. */
  readonly permits: Semaphore;
  readonly traffic: Traffic;
}

/** Fetches one page, with a timeout for each request, and asks again after an error that may pass. */
export async function fetchPage(address: string, options: FetchOptions): Promise<Fetched> {
  let waitedMs = 0;
  for (let tries = 1; ; tries++) {
    const [outcome, ms] = await request(address, options);
    waitedMs += ms;
    const isFinal = outcome.kind !== "error" || !outcome.mayPass || tries > options.retries;
    if (isFinal) return { outcome, tries, waitedMs };
    await sleep(50 * 2 ** (tries - 1)); // a server in trouble gets ever more time: 50 ms, 100 ms, 200 ms
  }
}

async function request(address: string, options: FetchOptions): Promise<[Outcome, number]> {
  // `await using` gives the permit back whatever happens below. As `timeout` and `abortable` return only when the
  // request has really ended, there are never more connections than permits, not even right after a timeout.
  await using _permit = await options.permits.hold();
  using _request = options.traffic.begin();
  const began = performance.now();
  const outcome = await tryRequest(address, options.timeoutMs);
  return [outcome, performance.now() - began];
}

async function tryRequest(address: string, timeoutMs: number): Promise<Outcome> {
  try {
    return await timeout(timeoutMs, () => get(address));
  } catch (error) {
    if (error instanceof TimeoutError) return failure("timed out");
    const reason = networkError(error);
    if (reason !== undefined) return failure(reason);
    throw error; // a CancelledError, for one, which is not ours to stop; or a mistake in this program
  }
}

/**
 * One GET with the built-in `fetch`, or with anything else that takes an `AbortSignal`.
 *
 * A promise can't be cancelled, so `abortable` makes the link: when the task is cancelled, by Ctrl-C or by the timeout,
 * the signal aborts the request. The body is read in here too, so that this also stops a page that never ends.
 */
function get(address: string): Coroutine<Outcome> {
  return abortable(async (signal) => {
    const response = await fetch(address, { signal, redirect: "manual", headers: HEADERS });
    if (isHtml(response)) return { kind: "page", status: response.status, html: await response.text() };
    await response.body?.cancel(); // what isn't read has to be thrown away, or it keeps its connection
    return toOutcome(response, address);
  });
}

const HEADERS = { "user-agent": "asyncio-ts-example-crawler", accept: "text/html, */*;q=0.1" };

function isHtml(response: Response): boolean {
  return response.ok && typeOf(response) === "text/html";
}

function toOutcome(response: Response, address: string): Outcome {
  const { status, statusText } = response;
  if (response.ok) return { kind: "file", status, type: typeOf(response) };

  const location = status >= 300 && status < 400 ? response.headers.get("location") : null;
  const to = location === null ? undefined : toAddress(location, address);
  if (to !== undefined) return { kind: "redirect", status, to };
  return failure(`${status} ${statusText}`.trim(), { mayPass: status >= 500 || status === 429 });
}

function typeOf(response: Response): string {
  return response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "unknown";
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

/** What went wrong, in words. `fetch` has one error for all trouble on the network; its `cause` says which. */
function networkError(error: unknown): string | undefined {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return undefined;
  const { code } = error.cause as NodeJS.ErrnoException;
  return code === undefined ? error.cause.message : (NETWORK_ERRORS[code] ?? code);
}
