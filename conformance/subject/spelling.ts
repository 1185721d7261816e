import type { Body, Coroutine, Future } from "asyncio-ts";
import type { Block, Value } from "../language/ast.ts";
import type { World } from "./world.ts";

/** A coroutine of the program: a lazy object in the generator spelling, a function to call in the native one. */
type ProgramCoroutine = Coroutine<Value> | (() => Promise<Value>);

/** What a program awaits. */
export type Built = ProgramCoroutine | Coroutine<unknown> | Future<unknown>;

/** A way to write coroutines. Everything that does not wait is shared between them. */
export interface Spelling {
  readonly name: "native" | "generator" | "mixed";
  /** The whole program. */
  main(world: World): ProgramCoroutine;
  coroutine(world: World, body: Block): ProgramCoroutine;
  /** A block as the body of a timeout or group, which is handed to `enter` first. */
  scope<S>(world: World, body: Block, enter: (scope: S) => void): Body<S, Completion>;
}

/** How a block ends before its end: by a `return`. */
export type Completion = { readonly value: Value } | undefined;
