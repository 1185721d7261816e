import pg from "pg";

/**
 * What is used of pg beyond its declared types: the messages of the protocol, and the key with which a query is cancelled.
 * pg's own companions (pg-cursor, pg-copy-streams) stand on the same.
 */
export interface Wire extends pg.Connection {
  /** The text of each statement that is prepared on the server, by its name. */
  readonly parsedStatements: Record<string, string>;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

interface ClientInternals {
  password: pg.ClientConfig["password"] | null;
  readonly connection: Wire;
  readonly processID: number;
  readonly secretKey: number;
  readonly ssl: boolean | object;
  readonly sslNegotiation: string;
}

/** A client, with what is used of its inside. */
export type Client = Omit<pg.Client, keyof ClientInternals> & ClientInternals;

export function newClient(config: pg.ClientConfig): Client {
  return new pg.Client(config) as unknown as Client;
}

/** What a client runs, as pg's own Query: how to send it, and what to do with each message of the answer. */
export interface Submittable {
  /** For pg, which looks whether there is one. */
  readonly callback: () => void;
  submit(wire: Wire): void;
  handleRowDescription(message: object): void;
  handleDataRow(message: object): void;
  handlePortalSuspended(wire: Wire): void;
  handleEmptyQuery(wire: Wire): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleCopyInResponse(wire: Wire): void;
  handleCopyData(message: { readonly chunk: Uint8Array }): void;
  handleReadyForQuery(): void;
  handleError(error: unknown): void;
}

const ignore = (): void => {};

/** What does nothing with any answer, to be overridden: pg calls a handler for whatever the server sends. */
export const IGNORING: Omit<Submittable, "submit" | "handleReadyForQuery" | "handleError"> = {
  callback: ignore,
  handleRowDescription: ignore,
  handleDataRow: ignore,
  handlePortalSuspended: ignore,
  handleEmptyQuery: ignore,
  handleCommandComplete: ignore,
  // The server would wait for data for ever.
  handleCopyInResponse: (wire) => wire.sendCopyFail("nothing is copied in here"),
  handleCopyData: ignore,
};

/** Hands over something that is not a query text. */
export function submit(client: Client, what: Submittable | object): void {
  (client as unknown as { query(what: object): void }).query(what);
}

/** A bare connection to the same server as `client`, on which nothing has been said yet. */
export function secondWire(client: Client): Wire {
  const { ssl, sslNegotiation } = client;
  const wire = new (pg.Connection as unknown as new (config: object) => Wire)({ ssl, sslNegotiation });
  if (client.host.startsWith("/")) wire.connect(`${client.host}/.s.PGSQL.${client.port}`);
  else wire.connect(client.port, client.host);
  return wire;
}
