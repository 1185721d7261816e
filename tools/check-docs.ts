/** Every name that a door of a package exports has a doc comment: one sentence is enough, none is not. */
import { relative } from "node:path";
import { doorFiles, openDoors, packageFolders, root, type ts } from "./doors.ts";

/** What lacks a doc comment, each once: "src/core/lock.ts:3 Lock". */
export function undocumented(files: ReadonlyMap<string, string>, folder: string): string[] {
  const { doors, checker } = openDoors(files);
  const missing = [...doors.values()].flatMap((door) =>
    [...door]
      .filter(([, symbol]) => symbol.getDocumentationComment(checker).length === 0)
      .map(([name, symbol]) => `${place(symbol, folder)} ${name}`),
  );
  return [...new Set(missing)].sort();
}

function place(symbol: ts.Symbol, folder: string): string {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return "?";
  const source = declaration.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
  return `${relative(folder, source.fileName)}:${line + 1}`;
}

function main(): void {
  const files = packageFolders.flatMap((folder) => [...doorFiles(folder, "@asyncio-ts/source")]);
  const missing = undocumented(new Map(files), root);
  if (missing.length === 0) return;
  console.error(`These exported names have no doc comment:\n  ${missing.join("\n  ")}`);
  process.exitCode = 1;
}

if (import.meta.main) main();
