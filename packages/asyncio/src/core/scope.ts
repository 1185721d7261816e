import { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { callIn, current, currentFrame, type Frame } from "./frame.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { bodyOf, callBody } from "./native-call.ts";
import { isGenerator, isGeneratorFunction } from "./source.ts";
import { throwInto } from "./strand.ts";

/** How a scope's body ended: null for normally. @internal */
export type Failure = { readonly error: unknown } | null;

/**
 * What Python's `async with` is: entered before the body, left after it with the error that the body ended with.
 *
 * @internal
 */
export interface Scope<S> {
  /** What the body is called with. Runs inside the task. */
  _enter(): S;
  /** May wait. `true` drops the body's error; another error may be thrown in its place. */
  _exit(failure: Failure): CoroutineGenerator<boolean> | boolean;
  /** The frame for the body, if it needs one of its own. */
  _frame?(outer: Frame): Frame;
}

/** A scope's body, in either spelling: an async function, a generator function. */
export type Body<S, T> = (scope: S) => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>;

/** In the place of a body: something to wait for. */
type Operand<T> = Coroutine<T> | Future<T>;

/**
 * Runs a body inside of a scope, once.
 *
 * @throws TypeError when `body` is no function.
 * @internal
 */
export function scoped<S, T>(name: string, scope: Scope<S>, body: Body<S, T>): Coroutine<T> {
  if (typeof body !== "function") {
    throw new TypeError(`${name}() needs a function as its body, got ${describeValue(body)}`);
  }
  return new Scoped(name, scope, body);
}

/** Waits for something inside of a scope, once. @internal */
export function scopedWait<S, T>(name: string, scope: Scope<S>, operand: Operand<T>): Coroutine<T> {
  return new Scoped(name, scope, operand);
}

class Scoped<S, T> extends Coroutine<T> {
  readonly #name: string;
  readonly #scope: Scope<S>;
  readonly #body: Body<S, T> | Operand<T>;
  #started = false;

  constructor(name: string, scope: Scope<S>, body: Body<S, T> | Operand<T>) {
    super();
    this.#name = name;
    this.#scope = scope;
    this.#body = body;
  }

  override get name(): string {
    return this.#name;
  }

  // biome-ignore lint/suspicious/noThenProperty: a coroutine is awaited
  override then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const frame = current.frame === null ? current.storage.get() : undefined;
    if (!frame?.task || frame.task.done()) return super.then(onfulfilled, onrejected);
    return this.#runNative(frame).then(onfulfilled, onrejected);
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    this.#start();
    return new ScopedIterator(this.#name, this.#scope, this.#body);
  }

  /** Natively awaits the body, so that the platform's async stack traces go on through it. */
  async #runNative(frame: Frame): Promise<T> {
    this.#start();
    const entered = this.#scope._enter();
    const inner = this.#scope._frame?.(frame);
    let result: T;
    try {
      result = await this.#callNative(entered, inner);
    } catch (error) {
      if (inner !== undefined) current.storage.resume?.(frame);
      if (await this.#exitNative({ error })) return undefined as T;
      throw error;
    }
    if (inner !== undefined) current.storage.resume?.(frame);
    await this.#exitNative(null);
    return result;
  }

  #callNative(entered: S, inner: Frame | undefined): PromiseLike<T> {
    if (inner === undefined) return this.#call(entered);
    return callIn(inner, () => awaitedHere(this.#call(entered)));
  }

  #call(entered: S): PromiseLike<T> {
    const body = this.#body;
    return typeof body === "function" ? awaitable(body(entered), body.name) : body;
  }

  #exitNative(failure: Failure): PromiseLike<boolean> | boolean {
    const exit = this.#scope._exit(failure);
    return typeof exit === "boolean" ? exit : new GeneratorCoroutine(exit, this.#name);
  }

  #start(): void {
    if (this.#started) throw new RuntimeError(`cannot reuse already awaited coroutine '${this.#name}'`);
    this.#started = true;
    if (current.debug) current.loop?._debugMode()?.started(this);
  }
}

function awaitable<T>(body: PromiseLike<T> | CoroutineGenerator<T>, name: string): PromiseLike<T> {
  return isGenerator(body) ? new GeneratorCoroutine(body, name) : body;
}

/** A coroutine belongs to the frame in which it is awaited; native code has begun already, and in this one. */
function awaitedHere<T>(body: PromiseLike<T>): PromiseLike<T> {
  return body instanceof Promise ? body : (async () => await body)();
}

/** A body that was closed before it ended has, to its scope, been cancelled. */
const CLOSED = new CancelledError("the coroutine was closed");

/**
 * The generator spelling of a scope: hands the steps of the body on, then those of the exit. Written by hand because each
 * resumption would go through one generator more.
 */
class ScopedIterator<S, T> implements Iterator<Suspension, T, unknown> {
  readonly #name: string;
  readonly #scope: Scope<S>;
  readonly #body: Body<S, T> | Operand<T>;
  #phase: "fresh" | "body" | "exit" | "done" = "fresh";
  /** What is being run: the body, then the exit. */
  #inner: Iterator<Suspension, unknown, unknown> | undefined;
  #frame: Frame | undefined;
  #outer: Frame["scope"] = null;
  #failure: Failure = null;
  #result: T | undefined;

  constructor(name: string, scope: Scope<S>, body: Body<S, T> | Operand<T>) {
    this.#name = name;
    this.#scope = scope;
    this.#body = body;
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    let step: IteratorResult<Suspension, unknown>;
    try {
      if (this.#phase === "fresh") this.#enter();
      step = (this.#inner as Iterator<Suspension, unknown, unknown>).next(sent);
    } catch (error) {
      return this.#failed(error);
    }
    return step.done ? this.#ended(step.value) : step;
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    if (this.#inner === undefined) throw error;
    let step: IteratorResult<Suspension, unknown>;
    try {
      step = throwInto(this.#inner, error);
    } catch (raised) {
      return this.#failed(raised);
    }
    return step.done ? this.#ended(step.value) : step;
  }

  /** Closes the body, which may wait in its clean-up, and leaves the scope. */
  return(value: T): IteratorResult<Suspension, T> {
    if (this.#phase === "fresh" || this.#phase === "done") return { done: true, value };
    if (this.#phase === "body") this.#failure = { error: CLOSED };
    let step: IteratorResult<Suspension, unknown> | undefined;
    try {
      step = this.#inner?.return?.(value);
    } catch (error) {
      return this.#failed(error);
    }
    return step === undefined || step.done ? this.#ended(value) : step;
  }

  #enter(): void {
    const frame = currentFrame() as Frame;
    if (frame.task === null) throw new RuntimeError(`${this.#name}() should be used inside a task`);
    const entered = this.#scope._enter();
    this.#phase = "body";
    this.#frame = frame;
    this.#outer = frame.scope;
    const inner = this.#scope._frame?.(frame);
    if (inner !== undefined) frame.scope = inner.scope;
    const body = this.#body;
    if (typeof body !== "function") {
      this.#inner = body[Symbol.iterator]();
      return;
    }
    if (isGeneratorFunction(body)) {
      this.#inner = body(entered) as CoroutineGenerator<T>;
      return;
    }
    const called = callBody(() => body(entered), inner);
    this.#inner = bodyOf<T>(called, frame.task)[Symbol.iterator]();
  }

  #ended(value: unknown): IteratorResult<Suspension, T> {
    if (this.#phase === "exit") return this.#finish(value as boolean);
    this.#result = value as T;
    return this.#leave(this.#failure);
  }

  #failed(error: unknown): IteratorResult<Suspension, T> {
    if (this.#phase === "body") return this.#leave({ error });
    this.#phase = "done";
    if (error === CLOSED) return { done: true, value: this.#result as T };
    throw error;
  }

  #leave(failure: Failure): IteratorResult<Suspension, T> {
    (this.#frame as Frame).scope = this.#outer;
    this.#failure = failure;
    this.#phase = "exit";
    const exit = this.#scope._exit(failure);
    if (typeof exit === "boolean") return this.#finish(exit);
    this.#inner = exit;
    return this.next();
  }

  #finish(drop: boolean): IteratorResult<Suspension, T> {
    this.#phase = "done";
    if (this.#failure === null) return { done: true, value: this.#result as T };
    if (drop || this.#failure.error === CLOSED) return { done: true, value: undefined as T };
    throw this.#failure.error;
  }
}
