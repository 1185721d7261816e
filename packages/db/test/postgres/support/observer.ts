import { userInfo } from "node:os";
import pg from "pg";
import { postgresUrl } from "../../support/servers.ts";

/** A connection of its own beside what is tested, to see what the server sees. */
export class Observer implements AsyncDisposable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(url: string = postgresUrl): Promise<Observer> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Observer(client);
  }

  async rows(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.#client.query(sql, values)).rows;
  }

  async value(sql: string, values: unknown[] = []): Promise<unknown> {
    return Object.values((await this.rows(sql, values))[0] ?? {})[0];
  }

  /** In which states the sessions of an application are, other than idle. */
  async busy(application: string): Promise<string[]> {
    const rows = await this.rows(
      "SELECT state || ': ' || query AS what FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'",
      [application],
    );
    return rows.map(({ what }) => String(what));
  }

  /** How many sessions an application has. */
  async sessions(application: string): Promise<number> {
    return Number(await this.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", [application]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

let names = 0;

/** A name for a table, an application, a channel that no other test has. */
export function uniqueName(): string {
  return `asyncio_ts_${userInfo().uid}_${process.pid}_${++names}`;
}
