import { STATUS_CODES } from "node:http";
import type { ClientResponse, ClientSession } from "@asyncio-ts/http";
import { Semaphore, sleep } from "asyncio-ts";
import type { Clock } from "./clock.ts";
import { toAddress } from "./links.ts";
import { reasonOf } from "./reasons.ts";
import type { Outcome, Request } from "./visit.ts";

export interface Fetched {
  readonly outcome: Outcome;
  readonly requests: readonly Request[];
}

/** Says when its host may be asked. */
export interface Turns {
  turn(): Promise<void>;
}

export interface PageFetcherOptions {
  readonly session: ClientSession;
  /** How many requests may be in flight at once. */
  readonly concurrency: number;
  /** How often to ask again after an error that may pass. */
  readonly retries: number;
  readonly clock: Clock;
}

/** A page that is longer is no page that one wants the links of. */
const MAX_BYTES = 5_000_000;

/** The longest that a server's "Retry-After" is heeded. */
const LONGEST_PAUSE_MS = 60_000;

/** Fetches pages, with retries, and never more at once than is allowed. */
export class PageFetcher {
  readonly #options: PageFetcherOptions;
  readonly #permits: Semaphore;
  #inFlight = 0;
  #mostInFlight = 0;

  constructor(options: PageFetcherOptions) {
    this.#options = options;
    this.#permits = new Semaphore(options.concurrency);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get mostInFlight(): number {
    return this.#mostInFlight;
  }

  /** Fetches a page, and asks again after an error that may pass. */
  async fetch(address: string, turns: Turns): Promise<Fetched> {
    const requests: Request[] = [];
    while (true) {
      const { outcome, request, retryAfterMs } = await this.#request(address, turns);
      requests.push(request);
      const isFinal = outcome.kind !== "error" || !outcome.mayPass || requests.length > this.#options.retries;
      if (isFinal) return { outcome, requests };
      // A server in trouble gets ever more time, 50 ms, 100 ms, 200 ms; or as much as it asks for.
      await sleep(Math.min(retryAfterMs ?? 50 * 2 ** (requests.length - 1), LONGEST_PAUSE_MS));
    }
  }

  async #request(address: string, turns: Turns): Promise<Answer & { readonly request: Request }> {
    await turns.turn();
    // A permit is held for as long as the request is in flight. `await using` gives it back whatever happens below, and not
    // too early: a cancelled request of the session is over when its connection is closed, not just its wait.
    await using _permit = await this.#permits.hold();
    this.#inFlight += 1;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
    const at = this.#options.clock.now();
    try {
      const answer = await this.#ask(address);
      const { outcome } = answer;
      const status = "status" in outcome ? outcome.status : null;
      const error = outcome.kind === "error" ? outcome.error : null;
      return { ...answer, request: { status, error, at, ms: this.#options.clock.now() - at } };
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #ask(address: string): Promise<Answer> {
    try {
      await using response = await this.#options.session.get(address, { allowRedirects: false });
      return { outcome: await outcomeOf(response, address), retryAfterMs: retryAfter(response) };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error; // a CancelledError, which is not ours to stop; or a mistake in this program
      return { outcome: failure(reason, null, true), retryAfterMs: undefined };
    }
  }
}

interface Answer {
  readonly outcome: Outcome;
  readonly retryAfterMs: number | undefined;
}

async function outcomeOf(response: ClientResponse, address: string): Promise<Outcome> {
  const { status, ok } = response;
  const location = response.headers.get("location");
  const to = status >= 300 && status < 400 && location ? toAddress(location, address) : undefined;
  if (to !== undefined) return { kind: "redirect", status, to };
  if (!ok) {
    const reason = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
    return failure(reason, status, status >= 500 || status === 429);
  }
  if (response.contentType !== "text/html") return { kind: "file", status, type: response.contentType };
  return await readHtml(response);
}

async function readHtml(response: ClientResponse): Promise<Outcome> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.content.iterAny()) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return failure("too large", response.status, false);
  }
  const html = new TextDecoder(response.charset ?? "utf-8").decode(Buffer.concat(chunks));
  return { kind: "page", status: response.status, html, bytes };
}

/** How long the server asks us to stay away: seconds, or a date. */
function retryAfter(response: ClientResponse): number | undefined {
  const value = response.headers.get("retry-after");
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function failure(error: string, status: number | null, mayPass: boolean): Outcome {
  return { kind: "error", error, status, mayPass };
}
