import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { mysqlUrl } from "../../support/servers.ts";

/** A connection of its own beside what is tested, to see what the server sees. */
export class Observer implements AsyncDisposable {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async connect(url: string = mysqlUrl): Promise<Observer> {
    return new Observer(await createConnection(url));
  }

  async rows(sql: string): Promise<RowDataPacket[]> {
    const [rows] = await this.#connection.query<RowDataPacket[]>(sql);
    return rows;
  }

  async value(sql: string): Promise<unknown> {
    return Object.values((await this.rows(sql))[0] ?? {})[0];
  }

  async run(sql: string): Promise<void> {
    await this.#connection.query(sql);
  }

  /** How many statements with this text run on the server. */
  async running(text: string): Promise<number> {
    return Number(
      await this.value(
        `SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%${text}%'`,
      ),
    );
  }

  /** Whether a connection is there. */
  async isConnected(id: number): Promise<boolean> {
    return (await this.value(`SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${id}`)) === 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.end();
  }
}
