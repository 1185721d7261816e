import { type Body, type Coroutine, coroutine, getRunningLoop, invoke, ValueError } from "asyncio-ts";
import { type EventInit, formatComment, formatEvent } from "./event-format.ts";
import { WrittenBody } from "./written-body.ts";

/** How {@link eventStream} sends. */
export interface EventStreamOptions {
  /**
   * Send a comment every so many milliseconds, unless events wait to be taken: it keeps proxies from closing a quiet
   * connection, and shows whether the client is still there. 15,000 by default; null is never.
   */
  readonly pingMs?: number | null | undefined;
}

/** What sends the events: an async function or a generator function. The stream ends when it does. */
export type EventStreamBody = Body<EventStream, unknown>;

const PING = formatComment("ping");

/** Where the events of one answer go. See {@link eventStream}. */
export class EventStream {
  /** The id of the last event that the client has got, when it was connected before; else null. */
  readonly lastEventId: string | null;
  readonly #to: WrittenBody;

  /** @internal */
  constructor(lastEventId: string | null, to: WrittenBody) {
    this.lastEventId = lastEventId;
    this.#to = to;
  }

  /**
   * Sends an event. It waits while the client is slow to take those before; so a send that was cancelled has sent nothing.
   *
   * @throws TypeError for a field of the wrong type; ValueError for one that can't be sent: a line end in `event` or `id`.
   * ClientConnectionResetError, from the wait, in what cleans up after the client has gone.
   */
  send(event: EventInit): Coroutine<void> {
    return write(this.#to, formatEvent(event));
  }

  /** Sends a comment, which clients ignore. */
  comment(text: string): Coroutine<void> {
    return write(this.#to, formatComment(text));
  }
}

const write = coroutine(function* send(to: WrittenBody, text: string) {
  yield* to.write(text);
});

/**
 * Answers with server-sent events: `body` sends them, as a task that begins when the answer goes out and is cancelled when the
 * client has gone. Call it in the handler of the request. When the server is closed it goes on for the time of grace, as any
 * request.
 *
 * @param request whose Last-Event-ID is to be seen by `body`.
 * @throws TypeError when `body` is no function; ValueError when `pingMs` is not above 0.
 * @example
 * ```ts
 * import { run, sleep } from "asyncio-ts";
 * import { ClientSession, serverSentEvents } from "@asyncio-ts/http";
 * import { eventStream, serve } from "@asyncio-ts/http/server";
 *
 * const clock = (request: Request) =>
 *   eventStream(request, async (stream) => {
 *     for (let tick = 1; ; tick++) {
 *       await stream.send({ event: "tick", data: String(tick) });
 *       await sleep(10);
 *     }
 *   });
 * await run(async () => {
 *   await using server = await serve(clock, { port: 0, graceMs: 0 });
 *   await using session = new ClientSession();
 *   await using response = await session.get(server.url);
 *   for await (const { event, data } of serverSentEvents(response)) {
 *     console.log(event, data); // tick 1, tick 2
 *     if (data === "2") break;
 *   }
 * });
 * ```
 */
export function eventStream(request: Request, body: EventStreamBody, options: EventStreamOptions = {}): Response {
  if (typeof body !== "function") throw new TypeError(`eventStream() needs a function as its body, got ${typeof body}`);
  const { pingMs = 15_000 } = options;
  if (pingMs !== null && !(pingMs > 0)) throw new ValueError(`eventStream(): pingMs must be above 0, got ${pingMs}`);
  const lastEventId = request.headers.get("last-event-id");
  const { stream } = new WrittenBody("eventStream", function* (to) {
    const stopPings = pingMs === null ? undefined : pingEvery(pingMs, to);
    try {
      yield* invoke(body, new EventStream(lastEventId, to));
    } finally {
      stopPings?.();
    }
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

function pingEvery(ms: number, to: WrittenBody): () => void {
  const loop = getRunningLoop();
  const ping = (): void => {
    to.writeIfIdle(PING);
    timer = loop.callLater(ms, ping);
  };
  let timer = loop.callLater(ms, ping);
  return () => timer.cancel();
}
