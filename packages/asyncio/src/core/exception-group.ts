import { ValueError } from "./errors.ts";

/** What `split()` and `subgroup()` look for: an error class, several, or a test. */
export type ErrorCondition =
  | (abstract new (
      ...args: never[]
    ) => unknown)
  | readonly (abstract new (
      ...args: never[]
    ) => unknown)[]
  | ((error: unknown) => boolean);

/**
 * Several errors that happened together, as `TaskGroup` raises them. Groups nest.
 *
 * @example
 * ```ts
 * import { ExceptionGroup } from "asyncio-ts";
 *
 * const group = new ExceptionGroup("two problems", [new TypeError("a"), new RangeError("b")]);
 * const [types, others] = group.split(TypeError);
 * console.log(types?.exceptions.length, others?.exceptions.length); // 1 1
 * ```
 */
export class ExceptionGroup extends AggregateError {
  static {
    this.prototype.name = "ExceptionGroup";
  }

  /** @throws TypeError when `message` is no string; ValueError when there are no errors. */
  constructor(message: string, errors: Iterable<unknown>) {
    if (typeof message !== "string") {
      throw new TypeError(`ExceptionGroup: the message must be a string, got ${typeof message}`);
    }
    super(errors, message);
    if (this.errors.length === 0) throw new ValueError("ExceptionGroup: the list of errors must not be empty");
  }

  /** The errors, in order; the same list as `errors`. */
  get exceptions(): readonly unknown[] {
    return this.errors;
  }

  /** A group of other errors with this one's message and cause. Subclasses override it to keep their own class. */
  derive(errors: Iterable<unknown>): ExceptionGroup {
    return new ExceptionGroup(this.message, errors);
  }

  /** The part of the group, nesting kept, whose errors meet the condition; null when none does. */
  subgroup(condition: ErrorCondition): ExceptionGroup | null {
    return this.split(condition)[0];
  }

  /** The errors that meet the condition, and the rest, both with the nesting kept. */
  split(condition: ErrorCondition): [ExceptionGroup | null, ExceptionGroup | null] {
    const meets = toTest(condition);
    if (meets(this)) return [this, null];
    const matching: unknown[] = [];
    const rest: unknown[] = [];
    for (const error of this.exceptions) {
      if (error instanceof ExceptionGroup) {
        const [inner, outer] = error.split(meets);
        if (inner !== null) matching.push(inner);
        if (outer !== null) rest.push(outer);
      } else {
        (meets(error) ? matching : rest).push(error);
      }
    }
    return [this.#part(matching), this.#part(rest)];
  }

  #part(errors: unknown[]): ExceptionGroup | null {
    if (errors.length === 0) return null;
    const group = this.derive(errors);
    if (this.cause !== undefined) group.cause = this.cause;
    return group;
  }
}

type ErrorClass = abstract new (...args: never[]) => unknown;

function toTest(condition: ErrorCondition): (error: unknown) => boolean {
  if (Array.isArray(condition)) return (error) => condition.some((type: ErrorClass) => error instanceof type);
  if (isErrorClass(condition)) return (error) => error instanceof condition;
  if (typeof condition === "function") return condition;
  throw new TypeError(
    `ExceptionGroup: expected an error class, a list of them or a function, got ${String(condition)}`,
  );
}

function isErrorClass(condition: unknown): condition is ErrorClass {
  // The prototype of a class can't be replaced, that of a function can, and an arrow function has none.
  return typeof condition === "function" && Object.getOwnPropertyDescriptor(condition, "prototype")?.writable === false;
}
