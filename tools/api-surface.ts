/**
 * The public surface as text: the built declarations behind each door, joined into packages/<package>/api/<door>.d.ts.
 * The files are committed, so a change of API is a diff that a reviewer sees. `--check` fails when they are out of date.
 *
 * Each declaration stands once, in the first door that reaches it, and without its comments: those change far more often.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { compiler, doorFiles, packageFolders } from "./doors.ts";

export interface SurfaceDoor {
  /** The name of the file in api/, without its ending. */
  readonly name: string;
  /** Its built declaration file. */
  readonly file: string;
}

/** The text for each door. The order of the doors counts: the inner ones first. */
export function surfaces(doors: readonly SurfaceDoor[], folder: string): Map<string, string> {
  const seen = new Set<string>();
  const texts = new Map<string, string>();
  for (const { name, file } of doors) {
    const parts = reachable(file, seen).map((path) => `// ${relative(folder, path)}\n${declarations(path)}`);
    texts.set(`${name}.d.ts`, parts.join("\n"));
  }
  return texts;
}

/** The file and all that it leads to by relative imports, less what was seen before. */
function reachable(file: string, seen: Set<string>): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const { importedFiles } = compiler.preProcessFile(readFileSync(file, "utf8"));
  const next = importedFiles.filter(({ fileName }) => fileName.startsWith("."));
  return [file, ...next.flatMap(({ fileName }) => reachable(declarationOf(resolve(dirname(file), fileName)), seen))];
}

/** Built declarations import each other by the source's or the output's ending. */
function declarationOf(path: string): string {
  return path.replace(/(?:\.d)?\.[jt]s$/, ".d.ts");
}

function declarations(file: string): string {
  const source = compiler.createSourceFile(file, readFileSync(file, "utf8"), compiler.ScriptTarget.Latest);
  return compiler.createPrinter({ removeComments: true }).printFile(source);
}

/** The difference between what is committed and what was built, one line each; empty when there is none. */
export function differences(texts: ReadonlyMap<string, string>, folder: string): string[] {
  return [...texts].flatMap(([name, text]) => {
    const path = join(folder, name);
    const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (committed === text) return [];
    const [before, after] = [new Set(committed.split("\n")), new Set(text.split("\n"))];
    return [
      `${name} is out of date:`,
      ...[...before].filter((line) => !after.has(line)).map((line) => `  - ${line}`),
      ...[...after].filter((line) => !before.has(line)).map((line) => `  + ${line}`),
    ];
  });
}

/** The surface of a package, a text for each file of its folder api/. */
function surfacesOf(packageFolder: string): Map<string, string> {
  const { name: packageName } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
    name: string;
  };
  const built = [...doorFiles(packageFolder, "types")].map(([door, file]) => ({
    name: door.slice(packageName.length + 1) || "index",
    file,
  }));
  const mainDoorLast = built.sort((a, b) => Number(a.name === "index") - Number(b.name === "index"));
  return surfaces(mainDoorLast, packageFolder);
}

function write(texts: ReadonlyMap<string, string>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
}

function main(): void {
  const changes = packageFolders.flatMap((packageFolder) => {
    const texts = surfacesOf(packageFolder);
    const folder = join(packageFolder, "api");
    if (process.argv.includes("--check")) return differences(texts, folder);
    write(texts, folder);
    return [];
  });
  if (changes.length === 0) return;
  console.error(
    `${changes.join("\n")}\n\nThe public API changed. When it was meant to: npm run api, and commit the diff.`,
  );
  process.exitCode = 1;
}

if (import.meta.main) main();
