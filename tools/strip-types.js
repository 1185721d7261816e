/**
 * Makes Node 20 and 22 run TypeScript with `using`, as later ones do by themselves: `node --import ./tools/strip-types.js`.
 * It is for tests of what starts threads and processes, whose modules vitest does not get to see.
 */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

const HELPER = "@oxc-project/runtime/helpers/usingCtx";

// This module is loaded three times: to register the hooks, on their thread, and as what `using` is compiled to.
if (new URL(import.meta.url).search === "") register(`${import.meta.url}?hooks`);

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  return specifier === HELPER
    ? { url: import.meta.url.replace("?hooks", "?using"), shortCircuit: true }
    : nextResolve(specifier, context);
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !/\.m?ts$/.test(new URL(url).pathname)) return nextLoad(url, context);
  const { transform } = await import("rolldown/utils");
  const path = fileURLToPath(url);
  const { code } = await transform(path, await readFile(path, "utf8"), { target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
}

/** What a block with `using` keeps: `u` and `a` take the values, `e` is the error of the block, `d` disposes. */
// oxlint-disable-next-line import/no-default-export -- that is how it is imported
export default function usingCtx() {
  const disposers = [];
  const none = {};
  let isAsync = false;
  const add = (value, dispose) => {
    if (value !== null && value !== undefined) disposers.push(() => dispose.call(value));
    return value;
  };
  const context = {
    e: none,
    u: (value) => add(value, value?.[Symbol.dispose]),
    a: (value) => {
      isAsync = true;
      return add(value, value?.[Symbol.asyncDispose] ?? value?.[Symbol.dispose]);
    },
    d: () => (isAsync ? disposeLater() : disposeNow()),
  };
  const failed = (error) => {
    context.e =
      context.e === none ? error : new Error("an error was suppressed during disposal", { cause: [error, context.e] });
  };
  const end = () => {
    if (context.e !== none) throw context.e;
  };
  function disposeNow() {
    while (disposers.length > 0) {
      try {
        disposers.pop()();
      } catch (error) {
        failed(error);
      }
    }
    end();
  }
  async function disposeLater() {
    while (disposers.length > 0) {
      try {
        await disposers.pop()();
      } catch (error) {
        failed(error);
      }
    }
    end();
  }
  return context;
}
