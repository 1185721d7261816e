import { expect, test } from "vitest";
import { Scope, type ScopeKind } from "../crawler/scope.ts";

const ROOT = "http://www.site.test/docs/intro.html";

/** [address, whether it belongs to the crawl when the scope is a path, a host, a domain] */
const CASES: [string, boolean, boolean, boolean][] = [
  ["http://www.site.test/docs/", true, true, true],
  ["http://www.site.test/docs/deep/er?q", true, true, true],
  ["http://www.site.test/", false, true, true],
  ["http://www.site.test/docsets", false, true, true],
  ["http://site.test/docs/", false, false, true],
  ["https://www.site.test/docs/", false, false, true],
  ["http://www.site.test:8080/docs/", false, false, true],
  ["http://cdn.site.test/docs/", false, false, true],
  ["http://othersite.test/docs/", false, false, false],
  ["mailto:me@www.site.test", false, false, false],
  ["javascript:void(0)", false, false, false],
];

test.for(CASES)("Scope.includes() knows where %s belongs", ([address, ...expected]) => {
  const kinds: ScopeKind[] = ["path", "host", "domain"];
  const found = kinds.map((kind) => new Scope(ROOT, { kind, maxDepth: Infinity }).includes(address, 1));
  expect(found).toEqual(expected);
});

test("Scope.includes() wants no more links in between than allowed", () => {
  const scope = new Scope(ROOT, { kind: "host", maxDepth: 2 });
  expect([1, 2, 3].map((depth) => scope.includes(ROOT, depth))).toEqual([true, true, false]);
});

test("Scope.moveTo() takes the crawl to where the first address leads", () => {
  const scope = new Scope("http://site.test/", { kind: "host", maxDepth: Infinity });
  scope.moveTo("https://www.site.test/");
  expect(scope.includes("https://www.site.test/a", 1)).toBe(true);
  expect(scope.includes("http://site.test/a", 1)).toBe(false);
});
