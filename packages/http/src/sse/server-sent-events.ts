import { type Coroutine, coroutine, ValueError } from "asyncio-ts";
import { checkCount } from "../client/check-count.ts";
import type { ClientResponse } from "../client/client-response.ts";
import { ContentTypeError } from "../client/errors.ts";
import { EventParser, type ServerSentEvent } from "./event-parser.ts";

/** How {@link serverSentEvents} reads. */
export interface ServerSentEventsOptions {
  /** The largest event to accept, in characters. 4 Mi by default. */
  readonly maxEventSize?: number | undefined;
}

/** How much is read at once, in bytes. */
const CHUNK = 64 * 1024;

/** The events of an answer: for `for await`, or step by step with `next()`. See {@link serverSentEvents}. */
export class ServerSentEvents implements AsyncIterable<ServerSentEvent> {
  readonly #response: ClientResponse;
  readonly #maxEventSize: number;
  readonly #parser = new EventParser();
  readonly #decoder = new TextDecoder();
  #ready: ServerSentEvent[] = [];

  /** @internal */
  constructor(response: ClientResponse, maxEventSize: number) {
    this.#response = response;
    this.#maxEventSize = maxEventSize;
  }

  /** The last id that the server has sent, empty when none: what to send as Last-Event-ID to go on from here. */
  get lastEventId(): string {
    return this.#parser.lastEventId;
  }

  /** How long the server wants a client to wait before it asks again, in milliseconds; null when it has not said. */
  get retry(): number | null {
    return this.#parser.retry;
  }

  /** The next event. One that was cut off by the end of the stream is none. */
  next(): Coroutine<IteratorResult<ServerSentEvent, undefined>> {
    return ServerSentEvents.#next(this);
  }

  /** Leaving the loop leaves the answer open: it is closed when it is disposed of. */
  [Symbol.asyncIterator](): AsyncIterator<ServerSentEvent, undefined> {
    return { next: async () => await this.next() };
  }

  static readonly #next = coroutine(function* next(self: ServerSentEvents) {
    while (self.#ready.length === 0) {
      const bytes = yield* self.#response.content.read(CHUNK);
      if (bytes.length === 0) return { done: true, value: undefined } as const;
      self.#ready = self.#parser.push(self.#decoder.decode(bytes, { stream: true }));
      const largest = Math.max(self.#parser.size, ...self.#ready.map(({ data }) => data.length));
      if (largest > self.#maxEventSize) {
        throw new ValueError(`an event has more than ${self.#maxEventSize} characters (maxEventSize)`);
      }
    }
    return { done: false, value: self.#ready.shift() as ServerSentEvent } as const;
  });
}

/**
 * Reads an answer as server-sent events: what `EventSource` is in a browser, without its asking again.
 *
 * `eventStream()` of `@asyncio-ts/http/server` has an example of both sides. To go on after the connection was lost, ask again
 * after `retry` milliseconds, with `lastEventId` as the header Last-Event-ID. A request has 300 s in all by default: give one
 * for events `timeout: { total: null }`.
 *
 * @throws ContentTypeError when the answer is no `text/event-stream`; ValueError for a wrong `maxEventSize`. From the iteration: what reading raises; ValueError when an
 * event is larger than `maxEventSize`.
 */
export function serverSentEvents(response: ClientResponse, options: ServerSentEventsOptions = {}): ServerSentEvents {
  const { contentType, requestInfo, history, status, headers } = response;
  if (contentType !== "text/event-stream") {
    throw new ContentTypeError(`expected text/event-stream, got ${contentType}`, {
      request: requestInfo,
      history,
      status,
      headers,
    });
  }
  return new ServerSentEvents(response, checkCount("maxEventSize", options.maxEventSize ?? 4 * 1024 * 1024, 1));
}
