import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { ExceptionGroup } from "./exception-group.ts";
import { currentFrame, type Frame } from "./frame.ts";
import { Future } from "./future.ts";
import type { ReadyEntry } from "./handle.ts";
import { type Linked, LinkedList } from "./linked-list.ts";
import { type Body, type Failure, scoped } from "./scope.ts";
import { isGenerator, type TaskSource } from "./source.ts";
import { currentTask, PLAIN, type Task, type TaskOptions } from "./task.ts";

/**
 * The tasks of a `taskGroup()` body. The body's end waits for all of them; the first failure cancels the others and the
 * body, and all failures are raised together.
 */
export class TaskGroup {
  #parent: Task<unknown> | null = null;
  #scope: Frame["scope"] = null;
  readonly #children = new LinkedList<Child>();
  #errors: unknown[] = [];
  #entered = false;
  #exiting = false;
  #aborting = false;
  /** The group has cancelled its parent, and owes it an uncancel(). */
  #cancelledParent = false;
  /** cancel() was called: the cancellation that it caused ends at the group. */
  #cancelCalled = false;
  /** The parent's cancel requests when the body began. */
  #cancelling = 0;
  #childrenDone: Future<undefined> | null = null;

  /**
   * Makes a task of the group. Also from its children, while the group waits for them.
   *
   * @throws RuntimeError when the body has not begun, or the group is finished or shutting down.
   */
  createTask<T>(source: TaskSource<T>, options: TaskOptions = PLAIN): Task<T> {
    const refusal = this.#refusal();
    if (refusal !== null) {
      if (source instanceof Coroutine) source.close();
      else if (isGenerator(source)) source.return(undefined as never);
      throw new RuntimeError(`the TaskGroup ${refusal}`);
    }
    const parent = this.#parent as Task<unknown>;
    const task = parent.getLoop().createTask(source, options);
    task.scope = this.#scope;
    const child = new Child(this, task);
    this.#children.add(child);
    // Also if it is done already, so that an eager failure does not cancel the parent too early.
    task._addWaiter(child);
    return task;
  }

  /**
   * Cancels the children and the body; the group then ends without an error. A body that is cut short this way has no
   * result, so the group's is `undefined`. After the end it does nothing.
   */
  cancel(message?: unknown): void {
    if (this.#cancelCalled || !this.#entered || this.#finished()) return;
    this.#cancelCalled = true;
    if (this.#aborting) return;
    this.#abort(message);
    if (!this.#exiting) this.#cancelParent(message);
  }

  /** @internal */
  _enter(): TaskGroup {
    const parent = currentTask();
    if (parent === null) throw new RuntimeError("TaskGroup cannot determine the parent task: use it inside a task");
    this.#entered = true;
    this.#parent = parent;
    this.#cancelling = parent.cancelling();
    this.#scope = currentFrame()?.scope ?? null;
    return this;
  }

  /** @internal */
  *_exit(failure: Failure): CoroutineGenerator<boolean> {
    try {
      return yield* this.#leave(failure);
    } finally {
      this.#parent = null;
      this.#errors = [];
    }
  }

  *#leave(failure: Failure): CoroutineGenerator<boolean> {
    this.#exiting = true;
    const parent = this.#parent as Task<unknown>;
    const fromBody = failure?.error instanceof CancelledError ? failure.error : null;
    if (failure !== null && !this.#aborting) this.#abort();
    const cancellation = this.#settleRequests(parent, (yield* this.#joinChildren()) ?? fromBody);
    if (cancellation !== null && this.#errors.length === 0) throw cancellation;
    if (failure !== null && fromBody === null) this.#errors.push(failure.error);
    if (this.#errors.length > 0) {
      // Errors and a cancel from outside: the errors are raised, and the parent is cancelled at its next wait.
      if (parent.cancelling() > 0) {
        parent.uncancel();
        parent.cancel();
      }
      throw new ExceptionGroup("unhandled errors in a TaskGroup", this.#errors);
    }
    return true;
  }

  /** Waits until there are no children. Gives the CancelledError of a cancel that came meanwhile and not from the group. */
  *#joinChildren(): CoroutineGenerator<CancelledError | null> {
    const parent = this.#parent as Task<unknown>;
    let cancellation: CancelledError | null = null;
    while (!this.#children.isEmpty()) {
      this.#childrenDone ??= new ChildrenDone({ loop: parent.getLoop() });
      try {
        yield* this.#childrenDone;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        if (!this.#aborting || this.#cancelCalled) cancellation = error;
        if (!this.#aborting) this.#abort();
      }
      this.#childrenDone = null;
    }
    return cancellation;
  }

  /** Takes back the cancel request of the group. The cancellation goes with it, unless others ask for it too. */
  #settleRequests(parent: Task<unknown>, cancellation: CancelledError | null): CancelledError | null {
    const left = this.#cancelledParent ? parent.uncancel() : parent.cancelling();
    if (this.#cancelCalled) return left > this.#cancelling ? cancellation : null;
    return this.#cancelledParent && left === 0 ? null : cancellation;
  }

  /** @internal */
  _childDone(child: Child): void {
    const task = child._task;
    this.#children.remove(child);
    if (this.#children.isEmpty() && this.#childrenDone !== null && !this.#childrenDone.done()) {
      this.#childrenDone.setResult(undefined);
    }
    if (task.cancelled()) return;
    if (!task._failed()) return;
    this.#errors.push(task._takeError());
    if (this.#aborting || this.#cancelledParent) return;
    this.#abort();
    this.#cancelParent();
  }

  /** Who waits for the children. @internal */
  get _parent(): Task<unknown> | null {
    return this.#parent;
  }

  #abort(message?: unknown): void {
    this.#aborting = true;
    for (const { _task } of this.#children) {
      if (!_task.done()) _task.cancel(message);
    }
  }

  #cancelParent(message?: unknown): void {
    this.#cancelledParent = true;
    (this.#parent as Task<unknown>).cancel(message);
  }

  #finished(): boolean {
    return this.#exiting && this.#children.isEmpty();
  }

  #refusal(): string | null {
    if (!this.#entered) return "has not been entered";
    if (this.#finished()) return "is finished";
    return this.#aborting ? "is shutting down" : null;
  }
}

/** A task of a group: what stands in the ready queue when it is done. */
class Child implements ReadyEntry, Linked<Child> {
  readonly _task: Task<unknown>;
  readonly #group: TaskGroup;
  _before: Child | null = null;
  _after: Child | null = null;

  constructor(group: TaskGroup, task: Task<unknown>) {
    this.#group = group;
    this._task = task;
  }

  _run(): void {
    this.#group._childDone(this);
  }

  /** Who waits for the task, for call graphs. @internal */
  get _awaiter(): Task<unknown> | null {
    return this.#group._parent;
  }
}

/** What a group waits for at its end. */
class ChildrenDone extends Future<undefined> {
  override toString(): string {
    return "the tasks of a group";
  }
}

/**
 * Runs `body` with a {@link TaskGroup}, and waits for all tasks of the group. Gives the body's result.
 *
 * @throws ExceptionGroup, from the wait, with the errors of the tasks and, last, of the body.
 * @example
 * ```ts
 * import { run, sleep, taskGroup } from "asyncio-ts";
 *
 * await run(() =>
 *   taskGroup(async (group) => {
 *     const one = group.createTask(() => sleep(2, 1));
 *     const two = group.createTask(() => sleep(1, 2));
 *     console.log((await one) + (await two)); // 3
 *   }),
 * );
 * ```
 */
export function taskGroup<T>(body: Body<TaskGroup, T>): Coroutine<T> {
  return scoped("taskGroup", new TaskGroup(), body);
}
