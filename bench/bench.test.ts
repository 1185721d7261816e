import { describe, expect, test } from "vitest";
import { launch } from "./launch.ts";
import { judge } from "./report/goals.ts";
import { type RowResult, rowLines } from "./report/row-report.ts";
import { batchSizes, OURS_GENERATOR, OURS_NATIVE, type Sample, shareOf } from "./row.ts";
import { rowNamed, rows } from "./rows/index.ts";
import { median, summarize } from "./stats.ts";

describe.each(rows.map((row) => [row.name, row] as const))("row %s", (_name, row) => {
  // One counterpart after the other, as the table in a database is one.
  const concurrent = row.counterpart === undefined;

  // Real processes and real time: the sleepers sleep for up to a second.
  test.for(row.contestants.filter(({ name }) => name.startsWith("ours")))(
    "runs $name and gives one well-formed sample",
    { timeout: 60_000, concurrent },
    async (contestant, { skip }) => {
      const missing = await row.missing?.();
      if (missing !== undefined) skip(missing);
      const load = { n: 200, live: 100 };
      const { sample } = await launch({ row, contestant, load, nodeFlags: ["--conditions=@asyncio-ts/source"] });
      expect(sample).toMatchObject({ row: row.name, contestant: contestant.name, ...load });
      expect(sample.wallMs).toBeGreaterThan(0);
      expect(sample.processCpuMs).toBeGreaterThanOrEqual(sample.cpuMs);
      expect(sample.peakRssBytes).toBeGreaterThanOrEqual(sample.rssBeforeBytes);
    },
  );
});

test("a row's goals only name peers that the row has", () => {
  for (const { contestants, goals } of rows) {
    const names = contestants.map(({ name }) => name);
    for (const { peers } of goals) expect(names).toEqual(expect.arrayContaining(Object.keys(peers)));
  }
});

test("rowNamed() names the rows there are when there is none of that name", () => {
  expect(() => rowNamed("swtich")).toThrow(/spawn, switch/);
});

test("batchSizes() ends with a smaller round when the rest asks for it", () => {
  expect(batchSizes({ n: 25, live: 10 })).toEqual([10, 10, 5]);
  expect(batchSizes({ n: 20, live: 10 })).toEqual([10, 10]);
});

test("shareOf() refuses to share unevenly", () => {
  expect(shareOf({ n: 200, live: 100 })).toBe(2);
  expect(() => shareOf({ n: 201, live: 100 })).toThrow(RangeError);
});

test("median() is between the two in the middle of an even number", () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test("judge() holds ours over the peer's against what was promised", () => {
  const verdicts = judge(resultOf({ [OURS_GENERATOR]: 300, [OURS_NATIVE]: 2_000, asyncio: 4_400 }));
  expect(verdicts.map(({ ours, peer, holds }) => ({ ours, peer, holds }))).toEqual([
    { ours: OURS_GENERATOR, peer: "asyncio", holds: true },
    { ours: OURS_NATIVE, peer: "asyncio", holds: false },
  ]);
});

test("rowLines() gives each contestant a line with its ratio to ours, and says why one is missing", () => {
  const result = resultOf({ [OURS_GENERATOR]: 200, [OURS_NATIVE]: 500, asyncio: 4_000 });
  const lines = rowLines({ ...result, entries: [...result.entries, { name: "uvloop", absent: "not here" }] });
  const asyncio = lines.find((line) => line.startsWith("| asyncio"));
  expect(asyncio?.split("|").map((cell) => cell.trim())).toEqual([
    "",
    "asyncio",
    "1,000",
    "0.00",
    "4,000",
    "4,000..4,000",
    "4,000",
    "2.00",
    "20.0",
    "8.00",
    "",
  ]);
  expect(lines).toContain("uvloop: not here");
});

function resultOf(nsPerOp: Readonly<Record<string, number>>): RowResult {
  const row = rowNamed("spawn");
  const entries = Object.entries(nsPerOp).map(([name, ns]) => {
    const ms = ns / 1000;
    const sample: Sample = {
      row: row.name,
      contestant: name,
      n: 1_000,
      live: 10,
      wallMs: ms,
      cpuMs: ms,
      processCpuMs: ms,
      peakRssBytes: 2_000_000,
      rssBeforeBytes: 1_000_000,
      parts: {},
    };
    return { name, figures: summarize([{ sample, othersCores: 0 }]) };
  });
  return { row, entries, othersCores: [0] };
}
