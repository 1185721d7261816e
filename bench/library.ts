import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Options } from "./options.ts";

/** Which form of our library the children load. */
export interface Library {
  readonly label: string;
  readonly nodeFlags: readonly string[];
}

const DIST: Library = { label: "dist, as users get it", nodeFlags: [] };
const SOURCE: Library = { label: "source, its types stripped", nodeFlags: ["--conditions=@asyncio-ts/source"] };

const packageFolder = fileURLToPath(new URL("../packages/asyncio", import.meta.url));

/** The built package is what users run, so it is measured; unless it is older than the source: that would be a lie. */
export function chooseLibrary(wanted: Options["library"]): Library {
  if (wanted === "dist") return DIST;
  if (wanted === "source") return SOURCE;
  if (!existsSync(join(packageFolder, "dist/index.js"))) return SOURCE;
  return newestChange(join(packageFolder, "dist")) >= newestChange(join(packageFolder, "src")) ? DIST : SOURCE;
}

function newestChange(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" });
  const changes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return changes.reduce((a, b) => Math.max(a, b), 0);
}
