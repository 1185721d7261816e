import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeFunction, describeValue } from "../../core/describe.ts";
import { RuntimeError } from "../../core/errors.ts";

/** The functions that a module exports, with their types, as something to give to {@link toThread} and executors. */
export type WorkerModule<M> = {
  readonly [K in keyof M]: M[K] extends (...args: never[]) => unknown ? M[K] : never;
};

/** Which function, in a form that travels. */
export interface FunctionReference {
  readonly module: string;
  readonly name: string;
}

/** What stands for the functions of worker modules here, and where these are. */
const references = new WeakMap<object, { readonly url: URL; readonly name: string }>();

/**
 * Names the functions of a module, for threads and processes to call: the module is loaded there and not here. Functions
 * can't travel, since they hold on to the variables around them; so what runs elsewhere stands in a module.
 *
 * `url` is mostly `new URL("./work.ts", import.meta.url)`, and may be any that `import()` takes: a file's, `node:zlib`.
 * Where a `.ts` is not there, as in code that was built, the `.js` beside it is meant.
 *
 * @throws TypeError when `url` is relative, or is none of a file, a module of Node (`node:`) or `data:`.
 * @example
 * ```ts
 * import { run, toThread, workerModule } from "asyncio-ts";
 *
 * const crypto = workerModule<typeof import("node:crypto")>("node:crypto");
 * const key = await run(toThread(crypto.pbkdf2Sync, "secret", "salt", 1000, 32, "sha512"));
 * console.log(key.length); // 32
 * ```
 */
export function workerModule<M extends object>(url: URL | string): WorkerModule<M> {
  const parsed = parseUrl(url);
  const functions = new Map<string, unknown>();
  return new Proxy({} as WorkerModule<M>, {
    get(_target, name) {
      // Awaiting asks for `then`, and inspecting for symbols.
      if (typeof name === "symbol" || name === "then") return undefined;
      if (!functions.has(name)) functions.set(name, standIn(parsed, name));
      return functions.get(name);
    },
  });
}

function parseUrl(url: URL | string): URL {
  if (url instanceof URL || (typeof url === "string" && URL.canParse(url))) {
    const parsed = new URL(url);
    if (["file:", "node:", "data:"].includes(parsed.protocol)) return parsed;
  }
  const given = url instanceof URL ? `the URL ${url.href}` : describeValue(url);
  throw new TypeError(
    `workerModule() needs the URL of a module, got ${given}: write new URL("./work.ts", import.meta.url), ` +
      "and for a package import.meta.resolve() of its name",
  );
}

function standIn(url: URL, name: string): unknown {
  const fn = (): never => {
    throw new RuntimeError(
      `${name}() is named by workerModule() and its module is not loaded here: call it by toThread() or in an ` +
        "executor, or import its module",
    );
  };
  Object.defineProperty(fn, "name", { value: name });
  references.set(fn, { url, name });
  return fn;
}

/** Where to find a function that {@link workerModule} has named; undefined for every other. */
function referenceOf(fn: object): FunctionReference | undefined {
  const found = references.get(fn);
  return found === undefined ? undefined : { module: existingModule(found.url).href, name: found.name };
}

/** @throws TypeError when `fn` is not named by {@link workerModule}; `user` is who was to take it, and `place` where to. */
export function checkedReference(user: string, fn: unknown, place: string): FunctionReference {
  if (typeof fn !== "function") throw new TypeError(`${user} needs a function, got ${describeValue(fn)}`);
  const reference = referenceOf(fn);
  if (reference !== undefined) return reference;
  throw new TypeError(
    `${user}: the function ${describeFunction(fn)} can't be sent to another ${place}, since it would lose the ` +
      "variables around it. Put it into a module of its own, export it there, and name it by " +
      'workerModule<typeof import("./work.ts")>(new URL("./work.ts", import.meta.url))',
  );
}

/** The compiler makes `./work.js` of the `./work.ts` in an import, but not of that in a URL. */
export function existingModule(url: URL): URL {
  if (url.protocol !== "file:" || !/\.m?ts$/.test(url.pathname) || existsSync(fileURLToPath(url))) return url;
  const built = new URL(url);
  built.pathname = url.pathname.replace(/ts$/, "js");
  return existsSync(fileURLToPath(built)) ? built : url;
}
