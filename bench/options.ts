import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { benches, benchesNamed } from "./benches.ts";

export interface Options {
  readonly benches: readonly Bench[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly scale: boolean;
  readonly help: boolean;
  /** Beginnings of contestants' names; all run when it is empty. */
  readonly only: readonly string[];
  readonly library: "auto" | "dist" | "source";
}

export const USAGE = `npm run bench -- [row…] [options]

rows: ${benches.map(({ name }) => name).join(", ")} (all, when none is named)
A name stands also for those that begin with it: http for http-client and http-server.

  --rounds N        runs of each contestant, in turn with the others (3; slow ones run fewer)
  --quick           one round with a tenth of the operations or of the time: more compiler than cost, good for a look
  --scale           instead of the table: cost per operation at 10,000, 100,000 and 1,000,000
  --only NAME,…     only contestants whose names begin so, as in --only ours,effect
  --library WHICH   the library as dist, source or auto: dist when it is built and newer than the source (auto)
  --help

PYTHON names the python3 to run asyncio with.`;

export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      library: { type: "string", default: "auto" },
    },
  });
  return {
    benches: positionals.length === 0 ? benches : positionals.flatMap(benchesNamed),
    rounds: toRounds(values.rounds ?? (values.quick ? "1" : "3")),
    quick: values.quick,
    scale: values.scale,
    help: values.help,
    only: values.only.split(",").filter((name) => name !== ""),
    library: toLibrary(values.library),
  };
}

function toRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new RangeError(`--rounds needs a whole number from 1, not "${text}"`);
}

function toLibrary(text: string): Options["library"] {
  if (text === "auto" || text === "dist" || text === "source") return text;
  throw new RangeError(`--library is auto, dist or source, not "${text}"`);
}
