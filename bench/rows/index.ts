import type { Row } from "../row.ts";
import { cancelRow } from "./cancel.ts";
import { lockRow } from "./lock.ts";
import { queueRow } from "./queue.ts";
import { sleepersRow } from "./sleepers.ts";
import { spawnRow } from "./spawn.ts";
import { switchRow } from "./switch.ts";
import { timeoutRow } from "./timeout.ts";

export const rows: readonly Row[] = [spawnRow, switchRow, queueRow, lockRow, cancelRow, timeoutRow, sleepersRow];

export function rowNamed(name: string): Row {
  const row = rows.find((one) => one.name === name);
  if (row !== undefined) return row;
  throw new RangeError(`no row "${name}"; there are ${rows.map((one) => one.name).join(", ")}`);
}
