import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Interruption } from "./interruption.ts";

/** An aggregate among the exports of a module of SQL functions: what `DatabaseSync.aggregate()` takes. */
export type SqlAggregate = Parameters<DatabaseSync["aggregate"]>[1];

/** Makes SQL functions of a module's exports, under their names. */
export async function addFunctions(database: DatabaseSync, url: string, interruption: Interruption): Promise<void> {
  const exported = Object.entries((await import(url)) as Record<string, unknown>);
  for (const [name, value] of exported) {
    if (typeof value === "function") database.function(name, interruptible(value as SqlFunction, interruption));
    else if (isAggregate(value)) {
      database.aggregate(name, {
        ...value,
        step: interruptible(value.step as SqlFunction, interruption),
      } as SqlAggregate);
    }
  }
}

type SqlFunction = (...values: SQLOutputValue[]) => never;

/** Where a statement calls JavaScript, it can be stopped. */
function interruptible(fn: SqlFunction, interruption: Interruption): SqlFunction {
  const checked: SqlFunction = (...values) => {
    interruption.check();
    return fn(...values);
  };
  // Node takes the number of parameters from it.
  Object.defineProperty(checked, "length", { value: fn.length });
  return checked;
}

function isAggregate(value: unknown): value is SqlAggregate {
  return typeof value === "object" && value !== null && "step" in value && typeof value.step === "function";
}
