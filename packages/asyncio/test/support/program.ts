import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** How a program has ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = build();
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * The library and the programs of fixtures/ as JavaScript, for every Node: not all of them strip types or know `using`.
 * Takes a fraction of a second.
 */
function build(): string {
  const target = mkdtempSync(join(tmpdir(), "asyncio-ts-programs-"));
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  const project = fileURLToPath(new URL("../fixtures", import.meta.url));
  execFileSync(process.execPath, [tsc, "-p", project, "--outDir", target], { stdio: "inherit" });
  // The programs find the library by its name: they are in its package.
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  writeFileSync(join(target, "package.json"), manifest.replaceAll("./dist/", "./src/"));
  return target;
}

/** A program that runs, as a process of its own on the Node that runs the tests. */
export class Program {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  #stdout = "";
  #stderr = "";

  constructor(name: string, env: Readonly<Record<string, string>>) {
    const { PATH } = process.env;
    const child = spawn(process.execPath, [join(folder, "test/fixtures", `${name}.js`)], { env: { PATH, ...env } });
    this.#process = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Waits until the program has printed `text`. */
  async printed(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      const more = new Promise((resolve) => this.#process.stdout?.once("data", resolve));
      const end = await Promise.race([more.then(() => undefined), this.ended]);
      if (end !== undefined) throw new Error(`the program ended and has not printed "${text}": ${JSON.stringify(end)}`);
    }
  }

  /** Writes to the program's standard input. */
  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** Ends the program's standard input. */
  endInput(): void {
    this.#process.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Whatever the test has come to, no process is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended;
  }
}

/** Starts a program of fixtures/. */
export function startProgram(name: string, env: Readonly<Record<string, string>> = {}): Program {
  return new Program(name, env);
}

/** Runs a program of fixtures/ to its end. */
export async function runProgram(name: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  await using program = startProgram(name, env);
  return await program.ended;
}
