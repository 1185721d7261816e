import { readdir, readFile, writeFile } from "node:fs/promises";
import type { Program } from "../language/ast.ts";
import type { Divergence } from "./trial.ts";

/** Programs that diverged once. They run first, always. */
const FOLDER = new URL("../corpus/", import.meta.url);

export async function readCorpus(): Promise<Program[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".json")).sort();
  return await Promise.all(files.map(readProgram));
}

async function readProgram(file: string): Promise<Program> {
  const program = JSON.parse(await readFile(new URL(file, FOLDER), "utf8")) as Program;
  return { ...program, name: `corpus/${file}` };
}

/** Adds the program of a divergence, shrunk as it is. Gives the name of the file. */
export async function addToCorpus({ program, spelling }: Divergence): Promise<string> {
  const file = `${program.seed}-${spelling}.json`;
  await writeFile(new URL(file, FOLDER), `${JSON.stringify(program, null, 2)}\n`);
  return file;
}
