import { Socket, type SocketConstructorOpts } from "node:net";

/**
 * Into which all sockets of the thread are read: what is in it is copied, or done with, before the next one is read. A
 * buffer for each read, as Node has it, costs more than the copy, since its memory is cold; a buffer for each socket would
 * cost that much for each idle connection. The size is CPython's, four times what Node reads at once.
 */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** What of Node's insides this file uses: the handle under a socket. */
interface Insides {
  _handle: { readonly useUserBuffer?: unknown } | null;
}

/**
 * Makes a socket of a connected one, with the same connection, that hands what it reads to `received`: `length` bytes in a
 * buffer, until the next read. Where that can't be done, since it needs Node's own handle, gives the socket itself.
 *
 * The connection must not be reading. Afterwards the given socket is an empty shell.
 */
export function readDirectly(socket: Socket, received: (buffer: Buffer, length: number) => void): Socket {
  if (!hasNodeHandle(socket)) return socket;
  const callback = (length: number): boolean => {
    received(shared, length);
    return true;
  };
  return wrapAnew(socket, { onread: { buffer: shared, callback } });
}

/** Undoes {@link readDirectly} for a socket that TLS is going to be read from. It is paused. */
export function readByEvents(socket: Socket): Socket {
  return hasNodeHandle(socket) ? wrapAnew(socket, {}).pause() : socket.pause();
}

function hasNodeHandle(socket: Socket): boolean {
  return typeof (socket as unknown as Insides)._handle?.useUserBuffer === "function";
}

function wrapAnew(socket: Socket, reading: Pick<SocketConstructorOpts, "onread">): Socket {
  const insides = socket as unknown as Insides;
  const options = { ...reading, handle: insides._handle, allowHalfOpen: true, manualStart: true };
  const wrapped = new Socket(options as unknown as SocketConstructorOpts);
  insides._handle = null;
  socket.destroy();
  return wrapped;
}
