import type { Block } from "../language/ast.ts";
import { generators } from "./generators.ts";
import { native } from "./native.ts";
import type { Spelling } from "./spelling.ts";

/**
 * Both at once: every other coroutine and body is an async function, the rest are generator functions, so that each
 * kind awaits, spawns and encloses the other.
 */
export const mixed: Spelling = {
  name: "mixed",
  main: (world) => spellingOf(world.program.main).main(world),
  coroutine: (world, body) => spellingOf(body).coroutine(world, body),
  scope: (world, body, enter) => spellingOf(body).scope(world, body, enter),
};

function spellingOf(body: Block): Spelling {
  const first = body[0]?.id ?? 0;
  return first % 2 === 0 ? native : generators;
}
