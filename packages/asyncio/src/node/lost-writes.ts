import type { EventLoop } from "../core/loop.ts";
import type { BaseTransport } from "../core/transports.ts";

/** From how many on they are worth a report. */
const REPORT_AT = 5;

/** Counts what is written after the end, which is dropped. Who goes on and on is reported, once. */
export class LostWrites {
  readonly #loop: EventLoop;
  readonly #transport: BaseTransport;
  readonly #message: string;
  #count = 0;

  constructor(loop: EventLoop, transport: BaseTransport, message: string) {
    this.#loop = loop;
    this.#transport = transport;
    this.#message = message;
  }

  add(): void {
    if (++this.#count !== REPORT_AT) return;
    this.#loop.callExceptionHandler({ message: this.#message, transport: this.#transport });
  }
}
