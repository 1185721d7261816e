import type { Block, Name, Program } from "./ast.ts";

/** Every object of the tree, a parent before its children, in the order of the text. */
export function* objects(tree: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(tree)) {
    for (const each of tree) yield* objects(each);
  } else if (isObject(tree)) {
    yield tree;
    for (const each of Object.values(tree)) yield* objects(each);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy in which everything that has an id has its own, from 1 on, in the order of the text. */
export function numbered(block: Block): Block {
  let last = 0;
  const copy = (tree: unknown): unknown => {
    if (Array.isArray(tree)) return tree.map(copy);
    if (!isObject(tree)) return tree;
    const id = "id" in tree ? { id: ++last } : {};
    return {
      ...Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, key === "id" ? 0 : copy(value)])),
      ...id,
    };
  };
  return copy(block) as Block;
}

/** Every string that is there, so every name that is used. */
export function usedNames(block: Block): Set<Name> {
  const used = new Set<Name>();
  for (const node of objects(block)) {
    for (const value of Object.values(node)) if (typeof value === "string") used.add(value);
  }
  return used;
}

/** Eager tasks run inside `createTask`, which an async function can't: see docs/differences.md. */
export function usesEagerTasks(program: Program): boolean {
  if (program.eagerFactory) return true;
  for (const node of objects(program.main)) if (node["eager"] === true) return true;
  return false;
}
