/** What a contestant is asked to do. */
export interface Load {
  /** How many operations in all. */
  readonly n: number;
  /** How many of the row's things live at once: tasks, or places in the queue. */
  readonly live: number;
}

/** What a contestant says it did; the harness refuses a run whose `ops` is not what was asked for. */
export interface Outcome {
  readonly ops: number;
  /** Parts of the run worth a column of their own, in milliseconds. */
  readonly parts?: Readonly<Record<string, number>>;
}

export type Body = (load: Load) => Promise<Outcome>;

export interface Contestant {
  readonly name: string;
  /** Chosen so that a run takes 0.3 s or more: with less, the JIT's warm-up is what one measures. */
  readonly n: number;
  /** Slow peers run fewer rounds than the rest. */
  readonly maxRounds?: number;
  /** Imports its library, outside the measured time. A contestant without it is a function of `python/rows.py`. */
  readonly load?: () => Promise<Body>;
}

/**
 * What the project promises, and what the peers took when that was promised. Only the ratios are judged: absolute
 * figures drift with the machine.
 */
export interface Goal {
  readonly what: "ns per operation" | "bytes per operation";
  readonly generator: number;
  readonly native: number;
  readonly peers: Readonly<Record<string, number>>;
}

/** What the contestants of a row talk to; they find its address in the environment, as BENCH_ADDRESS. */
export interface Counterpart extends AsyncDisposable {
  readonly address: string;
  /** The core for the contestant, where the counterpart has another. */
  readonly contestantCore?: number | undefined;
  /** What it has used of the processors since its start; absent where that can't be known. */
  cpuMs?(): Promise<number>;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** How the contestants differ, and what could mislead. */
  readonly note: string;
  readonly live: number;
  /** Operations that are done and not counted before, where the compiler would else be what is measured. */
  readonly warmUp?: number;
  /** A run holds a second of sleep, so there should be few. */
  readonly sleeps?: true;
  /** Made for each run. */
  readonly counterpart?: () => Promise<Counterpart>;
  /** It works in processes that are not ours to measure, so what others did meanwhile can't be told. */
  readonly uncountedCounterpart?: true;
  /** Why no contestant can run here. */
  readonly missing?: () => Promise<string | undefined>;
  /** What the contestants `asyncio` and `uvloop` need besides Python. */
  readonly pythonModule?: string;
  readonly contestants: readonly Contestant[];
  readonly goals: readonly Goal[];
}

/** The one line of JSON that a child prints. */
export interface Sample {
  readonly row: string;
  readonly contestant: string;
  readonly n: number;
  readonly live: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** CPU time of the whole process, start-up included: what to take off the machine's total to see the others. */
  readonly processCpuMs: number;
  readonly peakRssBytes: number;
  readonly rssBeforeBytes: number;
  readonly parts: Readonly<Record<string, number>>;
}

export const OURS_GENERATOR = "ours generator";
export const OURS_NATIVE = "ours native";

/** Sizes of the rounds in which `n` things are made, `live` at a time. */
export function batchSizes({ n, live }: Load): number[] {
  const full = Math.floor(n / live);
  const sizes = new Array<number>(full).fill(live);
  return n % live === 0 ? sizes : [...sizes, n % live];
}

/** The share of each of `live` tasks in `n` operations; it must come out even, else contestants would differ. */
export function shareOf({ n, live }: Load): number {
  if (n % live !== 0) throw new RangeError(`${n} operations cannot be shared evenly by ${live} tasks`);
  return n / live;
}
