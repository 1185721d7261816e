import type { Task } from "./task.ts";

/** The unfinished tasks of a loop, oldest first: a list through the tasks themselves, so that joining and leaving is O(1). */
export class TaskList implements Iterable<Task<unknown>> {
  #first: Task<unknown> | null = null;
  #last: Task<unknown> | null = null;

  add(task: Task<unknown>): void {
    task._before = this.#last;
    if (this.#last === null) this.#first = task;
    else this.#last._after = task;
    this.#last = task;
  }

  remove(task: Task<unknown>): void {
    if (task._before === null) this.#first = task._after;
    else task._before._after = task._after;
    if (task._after === null) this.#last = task._before;
    else task._after._before = task._before;
    task._before = null;
    task._after = null;
  }

  *[Symbol.iterator](): Iterator<Task<unknown>> {
    let task = this.#first;
    while (task !== null) {
      const next: Task<unknown> | null = task._after;
      yield task;
      task = next;
    }
  }
}
