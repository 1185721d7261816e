import { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { current, currentFrame, type Frame } from "./frame.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { bodyOf, callBody } from "./native-call.ts";
import { isGenerator, isGeneratorFunction } from "./source.ts";

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

/** The body was closed before it ended: to the scope that is a cancellation. */
const CLOSED = { error: new CancelledError("the coroutine was closed") } as const;

/**
 * Runs a body inside of a scope, once.
 *
 * In the native spelling that is an async function which natively awaits the body, so that the platform's async stack
 * traces go on through it.
 *
 * @internal
 */
export class Scoped<S, T> extends Coroutine<T> {
  readonly #name: string;
  readonly #scope: Scope<S>;
  readonly #body: Body<S, T>;
  #started = false;

  constructor(name: string, scope: Scope<S>, body: Body<S, T>) {
    super();
    if (typeof body !== "function") {
      throw new TypeError(`${name}() needs a function as its body, got ${describeValue(body)}`);
    }
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
    return this.#runGenerator();
  }

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
    if (inner !== undefined) current.storage.resume?.(inner);
    const call = (): PromiseLike<T> => {
      const body = this.#body(entered);
      return isGenerator(body) ? new GeneratorCoroutine(body as CoroutineGenerator<T>, this.#body.name) : (body as PromiseLike<T>);
    };
    return inner === undefined ? call() : current.storage.run(inner, call);
  }

  #exitNative(failure: Failure): PromiseLike<boolean> | boolean {
    const exit = this.#scope._exit(failure);
    return typeof exit === "boolean" ? exit : new GeneratorCoroutine(exit, this.#name);
  }

  *#runGenerator(): CoroutineGenerator<T> {
    this.#start();
    const frame = currentFrame() as Frame;
    const entered = this.#scope._enter();
    const outer = frame.scope;
    const inner = this.#scope._frame?.(frame);
    let failure: Failure = CLOSED;
    let result!: T;
    try {
      if (inner !== undefined) frame.scope = inner.scope;
      result = yield* this.#callGenerator(entered, inner, frame);
      failure = null;
    } catch (error) {
      failure = { error };
    } finally {
      frame.scope = outer;
      // Somebody closes the generator while the body is suspended: what comes after the try is not reached then.
      if (failure === CLOSED) yield* this.#exitClosed();
    }
    const drop = yield* this.#exitGenerator(failure);
    if (failure !== null && !drop) throw failure.error;
    return result;
  }

  #callGenerator(entered: S, inner: Frame | undefined, frame: Frame): CoroutineGenerator<T> {
    const { task } = frame;
    if (task === null) throw new RuntimeError(`${this.#name}() should be used inside a task`);
    const body = this.#body;
    if (isGeneratorFunction(body)) return body(entered) as CoroutineGenerator<T>;
    const result = callBody(() =>
      inner === undefined ? body(entered) : current.storage.run(inner, () => body(entered)),
    );
    return bodyOf<T>(result, task) as unknown as CoroutineGenerator<T>;
  }

  *#exitGenerator(failure: Failure): CoroutineGenerator<boolean> {
    const exit = this.#scope._exit(failure);
    return typeof exit === "boolean" ? exit : yield* exit;
  }

  *#exitClosed(): CoroutineGenerator<void> {
    try {
      yield* this.#exitGenerator(CLOSED);
    } catch (error) {
      if (error !== CLOSED.error) throw error;
    }
  }

  #start(): void {
    if (this.#started) throw new RuntimeError(`cannot reuse already awaited coroutine '${this.#name}'`);
    this.#started = true;
    if (current.debug) current.loop?._debugMode()?.started(this);
  }
}

