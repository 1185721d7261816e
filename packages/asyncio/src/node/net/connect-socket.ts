import { type NetConnectOpts, Socket } from "node:net";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import { park, type Wait } from "../../core/park.ts";
import { osError } from "../os-error.ts";

/** Connects a socket, which reads nothing yet. Cancelling closes it. */
export function connectSocket(loop: EventLoop, target: NetConnectOpts): Coroutine<Socket> {
  return new GeneratorCoroutine(connect(loop, target), "connect");
}

function* connect(loop: EventLoop, target: NetConnectOpts): CoroutineGenerator<Socket> {
  const socket = loop._outside(() => new Socket({ allowHalfOpen: true }).pause());
  try {
    return yield* park<Socket>((wait) => {
      settleWhenConnected(socket, wait);
      // The handle is made in here.
      loop._outside(() => socket.connect(target));
      return () => "done";
    });
  } catch (error) {
    // Also when it is connected, and the task was cancelled before it went on.
    socket.destroy();
    throw error;
  }
}

/**
 * Waits until a socket of the user is connected. Cancelling leaves it as it is.
 *
 * @throws TypeError when it is no socket. From the wait: ValueError when nobody connects it.
 */
export function connected(socket: object): Coroutine<Socket> {
  if (!(socket instanceof Socket)) throw new TypeError(`sock must be a net.Socket, got ${describeValue(socket)}`);
  return park((wait) => {
    if (!socket.connecting && (socket.destroyed || socket.pending)) {
      throw new ValueError("sock must be connected, or connecting: this one is neither");
    }
    socket.pause();
    if (!socket.connecting) {
      wait.resolve(socket);
      return () => "done";
    }
    const forget = settleWhenConnected(socket, wait);
    return () => {
      forget();
      return "done";
    };
  });
}

function settleWhenConnected(socket: Socket, wait: Wait<Socket>): () => void {
  const done = (): void => {
    forget();
    wait.resolve(socket);
  };
  const failed = (error: Error): void => {
    forget();
    wait.reject(osError(error));
  };
  const forget = (): void => {
    socket.off("connect", done);
    socket.off("error", failed);
  };
  socket.on("connect", done);
  socket.on("error", failed);
  return forget;
}
