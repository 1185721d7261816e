import type { Awaitable, AwaitableKind, Program } from "./ast.ts";
import { isObject, objects } from "./walk.ts";

const NO_COROUTINES: ReadonlySet<AwaitableKind> = new Set(["task", "future", "gather", "shield", "again"]);

/** Whether a program that was cut down still means something: the type of the tree is not all there is to it. */
export function isValid(program: Program): boolean {
  for (const node of objects(program.main)) if (!isValidNode(node)) return false;
  return true;
}

function isValidNode(node: Readonly<Record<string, unknown>>): boolean {
  const { kind, of } = node;
  if (node["type"] === "ExceptionGroup") return (node["errors"] as unknown[]).length > 0;
  if (kind === "spawn" || kind === "spawnIn") return isAwaitable(of) && !NO_COROUTINES.has(of.kind);
  if (kind === "wait") return (of as Awaitable[]).every((each) => each.kind === "task" || each.kind === "future");
  if (kind === "gather" || kind === "asCompleted") return (of as Awaitable[]).every(isValidArgument);
  return !isObject(of) || of["kind"] !== "again";
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
