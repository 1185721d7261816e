import { type CoroutineGenerator, TimeoutError, timeoutAt, ValueError } from "asyncio-ts";

/** How long the parts of a request may take, in milliseconds; null, or as in aiohttp 0, for no limit. */
export interface ClientTimeout {
  /** The whole request, until the last byte of the body has been read. By default 300,000, five minutes. */
  readonly total?: number | null;
  /** Until there is a connection: waiting for a free one and making a new one. By default no limit. */
  readonly connect?: number | null;
  /** Making a connection, names and TLS included. By default 30,000. */
  readonly sockConnect?: number | null;
  /** Between two pieces of the answer, also until its first. By default no limit. */
  readonly sockRead?: number | null;
}

/** The limits of a session that was given none. */
export const DEFAULT_TIMEOUT: Required<ClientTimeout> = {
  total: 300_000,
  connect: null,
  sockConnect: 30_000,
  sockRead: null,
};

/**
 * The limits of a request: what it was given, over what its session has. A number is the total; null is no limit at all.
 *
 * @throws TypeError for something else; ValueError for a time that is negative or no number.
 */
export function resolveTimeout(
  timeout: number | ClientTimeout | null | undefined,
  defaults: Required<ClientTimeout>,
): Required<ClientTimeout> {
  if (timeout === undefined) return defaults;
  if (timeout === null) return { total: null, connect: null, sockConnect: null, sockRead: null };
  if (typeof timeout === "number") return { ...defaults, total: checked("timeout", timeout) };
  if (typeof timeout !== "object") {
    throw new TypeError(
      `timeout must be milliseconds or { total, connect, sockConnect, sockRead }, got ${String(timeout)}`,
    );
  }
  return {
    total: checked("total", timeout.total, defaults.total),
    connect: checked("connect", timeout.connect, defaults.connect),
    sockConnect: checked("sockConnect", timeout.sockConnect, defaults.sockConnect),
    sockRead: checked("sockRead", timeout.sockRead, defaults.sockRead),
  };
}

function checked(name: string, value: number | null | undefined, fallback: number | null = null): number | null {
  if (value === undefined) return fallback;
  if (value === null) return null;
  if (typeof value !== "number" || Number.isNaN(value) || value < 0) {
    throw new ValueError(
      `timeout: ${name} must be milliseconds, 0 or more, or null for no limit, got ${String(value)}`,
    );
  }
  return value === 0 || value === Number.POSITIVE_INFINITY ? null : value;
}

/** Runs `body` until loop time `when`; what it then fails with is `late()`. */
export function* within<T>(when: number, late: () => Error, body: () => CoroutineGenerator<T>): CoroutineGenerator<T> {
  let expired = (): boolean => false;
  try {
    return yield* timeoutAt(when, function* (scope) {
      expired = () => scope.expired();
      return yield* body();
    });
  } catch (error) {
    if (expired() && error instanceof TimeoutError) throw late();
    throw error;
  }
}
