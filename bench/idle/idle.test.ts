import { expect, test } from "vitest";
import type { Laps } from "../contest.ts";
import { BARE, contestants, PROTOCOL, STREAMS_NATIVE } from "../echo/contestants.ts";
import type { Library } from "../library.ts";
import { idleLines } from "./idle-bench.ts";
import { type IdleSample, runIdle } from "./run.ts";

const library: Library = { label: "source", nodeFlags: ["--conditions=@asyncio-ts/source"] };

test.concurrent.each(contestants.filter(({ name }) => [BARE, PROTOCOL, STREAMS_NATIVE].includes(name)))(
  "runIdle() tells the memory of $name with connections and without",
  async (contestant) => {
    const { sample } = await runIdle(contestant, 300, library);
    expect(sample).toMatchObject({ row: "idle", contestant: contestant.name, connections: 300 });
    expect(sample.before.rss).toBeGreaterThan(10_000_000);
    expect(sample.after.heapUsed).toBeGreaterThan(sample.before.heapUsed);
  },
  60_000,
);

test("idleLines() gives the bytes of a connection, and says when there are fewer connections than wanted", () => {
  const laps = [lapsOf(BARE, 9_000), lapsOf(PROTOCOL, 10_800)];
  const lines = idleLines({ connections: 100, wanted: 1_000, laps });
  expect(lines[0]).toBe(
    "## idle: Memory of 100 idle connections, not 1,000: the limit of open files (ulimit -n) is lower",
  );
  const ours = lines.find((line) => line.startsWith(`| ${PROTOCOL}`))?.split("|");
  expect(ours?.map((cell) => cell.trim()).slice(2)).toEqual([
    "10,800",
    "10,800..10,800",
    "1.20",
    "500",
    "20.0",
    "51.1",
    "",
  ]);
});

function lapsOf(contestant: string, bytes: number): Laps<IdleSample> {
  const before = { rss: 5e7, heapUsed: 1e7, arrayBuffers: 0 };
  const after = { rss: 5e7 + bytes * 100, heapUsed: 1e7 + 500 * 100, arrayBuffers: 20 * 100 };
  const sample: IdleSample = { row: "idle", contestant, connections: 100, before, after };
  return { name: contestant, runs: [{ sample, othersCores: 0 }], absent: undefined };
}
