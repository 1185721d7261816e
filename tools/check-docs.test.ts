import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { undocumented } from "./check-docs.ts";

const folder = mkdtempSync(join(tmpdir(), "check-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("undocumented() names what a door exports without a doc comment, where it is declared", () => {
  const inner = join(folder, "inner.ts");
  const door = join(folder, "door.ts");
  writeFileSync(
    inner,
    "/** Documented. */\nexport const good: number = 1;\n\n// Only a comment.\nexport function bad(): void {}\n",
  );
  writeFileSync(door, 'export { good, bad as renamed } from "./inner.ts";\n');
  expect(undocumented(new Map([["door", door]]), folder)).toEqual(["inner.ts:5 renamed"]);
});
