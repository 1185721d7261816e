import { getEventListeners } from "node:events";
import type { App } from "@asyncio-ts/http/server";
import { allTasks, CancelledError, currentTask, Event, shield, sleep } from "asyncio-ts";
import { Hono } from "hono";
import { expect, test, vi } from "vitest";
import { eventually, RawClient, serving } from "./support.ts";

/** Handlers that wait for ever, and how their waits end. */
function waiting(log: string[]): App {
  const told = async (wait: () => PromiseLike<unknown>) => {
    try {
      await wait();
      log.push("done");
    } catch (error) {
      log.push(`${(error as Error).name}: ${(error as Error).message}`);
      throw error;
    }
    return new Response("");
  };
  return new Hono()
    .get("/library", () => told(() => sleep(60_000)))
    .get("/signal", (c) =>
      told(
        () =>
          new Promise((_, fail) =>
            c.req.raw.signal.addEventListener("abort", (e) => fail((e.target as AbortSignal).reason)),
          ),
      ),
    )
    .get("/task-signal", () =>
      told(
        () =>
          new Promise((_, fail) =>
            currentTask()?.signal.addEventListener("abort", (e) => fail((e.target as AbortSignal).reason)),
          ),
      ),
    )
    .post("/body", (c) => told(() => c.req.text()));
}

const GONE = "CancelledError: GET /PATH: the client has gone away";

test("serve() cancels the task when the client goes away during the handler: waits of the library, request.signal, task.signal", async () => {
  for (const path of ["library", "signal", "task-signal"]) {
    const log: string[] = [];
    await serving(waiting(log), async (server, reports) => {
      const client = new RawClient(server.port).get(`/${path}`);
      await eventually(() => expect(server.requests()).toHaveLength(1));
      const [task] = server.requests();
      client.socket.destroy();
      await eventually(() => expect(server.requests()).toHaveLength(0));
      expect(log).toEqual([GONE.replace("PATH", path)]);
      expect(task?.cancelled()).toBe(true);
      expect(reports).toEqual([]);
    });
  }
});

test("serve() lets a handler that reads the body fail when the client goes away", async () => {
  const log: string[] = [];
  await serving(waiting(log), async (server, reports) => {
    const client = new RawClient(server.port).send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    client.socket.destroy();
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect(log).toHaveLength(1);
    expect(log[0]).not.toBe("done");
    expect(reports).toEqual([]);
  });
});

test("serve() takes a client that half-closes for gone, as Node's server and aiohttp do", async () => {
  const log: string[] = [];
  await serving(waiting(log), async (server) => {
    const client = new RawClient(server.port).get("/library");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    client.socket.end();
    await eventually(() => expect(log).toEqual([GONE.replace("PATH", "library")]));
    await eventually(() => expect(client.closed).toBe(true));
  });
});

test("serve() takes nothing amiss when a client goes away before or within its request", async () => {
  await serving(waiting([]), async (server, reports) => {
    const clients = ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n", "POST /body HTTP/1.1\r\n"].map((text) =>
      new RawClient(server.port).send(text),
    );
    for (const client of clients) {
      await eventually(() => expect(client.socket.bytesWritten).toBeGreaterThanOrEqual(0));
      client.socket.resetAndDestroy();
    }
    const response = await fetch(`${server.url}/none`);
    expect(response.status).toBe(404);
    expect(reports).toEqual([]);
  });
});

test("serve() cancels the task, and the source of the body, when the client goes away during the response", async () => {
  const cancelled = vi.fn();
  let error: unknown;
  const app = () =>
    new Response(
      new ReadableStream(
        {
          async pull(controller) {
            controller.enqueue(Buffer.from("first"));
            try {
              await sleep(60_000);
            } catch (reason) {
              error = reason;
            }
          },
          cancel: cancelled,
        },
        { highWaterMark: 0 },
      ),
    );
  await serving(app, async (server, reports) => {
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(client.received).toContain("first"));
    const [task] = server.requests();
    client.socket.destroy();
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect(task?.cancelled()).toBe(true);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(String(cancelled.mock.calls[0]?.[0])).toContain("the client has gone away");
    await eventually(() => expect(error).toBeInstanceOf(CancelledError));
    expect(reports).toEqual([]);
  });
});

test("serve() stops asking the source of the body while the client does not read", async () => {
  let pulled = 0;
  const piece = new Uint8Array(65_536);
  const app = () =>
    new Response(
      new ReadableStream(
        {
          pull(controller) {
            pulled++;
            controller.enqueue(piece);
          },
        },
        { highWaterMark: 0 },
      ),
    );
  await serving(app, async (server) => {
    const client = new RawClient(server.port);
    client.socket.pause();
    client.get("/");
    let before = -1;
    // Until the buffers of both ends are full.
    await eventually(() => {
      const same = pulled > 0 && pulled === before;
      before = pulled;
      expect(same).toBe(true);
    }, 100);
    expect(pulled).toBeLessThan(1000);
    const [task] = server.requests();
    expect(task?.done()).toBe(false);
    client.socket.destroy();
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect(pulled).toBeLessThan(1000);
  });
});

test("serve() waits until a large response has been sent to its end, and cuts it when the task is cancelled", async () => {
  const app = () => new Response("x".repeat(30_000_000));
  await serving(app, async (server) => {
    const [good, bad] = [new RawClient(server.port), new RawClient(server.port)];
    for (const client of [good, bad]) {
      client.socket.pause();
      client.get("/");
    }
    await eventually(() => expect(server.requests()).toHaveLength(2));
    good.socket.resume();
    await eventually(() => expect(good.received.length).toBeGreaterThan(30_000_000));
    await eventually(() => expect(server.requests()).toHaveLength(1));
    const [task] = server.requests();
    task?.cancel("enough");
    await eventually(() => expect(task?.cancelled()).toBe(true));
    bad.socket.resume();
    await eventually(() => expect(bad.closed).toBe(true));
    expect(bad.received.length).toBeLessThan(30_000_000);
  });
});

test("serve() lets the handler go on, but aborts request.signal, with cancelOnDisconnect: false", async () => {
  const go = new Event();
  const log: unknown[] = [];
  const app = async (request: Request) => {
    const aborted = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    await aborted;
    await go.wait();
    log.push(currentTask()?.cancelling());
    return new Response(new ReadableStream({ cancel: () => void log.push("source cancelled") }));
  };
  await serving(
    app,
    async (server, reports) => {
      const client = new RawClient(server.port).get("/");
      await eventually(() => expect(server.requests()).toHaveLength(1));
      const [task] = server.requests();
      client.socket.destroy();
      await sleep(20);
      expect(task?.done()).toBe(false);
      go.set();
      await eventually(() => expect(server.requests()).toHaveLength(0));
      expect(log).toEqual([0, "source cancelled"]);
      expect(task?.cancelled()).toBe(false);
      expect(reports).toEqual([]);
    },
    { cancelOnDisconnect: false },
  );
});

test("serve() waits for what a handler shields from its cancellation", async () => {
  const log: string[] = [];
  const app = async () => {
    try {
      await sleep(60_000);
    } finally {
      await shield(
        async () => {
          await sleep(20);
          log.push("cleaned up");
        },
        { withinMs: 1000 },
      );
    }
    return new Response("");
  };
  await serving(app, async (server) => {
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    client.socket.destroy();
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect(log).toEqual(["cleaned up"]);
  });
});

test("serve() answers requests that come at once on one connection in their order, each in a task", async () => {
  const names: (string | undefined)[] = [];
  const app = async (request: Request) => {
    const path = new URL(request.url).pathname;
    names.push(currentTask()?.getName());
    if (path === "/1") await sleep(30);
    return new Response(`answer to ${path};`);
  };
  await serving(app, async (server) => {
    const client = new RawClient(server.port);
    client.send(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
    await eventually(() => expect(client.received.match(/answer to .*?;/g)).toHaveLength(3));
    expect(client.received.match(/answer to .*?;/g)).toEqual(["answer to /1;", "answer to /2;", "answer to /3;"]);
    expect(names).toEqual(["GET /1", "GET /2", "GET /3"]);
    await eventually(() => expect(server.requests()).toHaveLength(0));
  });
});

test("serve() leaves no task, no socket and no listener after 1,000 requests whose clients go away at random", async () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const app = async (request: Request) => {
    const kind = Math.floor(random() * 3);
    if (kind > 0) await sleep(random() * 5);
    if (request.method === "POST") return new Response(await request.text());
    if (kind < 2) return new Response("x".repeat(1000));
    let left = 5;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await sleep(random() * 2);
          if (left-- > 0) controller.enqueue(Buffer.from("piece"));
          else controller.close();
        },
      }),
    );
  };
  await serving(app, async (server, reports) => {
    const one = async () => {
      const client = new RawClient(server.port);
      if (random() < 0.5) client.get("/");
      else client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo").send(random() < 0.7 ? "dy" : "");
      await sleep(random() * 10);
      client.socket.destroy();
    };
    const clients = async () => {
      for (let i = 0; i < 50; i++) await one();
    };
    await Promise.all(Array.from({ length: 20 }, clients));
    await eventually(() => expect(server.requests()).toHaveLength(0));
    expect([...allTasks()].map((task) => task.getName())).toEqual(
      ["Task-1", `HTTP server ${server.url}`].map((name, i) => (i === 0 ? expect.any(String) : name)),
    );
    await eventually(() =>
      expect(process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap")).toHaveLength(sockets),
    );
    expect(reports).toEqual([]);
    expect(getEventListeners(process, "exit").length).toBeLessThan(10);
  });
});

const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
