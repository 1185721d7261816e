import { mkdir, rm, rmSync } from "node:fs";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import type { Future } from "../../core/future.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import { startParked } from "../../core/park.ts";
import { Acquiring } from "./acquiring.ts";
import { unwatchForgotten, watchForgotten } from "./descriptor.ts";
import { doneIn } from "./fs-call.ts";
import { makeUnderFreeName, type TemporaryNameOptions } from "./temporary-names.ts";

/** For {@link temporaryDirectory}. */
export interface TemporaryDirectoryOptions extends TemporaryNameOptions {
  /** False keeps the folder at the end. */
  readonly delete?: boolean | undefined;
  /** Take no notice when something in it can't be removed. */
  readonly ignoreCleanupErrors?: boolean | undefined;
}

const REMOVAL = { recursive: true, force: true } as const;

/** A folder that is removed with all that is in it, by {@link TemporaryDirectory.cleanup} or `await using`. */
export class TemporaryDirectory implements AsyncDisposable {
  /** Its path. */
  readonly name: string;
  readonly #options: TemporaryDirectoryOptions;
  #removing: Future<void> | null = null;

  /** @internal */
  constructor(name: string, options: TemporaryDirectoryOptions) {
    this.name = name;
    this.#options = options;
    if (options.delete === false) return;
    watchForgotten(this, `Implicitly cleaning up <TemporaryDirectory '${name}'>`, () => {
      rm(name, REMOVAL, () => {});
    });
  }

  /** Removes it, even if it was made to stay. It can't be cancelled. @throws OSError. */
  cleanup(): Coroutine<void> {
    return new GeneratorCoroutine(this.#cleanup(), "TemporaryDirectory.cleanup");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#options.delete !== false) await this.cleanup();
  }

  toString(): string {
    return `<TemporaryDirectory '${this.name}'>`;
  }

  *#cleanup(): CoroutineGenerator<void> {
    if (this.#removing?.done()) return;
    this.#removing ??= this.#remove(getRunningLoop());
    yield* this.#removing;
  }

  #remove(loop: EventLoop): Future<void> {
    unwatchForgotten(this);
    const { ignoreCleanupErrors = false } = this.#options;
    return startParked<void>(loop, (wait) => {
      const done = doneIn(loop, wait);
      loop._outside(() => rm(this.name, REMOVAL, (error) => done(ignoreCleanupErrors ? null : error)));
      return () => "wait";
    });
  }
}

/**
 * Makes a folder only for its owner, that is removed at the end.
 *
 * @throws from the wait: OSError, FileNotFoundError when there is no `dir`.
 * @example
 * ```ts
 * import { existsSync } from "node:fs";
 * import { run } from "asyncio-ts";
 * import { temporaryDirectory } from "asyncio-ts/files";
 *
 * let path = "";
 * await run(async () => {
 *   await using folder = await temporaryDirectory({ prefix: "job-" });
 *   path = folder.name;
 * });
 * console.log(existsSync(path)); // false
 * ```
 */
export function temporaryDirectory(options: TemporaryDirectoryOptions = {}): Coroutine<TemporaryDirectory> {
  return new Acquiring<{ readonly path: string }, TemporaryDirectory>({
    name: "temporaryDirectory",
    start: (done) => makeUnderFreeName<void>(options, (path, made) => mkdir(path, 0o700, (error) => made(error)), done),
    finish: ({ path }) => new TemporaryDirectory(path, options),
    discard: ({ path }, done) => rm(path, REMOVAL, done),
    drop: ({ path }) => rmSync(path, REMOVAL),
  });
}
