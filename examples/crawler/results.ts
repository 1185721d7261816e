import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Visit } from "./crawler.ts";
import type { PageContent } from "./links.ts";
import type { Outcome } from "./page-fetcher.ts";

/**
 * The file with the results, as JSON lines: one JSON object a line, one line a link.
 *
 * Each is written when it arrives and not at the end, so whatever stops the program, the file has what came before.
 */
export class Results implements AsyncDisposable {
  readonly #file: WriteStream;
  #error: Error | undefined;

  /** Makes the file, or empties it. */
  static async open(path: string): Promise<Results> {
    const file = createWriteStream(path);
    await once(file, "open"); // rejects when the file can't be made
    return new Results(file);
  }

  private constructor(file: WriteStream) {
    this.#file = file;
    file.on("error", (error) => {
      this.#error = error;
    });
  }

  /** @throws when an earlier line could not be written: a full disk ends the crawl. */
  save(visit: Visit): void {
    if (this.#error !== undefined) throw this.#error;
    this.#file.write(`${JSON.stringify(toRecord(visit))}\n`);
  }

  /** Closes the file when all is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file.destroyed) return;
    await finished(this.#file.end());
  }
}

/** What is kept of a visit: the page's title and the number of its links, and not its HTML. */
function toRecord({ address, outcome, content, tries, waitedMs }: Visit): object {
  return { url: address, kind: outcome.kind, ...describe(outcome, content), tries, ms: Math.round(waitedMs) };
}

function describe(outcome: Outcome, content: PageContent | undefined): object {
  if (outcome.kind === "error") return { error: outcome.error };
  const { status } = outcome;
  if (outcome.kind === "redirect") return { status, to: outcome.to };
  if (outcome.kind === "file") return { status, type: outcome.type };
  return { status, title: content?.title, links: content?.links.length };
}
