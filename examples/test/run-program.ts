import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/**
 * Whether this Node runs the examples. They are TypeScript with `using`, started without a build: that takes a Node which
 * strips types and knows the keyword, 24 or later. On older ones their tests are skipped.
 */
export const canRunPrograms: boolean =
  Boolean(process.features.typescript) && Number.parseInt(process.versions.node, 10) >= 24;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  /** Where the program runs: a folder that is gone after the test. */
  readonly folder: string;
  readonly ended: Promise<Ended>;
  /** Waits until the program has written a text. */
  seen(text: string): Promise<void>;
}

/** Starts a program of this folder as a user would, from source. */
export function startProgram(file: string, ...args: readonly string[]): Program {
  const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-example-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return startProgramIn(folder, file, ...args);
}

/** The same in a folder where one has run before. */
export function startProgramIn(folder: string, file: string, ...args: readonly string[]): Program {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@asyncio-ts/source", path, ...args], { cwd: folder });
  onTestFinished(() => {
    child.kill("SIGKILL"); // a program that outlives its test, as when that fails
  });

  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    child,
    folder,
    ended: new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
    }),
    seen: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (stderr.includes(text) || stdout.includes(text)) resolve();
        };
        check();
        child.stdout.on("data", check);
        child.stderr.on("data", check);
        child.once("close", () => reject(new Error(`the program ended without writing "${text}": ${stderr}`)));
      }),
  };
}

/** Runs a program to its end. */
export async function runProgram(file: string, ...args: readonly string[]): Promise<Ended> {
  return await startProgram(file, ...args).ended;
}

/** Starts a program that prints which port it listens on, and waits for that. */
export async function startServerProgram(
  file: string,
  ...args: readonly string[]
): Promise<{ readonly program: Program; readonly port: number }> {
  const program = startProgram(file, ...args);
  const [output] = (await once(program.child.stdout as NodeJS.ReadableStream, "data")) as [string];
  return { program, port: Number(/port (\d+)/.exec(output)?.[1]) };
}
