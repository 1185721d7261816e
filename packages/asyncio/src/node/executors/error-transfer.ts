import * as errors from "../../core/errors.ts";
import { ExceptionGroup } from "../../core/exception-group.ts";

const BUILT_IN = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];

type ErrorClass = new (message?: string) => Error;

/** A value on its way between threads or processes: errors are taken apart, since a clone of one loses its class. */
export type Packed =
  | { readonly error: PackedError }
  | { readonly list: readonly Packed[] }
  | { readonly value: unknown };

interface PackedError {
  /** The nearest class that the other side has. */
  readonly base: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** `cause` and `errors`, which are hidden, and what else the error has. */
  readonly hidden: readonly (readonly [key: string, value: Packed])[];
  readonly shown: readonly (readonly [key: string, value: Packed])[];
}

/** Takes what was thrown apart. */
export function packThrown(thrown: unknown): Packed {
  return pack(thrown, []);
}

/** Puts it together again, as an error of the same class if that is one of JavaScript or of this library. */
export function unpackThrown(packed: Packed): unknown {
  if ("error" in packed) return unpackError(packed.error);
  return "list" in packed ? packed.list.map(unpackThrown) : packed.value;
}

function pack(value: unknown, around: readonly unknown[]): Packed {
  // A circle of causes is cut.
  if (value instanceof Error)
    return around.includes(value) ? { value: undefined } : packError(value, [...around, value]);
  if (Array.isArray(value) && value.some((item) => item instanceof Error)) {
    return { list: value.map((item) => pack(item, around)) };
  }
  return canClone(value) ? { value } : { value: String(value) };
}

function packError(error: Error, around: readonly unknown[]): { readonly error: PackedError } {
  const packed = (keys: readonly string[]): PackedError["hidden"] =>
    keys.map((key) => [key, pack((error as unknown as Record<string, unknown>)[key], around)] as const);
  const shown = Object.keys(error).filter((key) => !["name", "message", "stack", "cause", "errors"].includes(key));
  return {
    error: {
      base: baseOf(error),
      name: String(error.name),
      message: String(error.message),
      stack: error.stack,
      hidden: packed(["cause", "errors"].filter((key) => Object.hasOwn(error, key))),
      shown: packed(shown),
    },
  };
}

function canClone(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function" && typeof value !== "symbol";
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function unpackError(packed: PackedError): unknown {
  const error = emptyError(packed);
  const hide = (key: string, value: unknown): void => {
    Object.defineProperty(error, key, { value, writable: true, configurable: true });
  };
  if (packed.stack !== undefined) hide("stack", packed.stack);
  if (error.name !== packed.name) hide("name", packed.name);
  for (const [key, value] of packed.hidden) hide(key, unpackThrown(value));
  for (const [key, value] of packed.shown) {
    Object.defineProperty(error, key, {
      value: unpackThrown(value),
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  return error;
}

/** Made without the class's own constructor, whose parameters nobody knows here; all that it sets travels. */
function emptyError({ base, name, message, hidden }: PackedError): Error {
  if (base === "DOMException") return new DOMException(message, name);
  // Has private methods, which only its constructor gives.
  const children = hidden.find(([key]) => key === "errors")?.[1];
  if (base === "ExceptionGroup" && children !== undefined) {
    return new ExceptionGroup(message, unpackThrown(children) as unknown[]);
  }
  return Reflect.construct(Error, [message], classes().get(base) ?? Error);
}

function baseOf(error: Error): string {
  if (error instanceof DOMException) return "DOMException";
  for (let proto: unknown = Object.getPrototypeOf(error); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const { name } = proto as Error;
    if (classes().get(name)?.prototype === proto) return name;
  }
  return "Error";
}

let known: ReadonlyMap<string, ErrorClass> | undefined;

/** Every class that both sides have, by its name. */
function classes(): ReadonlyMap<string, ErrorClass> {
  known ??= new Map(
    [...BUILT_IN, ExceptionGroup, ...Object.values(errors).filter(isErrorClass)].map((type) => [
      type.prototype.name,
      type as unknown as ErrorClass,
    ]),
  );
  return known;
}

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === "function" && (value as { prototype?: unknown }).prototype instanceof Error;
}
