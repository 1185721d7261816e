export type { PostgresOptions } from "./connect.ts";
export { PostgresConnection } from "./connection.ts";
export type { CopyChunk, CopySource } from "./copy-source.ts";
export { connect, createPool, type PostgresConnectOptions, type PostgresPoolOptions } from "./create-pool.ts";
export { type ListenOptions, type Notification, Notifications } from "./notifications.ts";
