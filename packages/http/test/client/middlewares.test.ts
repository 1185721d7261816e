import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientMiddleware, ClientSession } from "@asyncio-ts/http";
import { allTasks, CancelledError, createTask, Event, run, sleep } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Loopback, serveHttp } from "../support/loopback.ts";

describe("a client middleware", () => {
  let server: Loopback;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    answer = (request, response) => response.end(String(request.headers["x-token"]));
    server = await serveHttp((request, response) => answer(request, response));
  });

  afterEach(() => server[Symbol.asyncDispose]());

  const text = async (middlewares: ClientMiddleware[], own?: ClientMiddleware[]): Promise<string> => {
    await using session = new ClientSession({ middlewares });
    await using response = await session.get(server.url, own === undefined ? {} : { middlewares: own });
    return await response.text();
  };

  const spellings: [string, (token: string) => ClientMiddleware][] = [
    [
      "an async function",
      (token) => async (request, handler) => {
        request.headers.set("X-Token", token);
        await sleep(0);
        return await handler(request);
      },
    ],
    [
      "a generator function",
      (token) =>
        function* (request, handler) {
          request.headers.set("X-Token", token);
          yield* sleep(0);
          return yield* handler(request);
        },
    ],
    [
      "a function that returns the coroutine",
      (token) => (request, handler) => {
        request.headers.set("X-Token", token);
        return handler(request);
      },
    ],
  ];
  for (const [name, make] of spellings) {
    test(`a client middleware that is ${name} changes the request`, () =>
      run(async () => {
        expect(await text([make("1")])).toBe("1");
        // The last one is the innermost.
        expect(await text([make("1"), make("2")])).toBe("2");
      }));

    test(`a client middleware that is ${name} is cancelled with the request`, () =>
      run(async () => {
        const begun = new Event();
        answer = () => begun.set();
        const task = createTask(() => text([make("1")]));
        await begun.wait();
        task.cancel();
        await expect(task).rejects.toBeInstanceOf(CancelledError);
        await expect.poll(() => server.sockets.size).toBe(0);
        expect(allTasks().size).toBe(1);
      }));
  }

  test("middlewares of a request stand in place of the session's", () =>
    run(async () => {
      const [one, two] = spellings.map(([, make]) => make);
      expect(await text([one!("session")], [two!("request")])).toBe("request");
      expect(await text([one!("session")], [])).toBe("undefined");
    }));

  test("a client middleware can refuse a request, which is then not sent", () =>
    run(async () => {
      const refusal = new Error("that host is blocked");
      const block: ClientMiddleware = async (request, handler) => {
        if (request.url.hostname === "127.0.0.1") throw refusal;
        return await handler(request);
      };
      await expect(text([block])).rejects.toBe(refusal);
      expect(server.accepted).toBe(0);
    }));

  test("a client middleware can get a new token and send the request again", () =>
    run(async () => {
      let tokens = 0;
      answer = (request, response) => {
        const token = request.headers["x-token"];
        response.writeHead(token === "token 2" ? 200 : 401).end(token);
      };
      const refresh: ClientMiddleware = function* (request, handler) {
        for (;;) {
          request.headers.set("X-Token", `token ${++tokens}`);
          const response = yield* handler(request);
          if (response.status !== 401) return response;
          yield* response.release();
        }
      };
      expect(await text([refresh])).toBe("token 2");
      expect(server.accepted).toBe(1);
    }));

  test("a client middleware can give the URL another target, and the body another content", () =>
    run(async () => {
      answer = (request, response) => request.pipe(response.setHeader("X-Path", request.url ?? ""));
      await using session = new ClientSession({
        middlewares: [
          async (request, handler) => {
            request.url = new URL("/other", request.url);
            request.body = Buffer.from("changed");
            return await handler(request);
          },
        ],
      });
      await using response = await session.post(server.url, { data: "original, and longer" });
      expect([response.headers.get("x-path"), await response.text()]).toEqual(["/other", "changed"]);
    }));

  test("a client middleware sees each request that a redirect leads to", () =>
    run(async () => {
      const seen: string[] = [];
      answer = (request, response) => {
        if (request.url === "/") response.writeHead(302, { Location: "/there" });
        response.end("done");
      };
      const spy: ClientMiddleware = (request, handler) => {
        seen.push(request.url.pathname);
        return handler(request);
      };
      expect(await text([spy])).toBe("done");
      expect(seen).toEqual(["/", "/there"]);
    }));
});
