import { type Coroutine, coroutine, getRunningLoop, park, TimeoutError, timeout } from "asyncio-ts";
import { loopCallback } from "asyncio-ts/interop";
import { WebSocket } from "ws";
import { cancelledError } from "../cancelled-error.ts";
import { type Bytes, checkBytes, checkClose, checkControl, checkText } from "./checks.ts";
import { protocolError, WebSocketError, WSMessageTypeError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Inbox } from "./inbox.ts";
import type { WSDataMessage, WSMessage } from "./message.ts";
import type { CheckedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";

/** How one message is sent. */
export interface SendOptions {
  /** Whether to compress it; by default when the peer agreed to compression. */
  readonly compress?: boolean | undefined;
}

/**
 * An open WebSocket, of either side: aiohttp's ClientWebSocketResponse and web.WebSocketResponse.
 *
 * It can be iterated over: the loop ends when the WebSocket is closed, by whomever, and raises a {@link WebSocketError} when the
 * peer broke the protocol. Several tasks may send, one may receive. What waits to be received is bounded: above 64 KiB
 * nothing more is read from the peer. Disposing of it closes it.
 */
export class WebSocketConnection implements AsyncIterable<WSDataMessage>, AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #options: CheckedOptions;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #loop = getRunningLoop();
  readonly #ends = new Set<() => void>();
  #heartbeat: Heartbeat | null = null;
  #closeCode: number | null = null;
  #error: Error | null = null;
  #closedHere = false;

  /** Called when the connection is lost without a word of either side. @internal */
  _onLost: (() => void) | null = null;

  /** Listens from here on; so that no message is lost, before the socket is open or in the step in which it was opened. @internal */
  constructor(socket: WebSocket, options: CheckedOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#inbox = new Inbox(socket);
    this.#outbox = new Outbox(socket, options.writerLimit);
    // As events of the loop, so that who waits goes on in the same turn.
    socket.on(
      "message",
      loopCallback((data: Buffer, isBinary: boolean) => {
        this.#came(isBinary ? { type: "binary", data } : { type: "text", data: data.toString() }, data.length);
      }),
    );
    for (const type of ["ping", "pong"] as const) {
      socket.on(
        type,
        loopCallback((data: Buffer) => this.#control({ type, data })),
      );
    }
    socket.on(
      "error",
      loopCallback((error: Error) => this.#failed(error)),
    );
    socket.on(
      "close",
      loopCallback((code: number, reason: Buffer) => this.#ended(code, reason.toString())),
    );
    if (socket.readyState === WebSocket.OPEN) this.#opened();
    else socket.once("open", () => this.#opened());
  }

  /** Whether nothing can be sent any more: closing has begun, on either side, or the connection is lost. */
  get closed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  /**
   * Null until it is closed. Then the peer's code (1005 when it sent none), the one of a protocol error, or 1006 when the
   * connection was lost or the peer did not answer.
   */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** The subprotocol agreed on, null when there is none. */
  get protocol(): string | null {
    return this.#socket.protocol === "" ? null : this.#socket.protocol;
  }

  /** Whether the peer has agreed to compression. */
  get compress(): boolean {
    return this.#socket.extensions.includes("permessage-deflate");
  }

  /** Why it was closed, when that was an error: a {@link WebSocketError}, the TimeoutError of the heartbeat; else null. */
  exception(): Error | null {
    return this.#error;
  }

  /**
   * Sends a text message. It waits while more than `writerLimit` bytes wait to be sent, and hands the message over then; so
   * a send that was cancelled has sent nothing.
   *
   * @throws TypeError when `data` is no string; ClientConnectionResetError from the wait when the WebSocket is closed.
   */
  sendStr(data: string, options: SendOptions = {}): Coroutine<void> {
    checkText(data);
    return this.#frame((written) => this.#socket.send(data, options, written));
  }

  /** As {@link sendStr}, a binary message. The bytes must not be changed afterwards: they are not copied. */
  sendBytes(data: Bytes, options: SendOptions = {}): Coroutine<void> {
    checkBytes("sendBytes", data);
    return this.#frame((written) => this.#socket.send(data, options, written));
  }

  /**
   * As {@link sendStr}, a value as JSON.
   *
   * @throws TypeError when there is no JSON of `value`: of undefined, of a function, of a circle.
   */
  sendJson(value: unknown, options: SendOptions = {}): Coroutine<void> {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`sendJson() needs a value that JSON has, got ${typeof value}`);
    return this.sendStr(text, options);
  }

  /** {@link sendStr} or {@link sendBytes}, whichever it takes: to send back what came. */
  send(data: string | Bytes, options: SendOptions = {}): Coroutine<void> {
    return typeof data === "string" ? this.sendStr(data, options) : this.sendBytes(data, options);
  }

  /** Sends a ping, of at most 125 bytes. The answer is not waited for. */
  ping(data: string | Uint8Array = ""): Coroutine<void> {
    checkControl("ping", data);
    return this.#frame((written) => this.#socket.ping(data, undefined, written));
  }

  /** Sends a pong that nobody has asked for, or the answer to a ping when `autoping` is off. */
  pong(data: string | Uint8Array = ""): Coroutine<void> {
    checkControl("pong", data);
    return this.#frame((written) => this.#socket.pong(data, undefined, written));
  }

  /**
   * Waits for the next message, or for the end: then it gives `close`, `closing`, `error`, and from then on `closed`. A
   * receive that is cancelled loses no message.
   *
   * @param timeoutMs instead of `receiveTimeoutMs`; null is for ever.
   * @throws RuntimeError when another task is receiving, or at the sixth receive after the end; TimeoutError when nothing
   * came in time.
   */
  receive(timeoutMs: number | null = this.#options.receiveTimeoutMs): Coroutine<WSMessage> {
    return receiveNext(this.#inbox, timeoutMs);
  }

  /** {@link receive}, a text. @throws WSMessageTypeError when something else came. */
  receiveStr(timeoutMs?: number | null): Coroutine<string> {
    return receiveText(this, timeoutMs);
  }

  /** {@link receive}, bytes. @throws WSMessageTypeError when something else came. */
  receiveBytes(timeoutMs?: number | null): Coroutine<Uint8Array> {
    return receiveBinary(this, timeoutMs);
  }

  /** {@link receive}, a text that is JSON. @throws WSMessageTypeError when something else came; SyntaxError when it is no JSON. */
  receiveJson<T = unknown>(timeoutMs?: number | null): Coroutine<T> {
    return receiveParsed(this, timeoutMs) as Coroutine<T>;
  }

  /**
   * Closes it, and waits until the connection is gone. What has come and was not received is dropped; who waits in
   * {@link receive} gets `closing`. A peer that does not answer within `closeTimeoutMs` is cut off, and so it is at once when
   * this is cancelled.
   *
   * @param code 1000 to 1003, 1007 to 1014, or 3000 to 4999. @param reason at most 123 bytes.
   * @returns whether this call has begun it: false when it was closed, or being closed, already.
   * @throws ValueError for another code, or a longer reason.
   */
  close(code = 1000, reason = ""): Coroutine<boolean> {
    checkClose(code, reason);
    return WebSocketConnection.#close(this, code, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The next message as an iteration gives it. */
  next(): Coroutine<IteratorResult<WSDataMessage, undefined>> {
    return nextMessage(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<WSDataMessage, undefined> {
    return { next: async () => await this.next() };
  }

  toString(): string {
    const state = this.#closeCode === null ? (this.closed ? "closing" : "open") : `closed code=${this.#closeCode}`;
    return `<WebSocketConnection ${state}>`;
  }

  /** Begins to close without a wait. @internal */
  _beginClose(code: number, reason = ""): boolean {
    if (this.#closedHere || this.closed) return false;
    this.#closedHere = true;
    this.#heartbeat?.stop();
    this.#inbox.discard({ type: "closing", data: null });
    this.#socket.close(code, reason);
    return true;
  }

  /** Cuts the connection. A close frame goes first if the socket takes it at once. @internal */
  _cut(code: number): void {
    this._beginClose(code);
    this.#socket.terminate();
  }

  /** Waits until the connection is gone; cancelled, it cuts it. @internal */
  _gone(): Coroutine<void> {
    return park((wait) => {
      let end = (): void => wait.resolve();
      if (this.#closeCode === null) this.#ends.add(() => end());
      else end();
      return (message) => {
        end = () => wait.reject(cancelledError(message));
        this.#socket.terminate();
        return "wait";
      };
    });
  }

  static readonly #close = coroutine(function* close(self: WebSocketConnection, code: number, reason: string) {
    const begun = self._beginClose(code, reason);
    try {
      yield* self._gone();
    } finally {
      self.#socket.terminate();
    }
    return begun;
  });

  #frame(write: (written: () => void) => void): Coroutine<void> {
    return sendFrame(this.#outbox, write);
  }

  #opened(): void {
    const { heartbeat } = this.#options;
    if (heartbeat === null) return;
    this.#heartbeat = new Heartbeat(this.#loop, heartbeat, {
      ping: () => this.#socket.ping(),
      lost: () => {
        this.#error = new TimeoutError(`no pong within ${heartbeat / 2} ms`);
        this.#socket.terminate();
      },
      deaf: () => this.#inbox.paused,
    });
  }

  #came(message: WSMessage, size: number): void {
    this.#heartbeat?.heard();
    this.#inbox.push(message, size);
  }

  #control(message: WSDataMessage & { readonly data: Uint8Array }): void {
    if (this.#options.autoping) this.#heartbeat?.heard();
    else this.#came(message, message.data.length);
  }

  #failed(error: Error): void {
    this.#error ??= protocolError(error);
    this.#inbox.end({ type: "error", data: this.#error });
  }

  #ended(code: number, reason: string): void {
    this.#closeCode = this.#error instanceof WebSocketError ? this.#error.code : code;
    this.#heartbeat?.stop();
    this.#inbox.end(code === 1006 ? { type: "closed", data: null } : { type: "close", data: code, extra: reason });
    this.#outbox.wake();
    for (const end of this.#ends) end();
    if (code === 1006 && !this.#closedHere && !(this.#error instanceof WebSocketError)) this._onLost?.();
  }
}

const sendFrame = coroutine(function* send(outbox: Outbox, write: (written: () => void) => void) {
  yield* outbox.send(write);
});

const receiveNext = coroutine(function* receive(inbox: Inbox, timeoutMs: number | null) {
  if (timeoutMs === null) return yield* inbox.receive();
  return yield* timeout(timeoutMs, () => inbox.receive());
});

const receiveText = coroutine(function* receiveStr(ws: WebSocketConnection, timeoutMs?: number | null) {
  const message = yield* ws.receive(timeoutMs);
  if (message.type !== "text") throw wrongType(message, "text");
  return message.data;
});

const receiveBinary = coroutine(function* receiveBytes(ws: WebSocketConnection, timeoutMs?: number | null) {
  const message = yield* ws.receive(timeoutMs);
  if (message.type !== "binary") throw wrongType(message, "binary");
  return message.data;
});

const receiveParsed = coroutine(function* receiveJson(ws: WebSocketConnection, timeoutMs?: number | null) {
  return JSON.parse(yield* ws.receiveStr(timeoutMs)) as unknown;
});

const nextMessage = coroutine(function* next(ws: WebSocketConnection) {
  const message = yield* ws.receive();
  if (message.type === "error") throw message.data;
  if (message.type === "close" || message.type === "closing" || message.type === "closed") {
    return { done: true, value: undefined } as const;
  }
  return { done: false, value: message } as const;
});

function wrongType(message: WSMessage, wanted: string): Error {
  if (message.type === "error") return message.data;
  const data = typeof message.data === "number" ? ` ${message.data}` : "";
  return new WSMessageTypeError(`expected a ${wanted} message, got ${message.type}${data}`);
}
