import {
  type AsCompleted,
  asCompleted,
  Barrier,
  Condition,
  Event,
  Future,
  gather,
  Queue,
  StreamReader,
  shield,
  sleep,
  Task,
  wait,
  waitFor,
} from "asyncio-ts";
import type { Awaitable, AwaitableKind, WaitingStatement } from "../language/ast.ts";
import type { Built } from "./spelling.ts";
import type { World } from "./world.ts";

/** Throws Missing before anything is made: half a gather would leave tasks behind. */
export function check(world: World, awaitable: Awaitable): void {
  if (awaitable.kind === "task") world.get(awaitable.task, Task);
  if (!("of" in awaitable)) return;
  const inner: readonly Awaitable[] = "kind" in awaitable.of ? [awaitable.of] : awaitable.of;
  for (const each of inner) check(world, each);
}

/** From the JSON of an awaitable to the real one. */
export function build(world: World, awaitable: Awaitable): Built {
  return BUILD[awaitable.kind](world, awaitable as never);
}

function buildAll(world: World, awaitables: readonly Awaitable[]): Built[] {
  const built: Built[] = [];
  for (const awaitable of awaitables) {
    built.push(awaitable.kind === "again" ? (built[awaitable.index] as Built) : build(world, awaitable));
  }
  return built;
}

export function buildAsCompleted(
  world: World,
  s: Extract<WaitingStatement, { kind: "asCompleted" }>,
): AsCompleted<unknown> {
  return asCompleted<unknown>(buildAll(world, s.of), { timeout: s.ms });
}

type AwaitableOf<K extends AwaitableKind> = Extract<Awaitable, { kind: K }>;

const BUILD: { readonly [K in AwaitableKind]: (world: World, a: AwaitableOf<K>) => Built } = {
  coro: (world, a) => world.spelling.coroutine(world, a.body),
  task: (world, a) => world.get(a.task, Task),
  future: (world, a) => world.get(a.future, Future),
  sleep: (world, a) => sleep(world.sabotage === "sleeps of 2 take 3" && a.ms === 2 ? 3 : a.ms, a.value),
  gather: (world, a) => gather(buildAll(world, a.of), { returnExceptions: a.returnExceptions }),
  again: () => {
    throw new Error("`again` has a meaning only among arguments");
  },
  shield: (world, a) => shield(build(world, a.of)),
  waitFor: (world, a) => waitFor(build(world, a.of), a.ms),
  wait: (world, a) => wait(buildAll(world, a.of) as Future<unknown>[], { timeout: a.ms, returnWhen: a.until }),
  acquire: (world, a) => world.holdable(a.what).acquire(),
  eventWait: (world, a) => world.get(a.event, Event).wait(),
  conditionWait: (world, a) => world.get(a.condition, Condition).wait(),
  conditionWaitFor: (world, a) =>
    world.get(a.condition, Condition).waitFor(() => (world.counters.get(a.counter) ?? 0) >= a.atLeast),
  barrierWait: (world, a) => world.get(a.barrier, Barrier).wait(),
  barrierReset: (world, a) => world.get(a.barrier, Barrier).reset(),
  barrierAbort: (world, a) => world.get(a.barrier, Barrier).abort(),
  get: (world, a) => world.get(a.queue, Queue).get(),
  put: (world, a) => world.get(a.queue, Queue).put(a.item),
  join: (world, a) => world.get(a.queue, Queue).join(),
  read: (world, a) => world.get(a.reader, StreamReader).read(a.size),
  readline: (world, a) => world.get(a.reader, StreamReader).readline(),
  readexactly: (world, a) => world.get(a.reader, StreamReader).readexactly(a.size),
  readuntil: (world, a) => {
    const [only = "", ...more] = a.separators;
    return world.get(a.reader, StreamReader).readuntil(more.length === 0 ? only : a.separators);
  },
};
