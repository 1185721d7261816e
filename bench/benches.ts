import type { Bench } from "./bench.ts";
import { echoBench } from "./echo/echo-bench.ts";
import { idleBench } from "./idle/idle-bench.ts";
import { rowBench } from "./row-bench.ts";
import { rows } from "./rows/index.ts";

export const benches: readonly Bench[] = [...rows.map(rowBench), echoBench, idleBench];

export function benchNamed(name: string): Bench {
  const bench = benches.find((one) => one.name === name);
  if (bench !== undefined) return bench;
  throw new RangeError(`no row "${name}"; there are ${benches.map((one) => one.name).join(", ")}`);
}
