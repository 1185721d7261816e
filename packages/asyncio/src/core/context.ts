import { LookupError, RuntimeError, ValueError } from "./errors.ts";
import { current, currentFrame } from "./frame.ts";

/** The values of a context: never changed, only replaced. @internal */
export type Values = ReadonlyMap<ContextVar<unknown>, unknown>;

const EMPTY: Values = new Map();

/**
 * A mapping of {@link ContextVar}s to values. Each task runs in a copy of its creator's.
 *
 * Copying is O(1): the values are an immutable map that `ContextVar.set()` replaces.
 */
export class Context {
  /** @internal */
  _values: Values;
  #entered = false;

  constructor() {
    this._values = EMPTY;
  }

  /**
   * Calls `fn` in this context; what it sets stays in here. An async `fn` keeps the context after its awaits.
   *
   * @throws RuntimeError when the context is entered already.
   */
  run<A extends readonly unknown[], T>(fn: (...args: A) => T, ...args: A): T {
    const outer = currentFrame();
    const outerContext = outer?.context ?? rootContext;
    if (this.#entered || this === outerContext) {
      throw new RuntimeError("cannot enter context: this context is already entered");
    }
    const outerEntered = outerContext.#entered;
    outerContext.#entered = true;
    this.#entered = true;
    const frame = { task: outer?.task ?? null, context: this, scope: outer?.scope ?? null };
    const previous = current.frame;
    // The field is cleared so that the code finds the frame in the storage, which also lasts across its awaits.
    current.frame = null;
    try {
      return current.storage.run(frame, () => fn(...args));
    } finally {
      current.frame = previous;
      this.#entered = false;
      outerContext.#entered = outerEntered;
    }
  }

  copy(): Context {
    return contextOf(this._values);
  }

  /** The value of `variable` in this context, else `fallback`. */
  get<T>(variable: ContextVar<T>): T | undefined;
  get<T, D>(variable: ContextVar<T>, fallback: D): T | D;
  get<T, D>(variable: ContextVar<T>, fallback?: D): T | D | undefined {
    const key = variable as ContextVar<unknown>;
    return this._values.has(key) ? (this._values.get(key) as T) : fallback;
  }

  has(variable: ContextVar<never> | ContextVar<unknown>): boolean {
    return this._values.has(variable as ContextVar<unknown>);
  }

  get size(): number {
    return this._values.size;
  }

  keys(): IterableIterator<ContextVar<unknown>> {
    return this._values.keys();
  }

  values(): IterableIterator<unknown> {
    return this._values.values();
  }

  items(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this._values.entries();
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys();
  }
}

/** The context of code that runs outside of every task and callback. */
const rootContext: Context = new Context();

function currentContext(): Context {
  return currentFrame()?.context ?? rootContext;
}

/** A copy of the current context: what a task that is made here starts with. */
export function copyContext(): Context {
  return contextOf(currentValues());
}

/** @internal */
export function contextOf(values: Values): Context {
  const context = new Context();
  context._values = values;
  return context;
}

/** What a copy of the current context has, without making a context of a task that has not needed one yet. @internal */
export function currentValues(): Values {
  const frame = currentFrame();
  if (frame === null) return rootContext._values;
  return frame._contextValues?.() ?? frame.context._values;
}

const MISSING: unique symbol = Symbol("Token.MISSING");

/** What `ContextVar.set()` returns: it undoes the set, by `variable.reset(token)` or by `using`. */
export class Token<T> {
  /** `oldValue` of a token whose variable had no value before. */
  static readonly MISSING: typeof MISSING = MISSING;

  readonly var: ContextVar<T>;
  readonly oldValue: T | typeof MISSING;
  /** @internal */
  readonly _context: Context;
  /** @internal */
  _used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, oldValue: T | typeof MISSING, context: Context) {
    this.var = variable;
    this.oldValue = oldValue;
    this._context = context;
  }

  [Symbol.dispose](): void {
    this.var.reset(this);
  }
}

/**
 * A variable with a value for each {@link Context}, hence for each task.
 *
 * @example
 * ```ts
 * import { ContextVar, createTask, run } from "asyncio-ts";
 *
 * const user = new ContextVar<string>("user", { default: "nobody" });
 * await run(async () => {
 *   user.set("ada");
 *   await createTask(async () => void user.set("bob"));
 *   console.log(user.get()); // ada
 * });
 * ```
 */
export class ContextVar<T> {
  readonly name: string;
  readonly #default: T | typeof MISSING;

  /** @throws TypeError when the name is no string. */
  constructor(name: string, options: { readonly default?: T } = {}) {
    if (typeof name !== "string") throw new TypeError(`ContextVar: the name must be a string, got ${typeof name}`);
    this.name = name;
    this.#default = "default" in options ? options.default : MISSING;
  }

  /**
   * The value in the current context, else `fallback`, else the variable's default.
   *
   * @throws LookupError when there is none of the three.
   */
  get(): T;
  get<D>(fallback: D): T | D;
  get<D>(...fallback: [] | [D]): T | D {
    const values = currentContext()._values;
    const key = this as ContextVar<unknown>;
    if (values.has(key)) return values.get(key) as T;
    if (fallback.length > 0) return fallback[0] as D;
    if (this.#default !== MISSING) return this.#default;
    throw new LookupError(`the context variable "${this.name}" has no value here and no default`);
  }

  /** Sets the value in the current context. */
  set(value: T): Token<T> {
    const context = currentContext();
    const key = this as ContextVar<unknown>;
    const old = context._values.has(key) ? (context._values.get(key) as T) : MISSING;
    context._values = new Map(context._values).set(key, value);
    return new Token(this, old, context);
  }

  /**
   * Gives the variable the value that it had before the `set()` that made `token`.
   *
   * @throws RuntimeError when the token was used before; ValueError when it belongs to another variable or context.
   */
  reset(token: Token<T>): void {
    if (token._used) throw new RuntimeError(`the token of context variable "${this.name}" has already been used once`);
    if (token.var !== this) throw new ValueError(`the token was made by another variable than "${this.name}"`);
    const context = currentContext();
    if (token._context !== context) {
      throw new ValueError(`the token of context variable "${this.name}" was made in a different context`);
    }
    token._used = true;
    const values = new Map(context._values);
    const key = this as ContextVar<unknown>;
    if (token.oldValue === MISSING) values.delete(key);
    else values.set(key, token.oldValue);
    context._values = values;
  }
}
