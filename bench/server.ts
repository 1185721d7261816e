// A server that is measured, in a process of its own. Usage: server.ts ROW CONTESTANT.
// It prints the port it listens on, answers each line of its input with what it has used so far, and ends with its input.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { contestants as echo } from "./echo/contestants.ts";
import { contestants as http } from "./http/contestants.ts";

const [row, name] = process.argv.slice(2);
const contestant = (row === "echo" ? echo : http).find((one) => one.name === name);
if (contestant?.load === undefined) throw new RangeError(`there is no ${row} server "${name}" for Node`);

const serve = await contestant.load();
const questions = createInterface({ input: process.stdin });
questions.on("line", (question) => void answer(question));
questions.on("close", () => process.exit());
await serve((port) => console.log(port));

async function answer(question: string): Promise<void> {
  console.log(JSON.stringify(question === "memory" ? await memory() : usage()));
}

function usage(): { readonly cpuMs: number; readonly wallMs: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() };
}

async function memory(): Promise<NodeJS.MemoryUsage> {
  await collectGarbage();
  return process.memoryUsage();
}

/**
 * The kind that also compacts and gives memory back: after any other, pages that are mostly holes would count. More than
 * once, because what a first round frees is given back by a later one.
 */
async function collectGarbage(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("memory is measured with --expose-gc");
  for (let round = 0; round < 5; round++) {
    await globalThis.gc({ type: "major", execution: "async", flavor: "last-resort" });
    await sleep(50);
  }
}
