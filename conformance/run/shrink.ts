import type { Program } from "../language/ast.ts";
import { isValid } from "../language/validate.ts";
import { isObject, usedNames } from "../language/walk.ts";

type Key = string | number;
type Node = Readonly<Record<string, unknown>>;

/** One way to make the tree smaller: what stands at `path` is replaced. */
interface Edit {
  readonly path: readonly Key[];
  readonly value: unknown;
  /** By how much the text gets shorter. */
  readonly gain: number;
}

/** Enough for any program; one that hangs takes seconds for each try. */
const TIME = 45_000;

/** A smaller program for which `holds` is still true, by trying all edits until none helps or the time is up. */
export async function shrink(program: Program, holds: (candidate: Program) => Promise<boolean>): Promise<Program> {
  const end = performance.now() + TIME;
  let current = program;
  for (let progress = true; progress; ) {
    progress = false;
    let edits = editsOf(current);
    for (let i = 0; i < edits.length && performance.now() < end; ) {
      const candidate = apply(current, edits[i] as Edit);
      if (isValid(candidate) && (await holds(candidate))) {
        current = candidate;
        // What followed in the list is about where it was.
        edits = editsOf(current);
        progress = true;
      } else i++;
    }
  }
  return current;
}

function apply(program: Program, edit: Edit): Program {
  const edited = replaceAt(program, edit.path, edit.value) as Program;
  const used = usedNames(edited.main);
  for (const entry of edited.pool) if (entry.type === "condition" && entry.lock !== null) used.add(entry.lock);
  return { ...edited, pool: edited.pool.filter((entry) => used.has(entry.name)) };
}

function replaceAt(tree: unknown, path: readonly Key[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(tree)) return tree.map((each, i) => (i === key ? replaceAt(each, rest, value) : each));
  const node = tree as Node;
  return { ...node, [key]: replaceAt(node[key], rest, value) };
}

/** The boldest first. */
function editsOf(program: Program): Edit[] {
  const edits: Edit[] = [];
  collect(program.main, ["main"], edits);
  for (const [i, entry] of program.pool.entries()) collectScalars(entry, ["pool", i], edits);
  if (program.eagerFactory) edits.push({ path: ["eagerFactory"], value: false, gain: 1 });
  return edits.filter((edit) => edit.gain > 0).sort((a, b) => b.gain - a.gain);
}

function collect(tree: unknown, path: readonly Key[], edits: Edit[]): void {
  if (Array.isArray(tree)) {
    collectFromList(tree, path, edits);
    for (const [i, each] of tree.entries()) collect(each, [...path, i], edits);
  } else if (isObject(tree)) {
    collectFromNode(tree, path, edits);
    for (const [key, value] of Object.entries(tree)) collect(value, [...path, key], edits);
  }
}

function collectFromList(list: readonly unknown[], path: readonly Key[], edits: Edit[]): void {
  const add = (value: readonly unknown[]) => edits.push(editOf(path, list, value));
  for (let size = list.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < list.length; from += size) add([...list.slice(0, from), ...list.slice(from + size)]);
  }
  for (const [i, each] of list.entries()) {
    for (const content of contentsOf(each)) add([...list.slice(0, i), ...content, ...list.slice(i + 1)]);
  }
}

/**
 * What can stand in the place of a list's element. Of a statement: a body of its own, or of the coroutine that it awaits
 * or spawns. Of an argument: what is inside of it.
 */
function contentsOf(element: unknown): (readonly unknown[])[] {
  if (!isObject(element)) return [];
  const { of, body, cleanup, handlers } = element;
  if (!("id" in element)) return Array.isArray(of) ? [of] : isObject(of) ? [[of]] : [];
  const bodies = [body, cleanup, isObject(of) ? of["body"] : undefined];
  if (Array.isArray(handlers)) bodies.push(...handlers.map((handler: Node) => handler["body"]));
  return bodies.filter((content): content is unknown[] => Array.isArray(content));
}

const NOTHING = { kind: "sleep", ms: 0, value: null };

function collectFromNode(node: Node, path: readonly Key[], edits: Edit[]): void {
  const { of } = node;
  if (isObject(of)) {
    const inner = of["of"];
    const candidates = [NOTHING, ...(Array.isArray(inner) ? inner : isObject(inner) ? [inner] : [])];
    for (const candidate of candidates) edits.push(editOf([...path, "of"], of, candidate));
  }
  collectScalars(node, path, edits);
}

/** The simplest value of a field, where it has one. */
const SIMPLEST: Readonly<Record<string, unknown>> = {
  ms: 0,
  at: false,
  guard: false,
  message: null,
  value: null,
  eager: null,
  context: null,
  cleanup: null,
  stopAfter: null,
  catches: null,
  times: 1,
  item: 0,
  by: 1,
  atLeast: 1,
  returnExceptions: false,
  then: "swallow",
  maxsize: 0,
  bounded: false,
  lock: null,
};

function collectScalars(node: Node, path: readonly Key[], edits: Edit[]): void {
  for (const [key, value] of Object.entries(node)) {
    if (!(key in SIMPLEST)) continue;
    // An `except` has to catch something, and an error has to say something; only a cancel message may be none.
    if ((key === "catches" && "then" in node) || (key === "message" && node["kind"] !== "cancel")) continue;
    // Where a context is what the statement is about, it stays.
    if (key === "context" && node["kind"] !== "spawn" && node["kind"] !== "call") continue;
    // An async generator's is a block, if an empty one; a semaphore's value is no value to leave out.
    if ((key === "cleanup" && node["kind"] !== "try") || (key === "value" && "bounded" in node)) continue;
    const simplest = SIMPLEST[key];
    if (value === simplest) continue;
    edits.push({ path: [...path, key], value: simplest, gain: Math.max(1, lengthOf(value) - lengthOf(simplest)) });
    if (key === "ms" && typeof value === "number" && value > 1) edits.push({ path: [...path, key], value: 1, gain: 1 });
  }
}

function editOf(path: readonly Key[], from: unknown, to: unknown): Edit {
  return { path, value: to, gain: lengthOf(from) - lengthOf(to) };
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value ?? null).length;
}
