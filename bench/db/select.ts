import { type Body, type Load, shareOf } from "../row.ts";

/** How many rows the table has; every select asks for one of them by its key. */
export const ITEMS = 10_000;

/** How many connections each pool has. */
export const POOL = 10;

/** How a row is asked for: gives its name. */
export type Select = (id: number) => PromiseLike<unknown>;

export function address(): string {
  return process.env["BENCH_ADDRESS"] ?? "";
}

/** So many workers at once, each with its share of the selects. */
export async function selectByPromises(load: Load, select: Select): Promise<{ readonly ops: number }> {
  const share = shareOf(load);
  let ops = 0;
  async function worker(number: number): Promise<void> {
    for (let i = 0; i < share; i++) {
      const id = (number + i * load.live) % ITEMS;
      check(id, await select(id));
      ops += 1;
    }
  }
  await Promise.all(Array.from({ length: load.live }, (_, number) => worker(number)));
  return { ops };
}

/** The pools of ours, as far as it is used here. */
interface OurPool extends AsyncDisposable {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): import("asyncio-ts").Coroutine<{ readonly rows: readonly object[] }>;
}

type Open = () => PromiseLike<OurPool>;

/** The selects as tasks of ours, in the generator spelling. */
export async function oursGenerator(sql: string, open: () => Promise<Open>): Promise<Body> {
  const { coroutine, run, taskGroup } = await import("asyncio-ts");
  const openPool = await open();
  return async (load) => {
    const share = shareOf(load);
    let ops = 0;
    await run(async () => {
      await using pool = await openPool();
      const worker = coroutine(function* (number: number) {
        for (let i = 0; i < share; i++) {
          const id = (number + i * load.live) % ITEMS;
          const { rows } = yield* pool.query(sql, [id]);
          check(id, nameOf(rows));
          ops += 1;
        }
      });
      await taskGroup(async (group) => {
        for (let number = 0; number < load.live; number++) group.createTask(worker(number));
      });
    });
    return { ops };
  };
}

/** The selects as tasks of ours that are async functions. */
export async function oursNative(sql: string, open: () => Promise<Open>): Promise<Body> {
  const { run, taskGroup } = await import("asyncio-ts");
  const openPool = await open();
  return async (load) => {
    const share = shareOf(load);
    let ops = 0;
    await run(async () => {
      await using pool = await openPool();
      async function worker(number: number): Promise<void> {
        for (let i = 0; i < share; i++) {
          const id = (number + i * load.live) % ITEMS;
          const { rows } = await pool.query(sql, [id]);
          check(id, nameOf(rows));
          ops += 1;
        }
      }
      await taskGroup(async (group) => {
        for (let number = 0; number < load.live; number++) group.createTask(() => worker(number));
      });
    });
    return { ops };
  };
}

/** The name in the only row of a result. */
export function nameOf(rows: readonly object[]): unknown {
  const [row]: readonly { readonly name?: unknown }[] = rows;
  return row?.name;
}

function check(id: number, name: unknown): void {
  if (name !== `item ${id}`) throw new Error(`item ${id} came back as ${String(name)}`);
}
