import type { Row } from "../row.ts";
import { cancelRow } from "./cancel.ts";
import { mysqlRow } from "./db-mysql.ts";
import { postgresRow } from "./db-postgres.ts";
import { redisRow } from "./db-redis.ts";
import { sqliteRow } from "./db-sqlite.ts";
import { httpClientRow } from "./http-client.ts";
import { lockRow } from "./lock.ts";
import { queueRow } from "./queue.ts";
import { sleepersRow } from "./sleepers.ts";
import { spawnRow } from "./spawn.ts";
import { switchRow } from "./switch.ts";
import { timeoutRow } from "./timeout.ts";

const tasks: readonly Row[] = [spawnRow, switchRow, queueRow, lockRow, cancelRow, timeoutRow, sleepersRow];
const clients: readonly Row[] = [httpClientRow, postgresRow, mysqlRow, sqliteRow, redisRow];

export const rows: readonly Row[] = [...tasks, ...clients];

export function rowNamed(name: string): Row {
  const row = rows.find((one) => one.name === name);
  if (row !== undefined) return row;
  throw new RangeError(`no row "${name}"; there are ${rows.map((one) => one.name).join(", ")}`);
}
