import { expect, test } from "vitest";
import { NODE_FLAGS, serverFile } from "../launch.ts";
import { Partner } from "../partner.ts";
import { contestants } from "./contestants.ts";
import { GREETING } from "./greeting.ts";
import { parseWrk } from "./wrk.ts";

const LONGEST_MS = 60_000;

// Real processes.
test.concurrent.each(contestants.filter(({ load }) => load !== undefined))(
  "the server $name greets, and tells its CPU time",
  async ({ name }) => {
    const flags = [...NODE_FLAGS, "--conditions=@asyncio-ts/source"];
    await using server = new Partner([process.execPath, ...flags, serverFile, "http-server", name]);
    const url = `http://127.0.0.1:${await server.line()}/`;
    for (let i = 0; i < 3; i++) {
      const response = await fetch(url);
      expect(await response.text()).toBe(GREETING);
      expect(response.headers.get("content-type")).toMatch(/^text\/plain; ?charset=utf-8$/i);
    }
    expect(JSON.parse(await server.ask("cpu"))).toMatchObject({ cpuMs: expect.any(Number) });
  },
  LONGEST_MS,
);

const OUTPUT = `Running 2s test @ http://127.0.0.1:41275/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.21ms  333.86us   9.46ms   92.94%
    Req/Sec    52.95k     4.07k   57.90k    80.00%
  Latency Distribution
     50%    1.10ms
     75%    1.25ms
     90%    1.41ms
     99%  980.00us
  105396 requests in 2.00s, 16.08MB read
Requests/sec:  52673.43
Transfer/sec:      8.04MB
0m0.000s 0m0.000s
0m0.413s 1m1.237s
`;

test("parseWrk() reads the requests, the latencies and the time of the processor", () => {
  expect(parseWrk(OUTPUT)).toEqual({ requests: 105_396, wallMs: 2_000, p50Us: 1_100, p99Us: 980, cpuMs: 61_650 });
});

test("parseWrk() refuses a run in which requests failed, or none was answered", () => {
  expect(() => parseWrk(`${OUTPUT}\n  Non-2xx or 3xx responses: 5`)).toThrow("some requests failed");
  expect(() => parseWrk("  0 requests in 2.00s, 0.00B read")).toThrow("no request was answered");
});
