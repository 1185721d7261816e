import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { type LookupOptions, lookup } from "node:dns";
import { isIP } from "node:net";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { DatagramOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { startParked } from "../../core/park.ts";
import { osError } from "../os-error.ts";
import { Inbox } from "./inbox.ts";

type Address = readonly [host: string, port: number];

/** A socket that can send and receive. */
export interface Endpoint {
  readonly socket: Socket;
  readonly inbox: Inbox;
  /** Where it sends by default. */
  readonly remote: Address | null;
  /** The system knows of `remote`, and lets nothing in from elsewhere. */
  readonly connected: boolean;
  /** The socket was opened outside of every task: its events can begin the loop's turn. */
  readonly own: boolean;
}

/** What one attempt to make an endpoint begins with; addresses are numeric. */
export interface Plan {
  readonly family: 4 | 6;
  readonly local: Address | null;
  readonly remote: Address | null;
}

/** Makes a socket, binds it, and connects it if there is a remote address. @throws OSError. */
export function* openSocket(loop: EventLoop, plan: Plan, options: DatagramOptions): CoroutineGenerator<Endpoint> {
  const broadcast = options.allowBroadcast ?? false;
  const { family, local, remote } = plan;
  const socket = loop._outside(() => createSocket(socketOptions(family, options)));
  const inbox = new Inbox(socket);
  const connected = remote !== null && !broadcast;
  try {
    yield* bind(loop, socket, local);
    if (broadcast) socket.setBroadcast(true);
    if (connected) yield* connect(loop, socket, remote);
  } catch (error) {
    socket.close();
    throw osError(error);
  }
  return { socket, inbox, remote, connected, own: true };
}

/** Makes an endpoint of a socket that is there. */
export function* adoptSocket(loop: EventLoop, socket: Socket): CoroutineGenerator<Endpoint> {
  const inbox = new Inbox(socket);
  try {
    if (!isBound(socket)) yield* bind(loop, socket, null);
  } catch (error) {
    inbox.close();
    throw error;
  }
  const remote = remoteOf(socket);
  return { socket, inbox, remote, connected: remote !== null, own: false };
}

function socketOptions(family: 4 | 6, { reusePort }: DatagramOptions): SocketOptions {
  // The types of Node 20 don't know `reusePort`, which is only passed to a Node that does.
  const reuse: object = reusePort ? { reusePort } : {};
  return { type: family === 4 ? "udp4" : "udp6", lookup: lookUpNames, ...reuse };
}

/** Numeric addresses are what they are, at once: by default each datagram waits for a look-up of its address. */
function lookUpNames(
  host: string,
  options: LookupOptions | number,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = typeof options === "number" ? options : Number(options.family);
  const own = isIP(host);
  if (own === 0) lookup(host, { family, all: false }, done);
  else done(null, host, own);
}

/** Node binds a socket at the latest when it sends; nothing is received before. */
function* bind(loop: EventLoop, socket: Socket, address: Address | null): CoroutineGenerator<void> {
  yield* startParked<void>(loop, (wait) => {
    const bound = (): void => wait.resolve();
    const failed = (error: Error): void => wait.reject(osError(error));
    socket.once("listening", bound).once("error", failed);
    beginToBind(socket, address);
    return () => {
      socket.off("listening", bound).off("error", failed);
      return "done";
    };
  });
}

function beginToBind(socket: Socket, address: Address | null): void {
  try {
    // Not shared with the other workers of node:cluster.
    socket.bind({ port: address?.[1] ?? 0, exclusive: true, ...(address && { address: address[0] }) });
  } catch (error) {
    // Somebody has begun to, and it is not done yet.
    if ((error as NodeJS.ErrnoException).code !== "ERR_SOCKET_ALREADY_BOUND") throw error;
  }
}

function* connect(loop: EventLoop, socket: Socket, [host, port]: Address): CoroutineGenerator<void> {
  yield* startParked<void>(loop, (wait) => {
    socket.connect(port, host, (error?: Error) => {
      if (error) wait.reject(osError(error));
      else wait.resolve();
    });
    return () => "done";
  });
}

function isBound(socket: Socket): boolean {
  try {
    socket.address();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBADF") return false;
    throw error;
  }
}

function remoteOf(socket: Socket): Address | null {
  try {
    const { address, port } = socket.remoteAddress();
    return [address, port];
  } catch {
    return null; // it is not connected
  }
}
