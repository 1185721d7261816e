// One contestant in a process of its own: no other library's heap, code or timers beside it.
// Usage: child.ts ROW CONTESTANT N LIVE [REPEATS]; prints one line of JSON, a Sample.
import { measure } from "./measure.ts";
import { rowNamed } from "./rows/index.ts";

const [rowName = "", contestantName = "", n, live, repeats = "0"] = process.argv.slice(2);
const row = rowNamed(rowName);
const contestant = row.contestants.find(({ name }) => name === contestantName);
if (contestant?.load === undefined)
  throw new RangeError(`row ${rowName} has no contestant "${contestantName}" for Node`);

const body = await contestant.load();
const load = { n: Number(n), live: Number(live) };
if (row.warmUp !== undefined) await body({ ...load, n: row.warmUp });
const measured = await measure(body, load, Number(repeats));
console.log(JSON.stringify({ row: rowName, contestant: contestantName, ...measured }));
