import { copyContext } from "../core/context.ts";
import type { CoroutineGenerator } from "../core/coroutine.ts";
import type { Frame } from "../core/frame.ts";
import type { EventLoop } from "../core/loop.ts";
import type { BaseProtocol } from "../core/protocols.ts";
import type { BaseTransport } from "../core/transports.ts";
import { LoopEvent } from "./loop-event.ts";

/** The protocol of a transport, and how it is called: in turns of the loop, in the context in which the transport was made. */
export class ProtocolCalls<P extends BaseProtocol> {
  protocol: P;
  readonly loop: EventLoop;
  readonly frame: Frame = { task: null, context: copyContext(), scope: null };
  readonly #transport: BaseTransport;

  constructor(loop: EventLoop, transport: BaseTransport, protocol: P) {
    this.loop = loop;
    this.#transport = transport;
    this.protocol = protocol;
  }

  /** Calls a method of the protocol. Its error is reported, and the transport goes on. */
  tell(method: string, call: (protocol: P) => unknown): void {
    const { protocol } = this;
    try {
      call(protocol);
    } catch (exception) {
      const message = `Exception in callback ${protocol.constructor.name}.${method}()`;
      this.loop.callExceptionHandler({ message, exception, transport: this.#transport, protocol });
    }
  }

  /** Runs `fn` in the next iteration. */
  soon(fn: () => void): void {
    if (!this.loop.isClosed()) this.loop._enqueue(new LoopEvent(this.loop, this.frame, fn));
  }

  /** Runs `fn` now, if the loop is idle: for callbacks of what was opened outside of every task. */
  event(fn: () => void): void {
    this.loop._runEvent(new LoopEvent(this.loop, this.frame, fn));
  }

  /** In CPython's order: the protocol is told, reading begins, who waits for the transport goes on. Each has its turn. */
  *open(begin: () => void): CoroutineGenerator<void> {
    const opened = this.loop.createFuture<void>();
    this.soon(() => this.tell("connectionMade", (protocol) => protocol.connectionMade(this.#transport)));
    this.soon(begin);
    this.soon(() => {
      if (!opened.done()) opened.setResult();
    });
    try {
      yield* opened;
    } catch (error) {
      this.#transport.close();
      throw error;
    }
  }
}
