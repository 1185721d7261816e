import type { Bench } from "./bench.ts";
import { echoBench } from "./echo/echo-bench.ts";
import { httpServerBench } from "./http/http-server-bench.ts";
import { idleBench } from "./idle/idle-bench.ts";
import { rowBench } from "./row-bench.ts";
import { rows } from "./rows/index.ts";

export const benches: readonly Bench[] = [...rows.map(rowBench), echoBench, idleBench, httpServerBench];

/** The one of that name, or the group: `http` is http-client and http-server. */
export function benchesNamed(name: string): Bench[] {
  const found = benches.filter((one) => one.name === name || one.name.startsWith(`${name}-`));
  if (found.length > 0) return found;
  throw new RangeError(`no row "${name}"; there are ${benches.map((one) => one.name).join(", ")}`);
}
