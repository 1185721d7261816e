import type { Awaitable, AwaitableKind, Name, Program } from "./ast.ts";
import { isObject, objects } from "./walk.ts";

const NO_COROUTINES: ReadonlySet<AwaitableKind> = new Set(["task", "future", "gather", "shield", "again"]);

/** Whether a program that was cut down still means something: the type of the tree is not all there is to it. */
export function isValid(program: Program): boolean {
  for (const node of objects(program.main)) if (!isValidNode(node)) return false;
  return !waitsInRing(program.main, -1);
}

/**
 * Whether a task waits for one with a lower number than its own, from where a ring can come: cancel() would go round in
 * it for ever. What awaits itself and nothing else gets an error, so that is allowed.
 */
function waitsInRing(tree: unknown, inside: number): boolean {
  if (Array.isArray(tree)) return tree.some((each) => waitsInRing(each, inside));
  if (!isObject(tree)) return false;
  const { kind, task, of } = tree;
  if (kind === "task") return numberOf(task as Name) <= inside;
  if (kind === "await" && isObject(of) && of["kind"] === "task") return numberOf(of["task"] as Name) < inside;
  const inner = kind === "spawn" || kind === "spawnIn" ? numberOf(task as Name) : inside;
  return Object.values(tree).some((each) => waitsInRing(each, inner));
}

function numberOf(task: Name): number {
  return Number(task.slice(1));
}

function isValidNode(node: Readonly<Record<string, unknown>>): boolean {
  const { kind, of } = node;
  if (kind !== "await" && waitsForNone(of)) return false;
  // An async generator is known to CPython's loop from its first step on, in the native spelling from aclosing() on.
  if (kind === "stepAsync") return (node["steps"] as unknown[]).length > 0;
  if (node["type"] === "ExceptionGroup") return (node["errors"] as unknown[]).length > 0;
  if (kind === "spawn" || kind === "spawnIn") return isAwaitable(of) && !NO_COROUTINES.has(of.kind);
  if (kind === "wait") return (of as Awaitable[]).every((each) => each.kind === "task" || each.kind === "future");
  if (kind === "gather" || kind === "asCompleted") return (of as Awaitable[]).every(isValidArgument);
  return !isObject(of) || of["kind"] !== "again";
}

/**
 * `wait([])` is an error: here at the call, in CPython when it is awaited. That is the same only when the call is awaited
 * on the spot. See docs/differences.md.
 */
function waitsForNone(of: unknown): boolean {
  if (Array.isArray(of)) return of.some(waitsForNone);
  return isObject(of) && of["kind"] === "wait" && (of["of"] as unknown[]).length === 0;
}

function isAwaitable(value: unknown): value is Awaitable {
  return isObject(value) && typeof value["kind"] === "string";
}

/** An argument that is given again stands before, and is not the program's own coroutine: see {@link duplicate}. */
function isValidArgument(argument: Awaitable, position: number, all: readonly Awaitable[]): boolean {
  if (argument.kind !== "again") return true;
  const original = all[argument.index];
  return argument.index < position && original !== undefined && original.kind !== "coro" && original.kind !== "again";
}
