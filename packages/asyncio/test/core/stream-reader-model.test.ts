import { createTask, IncompleteReadError, LimitOverrunError, StreamReader, sleep, ValueError } from "asyncio-ts";
import { runVirtualSync } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

/** What can be asked of a reader, in words. */
type Read =
  | { readonly kind: "read"; readonly size: number }
  | { readonly kind: "readexactly"; readonly size: number }
  | { readonly kind: "readuntil"; readonly separators: readonly string[] }
  | { readonly kind: "readline" };

/** The simplest reader there could be: a string, that is searched anew each time. */
class Model {
  #buffer = "";
  #ended = false;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined is the end. */
  feed(chunk: string | undefined): void {
    if (chunk === undefined) this.#ended = true;
    else this.#buffer += chunk;
  }

  /** What the read gives; undefined when it has to wait for more. */
  read(read: Read): string | undefined {
    switch (read.kind) {
      case "read":
        if (read.size < 0) return this.#ended ? this.#take(this.#buffer.length) : undefined;
        if (read.size === 0 || this.#buffer.length > 0 || this.#ended) return this.#take(read.size);
        return undefined;
      case "readexactly":
        return this.#buffer.length >= read.size ? this.#take(read.size) : this.#incomplete();
      case "readuntil":
        return this.#until(read.separators);
      default:
        return this.#line();
    }
  }

  #line(): string | undefined {
    const line = this.#until(["\n"]);
    if (line?.startsWith("incomplete ")) return line.slice("incomplete ".length);
    if (!line?.startsWith("overrun ")) return line;
    const newline = this.#buffer.indexOf("\n");
    this.#take(newline < 0 ? this.#buffer.length : newline + 1);
    return "ValueError";
  }

  #until(separators: readonly string[]): string | undefined {
    const longest = Math.max(...separators.map((separator) => separator.length));
    const matches = separators
      .map((separator) => ({ start: this.#buffer.indexOf(separator), length: separator.length }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start + a.length - (b.start + b.length) || a.length - b.length);
    const [first] = matches;
    if (first !== undefined) {
      return first.start > this.#limit ? `overrun ${first.start}` : this.#take(first.start + first.length);
    }
    const searched = Math.max(0, this.#buffer.length + 1 - longest);
    if (searched > this.#limit) return `overrun ${searched}`;
    return this.#incomplete();
  }

  #incomplete(): string | undefined {
    return this.#ended ? `incomplete ${this.#take(this.#buffer.length)}` : undefined;
  }

  #take(count: number): string {
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    return taken;
  }
}

const text = (data: Uint8Array) => Buffer.from(data).toString("latin1");

function* perform(reader: StreamReader, read: Read) {
  try {
    switch (read.kind) {
      case "read":
        return text(yield* reader.read(read.size));
      case "readexactly":
        return text(yield* reader.readexactly(read.size));
      case "readuntil":
        return text(yield* reader.readuntil(read.separators));
      default:
        return text(yield* reader.readline());
    }
  } catch (error) {
    if (error instanceof IncompleteReadError) return `incomplete ${text(error.partial)}`;
    if (error instanceof LimitOverrunError) return `overrun ${error.consumed}`;
    if (error instanceof ValueError) return "ValueError";
    throw error;
  }
}

const chunk = fc.string({ unit: fc.constantFrom("a", "b", ";", "\n"), minLength: 1, maxLength: 9 });
const separator = fc.constantFrom("\n", ";", "ab", "b;", "aba", "\n\n", "a", "b;b");
const count = fc.nat({ max: 12 });
const read: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant("read" as const), size: fc.oneof(count, count, fc.constant(-1)) }),
  fc.record({ kind: fc.constant("readexactly" as const), size: count }),
  fc.record({
    kind: fc.constant("readuntil" as const),
    separators: fc.array(separator, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("readline" as const) }),
);

interface Case {
  readonly chunks: readonly string[];
  readonly reads: readonly Read[];
  readonly limit: number;
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  chunks: fc.array(chunk, { maxLength: 20 }),
  reads: fc.array(read, { maxLength: 30 }),
  limit: fc.integer({ min: 1, max: 12 }),
});

test("StreamReader gives what the simplest possible reader gives, whatever comes, in whatever pieces", () => {
  fc.assert(
    fc.property(anyCase, (each) => {
      expect(actualOf(each)).toEqual(expectedOf(each));
    }),
    { numRuns: 1000 },
  );
});

/** A chunk comes whenever the reading waits, and after the last one the end. */
function expectedOf({ chunks, reads, limit }: Case): string[] {
  const model = new Model(limit);
  const left = [...chunks];
  return reads.map((each) => {
    for (;;) {
      const result = model.read(each);
      if (result !== undefined) return result;
      model.feed(left.shift());
    }
  });
}

function actualOf({ chunks, reads, limit }: Case): string[] {
  return runVirtualSync(function* () {
    const reader = new StreamReader({ limit });
    createTask(function* () {
      for (const each of chunks) {
        yield* sleep(1);
        reader.feedData(Buffer.from(each));
      }
      yield* sleep(1);
      reader.feedEof();
    });
    const results: string[] = [];
    for (const each of reads) results.push(yield* perform(reader, each));
    return results;
  });
}
