import { current } from "./frame.ts";

/** `name()`, or what the function looks like when it has no name. @internal */
export function describeFunction(fn: { readonly name: string }): string {
  return `${fn.name === "" ? "<anonymous>" : fn.name}()`;
}

/** What was given, for an error message: `a string ("x")`, `undefined`, `a Promise`. @internal */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `a string (${JSON.stringify(value.slice(0, 40))})`;
  if (typeof value === "function") return `the function ${describeFunction(value)}`;
  if (typeof value !== "object") return `a ${typeof value} (${String(value)})`;
  const name = (value as { constructor?: { name?: string } }).constructor?.name;
  return name === undefined || name === "" ? "an object" : `a value of class ${name}`;
}

const FRAMES = 200;

/** An error for its stack. @internal */
export function stackHere(what = ""): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const error = new Error(what);
  if (limit !== undefined) Error.stackTraceLimit = limit;
  return error;
}

const records = new WeakMap<object, Error>();
/** Where steppers were suspended last. */
const sites = new WeakMap<object, Error>();
/** Where a CancelledError was thrown into a task last. */
const deliveries = new WeakMap<object, string>();
/** What an await of native code awaits. */
const awaited = new WeakMap<object, object>();

/**
 * Where things were made, in debug mode. Kept beside the objects, so that it costs nothing when it is off.
 *
 * @internal
 */
export const traceOf = {
  record(object: object): void {
    records.set(object, stackHere("made here"));
  },

  /** Remembers where the stepper's innermost operation was suspended. */
  recordSite(object: object): void {
    if (current.site !== null) sites.set(object, current.site);
    current.site = null;
  },

  /** Remembers where native code awaits `source`. */
  recordAwait(strand: object, source: object): void {
    traceOf.record(strand);
    awaited.set(strand, source);
  },

  /**
   * Where native code awaits: the place of the await, which Node before 26 does not tell from inside of `then()`; failing
   * that the place where the awaited thing was made, which mostly is the same.
   */
  awaitSites(strand: object): string[] {
    const source = awaited.get(strand);
    if (source === undefined) return [];
    return [traceOf.get(strand), traceOf.get(source)].filter((stack) => stack !== undefined);
  },

  delivery(task: object): string | undefined {
    return deliveries.get(task);
  },

  site(stepper: object): string | undefined {
    return sites.get(stepper)?.stack;
  },

  /** Adds where the stepper was suspended to an error that the loop has made. */
  tellPlace(error: Error, stepper: { readonly task: object }): void {
    const site = traceOf.site(stepper) ?? traceOf.awaitSites(stepper).at(-1);
    if (site === undefined) return;
    deliveries.set(stepper.task, site);
    if (error.stack?.includes("\n")) return;
    error.stack = [error.stack, ...site.split("\n").filter((line) => line.startsWith("    at "))].join("\n");
  },

  get(object: object): string | undefined {
    return records.get(object)?.stack;
  },

  /** The `sourceTraceback` key of an exception handler's context, when there is one. */
  entry(object: object): { sourceTraceback?: string } {
    const stack = traceOf.get(object);
    return stack === undefined ? {} : { sourceTraceback: stack };
  },
};
