import { connect, type Socket } from "node:net";
import { type Connection, type ConnectionOptions, createConnection } from "mysql2";

/** mysql2's connection, and the socket below it, which mysql2 does not show. */
export interface Wire {
  readonly connection: Connection;
  readonly socket: Socket;
}

/** Begins to connect. */
export function openWire(config: ConnectionOptions): Wire {
  const { host = "localhost", port = 3306, socketPath } = config;
  const socket =
    socketPath === undefined ? connect({ host, port, noDelay: true, keepAlive: true }) : connect({ path: socketPath });
  const connection = createConnection({ ...config, stream: socket });
  connection.on("error", () => {}); // without a listener an error would end the process
  return { connection, socket };
}
