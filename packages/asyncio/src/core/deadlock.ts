import { DeadlockError } from "./errors.ts";
import type { EventLoop } from "./loop.ts";
import { operationOf, stacksOf } from "./stack.ts";
import type { Stepper } from "./strand.ts";
import { Task } from "./task.ts";

/** The error for a loop that nothing can wake: each unfinished task, what it waits for, and where. @internal */
export function deadlockError(loop: EventLoop): DeadlockError {
  const tasks = [...loop._unfinished()];
  const lines = tasks.flatMap((task) => [`  ${task} waits for ${waitsFor(task)}`, ...places(task)]);
  const count = tasks.length === 1 ? "the task waits" : `all ${tasks.length} tasks wait`;
  return new DeadlockError(`nothing can wake the program up any more: ${count} for ever\n${lines.join("\n")}`);
}

function places(task: Task<unknown>): string[] {
  return stacksOf(task)
    .flat()
    .map((frame) => `    at ${frame.functionName} (${frame.file}:${frame.line}:${frame.column})`);
}

function waitsFor(task: Task<unknown>): string {
  const waits = [task, ...task._strands()].map(describeWait).filter((wait) => wait !== "");
  if (task._waitsForForeign()) waits.push("a promise that the loop does not know");
  return waits.length === 0 ? "nothing" : waits.join(" and ");
}

function describeWait(stepper: Stepper): string {
  const future = stepper._waiting;
  if (future === null) return "";
  if (future instanceof Task) return String(future);
  const operation = operationOf(stepper);
  return operation === "" ? String(future) : `${operation}()`;
}
