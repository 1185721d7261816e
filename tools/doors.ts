/**
 * The public doors of the packages, as the compiler sees them: shared by the tools that check the surface.
 *
 * TypeScript 7 has no settled compiler API yet; docs/ has TypeScript 6 for typedoc, and its API serves here too.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "../docs/node_modules/typescript/lib/typescript.js";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The folders of what is published. */
export const packageFolders = ["asyncio", "http", "db"].map((name) => join(root, "packages", name));

export const compiler = createRequire(join(root, "docs/package.json"))("typescript") as typeof ts;

export type { ts };

/** The names that one door gives out; where a name is an alias, what it stands for in the end. */
export type Door = ReadonlyMap<string, ts.Symbol>;

/** The files behind a package's doors: those of the sources, or the built declarations. */
export function doorFiles(folder: string, condition: "@asyncio-ts/source" | "types"): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | Record<string, string>>;
  };
  const files = new Map<string, string>();
  for (const [path, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue; // package.json is no door
    const file = target[condition];
    if (file !== undefined) files.set(path.replace(".", manifest.name), join(folder, file));
  }
  return files;
}

/** Opens the doors, by what one imports: "asyncio-ts", "asyncio-ts/core". */
export function openDoors(files: ReadonlyMap<string, string>): { doors: Map<string, Door>; checker: ts.TypeChecker } {
  const program = compiler.createProgram([...files.values()], compilerOptions());
  const checker = program.getTypeChecker();
  const doors = new Map<string, Door>();
  for (const [name, file] of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is missing or exports nothing`);
    const exports = checker.getExportsOfModule(module);
    doors.set(name, new Map(exports.map((symbol) => [symbol.name, aliased(symbol, checker)])));
  }
  return { doors, checker };
}

function aliased(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & compiler.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(root, "docs/tsconfig.api.json");
  const { config } = compiler.readConfigFile(file, (path) => compiler.sys.readFile(path));
  return compiler.parseJsonConfigFileContent(config, compiler.sys, dirname(file)).options;
}
