import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, surfaces } from "./api-surface.ts";

const folder = mkdtempSync(join(tmpdir(), "api-surface-"));
const doors = [
  { name: "core", file: join(folder, "dist/core/index.d.ts") },
  { name: "index", file: join(folder, "dist/index.d.ts") },
];

beforeAll(() => {
  mkdirSync(join(folder, "dist/core"), { recursive: true });
  writeFileSync(join(folder, "dist/core/lock.d.ts"), "/** A lock. */\nexport declare class Lock {\n    #private;\n}\n");
  writeFileSync(join(folder, "dist/core/index.d.ts"), 'export { Lock } from "./lock.ts";\n');
  writeFileSync(
    join(folder, "dist/index.d.ts"),
    'export { Lock } from "./core/index.js";\nexport declare const more: 1;\n',
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

test("surfaces() puts each declaration once, behind the first door that reaches it, without comments", () => {
  const texts = surfaces(doors, folder);
  expect(texts.get("core.d.ts")).toBe(
    [
      "// dist/core/index.d.ts",
      'export { Lock } from "./lock.ts";',
      "",
      "// dist/core/lock.d.ts",
      "export declare class Lock {",
      "    #private;",
      "}",
      "",
    ].join("\n"),
  );
  expect(texts.get("index.d.ts")).toContain("declare const more: 1");
  expect(texts.get("index.d.ts")).not.toContain("class Lock");
});

test("differences() is empty when the committed text is the built one, and tells the lines when it is not", () => {
  const texts = new Map([["core.d.ts", "a\nb\n"]]);
  writeFileSync(join(folder, "core.d.ts"), "a\nb\n");
  expect(differences(texts, folder)).toEqual([]);
  writeFileSync(join(folder, "core.d.ts"), "a\nc\n");
  expect(differences(texts, folder)).toEqual(["core.d.ts is out of date:", "  - c", "  + b"]);
});
