import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Exports, exportsOf, namesInBackticks, problems, type SurfaceName } from "./check-exports.ts";
import { openDoors } from "./doors.ts";

const surface: SurfaceName[] = [
  { name: "Lock", kind: "class", members: ["acquire", "locked"] },
  { name: "sleep", kind: "function" },
];

const none = { absent: new Set<string>(), differences: new Set<string>() };

function having(...paths: string[]): Exports {
  return { has: (name) => paths.includes(name), hasMember: (name, member) => paths.includes(`${name}.${member}`) };
}

test("problems() names each missing name once, and each missing member of a name that is there", () => {
  expect(problems(surface, having("Lock", "Lock.acquire", "Lock.locked", "sleep"), none)).toEqual([]);
  const found = problems(surface, having("Lock", "Lock.acquire"), none);
  expect(found.map((line) => line.split(" ")[0])).toEqual(["Lock.locked", "sleep"]);
  expect(problems(surface, having("sleep"), none).map((line) => line.split(" ")[0])).toEqual(["Lock"]);
});

test("problems() accepts what is absent for a reason that the documentation gives", () => {
  const missing = having("Lock", "Lock.acquire", "sleep");
  const absent = new Set(["Lock.locked"]);
  expect(problems(surface, missing, { absent, differences: new Set(["Lock.locked"]) })).toEqual([]);
  expect(problems(surface, missing, { absent, differences: new Set() })).toEqual([
    "Lock.locked stands in surface-absent.json: explain it in docs/differences.md as `Lock.locked`",
  ]);
  expect(problems(surface, missing, { absent: new Set(), differences: new Set(["Lock.locked"]) })).toEqual([
    "Lock.locked is missing: export it",
  ]);
});

test("problems() wants no name to be called absent that is there", () => {
  const names = new Set(["sleep", "Lock.locked", "Lcok"]);
  const excuses = { absent: names, differences: names };
  expect(problems(surface, having("Lock", "Lock.acquire", "Lock.locked", "sleep"), excuses)).toEqual([
    "sleep stands in surface-absent.json but exists",
    "Lock.locked stands in surface-absent.json but exists",
    "Lcok stands in surface-absent.json but asyncio has no such name",
  ]);
});

test("namesInBackticks() reads names and members, with or without parentheses", () => {
  expect([...namesInBackticks("No `Policy`, no `Lock.locked()`; not `a + b`, not Task.")]).toEqual([
    "Policy",
    "Lock.locked",
  ]);
});

const folder = mkdtempSync(join(tmpdir(), "check-exports-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("exportsOf() sees fields, statics, symbols and getters, and not what is private", () => {
  const file = join(folder, "door.ts");
  writeFileSync(
    file,
    `export class Token {
       static readonly MISSING: unique symbol = Symbol("missing");
       readonly var: string = "";
       get name(): string { return ""; }
       reset(): void {}
       async [Symbol.asyncDispose](): Promise<void> {}
       private secret(): void {}
     }
     export interface Shape { readonly size: number }
     export const LIMIT: number = 1;`,
  );
  const { doors, checker } = openDoors(new Map([["door", file]]));
  const exports = exportsOf({ Token: () => undefined, LIMIT: 1 }, doors.get("door") ?? new Map(), checker);
  const members = ["MISSING", "var", "name", "reset", "Symbol.asyncDispose"];
  expect(members.filter((member) => !exports.hasMember("Token", member))).toEqual([]);
  expect(["secret", "gone", "Symbol.dispose"].filter((member) => exports.hasMember("Token", member))).toEqual([]);
  expect(exports.has("LIMIT", "constant")).toBe(true);
  // An interface is no class: nobody can make one or ask instanceof.
  expect(exports.has("Shape", "class")).toBe(false);
});
