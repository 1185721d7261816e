import { CancelledError, ExceptionGroup, type Future, type Timeout, TimeoutError, ValueError } from "asyncio-ts";
import type { AsyncGeneratorSpec, Handler, Value, WaitingStatement } from "../language/ast.ts";
import { check } from "./awaitables.ts";
import { Boom, describeError, Missing, matches, type World } from "./world.ts";

/** What the two interpreters of waiting statements have in common: all that does not wait. */

type OfKind<K extends WaitingStatement["kind"]> = Extract<WaitingStatement, { kind: K }>;

/** Whether all is there that the statement needs. */
export function begin(world: World, s: WaitingStatement): boolean {
  try {
    if (s.kind === "await") check(world, s.of);
    if (s.kind === "asCompleted") for (const each of s.of) check(world, each);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    world.log(s.id, "missing", error.message);
    return false;
  }
  world.log(s.id, "begin");
  return true;
}

export function end(world: World, s: WaitingStatement): void {
  world.log(s.id, "end", world.cancelling());
}

/** Logs the error; throws it on unless it ends here. */
export function fail(world: World, s: WaitingStatement, error: unknown): void {
  world.log(s.id, "error", describeError(error), world.cancelling());
  if (!s.guard || error instanceof CancelledError) throw error;
}

/** The handler for the error. @throws the error, when there is none */
export function handlerOf(world: World, s: OfKind<"try">, error: unknown): Handler {
  const handler = s.handlers.find((each) => matches(each.catches, error));
  if (handler === undefined) throw error;
  world.log(s.id, "caught", describeError(error), world.cancelling());
  if (error instanceof ExceptionGroup) {
    world.log(s.id, "split", world.describe(error.split(Boom)));
    world.log(s.id, "subgroup", world.describe(error.subgroup([TimeoutError, ValueError])));
  }
  return handler;
}

export function deadline(world: World, s: OfKind<"timeout">): number | null {
  return s.at && s.ms !== null ? world.loop.time() + s.ms : s.ms;
}

/** Undefined: it was never entered, which does not happen. */
export function leaveTimeout(world: World, s: OfKind<"timeout">, timeout: Timeout | undefined): void {
  world.log(s.id, "left", timeout?.expired() ?? null, timeout?.when() ?? null);
}

type Item = AsyncGeneratorSpec["items"][number];

/** An error arrived at a `yield`. @throws it, unless the item catches it */
export function thrownIn(world: World, spec: AsyncGeneratorSpec, item: Item, error: unknown): void {
  if (item.catches === null || !matches(item.catches, error)) throw error;
  world.log(spec.id, "thrown in", describeError(error));
}

/** Logs what a step of an async generator gave. Says whether it was the last. */
export function logStep(world: World, s: OfKind<"stepAsync">, step: IteratorResult<Value, unknown>): boolean {
  if (step.done) world.log(s.id, "exhausted");
  else world.log(s.id, "item", step.value);
  return step.done === true;
}

export function logCompleted(world: World, s: OfKind<"asCompleted">, future: Future<unknown>): void {
  world.log(s.id, "item", world.describe(future), world.outcome(future));
}

/** The error of one awaitable of a plain asCompleted: logged, like a guarded statement. */
export function logFailedItem(world: World, s: OfKind<"asCompleted">, error: unknown): void {
  if (error instanceof CancelledError) throw error;
  world.log(s.id, "item", describeError(error));
}
