import { describeValue } from "../../core/describe.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { FunctionReference } from "./worker-module.ts";

/** @throws RuntimeError for a module that can't be loaded; TypeError when it has no such function. */
export async function loadFunction(reference: FunctionReference): Promise<(...args: readonly unknown[]) => unknown> {
  const { module, name } = reference;
  const exports = await load(reference);
  const fn = exports[name];
  if (typeof fn === "function") return fn as (...args: readonly unknown[]) => unknown;
  if (name in exports) throw new TypeError(`'${name}' of ${module} is no function but ${describeValue(fn)}`);
  const names = Object.keys(exports).map((one) => `'${one}'`);
  throw new TypeError(`${module} exports no '${name}', but ${names.length === 0 ? "nothing" : names.join(", ")}`);
}

async function load({ module, name }: FunctionReference): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(/* @vite-ignore */ module)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError(`the module of ${name}() can't be loaded, ${module}: ${why}`, { cause });
  }
}
