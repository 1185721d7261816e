import { type Coroutine, DeadlockError, EventLoop, run } from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { type Detail, type Entry, PROGRAM, type Trace } from "../compare/trace.ts";
import type { Program } from "../language/ast.ts";
import { generators } from "./generators.ts";
import { mixed } from "./mixed.ts";
import { native } from "./native.ts";
import type { Spelling } from "./spelling.ts";
import { describeError, type Sabotage, World } from "./world.ts";

export interface SubjectOptions {
  /** Debug mode, which must not change what a program does. */
  readonly debug?: boolean | undefined;
  readonly sabotage?: Sabotage | undefined;
}

export type SpellingName = Spelling["name"];

const SPELLINGS: Record<SpellingName, Spelling> = { native, generator: generators, mixed };

/** In virtual time a program takes milliseconds; one that has not ended by then never will. */
const PATIENCE = 2_000;

/** What this library does in the program. */
export async function runSubject(
  program: Program,
  spelling: SpellingName,
  options: SubjectOptions = {},
): Promise<Trace> {
  const world = new World(program, SPELLINGS[spelling], options.sabotage);
  const end = await patiently(runToEnd(world, options.debug ?? false));
  world.open = false;
  const last: Entry = [null, "-", PROGRAM, ...end];
  return [...world.trace, last];
}

type End = readonly [event: string, ...details: Detail[]];

/** As the oracle's: what tasks do that have outlived the shutdown is not compared. */
class SubjectLoop extends EventLoop {
  readonly #world: World;

  constructor(world: World, debug: boolean) {
    super({ host: new VirtualHost(), debug });
    this.#world = world;
  }

  override shutdownDefaultExecutor(limit?: number | null): Coroutine<void> {
    this.#world.open = false;
    return super.shutdownDefaultExecutor(limit);
  }
}

async function runToEnd(world: World, debug: boolean): Promise<End> {
  const loopFactory = (): EventLoop => new SubjectLoop(world, debug);
  try {
    return ["result", world.describe(await run(world.spelling.main(world), { loopFactory }))];
  } catch (error) {
    if (error instanceof DeadlockError) return ["deadlock"];
    return ["error", describeError(error)];
  }
}

async function patiently(end: Promise<End>): Promise<End> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<End>((resolve) => {
    timer = setTimeout(() => resolve(["hang"]), PATIENCE);
  });
  try {
    return await Promise.race([end, hang]);
  } finally {
    clearTimeout(timer);
  }
}
