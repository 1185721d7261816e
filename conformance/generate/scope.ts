import type { Block, Delay, ErrorSpec, Name, PlainErrorType, Statement, Value } from "../language/ast.ts";
import { type Names, numberOf } from "./names.ts";
import type { Random } from "./random.ts";

/** Ids are given when the whole program is there, in the order of its text. */
export const UNNUMBERED = 0;

/** Few and small, so that things fall on the same instant: that is where the order of steps matters. */
const DELAYS: readonly Delay[] = [0, 0, 1, 1, 2, 2, 3, 5, 10];
const LIMITS: readonly (Delay | null)[] = [null, -1, 0, 0, 1, 1, 2, 2, 3, 3, 5, 10];

type Place = Pick<
  Scope,
  "random" | "names" | "depth" | "lowestTask" | "groups" | "timeouts" | "mayStall" | "inCallback"
>;

export type BlockWriter = (scope: Scope, size: number) => Statement[];

/** Where in the program something is being written. */
export class Scope {
  readonly random: Random;
  readonly names: Names;
  readonly depth: number;
  /**
   * Only tasks from this number on may be waited for. A ring of tasks that await each other sends cancel() round for
   * ever, on CPython too.
   */
  readonly lowestTask: number;
  readonly groups: readonly Name[];
  readonly timeouts: readonly Name[];
  /** Whether what is written here may wait for ever. If main does, the program is over. */
  readonly mayStall: boolean;
  /** Inside of a done-callback no more are added: one that adds itself to a done future runs for ever. */
  readonly inCallback: boolean;
  readonly #writeBlock: BlockWriter;

  constructor(given: Place, writer: BlockWriter) {
    this.random = given.random;
    this.names = given.names;
    this.depth = given.depth;
    this.lowestTask = given.lowestTask;
    this.groups = given.groups;
    this.timeouts = given.timeouts;
    this.mayStall = given.mayStall;
    this.inCallback = given.inCallback;
    this.#writeBlock = writer;
  }

  inside(change: Partial<Pick<Place, "groups" | "timeouts" | "inCallback">> = {}): Scope {
    return new Scope({ ...this.#place(), depth: this.depth + 1, ...change }, this.#writeBlock);
  }

  /** Inside the coroutine of this task. */
  insideTask(task: Name, change: Partial<Pick<Place, "groups">> = {}): Scope {
    const lowestTask = numberOf(task) + 1;
    return new Scope(
      { ...this.#place(), depth: this.depth + 1, lowestTask, mayStall: true, ...change },
      this.#writeBlock,
    );
  }

  /** A block of about so many statements, less when the program is long enough. */
  block(size: number): Block {
    return this.#writeBlock(this, size);
  }

  delay(): Delay {
    return this.random.pick(DELAYS);
  }

  limit(): Delay | null {
    return this.random.pick(LIMITS);
  }

  /** A limit that will come. */
  soonLimit(): Delay {
    return this.random.pick([0, 1, 2, 3, 5]);
  }

  /** A limit that may be none, where that does no harm. */
  limitHere(): Delay | null {
    return this.mayStall || this.random.chance(0.02) ? this.limit() : this.soonLimit();
  }

  value(): Value {
    return this.random.chance(0.2) ? null : this.random.int(10);
  }

  /** A cancel message, or none. */
  message(): string | null {
    return this.random.chance(0.5) ? this.names.fresh("m") : null;
  }

  error(): ErrorSpec {
    const type = this.random.weighted({ plain: 9, group: 1 });
    if (type === "plain")
      return this.#plainError({ Boom: 7, ValueError: 1, RuntimeError: 0.5, TimeoutError: 1, CancelledError: 1 });
    const errors = Array.from({ length: this.random.between(1, 3) }, () => this.#memberOfGroup());
    return { type: "ExceptionGroup", message: this.names.fresh("g"), errors };
  }

  #memberOfGroup(): ErrorSpec {
    return this.random.chance(0.1)
      ? {
          type: "ExceptionGroup",
          message: this.names.fresh("g"),
          errors: [this.#plainError({ Boom: 1, ValueError: 1 })],
        }
      : this.#plainError({ Boom: 3, ValueError: 1, TimeoutError: 1 });
  }

  #plainError(weights: Partial<Record<PlainErrorType, number>>): ErrorSpec {
    return { type: this.random.weighted(weights), message: this.random.chance(0.1) ? "" : this.names.fresh("e") };
  }

  #place(): Place {
    const { random, names, depth, lowestTask, groups, timeouts, mayStall, inCallback } = this;
    return { random, names, depth, lowestTask, groups, timeouts, mayStall, inCallback };
  }
}
