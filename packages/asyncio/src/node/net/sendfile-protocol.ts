import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { ConnectionError } from "../../core/errors.ts";
import { Event } from "../../core/event.ts";
import type { EventLoop } from "../../core/loop.ts";
import { BaseProtocol } from "../../core/protocols.ts";
import type { ReadTransport, WriteTransport } from "../../core/transports.ts";

/** What a file is sent to; what it can't receive or tell is left out. */
type Target = WriteTransport & Partial<ReadTransport> & { readonly writingPaused?: boolean };

/** Takes the place of a transport's protocol while a file is sent: nothing is received meanwhile. */
export class SendfileProtocol extends BaseProtocol {
  readonly #loop: EventLoop;
  readonly #transport: Target;
  readonly #replaced: BaseProtocol;
  readonly #wasReading: boolean;
  readonly #wasPaused: boolean;
  readonly #writable = new Event();
  #lost: { readonly error: unknown } | null = null;

  constructor(loop: EventLoop, transport: Target) {
    super();
    this.#loop = loop;
    this.#transport = transport;
    this.#replaced = transport.getProtocol();
    this.#wasReading = transport.isReading?.() ?? false;
    this.#wasPaused = transport.writingPaused ?? false;
    if (!this.#wasPaused) this.#writable.set();
    transport.pauseReading?.();
    transport.setProtocol(this);
  }

  override pauseWriting(): void {
    this.#writable.clear();
  }

  override resumeWriting(): void {
    this.#writable.set();
  }

  override connectionLost(error: unknown): void {
    this.#lost = { error };
    this.#writable.set();
  }

  /** Waits until there is room. @throws ConnectionError when the connection is lost. */
  *drain(): CoroutineGenerator<void> {
    if (!this.#lost) yield* this.#writable.wait();
    if (this.#lost) throw this.#lost.error ?? new ConnectionError("Connection closed by peer");
  }

  /** Gives the transport back to its protocol, which learns what it has missed. */
  restore(): void {
    this.#transport.setProtocol(this.#replaced);
    if (this.#lost) {
      const { error } = this.#lost;
      this.#loop.callSoon(() => this.#replaced.connectionLost(error));
      return;
    }
    if (this.#wasReading) this.#transport.resumeReading?.();
    const isPaused = !this.#writable.isSet();
    if (this.#wasPaused && !isPaused) this.#replaced.resumeWriting();
    if (!this.#wasPaused && isPaused) this.#replaced.pauseWriting();
  }
}
