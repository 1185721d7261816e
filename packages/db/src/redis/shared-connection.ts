import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  type EventLoop,
  getRunningLoop,
  park,
  type Task,
  TimeoutError,
  type Wait,
} from "asyncio-ts";
import { InterfaceError, OperationalError } from "../errors.ts";
import { inTime } from "../in-time.ts";
import { openPatiently, type Progress } from "../opening.ts";
import { type Connection, connect } from "./connection.ts";
import { connectionError, mayPass } from "./errors.ts";
import type { Settings } from "./options.ts";
import type { Outgoing, Sender } from "./request.ts";

/**
 * The connection that all ordinary commands share. When it breaks, the commands under way fail; the next command makes a
 * new one, and those that come meanwhile wait for it, as long as `acquireTimeoutMs` allows.
 */
export class SharedConnection implements Sender {
  /** Called when the connection has broken, or was closed. */
  onLost: (() => void) | null = null;
  readonly #settings: Settings;
  readonly #queue = new Set<Outgoing>();
  readonly #whenIdle = new Set<Wait<void>>();
  #connection: Connection | null = null;
  /** On which the connection was made last. */
  #loop: EventLoop | null = null;
  #connecting: Task<void> | null = null;
  #destroyed: string | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Connects.
   *
   * @throws TimeoutError, with the last error as its cause, when it takes longer than `acquireTimeoutMs`; OperationalError or
   * ProgrammingError for what does not pass: a wrong password.
   */
  readonly open: () => Coroutine<void> = coroutine(this.#open.bind(this));

  send(outgoing: Outgoing): void {
    if (this.#destroyed !== null) throw new InterfaceError(this.#destroyed);
    if (this.#connection !== null) {
      outgoing.sendOver(this.#connection);
      return;
    }
    const { maxQueued, target } = this.#settings;
    if (this.#queue.size >= maxQueued) {
      throw new OperationalError(
        `there is no connection to Redis at ${target}, and ${this.#queue.size} commands wait for one already (maxQueued)`,
      );
    }
    this.#queue.add(outgoing);
    if (this.#connecting === null) this.#connect();
  }

  withdraw(outgoing: Outgoing): void {
    if (this.#queue.delete(outgoing)) this.#settleIdle();
  }

  /** Does something with the connection, if there is one. */
  ifConnected(fn: (connection: Connection) => void): void {
    if (this.#connection !== null) fn(this.#connection);
  }

  /** Waits until every command has been answered, and nothing waits to be sent. */
  whenIdle(): Coroutine<void> {
    return park((wait: Wait<void>) => {
      this.#whenIdle.add(wait);
      this.#settleIdle();
      return () => {
        this.#whenIdle.delete(wait);
        return "done";
      };
    });
  }

  /** Closes the connection, if there is one, or stops making it. The next command makes one again. */
  disconnect(reason: string): void {
    this.#connecting?.cancel(reason);
    this.#connecting = null;
    this.#connection?.destroy(reason);
    this.#failQueue(new OperationalError(reason));
  }

  /** Closes the connection for good, at once; what is under way fails. */
  destroy(reason: string): void {
    this.#destroyed = reason;
    this.disconnect(reason);
  }

  *#open(): CoroutineGenerator<void> {
    const { acquireTimeoutMs, target } = this.#settings;
    const progress: Progress = { error: undefined };
    const loop = getRunningLoop();
    this.#loop = loop;
    const attempts = (): CoroutineGenerator<Connection> =>
      openPatiently(() => connect(this.#settings, false), mayPass, progress);
    const late = (cause: unknown): TimeoutError =>
      new TimeoutError(`no connection to Redis at ${target} within ${acquireTimeoutMs} ms`, {
        cause: progress.error ?? cause,
      });
    this.#use(yield* inTime(loop.time() + (acquireTimeoutMs ?? Infinity), attempts, late));
  }

  #connect(): void {
    let connecting: Task<void>;
    try {
      // It may be called by a socket's event, which belongs to no loop.
      const loop = this.#loop?.isClosed() === false ? this.#loop : getRunningLoop();
      connecting = loop.createTask(this.open(), { name: "redis-connect" });
    } catch (error) {
      this.#failQueue(connectionError("there is no connection to Redis", error));
      return;
    }
    this.#connecting = connecting;
    connecting.addDoneCallback((task) => {
      if (this.#connecting !== connecting) return;
      this.#connecting = null;
      const error = task.cancelled() ? undefined : task.exception();
      if (error !== null) this.#failQueue(connectionError("there is no connection to Redis", error));
    });
  }

  #use(connection: Connection): void {
    this.#connection = connection;
    connection.onIdle = () => this.#settleIdle();
    connection.onClosed = () => {
      this.#connection = null;
      this.#settleIdle();
      this.onLost?.();
    };
    for (const outgoing of this.#queue) outgoing.sendOver(connection);
    this.#queue.clear();
  }

  #failQueue(error: unknown): void {
    for (const outgoing of this.#queue) outgoing.reject(error);
    this.#queue.clear();
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#queue.size > 0 || (this.#connection?.pending ?? 0) > 0) return;
    for (const wait of this.#whenIdle) wait.resolve();
    this.#whenIdle.clear();
  }
}
