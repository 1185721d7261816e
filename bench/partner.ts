import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A program and its arguments. */
export type Command = readonly [file: string, ...args: string[]];

const LONGEST_RUN_MS = 120_000;
const GRACE_MS = 200;

/** A process that is spoken to in lines. Disposing of it ends it. */
export class Partner implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<unknown>;
  #errors = "";

  constructor([file, ...args]: Command) {
    this.#process = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], timeout: LONGEST_RUN_MS });
    this.#exited = once(this.#process, "close").catch((error: unknown) => void (this.#errors += String(error)));
    this.#process.stdin.on("error", () => {}); // it has ended, which the next line tells
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => void (this.#errors += text));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Its next line. Rejects with what it has written to its standard error when it ends instead. */
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done !== true) return value;
    await this.#exited;
    throw new Error(this.#errors || `ended by ${this.#process.signalCode ?? `exit code ${this.#process.exitCode}`}`);
  }

  async expect(line: string): Promise<void> {
    const got = await this.line();
    if (got !== line) throw new Error(`said "${got}" instead of "${line}"`);
  }

  /** Its answer to a line. */
  async ask(question: string): Promise<string> {
    this.#process.stdin.write(`${question}\n`);
    return await this.line();
  }

  /** Ends its input, after which it says its last line. */
  async last(): Promise<string> {
    this.#process.stdin.end();
    return await this.line();
  }

  /** What it has written to its standard error; if it is about to end, then all of it. */
  async complaint(): Promise<string> {
    await Promise.race([this.#exited, sleep(GRACE_MS)]);
    return this.#errors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exited;
  }
}
