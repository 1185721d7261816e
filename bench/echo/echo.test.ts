import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Laps } from "../contest.ts";
import { parseCores } from "../cores.ts";
import { findPython } from "../launch.ts";
import type { Library } from "../library.ts";
import { Partner } from "../partner.ts";
import { BARE, BUFFERED, type Contestant, contestants, EPOLL, PROTOCOL, STREAMS_NATIVE } from "./contestants.ts";
import { judgeEcho, sizeLines } from "./echo-bench.ts";
import { summarizeEcho } from "./figures.ts";
import { Messages } from "./messages.ts";
import { type EchoSample, parseResult, runEcho, sampleOf } from "./run.ts";
import { nodeLoad, prepareTools, type Tools } from "./tools.ts";

const library: Library = { label: "source", nodeFlags: ["--conditions=@asyncio-ts/source"] };
const traffic = { connections: 3, messageBytes: 100 * 1024, warmMs: 10, windowMs: 60 };

/** Many processes at once, on a machine that runs other tests beside. */
const LONGEST_MS = 60_000;

// Nothing is pinned to a core here: other tests run beside these.
let tools: Tools;
beforeAll(async () => {
  tools = { ...(await prepareTools()), cores: undefined };
}, LONGEST_MS);
afterAll(() => tools[Symbol.asyncDispose]());

// Real processes and real time.
describe("runEcho()", { timeout: LONGEST_MS }, () => {
  const onNode = contestants.filter(({ load }) => load !== undefined);

  test.concurrent.each(onNode)("measures $name under the load of node:net", async (contestant) => {
    const { sample } = await runEcho(contestant, traffic, { tools: { ...tools, load: nodeLoad }, library });
    expect(sample).toMatchObject({ row: "echo", contestant: contestant.name, connections: 3, messageBytes: 102_400 });
    expect(sample.requests).toBeGreaterThan(0);
    expect(sample.wallMs).toBeGreaterThan(50);
    expect(sample.serverCpuMs).toBeGreaterThan(0);
    expect(sample.p99Us).toBeGreaterThanOrEqual(sample.p50Us);
  });

  test("measures the server in C under the load in C, where they can be compiled", async ({ skip }) => {
    if (tools.epoll === undefined) skip();
    const { sample } = await runEcho({ name: EPOLL }, traffic, { tools, library });
    expect(sample.requests).toBeGreaterThan(0);
    expect(sample.p99Us).toBeGreaterThanOrEqual(sample.p50Us);
  });

  test.for(["protocol", "streams"])("measures asyncio's %s, where there is a python3", async (api, { skip }) => {
    if ((await findPython()).python === null) skip();
    const { sample } = await runEcho({ name: `asyncio ${api}` }, traffic, { tools, library });
    expect(sample.requests).toBeGreaterThan(0);
  });

  test("rejects with what the server says when it fails", async () => {
    const unknown: Contestant = { name: "nobody", load: () => Promise.reject(new Error("not called")) };
    await expect(runEcho(unknown, traffic, { tools, library })).rejects.toThrow('no echo server "nobody"');
  });
});

test("the loads end with an error when an echo has other bytes", async () => {
  const server = net.createServer((socket) => {
    let received = 0;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      received += data.length;
      if (received > 5_000 && received - data.length <= 5_000) data[data.length - 1]! ^= 1;
      socket.write(data);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as net.AddressInfo;
  try {
    for (const load of [nodeLoad, tools.load]) {
      await using partner = new Partner([...load, String(address.port), "1", "1024", "60000", "1"]);
      await expect(partner.expect("begin")).rejects.toThrow(/gave back other bytes than it was sent, in message [56]/);
    }
  } finally {
    server.close();
  }
});

test("Messages.matches() tells the messages of one connection and of two apart", () => {
  const messages = new Messages(1_000);
  const [first, second] = [messages.startOf(0, 0), messages.startOf(0, 1)];
  expect(messages.matches(first, 0, messages.at(first))).toBe(true);
  expect(messages.matches(first, 400, messages.at(first).subarray(400))).toBe(true);
  expect(messages.matches(first, 0, messages.at(second))).toBe(false);
  expect(messages.matches(first, 0, messages.at(messages.startOf(1, 0)))).toBe(false);
  expect(messages.matches(first, 1, messages.at(first))).toBe(false);
});

test("parseCores() reads the kernel's lists", () => {
  expect(parseCores("0-2,5")).toEqual([0, 1, 2, 5]);
  expect(parseCores("3")).toEqual([3]);
  expect(parseCores("")).toEqual([]);
});

test("parseResult() refuses a window without requests", () => {
  const result = { requests: 2, wallMs: 10, cpuMs: 5, p50Us: 1, p99Us: 2 };
  expect(parseResult(JSON.stringify(result))).toEqual(result);
  expect(() => parseResult(JSON.stringify({ ...result, requests: 0 }))).toThrow("no request was answered");
});

test("sampleOf() takes the server's share of a core over the load's window", () => {
  const result = { requests: 1_000, wallMs: 200, cpuMs: 50, p50Us: 1, p99Us: 2 };
  expect(sampleOf({ name: BARE }, traffic, result, 0.5)).toMatchObject({ serverCpuMs: 100, loadCpuMs: 50 });
});

test("summarizeEcho() gives the medians of the rounds, and the ends of the CPU time per request", () => {
  const figures = summarizeEcho(lapsOf(BARE, [10, 30, 20]).runs);
  expect(figures.cpuUs).toEqual({ median: 20, min: 10, max: 30 });
  expect(figures).toMatchObject({ requestsPerS: 500, p50Us: 7, p99Us: 9, loadBusy: 0.25 });
});

test("judgeEcho() holds ours against those peers that ran", () => {
  const laps = [lapsOf(PROTOCOL, [9]), lapsOf(BUFFERED, [11]), lapsOf(STREAMS_NATIVE, [11]), lapsOf(BARE, [10])];
  const verdicts = judgeEcho("1 KiB", [...laps, { name: "uvloop streams", runs: [], absent: "not here" }]);
  expect(verdicts.map(({ ours, peer, promised, holds }) => ({ ours, peer, promised, holds }))).toEqual([
    { ours: PROTOCOL, peer: BARE, promised: 1, holds: true },
    { ours: BUFFERED, peer: BARE, promised: 1, holds: false },
    { ours: STREAMS_NATIVE, peer: BARE, promised: 1.15, holds: true },
  ]);
});

test("sizeLines() gives each contestant a line with its ratio to bare node:net, and says why one is missing", () => {
  const lines = sizeLines("1 KiB", [
    lapsOf(BARE, [10]),
    lapsOf(PROTOCOL, [5, 15]),
    { name: EPOLL, runs: [], absent: "not here" },
  ]);
  const cellsOf = (name: string) =>
    lines
      .find((line) => line.startsWith(`| ${name}`))
      ?.split("|")
      .map((cell) => cell.trim());
  expect(cellsOf(PROTOCOL)?.slice(1, 5)).toEqual([PROTOCOL, "10.0", "5.00..15.0", "1.00"]);
  expect(cellsOf(EPOLL)?.[2]).toBe("-");
  expect(lines).toContain("C epoll: not here");
});

function lapsOf(contestant: string, cpuUs: readonly number[]): Laps<EchoSample> {
  const runs = cpuUs.map((us) => {
    const result = { requests: 1_000, wallMs: 2_000, cpuMs: 500, p50Us: 7, p99Us: 9 };
    return { sample: sampleOf({ name: contestant }, traffic, result, us / 2_000), othersCores: 0 };
  });
  return { name: contestant, runs, absent: undefined };
}
