import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of a test's own, which goes with it. */
export class Directory implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "asyncio-ts-sqlite-"));

  file(name = "test.db"): string {
    return join(this.path, name);
  }

  url(name?: string): `sqlite:${string}` {
    return `sqlite://${this.file(name)}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Statements of which none comes to an end in the time of a test. */
export const endless = {
  /** Comes to a row again and again. */
  rows: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
  /** Computes on and on without one. */
  silent: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
  /** A scan of a join without a function in it; the table has to have a few thousand rows. */
  join: "SELECT a.id FROM big AS a, big AS b, big AS c, big AS d WHERE a.n + b.n + c.n + d.n = -1",
};

/** Where there is no /proc nothing is counted. */
function threadIds(): string[] {
  return existsSync("/proc/self/task") ? readdirSync("/proc/self/task") : [];
}

/** The processes that this one has started and that have not ended. */
export function children(): readonly number[] {
  return threadIds()
    .flatMap((id) => readFileSync(`/proc/self/task/${id}/children`, "utf8").match(/\d+/g) ?? [])
    .map(Number);
}

/** How many threads for SQLite there are. */
export function threads(): number {
  return threadIds().filter((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8") === "SQLite\n").length;
}
