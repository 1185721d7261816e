import { expect, test } from "vitest";
import { doctest, extractFences } from "./doctest.ts";

const markdown = [
  "# Title",
  "",
  "```ts",
  "run();",
  "```",
  "",
  "```ts no-run",
  "show();",
  "```",
  "```sh",
  "ls",
  "```",
].join("\n");

const source = [
  "/**",
  " * Waits.",
  " * ```ts",
  " * if (ready) {",
  " *   await wait();",
  " * }",
  " * ```",
  " */",
  "const text = `",
  "```ts",
  "not a comment",
  "```",
  "`;",
].join("\n");

test("extractFences() finds the ts fences of a guide, with their lines", () => {
  expect(extractFences(markdown, "md")).toEqual([
    { line: 4, code: "run();\n", run: true },
    { line: 8, code: "show();\n", run: false },
  ]);
});

test("extractFences() finds the fences of doc comments and no others", () => {
  expect(extractFences(source, "ts")).toEqual([{ line: 4, code: "if (ready) {\n  await wait();\n}\n", run: true }]);
});

test("doctest() takes over the ids of fences and leaves other ids alone", () => {
  const { resolveId } = doctest([]);
  const resolve = resolveId as (id: string) => string | null;
  expect(resolve("/docs/guide.md.L12.ts")).toBe("/docs/guide.md.L12.ts");
  expect(resolve("/docs/guide.md")).toBeNull();
});
