import { appendFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Run } from "./launch.ts";
import type { Machine } from "./machine.ts";

const folder = fileURLToPath(new URL("results/", import.meta.url));

/** Opens a file of JSON lines: the machine first, then every run as it ends. */
export function openResults(machine: Machine): { readonly file: string; readonly add: (run: Run<object>) => void } {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${machine.date.replaceAll(":", "-")}.jsonl`;
  const write = (value: unknown) => appendFileSync(file, `${JSON.stringify(value)}\n`);
  write({ machine });
  return { file, add: (run) => write({ ...run.sample, othersCores: run.othersCores }) };
}
