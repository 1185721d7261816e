import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import {
  ClientConnectorError,
  type ClientMiddleware,
  ClientSession,
  type RequestOptions,
  type RetryOptions,
  retryMiddleware,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "@asyncio-ts/http";
import { allTasks, CancelledError, createTask, run, sleep, ValueError } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Loopback, serveHttp } from "../support/loopback.ts";

describe("retryMiddleware", () => {
  let server: Loopback;
  let calls: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    calls = [];
    answer = (_, response) => response.writeHead(calls.length < 3 ? 503 : 200).end(`answer ${calls.length}`);
    server = await serveHttp((request, response) => {
      request.resume().on("end", () => {
        calls.push(request.method ?? "");
        answer(request, response);
      });
    });
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await server[Symbol.asyncDispose]();
  });

  const send = async (method: string, retry: RetryOptions, options: RequestOptions = {}): Promise<number> => {
    await using session = new ClientSession({ middlewares: [retryMiddleware({ backoffMs: 1, ...retry })] });
    await using response = await session.request(method, server.url, options);
    await response.read();
    return response.status;
  };

  test("retryMiddleware() sends a request again until it is answered, and uses the connection again", () =>
    run(async () => {
      expect(await send("GET", {})).toBe(200);
      expect([calls.length, server.accepted]).toEqual([3, 1]);
    }));

  test("retryMiddleware() gives back the last answer when all attempts are used", () =>
    run(async () => {
      expect(await send("GET", { attempts: 2 })).toBe(503);
      expect(calls).toHaveLength(2);
    }));

  test("retryMiddleware() does not repeat what might do harm, unless told to", () =>
    run(async () => {
      expect(await send("POST", {}, { data: "x" })).toBe(503);
      expect(calls).toHaveLength(1);
      expect(await send("POST", { methods: ["post"] }, { data: "x" })).toBe(200);
    }));

  test("retryMiddleware() does not repeat a status that another try does not change, unless told to", () =>
    run(async () => {
      answer = (_, response) => response.writeHead(404).end();
      expect(await send("GET", {})).toBe(404);
      expect(calls).toHaveLength(1);
      expect(await send("GET", { statuses: [404] })).toBe(404);
      expect(calls).toHaveLength(4);
    }));

  test("retryMiddleware() repeats a body that can be, and no other", () =>
    run(async () => {
      expect(await send("PUT", {}, { data: Readable.from(["once"]) })).toBe(503);
      expect(calls).toHaveLength(1);
      const again = async function* (): AsyncGenerator<string> {
        yield "again";
      };
      expect(await send("PUT", {}, { data: again })).toBe(200);
      expect(calls).toHaveLength(3);
    }));

  test("retryMiddleware() repeats a request whose connection broke", () =>
    run(async () => {
      answer = (request, response) => {
        if (calls.length < 3) request.socket.destroy();
        else response.end();
      };
      expect(await send("GET", {})).toBe(200);
      expect(calls).toHaveLength(3);
      calls = [];
      await expect(send("GET", { attempts: 2 })).rejects.toBeInstanceOf(ServerDisconnectedError);
      expect(calls).toHaveLength(2);
    }));

  test("retryMiddleware() raises the last error when there is no server", () =>
    run(async () => {
      const { url } = server;
      await server[Symbol.asyncDispose]();
      const delays: number[] = [];
      const backoffMs = (attempt: number): number => delays.push(attempt);
      await using session = new ClientSession({ middlewares: [retryMiddleware({ backoffMs, attempts: 4 })] });
      await expect(session.get(url)).rejects.toBeInstanceOf(ClientConnectorError);
      expect(delays).toEqual([1, 2, 3]);
    }));

  test("retryMiddleware() waits for as long as Retry-After says", () =>
    run(async () => {
      const date = Date.UTC(2030, 0);
      onTestFinished(() => void vi.restoreAllMocks());
      vi.spyOn(Date, "now").mockReturnValue(date - 100);
      for (const [after, least] of [
        ["1", 990],
        [new Date(date).toUTCString(), 95],
      ] as const) {
        calls = [];
        answer = (_, response) => response.writeHead(calls.length < 2 ? 429 : 200, { "Retry-After": after }).end();
        const begin = performance.now();
        expect(await send("GET", {})).toBe(200);
        expect(performance.now() - begin).toBeGreaterThan(least);
      }
    }));

  test("retryMiddleware() gives back an answer whose Retry-After is longer than maxDelayMs", () =>
    run(async () => {
      answer = (_, response) => response.writeHead(503, { "Retry-After": "3600" }).end();
      expect(await send("GET", {})).toBe(503);
      expect(calls).toHaveLength(1);
      expect(await send("GET", { respectRetryAfter: false })).toBe(503);
      expect(calls).toHaveLength(4);
    }));

  test("retryMiddleware() does not take Retry-After for a time when it is none", () =>
    run(async () => {
      answer = (_, response) => response.writeHead(calls.length < 2 ? 503 : 200, { "Retry-After": "soon" }).end();
      expect(await send("GET", {})).toBe(200);
    }));

  test("retryMiddleware() can be cancelled while it waits, with nothing left over", () =>
    run(async () => {
      const sent = createTask(() => send("GET", { backoffMs: () => 60_000, maxDelayMs: 60_000 }));
      await expect.poll(() => calls.length).toBe(1);
      await sleep(5);
      sent.cancel();
      await expect(sent).rejects.toBeInstanceOf(CancelledError);
      await expect.poll(() => server.sockets.size).toBe(0);
      expect(allTasks().size).toBe(1);
      expect(calls).toHaveLength(1);
    }));

  test("retryMiddleware() stops when the time for the whole request is over, also in its waits", () =>
    run(async () => {
      const begin = performance.now();
      const late = send("GET", { backoffMs: () => 60_000, maxDelayMs: 60_000 }, { timeout: 50 });
      await expect(late).rejects.toBeInstanceOf(ServerTimeoutError);
      expect(performance.now() - begin).toBeLessThan(5_000);
      answer = () => {};
      calls = [];
      await expect(send("GET", {}, { timeout: 50 })).rejects.toBeInstanceOf(ServerTimeoutError);
      expect(calls).toHaveLength(1);
    }));

  test("retryMiddleware() waits twice as long each time, cut by chance", () =>
    run(async () => {
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      const times: number[] = [];
      answer = (_, response) => {
        times.push(performance.now());
        response.writeHead(503).end();
      };
      expect(await send("GET", { attempts: 4, backoffMs: 40 })).toBe(503);
      const waits = times.slice(1).map((time, at) => time - times[at]!);
      for (const [at, least] of [20, 40, 80].entries()) expect(waits[at]).toBeGreaterThan(least - 2);
    }));

  test("retryMiddleware() waits no longer than maxDelayMs", () =>
    run(async () => {
      answer = (_, response) => response.writeHead(503).end();
      const begin = performance.now();
      expect(await send("GET", { attempts: 4, backoffMs: () => 60_000, maxDelayMs: 5 })).toBe(503);
      expect(performance.now() - begin).toBeLessThan(9_000);
      expect(calls).toHaveLength(4);
    }));

  test("retryMiddleware() raises ValueError for numbers that make no sense", () => {
    const wrong: RetryOptions[] = [{ attempts: 0 }, { attempts: 1.5 }, { backoffMs: -1 }, { maxDelayMs: Number.NaN }];
    for (const options of wrong) expect(() => retryMiddleware(options)).toThrow(ValueError);
  });

  test("retryMiddleware() stands beside other middlewares: those inside of it see every try", () =>
    run(async () => {
      const seen: string[] = [];
      const spy =
        (name: string): ClientMiddleware =>
        (request, handler) => {
          seen.push(name);
          return handler(request);
        };
      await using session = new ClientSession({
        middlewares: [spy("outside"), retryMiddleware({ backoffMs: 0 }), spy("inside")],
      });
      await (await session.get(server.url)).read();
      expect(seen).toEqual(["outside", "inside", "inside", "inside"]);
    }));
});
