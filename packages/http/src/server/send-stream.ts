import type { ServerResponse } from "node:http";
import {
  ConnectionResetError,
  type Coroutine,
  coroutine,
  currentTask,
  invoke,
  park,
  rethrowIfCancelled,
  shield,
  type Task,
  wrapFuture,
} from "asyncio-ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** How long the source of a response that broke off may take to end, in milliseconds. */
const CANCEL_LIMIT = 5000;

/**
 * Sends a response whose body is a stream, as fast as the client takes it. When it can't be sent to its end the source is
 * cancelled and the connection cut, so that the client does not take what it has for the whole.
 *
 * @internal
 */
export const sendStream: (outgoing: ServerResponse, response: Response) => Coroutine<void> = coroutine(
  function* sendStream(outgoing: ServerResponse, response: Response) {
    outgoing.statusCode = response.status;
    if (response.statusText !== "") outgoing.statusMessage = response.statusText;
    outgoing.setHeaders(response.headers);
    const reader = response.body?.getReader() as Reader | undefined;
    if (reader === undefined) {
      outgoing.end();
      return;
    }
    try {
      yield* takesBody(outgoing) ? pump(reader, outgoing) : cancelSource(reader, undefined);
      outgoing.end();
    } catch (error) {
      outgoing.destroy();
      yield* cancelSource(reader, error);
      throw error;
    }
  },
);

function takesBody({ req, statusCode }: ServerResponse): boolean {
  return req.method !== "HEAD" && statusCode !== 204 && statusCode !== 304;
}

const pump = coroutine(function* pump(reader: Reader, outgoing: ServerResponse) {
  const task = currentTask() as Task;
  const requests = task.cancelling();
  outgoing.flushHeaders();
  for (;;) {
    // The source's own code runs in here, as a part of the task.
    const { done, value } = yield* invoke(() => wrapFuture(reader.read()));
    if (done) return;
    // The source may have been told of a cancellation, and have taken no notice.
    if (task.cancelling() > requests) throw task.signal.reason;
    if (outgoing.destroyed || !(outgoing.write(value) || (yield* drained(outgoing)))) {
      yield* cancelSource(reader, new ConnectionResetError("the client has gone away"));
      return;
    }
  }
});

/** False when the connection was lost instead. */
function drained(outgoing: ServerResponse): Coroutine<boolean> {
  return park((wait) => {
    const remove = (): void => void outgoing.off("drain", end).off("close", end);
    const end = (): void => {
      remove();
      wait.resolve(!outgoing.destroyed);
    };
    outgoing.on("drain", end).on("close", end);
    if (!outgoing.writableNeedDrain) end();
    return () => {
      remove();
      return "done";
    };
  });
}

const cancelSource = coroutine(function* cancelSource(reader: Reader, reason: unknown) {
  try {
    yield* invoke(() => shield(wrapFuture(reader.cancel(reason)), { withinMs: CANCEL_LIMIT }));
  } catch (error) {
    // What the source says to it does not count, only that it has ended.
    rethrowIfCancelled(error);
  }
});
