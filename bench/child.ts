// One contestant in a process of its own: no other library's heap, code or timers beside it.
// Usage: child.ts ROW CONTESTANT N LIVE [REPEATS]; prints one line of JSON, a Sample.
import { measure } from "./measure.ts";
import { rowNamed } from "./rows/index.ts";

const [rowName = "", contestantName = "", n, live, repeats = "0"] = process.argv.slice(2);
const contestant = rowNamed(rowName).contestants.find(({ name }) => name === contestantName);
if (contestant?.load === undefined)
  throw new RangeError(`row ${rowName} has no contestant "${contestantName}" for Node`);

const body = await contestant.load();
const measured = await measure(body, { n: Number(n), live: Number(live) }, Number(repeats));
console.log(JSON.stringify({ row: rowName, contestant: contestantName, ...measured }));
