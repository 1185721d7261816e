import { createHash } from "node:crypto";
import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { ProgrammingError } from "../errors.ts";
import type { RawArgument } from "./encode.ts";

/** What a script is given: as `KEYS` and `ARGV`. */
export interface ScriptArguments {
  readonly keys?: readonly string[];
  readonly args?: readonly RawArgument[];
}

/** A client, or a connection, on which scripts can be run. */
export interface ScriptTarget {
  command(name: string, ...args: RawArgument[]): Coroutine<unknown>;
}

/**
 * A Lua script, made by `registerScript()`. The server is sent its digest, and the text only if it does not know that.
 */
export class Script {
  readonly source: string;
  /** The SHA-1 digest of the source. */
  readonly sha: string;
  readonly #target: ScriptTarget;

  /** @internal */
  constructor(target: ScriptTarget, source: string) {
    this.#target = target;
    this.source = source;
    this.sha = createHash("sha1").update(source).digest("hex");
  }

  /** Runs it. Nothing else runs on the server meanwhile. */
  run(values: ScriptArguments = {}): Coroutine<unknown> {
    return Script.#run.call(this, values);
  }

  static readonly #run = coroutine(function* run(
    this: Script,
    { keys = [], args = [] }: ScriptArguments,
  ): CoroutineGenerator<unknown> {
    const rest = [keys.length, ...keys, ...args];
    try {
      return yield* this.#target.command("EVALSHA", this.sha, ...rest);
    } catch (error) {
      if (!(error instanceof ProgrammingError && error.code === "NOSCRIPT")) throw error;
      return yield* this.#target.command("EVAL", this.source, ...rest);
    }
  });
}
