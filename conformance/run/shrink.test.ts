import { expect, test } from "vitest";
import { generate } from "../generate/program.ts";
import type { Program } from "../language/ast.ts";
import { isValid } from "../language/validate.ts";
import { objects } from "../language/walk.ts";
import { shrink } from "./shrink.ts";

function uses(kind: string): (program: Program) => boolean {
  return (program) => [...objects(program.main)].some((node) => node["kind"] === kind);
}

test.each(["spawnIn", "conditionWait", "gather", "asCompleted", "stepAsync", "resetVar"])(
  "shrink() leaves little more than what matters: %s",
  async (kind) => {
    const program = Array.from({ length: 500 }, (_, seed) => generate(seed)).find(uses(kind)) as Program;
    const shrunk = await shrink(program, async (candidate) => uses(kind)(candidate));
    expect([...objects(shrunk.main)].length).toBeLessThanOrEqual(6);
    expect(isValid(shrunk)).toBe(true);
  },
);

test("shrink() gives the program back when nothing can be left out", async () => {
  const program = generate(1);
  expect(await shrink(program, async () => false)).toEqual(program);
});

test("generate() writes valid programs", () => {
  for (let seed = 0; seed < 500; seed++) expect(isValid(generate(seed)), `seed ${seed}`).toBe(true);
});
