import { beforeAll, describe, expect, test } from "vitest";
import { generate } from "./generate/program.ts";
import type { Program } from "./language/ast.ts";
import { print } from "./language/print.ts";
import { usesEagerTasks } from "./language/walk.ts";
import { Oracle } from "./oracle/oracle.ts";
import { MAY_BE_UNREACHED } from "./oracle/unreached.ts";
import { addStatistics, formatStatistics, type Outcomes, type Statistics } from "./run/statistics.ts";
import { type Divergence, spellingsOf, Trial } from "./run/trial.ts";
import type { Sabotage } from "./subject/world.ts";

/** Loading CPython takes two seconds, and some of these run thousands of programs. */
const timeout = 120_000;

let oracle: Oracle;

beforeAll(async () => {
  oracle = await Oracle.load();
}, timeout);

function programs(first: number, count: number): Program[] {
  return Array.from({ length: count }, (_, i) => generate(first + i));
}

describe("the oracle", () => {
  test("is CPython 3.14", () => {
    expect(oracle.version).toMatch(/^3\.14\./);
  });

  test("does the same each time", { timeout }, () => {
    const sample = programs(1, 100);
    const withoutAddresses = () => JSON.stringify(oracle.run(sample)).replaceAll(/0x[0-9a-f]+/g, "0x");
    expect(withoutAddresses()).toBe(withoutAddresses());
  });

  test("runs timers of equal time in the order in which they were set, as this library promises", () => {
    const later = (ms: number, counter: number) =>
      ({
        id: counter,
        kind: "call",
        when: "later",
        ms,
        handle: "H0",
        context: null,
        body: [{ id: counter + 100, kind: "allTasks" }],
      }) as const;
    const main = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => later(i % 2, i));
    const rest = { id: 9, kind: "await", of: { kind: "sleep", ms: 3, value: null } } as const;
    const [trace = []] = oracle.run([{ seed: 0, eagerFactory: false, pool: [], main: [...main, rest] }]);
    expect(trace.filter(([, , , event]) => event === "call").map(([, , id]) => id)).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  });
});

describe("this library does what CPython does", () => {
  test.each(["native", "generator", "mixed"] as const)("in the %s spelling", { timeout }, async (spelling) => {
    const trial = new Trial(oracle);
    for (const program of programs(1, 60)) {
      if (spellingsOf(program, [spelling]).length === 0) continue;
      const divergence = await trial.check(program, spelling);
      expect(divergence, divergence && `seed ${program.seed}\n${print(program)}`).toBeUndefined();
    }
  });

  test.each<Sabotage>(["cancels forget their message", "sleeps of 2 take 3"])(
    "and it would be seen if it did not: %s",
    { timeout },
    async (sabotage) => {
      const trial = new Trial(oracle, { sabotage });
      const divergence = await firstDivergence(trial, programs(1, 60));
      expect(divergence).toBeDefined();
      const shrunk = await trial.shrink(divergence as Divergence);
      expect(print(shrunk.program).split("\n").length).toBeLessThan(12);
    },
  );
});

async function firstDivergence(trial: Trial, candidates: readonly Program[]): Promise<Divergence | undefined> {
  for (const program of candidates) {
    if (usesEagerTasks(program)) continue;
    const divergence = await trial.check(program, "native");
    if (divergence !== undefined) return divergence;
  }
  return undefined;
}

describe("the programs", () => {
  test("are the same for the same seed", () => {
    expect(programs(5, 20)).toEqual(programs(5, 20));
  });

  test("use the whole vocabulary, and reach every line of asyncio", { timeout }, () => {
    oracle.measureCoverage();
    const statistics: Statistics = {};
    for (let first = 0; first < 2000; first += 100) {
      const sample = programs(first, 100);
      const traces = oracle.run(sample);
      for (const [i, program] of sample.entries()) addStatistics(statistics, program, traces[i] ?? []);
    }
    const seldom = VOCABULARY.filter((label) => ends(statistics[label]) < 20);
    expect(seldom, formatStatistics(statistics)).toEqual([]);
    expect(statistics["program: deadlock"]?.ok).toBeLessThan(200);
    const unreached = oracle.unreached();
    expect(unreached.filter((line) => !MAY_BE_UNREACHED.some(({ lines }) => lines.test(line)))).toEqual([]);
    expect(MAY_BE_UNREACHED.filter(({ lines }) => !unreached.some((line) => lines.test(line)))).toEqual([]);
  });
});

/** How often a statement came to an end other than by an error; `raise` has no other. */
function ends(outcomes: Outcomes | undefined): number {
  return (outcomes?.ok ?? 0) + (outcomes === undefined || outcomes.ok > 0 ? 0 : outcomes.error);
}

const AWAITED =
  "acquire barrierAbort barrierReset barrierWait conditionWait conditionWaitFor coro eventWait future gather get join put read readexactly readline readuntil shield sleep task wait waitFor";
const WAITING =
  "asCompleted async,asCompleted plain,forAsync,forLines,group,repeat,stepAsync,timeout,try,with,withVar,asyncGenerator: thrown in,try: caught,try: finally,try: split";
const SYNC =
  "addCallback,addCallback: call,allTasks,call at,call later,call soon,cancel,cancelHandle,capture,clear,count,failReader,feedData,feedEof,getNow,getVar,inspect,inspectHandle,inspectTimeout,notify,putNow,raise,readContext,release,removeCallback,rename,renew,renewReader,report,reschedule,resetVar,return,runIn,set,setException,setResult,setVar,shutdown,spawn,spawnIn,state,taskDone,uncancel,exception handler,transport: pause,transport: resume";
const VOCABULARY: readonly string[] = [
  ...AWAITED.split(" ").map((kind) => `await ${kind}`),
  ...WAITING.split(","),
  ...SYNC.split(","),
];
