import { ClientConnectionError, ClientSession } from "@asyncio-ts/http";
import { eventStream, webSocket } from "@asyncio-ts/http/server";
import { testClient, testServer } from "@asyncio-ts/http/testing";
import { allTasks, CancelledError, createTask, currentTask, Event, getRunningLoop, run, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { expect, test, vi } from "vitest";
import { eventually } from "../server/support.ts";
import { failure } from "../support/failure.ts";

const app = new Hono()
  .get("/", (c) => c.text("hello"))
  .post("/echo", async (c) => c.json([c.req.header("content-type"), await c.req.text()]))
  .get("/login", (c) => {
    setCookie(c, "user", "me");
    setCookie(c, "theme", "dark");
    return c.redirect("/whoami", 303);
  })
  .get("/whoami", (c) => c.json([getCookie(c, "user"), getCookie(c, "theme"), c.req.url]))
  .get("/sleep/:ms", async (c) => c.text(await sleep(Number(c.req.param("ms")), currentTask()?.getName() ?? "")));

/** How long `body` took on the virtual clock. */
async function virtual(body: () => Promise<void>): Promise<number> {
  return runVirtual(async () => {
    const begun = getRunningLoop().time();
    await body();
    return getRunningLoop().time() - begun;
  });
}

test("testClient() asks an app without a port: it is a ClientSession, with cookies and redirects", () =>
  run(async () => {
    await using client = testClient(app);
    expect(client).toBeInstanceOf(ClientSession);
    const response = await client.get("/");
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    const after = await client.get("login");
    expect(after.history.map(({ status }) => status)).toEqual([303]);
    expect(await after.json()).toEqual(["me", "dark", "http://localhost/whoami"]);
    const sent = await client.post("/echo", { json: { a: 1 } });
    expect(await sent.json()).toEqual(["application/json", '{"a":1}']);
    const streamed = await client.post("/echo", {
      data: (async function* () {
        yield "one";
        yield "two";
      })(),
    });
    expect(((await streamed.json()) as string[])[1]).toBe("onetwo");
    expect((await client.get("/none")).status).toBe(404);
    const head = await client.head("/");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))).toEqual(sockets);
  }));

const sockets = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));

test("testClient() in virtual time: a handler that sleeps for an hour ends at once", async () => {
  const took = await virtual(async () => {
    await using client = testClient(app);
    const response = await client.get("/sleep/3600000");
    expect(await response.text()).toBe("GET /sleep/3600000");
  });
  expect(took).toBe(3_600_000);
});

test("testClient() in virtual time: streams and server-sent events, too", async () => {
  const slow = async (request: Request) => {
    if (request.url.endsWith("/events")) {
      return eventStream(
        request,
        async (stream) => {
          for (let i = 0; i < 3; i++) {
            await sleep(60_000);
            await stream.send({ data: String(i) });
          }
        },
        { pingMs: null },
      );
    }
    let left = 3;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await sleep(60_000);
          controller.enqueue(Buffer.from(`piece ${left}\n`));
          if (--left === 0) controller.close();
        },
      }),
    );
  };
  const took = await virtual(async () => {
    await using client = testClient(slow);
    const pieces: string[] = [];
    for await (const line of (await client.get("/")).content) pieces.push(String(line));
    expect(pieces).toEqual(["piece 3\n", "piece 2\n", "piece 1\n"]);
    expect(await (await client.get("/events")).text()).toBe("data: 0\n\ndata: 1\n\ndata: 2\n\n");
  });
  expect(took).toBe(360_000);
});

test("testClient() cancels the handler when the request is cancelled or times out, and waits until it has ended", async () => {
  const log: string[] = [];
  const slow = async (request: Request) => {
    try {
      await sleep(3_600_000);
    } catch (error) {
      log.push(`${String(error)}, ${request.signal.aborted}`);
      throw error;
    } finally {
      await sleep(10);
      log.push("cleaned up");
    }
    return new Response("");
  };
  const took = await virtual(async () => {
    await using client = testClient(slow);
    const task = createTask(async () => await client.get("/path"));
    await sleep(1000);
    task.cancel();
    expect(await failure(task)).toBeInstanceOf(CancelledError);
    expect(log).toEqual(["CancelledError: GET /path: the client has gone away, true", "cleaned up"]);
    expect(String(await failure(client.get("/path", { timeout: 1000 })))).toContain("Timeout");
    expect(log).toHaveLength(4);
    expect(allTasks().size).toBe(2);
  });
  expect(took).toBe(2020);
});

test("testClient() cancels a body that nobody reads to its end", () =>
  run(async () => {
    const cancelled = vi.fn();
    await using client = testClient(
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)), cancel: cancelled })),
    );
    {
      await using response = await client.get("/");
      expect((await response.content.readexactly(10)).length).toBe(10);
      // More than a client takes ahead is not asked for.
      await sleep(5);
      expect(cancelled).not.toHaveBeenCalled();
    }
    await eventually(() => expect(cancelled).toHaveBeenCalledOnce());
  }));

test("testClient() closes: handlers that are left are cancelled, and waited for", () =>
  run(async () => {
    const ended = vi.fn();
    const begun = new Event();
    const client = testClient(async () => {
      begun.set();
      try {
        await sleep(60_000);
      } finally {
        await sleep(1);
        ended();
      }
      return new Response("");
    });
    const task = createTask(async () => await client.get("/"));
    await begun.wait();
    await client.close();
    expect(ended).toHaveBeenCalledOnce();
    expect(await failure(task)).toBeInstanceOf(ClientConnectionError);
    expect(allTasks().size).toBe(1);
  }));

test("testClient() reports an error of the handler, and answers 500; onError decides as with serve()", () =>
  run(async () => {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${exception}`));
    const broken = new Hono().get("/", () => {
      throw new Error("broken");
    });
    await using client = testClient(broken);
    expect((await client.get("/")).status).toBe(500);
    expect(reports).toEqual(["the handler of GET / failed: Error: broken"]);
    await using own = testClient(() => Promise.reject(new Error("mine")), {
      onError: async (error) => new Response(String(error), { status: 501 }),
    });
    const response = await own.get("/");
    expect([response.status, await response.text()]).toEqual([501, "Error: mine"]);
    expect(reports).toHaveLength(1);
  }));

test("testClient() has no WebSockets, and says so", () =>
  run(async () => {
    await using client = testClient(() => webSocket(async () => {}));
    expect((await client.get("/")).status).toBe(426);
    expect(String(await failure(client.wsConnect()))).toContain("use testServer()");
    expect(() => testClient({} as never)).toThrow(TypeError);
  }));

test("testServer() gives a server and a session for it, and closes both", () =>
  run(async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
    {
      await using served = await testServer(app, { session: { headers: { "x-test": "1" } } });
      const response = await served.session.get("/login");
      expect(await response.json()).toEqual(["me", "dark", `${served.url}/whoami`]);
      expect(served.session.headers.get("x-test")).toBe("1");
      createTask(async () => await served.session.get("/sleep/60000"));
      await eventually(() => expect(served.server.requests()).toHaveLength(1));
    }
    await eventually(() => expect(allTasks().size).toBe(1));
    await eventually(() =>
      expect(process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))).toHaveLength(before),
    );
  }));

test("testServer() serves WebSockets", () =>
  run(async () => {
    await using served = await testServer(() =>
      webSocket(async (ws) => {
        for await (const message of ws) await ws.send(`${message.data}!`);
      }),
    );
    await using ws = await served.session.wsConnect("/");
    await ws.sendStr("hello");
    expect(await ws.receiveStr()).toBe("hello!");
  }));
