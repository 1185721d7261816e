import type { AddressInfo } from "node:net";
import { tasks } from "@asyncio-ts/http/fastify";
import { allTasks, currentTask, Event, run, sleep } from "asyncio-ts";
import { type FastifyInstance, fastify } from "fastify";
import { expect, test, vi } from "vitest";
import { eventually, RawClient } from "../server/support.ts";
import { failure } from "../support/failure.ts";

/** An app with the plugin; `listen()` once the routes are there. */
function fastify5(
  body: (app: FastifyInstance, listen: () => Promise<number>) => Promise<void>,
  options = {},
): Promise<void> {
  return run(async () => {
    const app = fastify();
    await app.register(tasks, { graceMs: 0, ...options });
    const listen = async () => {
      await app.listen({ port: 0, host: "127.0.0.1" });
      return (app.server.address() as AddressInfo).port;
    };
    try {
      await body(app, listen);
    } finally {
      await app.close();
    }
    await eventually(() => expect(allTasks().size).toBe(1));
  });
}

const names = () => [...allTasks()].map((task) => task.getName());

test("tasks runs the handlers of Fastify in tasks: async, generator functions, those that call reply.send()", () =>
  fastify5(async (app) => {
    app.get("/async", async () => {
      await sleep(1);
      return [currentTask()?.getName()];
    });
    app.get("/generator", function* () {
      yield* sleep(1);
      return [currentTask()?.getName()];
    } as never);
    app.get("/send", (_request, reply) => {
      const name = currentTask()?.getName();
      setTimeout(() => void reply.send([name]), 5);
    });
    app.get("/reply", async (_request, reply) => {
      await sleep(1);
      return reply.code(201).send([currentTask()?.getName()]);
    });
    // Also in a plugin of a plugin.
    await app.register(async (inner) => {
      inner.get("/this", async function () {
        await sleep(1);
        return [currentTask()?.getName(), this === inner];
      });
    });
    for (const path of ["/async", "/generator", "/send", "/reply"]) {
      expect((await app.inject(path)).json()).toEqual([`GET ${path}`]);
    }
    expect((await app.inject("/this")).json()).toEqual(["GET /this", true]);
    await eventually(() => expect(names()).toEqual([expect.any(String), "Fastify requests"]));
  }));

test("tasks cancels the task of a request whose client goes away, and Fastify hears nothing of it", () =>
  fastify5(async (app, listen) => {
    const log: string[] = [];
    const errors = vi.fn();
    app.setErrorHandler((error, _request, reply) => {
      errors(error);
      return reply.code(500).send("");
    });
    app.get("/", async () => {
      try {
        await sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      }
    });
    const client = new RawClient(await listen()).get("/");
    await eventually(() => expect(names()).toContain("GET /"));
    client.socket.destroy();
    await eventually(() => expect(names()).not.toContain("GET /"));
    expect(log).toEqual(["CancelledError: GET /: the client has gone away"]);
    expect(errors).not.toHaveBeenCalled();
  }));

test("tasks leaves errors to Fastify, and makes 503 of a request that took too long", () =>
  fastify5(
    async (app) => {
      app.get("/error", async () => {
        throw Object.assign(new Error("teapot"), { statusCode: 418 });
      });
      app.get("/slow", async () => await sleep(60_000));
      const error = await app.inject("/error");
      expect([error.statusCode, error.json().message]).toEqual([418, "teapot"]);
      const slow = await app.inject("/slow");
      expect([slow.statusCode, slow.json().message]).toEqual([503, "GET /slow took more than 20 ms"]);
    },
    { requestTimeoutMs: 20 },
  ));

test("tasks ends with fastify.close(): requests go on for the grace, then they are cancelled and waited for", () =>
  run(async () => {
    const log: string[] = [];
    const go = new Event();
    const app = fastify();
    await app.register(tasks, { graceMs: 300 });
    app.get("/quick", async () => {
      await go.wait();
      return "in time";
    });
    app.get("/slow", async () => {
      try {
        await sleep(60_000);
      } finally {
        await sleep(5);
        log.push("cleaned up");
      }
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    const [quick, slow] = [new RawClient(port).get("/quick"), new RawClient(port).get("/slow")];
    await eventually(() => expect(names()).toEqual(expect.arrayContaining(["GET /quick", "GET /slow"])));
    const closing = app.close();
    await eventually(() => expect(app.server.listening).toBe(false), 1);
    go.set();
    await closing;
    expect(log).toEqual(["cleaned up"]);
    await eventually(() => expect([quick.statuses(), slow.statuses()]).toEqual([[200], [503]]));
    await eventually(() => expect(allTasks().size).toBe(1));
  }));

test("tasks refuses wrong options when the app gets ready", async () => {
  const app = fastify();
  void app.register(tasks, { graceMs: -1 });
  expect(String(await failure(app.ready()))).toContain("graceMs must be a number of milliseconds");
});
