import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { SocketTransport } from "./socket-transport.ts";

/** Opens a transport and waits until its protocol was told. When that is cancelled, the connection is closed. */
export function* openTransport<T extends SocketTransport>(loop: EventLoop, transport: T): CoroutineGenerator<T> {
  const opened = loop.createFuture<undefined>();
  transport.open(() => {
    if (!opened.done()) opened.setResult(undefined);
  });
  try {
    yield* opened;
  } catch (error) {
    transport.close();
    throw error;
  }
  return transport;
}
