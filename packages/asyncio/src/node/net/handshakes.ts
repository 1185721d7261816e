import type { Socket } from "node:net";
import type { Client, Server } from "../../core/server.ts";

/** What of Node's insides this file uses: the socket under one of TLS. */
interface Insides {
  readonly _parent?: Socket;
}

/** The connections of a server of which the handshake is under way. As in CPython they count among its clients. */
export class Handshakes {
  readonly #pending = new Map<Socket, { readonly server: Server; readonly client: Client }>();

  /** A connection has come. */
  begin(socket: Socket, server: Server): void {
    const end = (): void => {
      socket.destroy();
    };
    const client = { close: end, abort: end };
    this.#pending.set(socket, { server, client });
    server._attach(client);
    socket.once("close", () => this.#forget(socket));
  }

  isPending(secured: Socket): boolean {
    return this.#pending.has(underlying(secured));
  }

  /** Its handshake is over: it has a transport now, or is dropped. */
  end(secured: Socket): void {
    this.#forget(underlying(secured));
  }

  #forget(socket: Socket): void {
    const pending = this.#pending.get(socket);
    if (pending === undefined) return;
    this.#pending.delete(socket);
    pending.server._detach(pending.client);
  }
}

function underlying(secured: Socket): Socket {
  return (secured as unknown as Insides)._parent ?? secured;
}
