/**
 * Documentation that runs: a vitest plugin that makes a test of every `ts` fence in the guide and in doc comments.
 *
 * A fence is a whole program, imports and all, and passes when it runs to its end; comments such as `// true` are for
 * the reader and are not compared. A fence marked `ts no-run` is only shown.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

export interface Fence {
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly run: boolean;
}

/** What these packages stand on needs Node 22. */
const isMissing = (code: string) =>
  Number.parseInt(process.versions.node, 10) < 22 && /"@asyncio-ts\/(?:http|db)/.test(code);

const root = fileURLToPath(new URL("..", import.meta.url));
const fenceId = /^(?<file>.+\.(?:md|ts))\.L(?<line>\d+)\.ts$/;

/** @param sources Files and folders, from the root: Markdown, and TypeScript, of which the doc comments are read. */
export function doctest(sources: readonly string[]): Plugin {
  return {
    name: "asyncio-ts:doctest",
    enforce: "pre",
    // A fence is a module of its own beside its file: it may import and await, and relative paths lead where one thinks.
    resolveId: (id) => (fenceId.test(id) ? id : null),
    load(id) {
      if (id.endsWith("/doctest.suite.ts")) {
        const tests = sources.flatMap((source) => filesUnder(join(root, source))).flatMap(testsOf);
        return ['import { test } from "vitest";', ...tests].join("\n");
      }
      const { file, line } = fenceId.exec(id)?.groups ?? {};
      if (file === undefined) return null;
      const fence = fencesOf(file).find((one) => one.line === Number(line));
      // Pushed down to its place, so that an error tells the line in the file.
      return fence === undefined ? null : "\n".repeat(fence.line - 1) + fence.code;
    },
  };
}

/** The fences of a file's text. */
export function extractFences(text: string, kind: "md" | "ts"): Fence[] {
  // Of a source only the lines of its doc comments stay; the others turn empty, so that the lines keep their numbers.
  const lines =
    kind === "md"
      ? text
      : text.replace(/^(?:[ \t]*\* ?)?(.*)$/gm, (line, rest) => (/^[ \t]*\*/.test(line) ? rest : ""));
  return [...lines.matchAll(/^([ \t]*)```ts\b([^\n]*)\n(.*?)^\1```/gms)].map((match) => ({
    line: lines.slice(0, match.index).split("\n").length + 1,
    code: match[3] ?? "",
    run: !/\bno-run\b/.test(match[2] ?? ""),
  }));
}

function testsOf(file: string): string[] {
  return fencesOf(file).map(({ line, run, code }) => {
    const title = JSON.stringify(`${relative(root, file)}:${line}`);
    return `test${run && !isMissing(code) ? "" : ".skip"}(${title}, () => import(${JSON.stringify(`${file}.L${line}.ts`)}));`;
  });
}

function fencesOf(file: string): Fence[] {
  return extractFences(readFileSync(file, "utf8"), file.endsWith(".md") ? "md" : "ts");
}

/** A file, or the `.md` and `.ts` files of a folder, without what is installed, built or generated. */
function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return /\.(?:md|ts)$/.test(path) ? [path] : [];
  if (/\/(?:node_modules|dist|api)$/.test(path)) return [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}
