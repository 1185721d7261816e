/**
 * The package has all of asyncio's surface: every name and member of surface.json (read off CPython itself) is exported
 * and there when the package runs.
 *
 * The few that are missing for good stand in surface-absent.json, and docs/differences.md gives their reason and has them
 * in backticks: `Name` or `Name.member`. A name of that list that exists is an error, and so is one that asyncio lacks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compiler, type Door, doorFiles, openDoors, root, type ts } from "./doors.ts";

export interface SurfaceName {
  readonly name: string;
  readonly kind: "class" | "constant" | "exception" | "function";
  readonly members?: readonly string[];
}

/** What the package has. */
export interface Exports {
  has(name: string, kind: SurfaceName["kind"]): boolean;
  hasMember(name: string, member: string): boolean;
}

export interface Excuses {
  readonly absent: ReadonlySet<string>;
  readonly differences: ReadonlySet<string>;
}

/** What is wrong, a line each; empty when the surface is whole. */
export function problems(surface: readonly SurfaceName[], exports: Exports, excuses: Excuses): string[] {
  const exists = new Map<string, boolean>();
  for (const { name, kind, members = [] } of surface) {
    exists.set(name, exports.has(name, kind));
    // When a name is missing as a whole, so are its members, and one line says it.
    const missing = exists.get(name) === false;
    for (const member of members) exists.set(`${name}.${member}`, missing ? false : exports.hasMember(name, member));
  }
  const whole = (path: string) => path.slice(0, path.indexOf("."));
  const reported = [...exists].filter(([path, there]) => !there && exists.get(whole(path)) !== false);
  return [
    ...reported.filter(([path]) => !excuses.absent.has(path)).map(([path]) => `${path} is missing: export it`),
    ...[...excuses.absent].filter((path) => exists.get(path) !== false).map((path) => staleExcuse(path, exists)),
    ...[...excuses.absent]
      .filter((path) => !excuses.differences.has(path))
      .map((path) => `${path} stands in surface-absent.json: explain it in docs/differences.md as \`${path}\``),
  ];
}

function staleExcuse(path: string, exists: ReadonlyMap<string, boolean>): string {
  return `${path} stands in surface-absent.json but ${exists.has(path) ? "exists" : "asyncio has no such name"}`;
}

/** The names in backticks of a Markdown text; `Name.member()` counts as `Name.member`. */
export function namesInBackticks(markdown: string): Set<string> {
  return new Set([...markdown.matchAll(/`([\w.]+)(?:\(\))?`/g)].map((match) => match[1] ?? ""));
}

/** What runs (`module`) and what the compiler sees (`door`) must agree that a name is there; fields only the latter sees. */
export function exportsOf(module: Readonly<Record<string, unknown>>, door: Door, checker: ts.TypeChecker): Exports {
  return {
    has: (name, kind) =>
      door.has(name) && (kind === "constant" ? module[name] !== undefined : typeof module[name] === "function"),
    hasMember(name, member) {
      const symbol = door.get(name);
      return symbol !== undefined && publicMembers(symbol, checker).includes(member);
    },
  };
}

/** Of a class: the names on its instances, and its static ones. */
function publicMembers(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  const value = checker.getTypeOfSymbol(symbol);
  const made = value.getConstructSignatures().map((signature) => signature.getReturnType());
  const types = [checker.getDeclaredTypeOfSymbol(symbol), value, ...made];
  const members = types.flatMap((type) => checker.getPropertiesOfType(type)).filter(isPublic);
  // The compiler spells a well-known symbol __@asyncDispose@37.
  return members.map((member) => member.name.replace(/^__@(\w+)@\d+$/, "Symbol.$1"));
}

function isPublic(member: ts.Symbol): boolean {
  const hidden = compiler.ModifierFlags.Private | compiler.ModifierFlags.Protected;
  const [declaration] = member.declarations ?? [];
  return declaration === undefined || (compiler.getCombinedModifierFlags(declaration) & hidden) === 0;
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

async function main(): Promise<void> {
  const { names } = JSON.parse(read("tools/surface.json")) as { names: Record<string, SurfaceName> };
  const { doors, checker } = openDoors(doorFiles(join(root, "packages/asyncio"), "@asyncio-ts/source"));
  const door = doors.get("asyncio-ts");
  if (door === undefined) throw new Error("The package has no main door");
  const module = (await import("asyncio-ts")) as Record<string, unknown>;
  const found = problems(Object.values(names), exportsOf(module, door, checker), {
    absent: new Set(JSON.parse(read("tools/surface-absent.json")) as string[]),
    differences: namesInBackticks(read("docs/differences.md")),
  });
  if (found.length === 0) return;
  console.error(`The package and asyncio's surface differ:\n  ${found.join("\n  ")}`);
  process.exitCode = 1;
}

if (import.meta.main) await main();
