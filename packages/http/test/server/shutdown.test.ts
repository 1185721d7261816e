import { Agent, get } from "node:http";
import { connect } from "node:net";
import { type App, type HttpServer, type ServeOptions, serve } from "@asyncio-ts/http/server";
import { allTasks, CancelledError, createTask, Event, RuntimeError, run, shield, sleep } from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { failure } from "../support/failure.ts";
import { collectReports, eventually, RawClient } from "./support.ts";

/** Serves without closing it. */
function serveHere(app: App, options: ServeOptions = {}): PromiseLike<HttpServer> {
  return serve(app, { host: "127.0.0.1", port: 0, ...options });
}

function socketsAndServers(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
}

/** Whether nobody listens there. */
function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

const before = socketsAndServers().length;

async function nothingIsLeft(): Promise<void> {
  expect(allTasks().size).toBe(1);
  await eventually(() => expect(socketsAndServers()).toHaveLength(before));
}

test("HttpServer.close() lets requests end within the grace, as the last of their connections, and takes no new connections", () =>
  run(async () => {
    const go = new Event();
    const server = await serveHere(async () => {
      await go.wait();
      return new Response("to the end");
    });
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    const closing = createTask(() => server.close());
    await eventually(async () => expect(await refuses(server.port)).toBe(true));
    expect(closing.done()).toBe(false);
    go.set();
    await closing;
    await eventually(() => expect(client.closed).toBe(true));
    expect(client.received).toContain("to the end");
    expect(client.received).toContain("Connection: close");
    await nothingIsLeft();
  }));

test("HttpServer.close() takes requests that come on kept connections meanwhile, and says that they are the last", () =>
  run(async () => {
    const go = new Event();
    const server = await serveHere(async (request) => {
      if (request.url.endsWith("/slow")) await go.wait();
      return new Response("here");
    });
    const slow = new RawClient(server.port).get("/slow");
    const kept = new RawClient(server.port).get("/");
    await eventually(() => expect(kept.received).toContain("Connection: keep-alive"));
    const closing = createTask(() => server.close());
    await sleep(0);
    kept.get("/");
    await eventually(() => expect(kept.closed).toBe(true));
    expect(kept.statuses()).toEqual([200, 200]);
    expect(kept.received).toContain("Connection: close");
    go.set();
    await closing;
    expect(slow.statuses()).toEqual([200]);
    await nothingIsLeft();
  }));

test("HttpServer.close() closes connections that are idle or say nothing, without waiting for the grace", () =>
  run(async () => {
    const server = await serveHere(() => new Response(""));
    const idle = new RawClient(server.port).get("/");
    const silent = new RawClient(server.port);
    const half = new RawClient(server.port).send("GET / HT");
    await eventually(() => expect(idle.statuses()).toEqual([200]));
    const begun = performance.now();
    await server.close();
    expect(performance.now() - begun).toBeLessThan(2000);
    await eventually(() => expect(idle.closed && silent.closed && half.closed).toBe(true));
    await nothingIsLeft();
  }));

test("HttpServer.close() cancels what is left after the grace, waits for its clean-up, and answers 503", () =>
  run(async () => {
    const log: string[] = [];
    const server = await serveHere(async () => {
      try {
        await sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      } finally {
        await sleep(10);
        log.push("cleaned up");
      }
      return new Response("");
    });
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    await server.close({ graceMs: 20 });
    expect(log).toEqual(["CancelledError: the server is shutting down", "cleaned up"]);
    await eventually(() => expect(client.closed).toBe(true));
    expect(client.statuses()).toEqual([503]);
    await nothingIsLeft();
  }));

test("HttpServer.close() cuts responses that are still sent after the grace, and cancels their sources", () =>
  run(async () => {
    // The cancellation finds the source where it waits, or between two pieces.
    const ended = vi.fn();
    const server = await serveHere(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(Buffer.from("piece"));
              await sleep(5).then(null, ended);
            },
            cancel: ended,
          }),
        ),
    );
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(client.received).toContain("piece"));
    await server.close({ graceMs: 10 });
    expect(ended).toHaveBeenCalled();
    await eventually(() => expect(client.closed).toBe(true));
    expect(client.received).not.toContain("\r\n0\r\n");
    await nothingIsLeft();
  }));

test("HttpServer.close() ends, and says so, when a handler takes no notice of its cancellation", () =>
  run(async () => {
    const reports = collectReports();
    const go = new Event();
    const server = await serveHere(
      async () => {
        while (!go.isSet()) await shield(go.wait()).then(null, () => {});
        return new Response("");
      },
      { cleanupMs: 30 },
    );
    const client = new RawClient(server.port).get("/stubborn");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    await server.close({ graceMs: 0 });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain(
      "GET /stubborn was cancelled 30 ms ago and has not ended; the server is closed without it",
    );
    expect(reports[0]).toContain("name='GET /stubborn'");
    await eventually(() => expect(client.closed).toBe(true));
    expect(server.requests()).toHaveLength(1);
    go.set();
    await eventually(() => expect(server.requests()).toHaveLength(0));
    await nothingIsLeft();
  }));

test("HttpServer.close() can be called twice: both wait for the end, and the shorter grace counts", () =>
  run(async () => {
    const server = await serveHere(async () => new Response(await sleep(60_000, "")));
    new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    const first = createTask(() => server.close({ graceMs: null }));
    const second = createTask(() => server.close({ graceMs: 20 }));
    await Promise.all([first, second]);
    await server.close();
    await nothingIsLeft();
  }));

test("HttpServer.close() refuses to be awaited by a request of the server", () =>
  run(async () => {
    let closing: Promise<void> | undefined;
    const server = await serveHere(async () => {
      const error = await failure(server.close());
      const task = createTask(() => server.close());
      closing = (async () => await task)();
      return new Response(String(error));
    });
    const answer = await (await fetch(server.url)).text();
    expect(answer).toContain("RuntimeError: close() can't be awaited by a request of the server");
    expect(RuntimeError.name).toBe("RuntimeError");
    await closing;
    await nothingIsLeft();
  }));

test("HttpServer.close() that is cancelled ends the grace, waits for the end and raises CancelledError", () =>
  run(async () => {
    const log: string[] = [];
    const server = await serveHere(async () => {
      try {
        await sleep(60_000);
      } finally {
        await sleep(20);
        log.push("cleaned up");
      }
      return new Response("");
    });
    new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    const closing = createTask(() => server.close());
    await sleep(0);
    await sleep(0);
    closing.cancel();
    await sleep(1);
    closing.cancel();
    expect(await failure(closing)).toBeInstanceOf(CancelledError);
    expect(log).toEqual(["cleaned up"]);
    await nothingIsLeft();
  }));

test("HttpServer is closed, with the grace, at the end of its `await using` block", () =>
  run(async () => {
    const log: string[] = [];
    let answer: Promise<Response> | undefined;
    const begun = new Event();
    {
      await using server = await serveHere(async () => {
        begun.set();
        await sleep(30);
        log.push("handled");
        return new Response("");
      });
      answer = fetch(server.url);
      await begun.wait();
    }
    expect(log).toEqual(["handled"]);
    expect((await answer).status).toBe(200);
    await nothingIsLeft();
  }));

test("run() ends a server that nobody has closed: its requests are cancelled", async () => {
  const log: string[] = [];
  let client: RawClient | undefined;
  await run(async () => {
    const server = await serveHere(async () => {
      try {
        await sleep(60_000);
      } finally {
        log.push("cleaned up");
      }
      return new Response("");
    });
    client = new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
  });
  expect(log).toEqual(["cleaned up"]);
  await eventually(() => expect(client?.closed).toBe(true));
  await eventually(() => expect(socketsAndServers()).toHaveLength(before));
});

test("HttpServer.serveForever() ends at a signal with the grace, which a second signal cuts short", () =>
  run(async () => {
    const log: string[] = [];
    const server = await serveHere(async () => {
      try {
        await sleep(60_000);
      } finally {
        log.push("cancelled");
      }
      return new Response("");
    });
    const serving = createTask(() => server.serveForever({ signals: ["SIGUSR2"] }));
    new RawClient(server.port).get("/");
    await eventually(() => expect(server.requests()).toHaveLength(1));
    process.kill(process.pid, "SIGUSR2");
    await eventually(async () => expect(await refuses(server.port)).toBe(true));
    expect([serving.done(), log]).toEqual([false, []]);
    process.kill(process.pid, "SIGUSR2");
    await serving;
    expect(log).toEqual(["cancelled"]);
    expect(process.listenerCount("SIGUSR2")).toBe(0);
    await nothingIsLeft();
  }));

test("HttpServer.serveForever() closes the server when it is cancelled, and ends when somebody else closes it", () =>
  run(async () => {
    const one = await serveHere(() => new Response(""));
    const serving = createTask(() => one.serveForever());
    await sleep(1);
    serving.cancel("enough");
    const error = await failure(serving);
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe("enough");
    const two = await serveHere(() => new Response(""));
    const other = createTask(() => two.serveForever());
    await sleep(1);
    await two.close();
    await other;
    expect(process.listenerCount("SIGTERM")).toBe(0);
    await nothingIsLeft();
  }));

test("HttpServer.close() resets no request under load: each connection gets its answers, the last says that it is", () =>
  run(async () => {
    const server = await serveHere(async () => {
      await sleep(1);
      return new Response("x".repeat(1000));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const outcomes = { answered: 0, refused: 0, reset: 0 };
    const one = () =>
      new Promise<boolean>((resolve) => {
        const request = get(server.url, { agent }, (response) => {
          response
            .on("data", () => {})
            .on("end", () => {
              outcomes.answered++;
              resolve(true);
            });
          response.on("error", () => {
            outcomes.reset++;
            resolve(false);
          });
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
          if (error.code === "ECONNREFUSED") outcomes.refused++;
          else outcomes.reset++;
          resolve(false);
        });
      });
    const client = async () => {
      while (await one());
    };
    const clients = Array.from({ length: 32 }, client);
    await eventually(() => expect(outcomes.answered).toBeGreaterThan(200));
    await server.close();
    await Promise.all(clients);
    agent.destroy();
    expect(outcomes.reset).toBe(0);
    expect(outcomes.refused).toBe(32);
    await nothingIsLeft();
  }));

test("serve(), serveForever() and close() leave nothing behind when their task is cancelled at any await", () =>
  run(async () => {
    const reports = collectReports();
    const operation = async () => {
      const server = await serveHere(async () => new Response(await sleep(60_000, "")), { graceMs: 2 });
      new RawClient(server.port).get("/");
      createTask(async () => {
        await eventually(() => expect(server.requests()).toHaveLength(1), 1);
        await server.close();
      });
      await server.serveForever({ signals: [] });
    };
    let cancelled = 0;
    for (let turns = 0; turns < 60; turns++) {
      const task = createTask(operation);
      for (let i = 0; i < turns && !task.done(); i++) await sleep(i % 4 === 3 ? 1 : 0);
      task.cancel();
      const error = await task.then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error !== null) {
        expect(error).toBeInstanceOf(CancelledError);
        cancelled++;
      }
    }
    expect(cancelled).toBeGreaterThan(10);
    expect(reports).toEqual([]);
    await eventually(() => expect(allTasks().size).toBe(1));
    await nothingIsLeft();
  }));
