import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type ExpressTasks, tasks } from "@asyncio-ts/http/express";
import { allTasks, ContextVar, currentTask, Event, run, sleep, ValueError } from "asyncio-ts";
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { expect, test, vi } from "vitest";
import { eventually, RawClient } from "../server/support.ts";

interface Running {
  readonly requests: ExpressTasks;
  readonly app: Express;
  readonly errors: unknown[];
  /** Call it when the routes are there. */
  listen(): Promise<{ url: string; port: number; server: Server }>;
}

/** An app whose errors end in `errors`, and a server for it, closed at the end. */
function express5(body: (running: Running) => Promise<void>, options = {}): Promise<void> {
  return run(async () => {
    const errors: unknown[] = [];
    let server: Server | undefined;
    const requests = tasks({ graceMs: 0, ...options });
    const app = express();
    const listen = async () => {
      app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
        errors.push(error);
        res.status(500).send(error.message);
      });
      server = app.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}`, port, server };
    };
    try {
      await body({ requests, app, errors, listen });
    } finally {
      server?.close();
      await requests.close();
      server?.closeAllConnections();
    }
    await eventually(() => expect(allTasks().size).toBe(1));
  });
}

test("ExpressTasks.handler() runs a function of either spelling in a task, and waits for its response", () =>
  express5(async ({ requests, app, listen }) => {
    app.get(
      "/async/:id",
      requests.handler(async (req, res) => {
        await sleep(1);
        res.json([currentTask()?.getName(), req.params.id]);
      }),
    );
    app.get(
      "/generator",
      requests.handler(function* (_req, res) {
        yield* sleep(1);
        res.json([currentTask()?.getName()]);
      }),
    );
    app.get(
      "/plain",
      requests.handler((_req, res) => {
        setTimeout(() => res.json(["later"]), 5);
      }),
    );
    const { url } = await listen();
    const get = async (path: string) => (await fetch(url + path)).json();
    expect(await get("/async/7?x=1")).toEqual(["GET /async/7", "7"]);
    expect(await get("/generator")).toEqual(["GET /generator"]);
    expect(await get("/plain")).toEqual(["later"]);
    await eventually(() => expect(requests.requests()).toHaveLength(0));
  }));

test("ExpressTasks.middleware makes one task of all that comes after it, also behind a body parser", () =>
  express5(async ({ requests, app, listen }) => {
    const user = new ContextVar<string>("user");
    const names: unknown[] = [];
    app.use(requests.middleware);
    app.use((_req, _res, next) => {
      user.set("somebody");
      names.push(currentTask());
      next();
    });
    app.use(express.json());
    app.post(
      "/",
      requests.handler(async (req, res, next) => {
        await sleep(1);
        names.push(currentTask());
        (req as { seen?: string }).seen = user.get();
        next();
      }),
    );
    const last: RequestHandler[] = [
      async (req, res) => {
        await sleep(1);
        names.push(currentTask());
        res.json([currentTask()?.getName(), (req as { seen?: string }).seen, req.body]);
      },
    ];
    app.post("/", ...last);
    const { url } = await listen();
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
    });
    expect(await response.json()).toEqual(["POST /", "somebody", { a: 1 }]);
    expect(names).toHaveLength(3);
    expect(names.every((task) => task === names[0])).toBe(true);
    expect(user.get("nobody")).toBe("nobody");
  }));

test("ExpressTasks cancels the task of a request whose client goes away, and tells no handler of errors", () =>
  express5(async ({ requests, app, errors, listen }) => {
    const log: string[] = [];
    const wait = async (where: string) => {
      try {
        await sleep(60_000);
      } catch (error) {
        log.push(`${where}: ${String(error)}`);
        throw error;
      }
    };
    app.get(
      "/wrapped",
      requests.handler(() => wait("wrapped")),
    );
    app.use(requests.middleware);
    app.get("/below", () => wait("below"));
    app.use(requests.errors);
    const { port } = await listen();
    for (const path of ["wrapped", "below"]) {
      const client = new RawClient(port).get(`/${path}`);
      await eventually(() => expect(requests.requests()).toHaveLength(1));
      const [task] = requests.requests();
      client.socket.destroy();
      await eventually(() => expect(requests.requests()).toHaveLength(0));
      expect(task?.cancelled()).toBe(true);
      await eventually(() =>
        expect(log.at(-1)).toBe(`${path}: CancelledError: GET /${path}: the client has gone away`),
      );
    }
    expect(errors).toEqual([]);
  }));

test("ExpressTasks leaves errors to Express", () =>
  express5(async ({ requests, app, errors, listen }) => {
    const error = new Error("broken");
    app.get(
      "/",
      requests.handler(async () => {
        await sleep(1);
        throw error;
      }),
    );
    app.get(
      "/sync",
      requests.handler(() => {
        throw error;
      }),
    );
    const { url } = await listen();
    for (const path of ["/", "/sync"]) {
      const response = await fetch(url + path);
      expect([response.status, await response.text()]).toEqual([500, "broken"]);
    }
    expect(errors).toEqual([error, error]);
  }));

test("ExpressTasks answers 503 after requestTimeoutMs", () =>
  express5(
    async ({ requests, app, errors, listen }) => {
      app.get(
        "/",
        requests.handler(() => sleep(60_000)),
      );
      const { url } = await listen();
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([503, "GET / took more than 20 ms"]);
      expect(errors).toEqual([]);
    },
    { requestTimeoutMs: 20 },
  ));

test("ExpressTasks lets the handler go on with cancelOnDisconnect: false", () =>
  express5(
    async ({ requests, app, listen }) => {
      const go = new Event();
      const done = vi.fn();
      app.get(
        "/",
        requests.handler(async (_req, res) => {
          await go.wait();
          done();
          res.send("");
        }),
      );
      const { port } = await listen();
      const client = new RawClient(port).get("/");
      await eventually(() => expect(requests.requests()).toHaveLength(1));
      client.socket.destroy();
      await sleep(20);
      expect(requests.requests()).toHaveLength(1);
      go.set();
      await eventually(() => expect(requests.requests()).toHaveLength(0));
      expect(done).toHaveBeenCalledOnce();
    },
    { cancelOnDisconnect: false },
  ));

test("ExpressTasks.close() lets requests go on for the grace, then cancels them and waits; later ones get 503", () =>
  express5(async ({ requests, app, listen }) => {
    const log: string[] = [];
    app.get(
      "/quick",
      requests.handler(async (_req, res) => {
        await sleep(10);
        res.send("in time");
      }),
    );
    app.get(
      "/slow",
      requests.handler(async () => {
        try {
          await sleep(60_000);
        } finally {
          await sleep(5);
          log.push("cleaned up");
        }
      }),
    );
    const { port, url } = await listen();
    const [quick, slow] = [new RawClient(port).get("/quick"), new RawClient(port).get("/slow")];
    await eventually(() => expect(slow.socket.bytesWritten).toBeGreaterThan(0));
    await eventually(() => expect(requests.requests().map((task) => task.getName())).toContain("GET /slow"));
    await requests.close({ graceMs: 100 });
    expect(log).toEqual(["cleaned up"]);
    await eventually(() => expect([quick.statuses(), slow.statuses()]).toEqual([[200], [503]]));
    expect((await fetch(`${url}/quick`)).status).toBe(503);
  }));

test("tasks() works outside of run(), as in an app that has no main coroutine", async () => {
  const requests = tasks({ graceMs: 0 });
  const app = express().get(
    "/",
    requests.handler(async (_req, res) => {
      await sleep(1);
      res.send(currentTask()?.getName());
    }),
  );
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("GET /");
    const client = new RawClient(port).get("/");
    await eventually(() => expect(client.statuses()).toEqual([200]));
    client.socket.destroy();
  } finally {
    server.close();
    await requests.close();
    server.closeAllConnections();
  }
});

test("tasks() refuses wrong options at the call", () => {
  expect(() => tasks({ graceMs: -1 })).toThrow(ValueError);
  expect(() => tasks({ cleanupMs: "1" as never })).toThrow(TypeError);
  expect(() => tasks().handler(5 as never)).toThrow(TypeError);
});
