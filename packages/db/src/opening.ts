import { type Coroutine, type CoroutineGenerator, sleep } from "asyncio-ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Codes of the operating system that may be gone at the next attempt to connect. */
export const PASSING_CODES: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT", // no Unix socket yet
  "EPIPE",
  "ETIMEDOUT",
]);

/** The last error of an attempt that is made again and again, for whoever loses patience. */
export interface Progress {
  error: unknown;
}

/**
 * Connects, again and again while the reason for a failure may pass: at longer and longer intervals, which are random so
 * that not all come at once when a server is back.
 */
export function* openPatiently<L>(
  connect: () => Coroutine<L>,
  mayPass: (error: unknown) => boolean,
  progress: Progress,
): CoroutineGenerator<L> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return yield* connect();
    } catch (error) {
      if (!mayPass(error)) throw error;
      progress.error = error;
    }
    yield* sleep(pause * (0.5 + Math.random() / 2));
  }
}
