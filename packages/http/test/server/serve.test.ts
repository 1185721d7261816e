import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccessLogEntry, type App, serve } from "@asyncio-ts/http/server";
import {
  allTasks,
  CancelledError,
  ContextVar,
  currentTask,
  Event,
  OSError,
  run,
  sleep,
  type Task,
  timeout,
  ValueError,
} from "asyncio-ts";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { expect, test, vi } from "vitest";
import { authority, certificate } from "../support/certificates.ts";
import { failure } from "../support/failure.ts";
import { eventually, RawClient, serving } from "./support.ts";

/** Status and body of an answer to node:http. */
function ask(options: RequestOptions & { ca?: string }, send = httpRequest): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const request = send({ ...options, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve([response.statusCode, text]));
    });
    request.on("error", reject).end();
  });
}

test("serve() answers with a Hono app, an object with fetch(), an async function, a generator function, a plain function", async () => {
  const apps: Record<string, App> = {
    hono: new Hono().get("/", (c) => c.text("hono")),
    object: { fetch: async () => new Response("object") },
    async: async () => {
      await sleep(1);
      return new Response("async");
    },
    *generator() {
      yield* sleep(1);
      return new Response("generator");
    },
    plain: () => new Response("plain"),
  };
  for (const [name, app] of Object.entries(apps)) {
    await serving(app, async ({ url }) => {
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([200, name]);
    });
  }
});

test("serve() makes a task of each request, called after method and path, and a child of the server's", async () => {
  const variable = new ContextVar<string>("user");
  const app = async (request: Request) => {
    const before = variable.get("nobody");
    variable.set(new URL(request.url).pathname);
    await sleep(5);
    return Response.json([currentTask()?.getName(), before, variable.get()]);
  };
  await serving(app, async ({ url }) => {
    variable.set("outside");
    const answers = ["/a?secret=1", "/b"].map(async (path) => (await fetch(url + path)).json());
    expect(await Promise.all(answers)).toEqual([
      ["GET /a", "nobody", "/a"],
      ["GET /b", "nobody", "/b"],
    ]);
    expect(variable.get()).toBe("outside");
  });
});

test("HttpServer.requests() gives the tasks of the requests that are under way, as allTasks() does", async () => {
  const end = new Event();
  await serving(
    async () => {
      await end.wait();
      return new Response("done");
    },
    async (server) => {
      const answer = fetch(`${server.url}/one`);
      await eventually(() => expect(server.requests()).toHaveLength(1));
      const [task] = server.requests();
      expect(task?.getName()).toBe("GET /one");
      expect(allTasks().has(task as Task)).toBe(true);
      expect([...allTasks()].map((one) => one.getName())).toContain(`HTTP server ${server.url}`);
      end.set();
      await answer;
      await eventually(() => expect(server.requests()).toHaveLength(0));
      expect(task?.done()).toBe(true);
    },
  );
});

test("serve() keeps the task until the body of the response was sent", async () => {
  let task: Task<unknown> | null = null;
  const app = () => {
    task = currentTask();
    let left = 3;
    const body = new ReadableStream({
      async pull(controller) {
        expect(currentTask()).toBe(task);
        await sleep(2);
        if (left-- > 0) controller.enqueue(Buffer.from("piece "));
        else controller.close();
      },
    });
    return new Response(body, {
      status: 201,
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });
  };
  await serving(app, async (server) => {
    const response = await fetch(server.url);
    expect(server.requests().map((running) => running === task)).toEqual([true]);
    expect(await response.text()).toBe("piece piece piece ");
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    await eventually(() => expect(task?.done()).toBe(true));
  });
});

test("serve() answers HEAD without a body, whose source is cancelled", async () => {
  const cancelled = vi.fn();
  const app = () =>
    new Response(new ReadableStream({ cancel: cancelled, pull: () => new Promise(() => {}) }), {
      headers: { "content-length": "7" },
    });
  await serving(app, async ({ url }) => {
    const response = await fetch(url, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("7");
    expect(cancelled).toHaveBeenCalledOnce();
  });
});

test("serve() reports an error of the handler once, with method and path, and answers 500", async () => {
  const error = new Error("broken");
  const apps: App[] = [
    async () => {
      throw error;
    },
    () => {
      throw error;
    },
    new Hono().post("/path", () => {
      throw error;
    }),
  ];
  for (const app of apps) {
    const printed = vi.spyOn(console, "error");
    await serving(app, async ({ url }, reports) => {
      const response = await fetch(`${url}/path?a=b`, { method: "POST" });
      expect([response.status, await response.text()]).toEqual([500, "Internal Server Error"]);
      expect(reports).toEqual(["the handler of POST /path failed: Error: broken"]);
      expect(printed).not.toHaveBeenCalled();
    });
    printed.mockRestore();
  }
});

test("serve() leaves errors to Hono's onError(), and HTTPException to Hono", async () => {
  const routes = () =>
    new Hono()
      .get("/teapot", () => {
        throw new HTTPException(418, { message: "short and stout" });
      })
      .get("/error", async () => {
        await sleep(1);
        throw new Error("broken");
      });
  const app = routes();
  await serving(app, async ({ url }, reports) => {
    const response = await fetch(`${url}/teapot`);
    expect([response.status, await response.text()]).toEqual([418, "short and stout"]);
    expect(reports).toEqual([]);
  });
  const own = new Hono().onError((error, c) => c.text(`own: ${error.message}`, 501)).route("/", routes());
  await serving(own, async ({ url }, reports) => {
    const response = await fetch(`${url}/error`);
    expect([response.status, await response.text()]).toEqual([501, "own: broken"]);
    expect(reports).toEqual([]);
  });
  // An app that was served still works without a server.
  vi.spyOn(console, "error").mockImplementationOnce(() => {});
  expect((await app.request("/error")).status).toBe(500);
});

test("serve() asks onError for the response to an error; when that fails, both are no secret", async () => {
  const seen: unknown[] = [];
  await serving(
    async (request) => {
      throw new Error(new URL(request.url).pathname);
    },
    async ({ url }, reports) => {
      const response = await fetch(`${url}/a`);
      expect([response.status, await response.text()]).toEqual([502, "/a"]);
      expect((await fetch(`${url}/b`)).status).toBe(500);
      expect(seen).toEqual(["/a", "/b"]);
      expect(reports).toEqual(["the handler of GET /b failed: Error: onError failed too"]);
    },
    {
      *onError(error) {
        yield* sleep(1);
        const { message } = error as Error;
        seen.push(message);
        if (message === "/b") throw new Error("onError failed too");
        return new Response(message, { status: 502 });
      },
    },
  );
});

test("serve() says that a handler has returned no response", async () => {
  for (const app of [() => undefined, async () => undefined]) {
    await serving(app as never, async ({ url }, reports) => {
      expect((await fetch(url)).status).toBe(500);
      expect(reports[0]).toContain("the handler returned undefined, a Response was expected");
    });
  }
});

test("serve() treats a CancelledError that nobody asked for as an error", async () => {
  await serving(
    async () => {
      throw new CancelledError("by myself");
    },
    async ({ url }, reports) => {
      expect((await fetch(url)).status).toBe(500);
      expect(reports).toEqual(["the handler of GET / failed: CancelledError: by myself"]);
    },
  );
});

test("serve() answers 503 when the task of a request is cancelled, and the connection can be used again", async () => {
  const app = new Hono().get("/", (c) => c.text("fine")).get("/slow", async (c) => c.text(await sleep(60_000, "slow")));
  await serving(app, async (server, reports) => {
    const client = new RawClient(server.port).get("/slow");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    const [task] = server.requests();
    task?.cancel("not now");
    await eventually(() => expect(client.received).toContain("not now"));
    client.get("/");
    await eventually(() => expect(client.statuses()).toEqual([503, 200]));
    expect(task?.cancelled()).toBe(true);
    expect(reports).toEqual([]);
  });
});

test("serve() answers 503 when a handler takes longer than requestTimeoutMs, and cancels it", async () => {
  const ended: string[] = [];
  const app = async (request: Request) => {
    try {
      if (request.url.endsWith("/quick")) return new Response("quick");
      if (request.url.endsWith("/foreign")) await new Promise((_, reject) => (request.signal.onabort = reject));
      await sleep(60_000);
    } catch {
      ended.push(request.url.slice(-8));
    }
    return new Response("too late");
  };
  await serving(
    app,
    async (server, reports) => {
      const response = await fetch(`${server.url}/library`);
      expect([response.status, await response.text()]).toEqual([503, "GET /library took more than 20 ms"]);
      expect((await fetch(`${server.url}/foreign`)).status).toBe(503);
      expect((await fetch(`${server.url}/quick`)).status).toBe(200);
      await eventually(() => expect(server.requests()).toHaveLength(0));
      expect(ended).toEqual(["/library", "/foreign"]);
      expect(reports).toEqual([]);
    },
    { requestTimeoutMs: 20 },
  );
});

test("serve() does not limit a response that has begun by requestTimeoutMs", async () => {
  const app = () => {
    let left = 4;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await sleep(10);
          if (left-- > 0) controller.enqueue(Buffer.from("x"));
          else controller.close();
        },
      }),
    );
  };
  await serving(app, async ({ url }) => expect(await (await fetch(url)).text()).toBe("xxxx"), { requestTimeoutMs: 20 });
});

test("serve() cuts the connection when the body of a response fails, and reports it", async () => {
  const app = () => {
    let left = 2;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await sleep(1);
          if (left-- === 0) throw new Error("no more");
          controller.enqueue(Buffer.from("begun"));
        },
      }),
    );
  };
  await serving(app, async (server, reports) => {
    const response = await fetch(server.url);
    expect(response.status).toBe(200);
    expect(await failure(response.text())).toBeInstanceOf(TypeError);
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect(reports).toEqual(["GET / failed when its handler had ended: Error: no more"]);
  });
});

test("serve() tells accessLog of each request", async () => {
  const entries: AccessLogEntry[] = [];
  const app = new Hono()
    .get("/text", (c) => c.text("äö"))
    .post("/stream", () => new Response(new Blob(["12345"]).stream(), { status: 202 }))
    .get("/slow", async (c) => c.text(await sleep(60_000, "")));
  await serving(
    app,
    async (server) => {
      await (await fetch(`${server.url}/text?q=1`)).text();
      await (await fetch(`${server.url}/stream`, { method: "POST" })).text();
      await (await fetch(`${server.url}/none`)).text();
      const client = new RawClient(server.port).get("/slow");
      await eventually(() => expect(server.requests()).toHaveLength(1));
      client.socket.destroy();
      await eventually(() => expect(entries).toHaveLength(4));
      expect(entries.map(({ method, path, status, bytes }) => [method, path, status, bytes])).toEqual([
        ["GET", "/text?q=1", 200, 4],
        ["POST", "/stream", 202, 5],
        ["GET", "/none", 404, 13],
        ["GET", "/slow", 499, 0],
      ]);
      expect(entries[0]?.durationMs).toBeGreaterThan(0);
      expect(entries[0]?.remoteAddress).toBe("127.0.0.1");
    },
    { accessLog: (entry) => entries.push(entry) },
  );
});

test("serve() listens on a Unix socket", async () => {
  const directory = mkdtempSync(join(tmpdir(), "asyncio-ts-"));
  const path = join(directory, "socket");
  try {
    await run(async () => {
      await using server = await serve(() => new Response("unix"), { path });
      expect([server.address, server.port, server.url]).toEqual([path, 0, "http://localhost"]);
      expect(await ask({ socketPath: path })).toEqual([200, "unix"]);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("serve() serves https", async () => {
  const { cert, key } = certificate("server");
  const app = (request: Request) => new Response(`${request.url} ${"x".repeat(300_000)}`);
  await serving(
    app,
    async (server) => {
      expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
      const options = { port: server.port, host: "localhost", family: 4, ca: authority() };
      const [status, text] = await ask(options, httpsRequest as never);
      expect(status).toBe(200);
      expect(text.slice(0, 40)).toBe(`https://localhost:${server.port}/ ${"x".repeat(40)}`.slice(0, 40));
      expect(text.length).toBeGreaterThan(300_000);
      await eventually(() => expect(server.requests()).toHaveLength(0));
    },
    { ssl: { cert, key } },
  );
});

test("serve() raises OSError when the port is in use, and nothing of it is left", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.on("listening", resolve));
  const { port } = other.address() as { port: number };
  try {
    await run(async () => {
      const before = allTasks().size;
      const error = await failure(serve(() => new Response(), { host: "127.0.0.1", port }));
      expect(error).toBeInstanceOf(OSError);
      expect((error as OSError).code).toBe("EADDRINUSE");
      expect(String(error)).toContain(`127.0.0.1:${port}`);
      expect(allTasks().size).toBe(before);
    });
  } finally {
    other.close();
  }
});

test("serve() refuses wrong arguments at the call", () => {
  const app = () => new Response();
  expect(() => serve(undefined as never)).toThrow(TypeError);
  expect(() => serve({} as never)).toThrow("needs an app with a fetch() method");
  expect(() => serve(app, null as never)).toThrow(TypeError);
  expect(() => serve(app, { port: "80" as never })).toThrow(TypeError);
  expect(() => serve(app, { port: 65_536 })).toThrow(ValueError);
  expect(() => serve(app, { path: "x", port: 1 })).toThrow(ValueError);
  expect(() => serve(app, { graceMs: -1 })).toThrow(ValueError);
  expect(() => serve(app, { requestTimeoutMs: Number.NaN })).toThrow(ValueError);
  expect(() => serve(app, { maxConnections: 0.5 })).toThrow("maxConnections must be a whole number from 1 on, got 0.5");
  expect(() => serve(app, { onError: 5 as never })).toThrow(TypeError);
});

test("serve() can be cancelled while it begins to listen", () =>
  run(async () => {
    const servers = () => process.getActiveResourcesInfo().filter((name) => /Server|GetAddrInfo/.test(name));
    const before = servers();
    const starting = timeout(0, async () => await serve(() => new Response(), { host: "localhost", port: 0 }));
    expect(String(await failure(starting))).toContain("TimeoutError");
    expect([...allTasks()].map((task) => task.getName())).toHaveLength(1);
    await eventually(() => expect(servers()).toEqual(before));
  }));
