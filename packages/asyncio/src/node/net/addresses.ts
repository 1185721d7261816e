import type { Socket } from "node:net";
import type { SocketAddress } from "../../core/transports.ts";

/** The address of the other side; undefined for Unix sockets, of which Node does not tell it. */
export function peernameOf({ remoteAddress, remotePort }: Socket): SocketAddress | undefined {
  return remoteAddress === undefined ? undefined : [remoteAddress, remotePort ?? 0];
}

/** The own address. */
export function socknameOf({ localAddress, localPort }: Socket): SocketAddress | undefined {
  return localAddress === undefined ? undefined : [localAddress, localPort ?? 0];
}
