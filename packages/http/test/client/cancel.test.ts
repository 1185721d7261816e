import type { Socket } from "node:net";
import { ClientSession, Connector } from "@asyncio-ts/http";
import {
  allTasks,
  CancelledError,
  createTask,
  run,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  wait,
  wrapFuture,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { bodyOf, type Loopback, serveHttp, serveRaw, serveSilence } from "../support/loopback.ts";

/** Cancels a task, and sees that it ends as cancelled, with what it was told. */
async function cancelled(task: Task<unknown>): Promise<void> {
  task.cancel("enough");
  const error = await failure(task);
  expect(error).toBeInstanceOf(CancelledError);
  expect((error as CancelledError).message).toBe("enough");
}

/** The session still has its one slot, and uses it. */
async function expectWorking(session: ClientSession, server: Loopback): Promise<void> {
  await using response = await session.get(`${server.url}ok`, { timeout: 5000 });
  expect(await response.text()).toBe("ok");
}

/** Answers `/ok`, sends half of `/half`, and leaves all else unanswered. */
function partial() {
  return serveRaw((socket, head) => {
    const path = head.split(" ")[1];
    if (path === "/ok") socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (path === "/half") socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  });
}

function one(): ClientSession {
  return new ClientSession({ connector: new Connector({ limit: 1 }) });
}

test("Task.cancel() takes a request that waits for a slot out of the queue; the slot goes to the next", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    const holder = await session.get(`${server.url}half`);
    const order: string[] = [];
    const get = (name: string) => async () => {
      await (await session.get(`${server.url}ok`)).text();
      order.push(name);
    };
    const tasks = ["a", "b", "c"].map((name) => createTask(get(name)));
    await sleep(0);
    await cancelled(tasks[1] as Task);
    holder.close();
    await wait(tasks);
    expect(order).toEqual(["a", "c"]);
    expect(server.accepted).toBeLessThanOrEqual(3);
  }));

test("Task.cancel() ends a request that is connecting, and its socket", () =>
  run(async () => {
    await using server = await partial();
    // A name that is looked up only when the test says so.
    let found = (): void => {};
    const lookup = (_host: string, _options: unknown, callback: (error: null, addresses: object[]) => void) => {
      found = () => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    await using session = new ClientSession({ connector: new Connector({ limit: 1, lookup: lookup as never }) });
    const task = createTask(() => session.get(`http://some.test:${server.port}/ok`));
    await expect.poll(() => found.name).not.toBe("");
    await cancelled(task);
    found();
    await expectWorking(session, server);
    expect(server.accepted).toBe(1);
  }));

test("Task.cancel() ends a request that waits for its answer, and its connection", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    const task = createTask(() => session.get(`${server.url}nothing`));
    await expect.poll(() => server.accepted).toBe(1);
    await cancelled(task);
    await expect.poll(() => server.sockets.size).toBe(0);
    await expectWorking(session, server);
  }));

test("Task.cancel() ends a request over a connection that was used before", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    await expectWorking(session, server);
    const task = createTask(() => session.get(`${server.url}nothing`));
    await sleep(20);
    await cancelled(task);
    await expect.poll(() => server.sockets.size).toBe(0);
    await expectWorking(session, server);
  }));

test("Task.cancel() before anything was sent leaves a kept connection as it is", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    await expectWorking(session, server);
    const task = createTask(() => session.get(`${server.url}nothing`));
    await cancelled(task);
    await expectWorking(session, server);
    expect(server.accepted).toBe(1);
  }));

test("Task.cancel() ends the reading of a body, and its connection", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    for (const read of ["read", "text", "json"] as const) {
      const task = createTask(async () => {
        const response = await session.get(`${server.url}half`);
        await response[read]();
      });
      await expect.poll(() => server.sockets.size).toBe(1);
      await sleep(20);
      await cancelled(task);
      await expect.poll(() => server.sockets.size).toBe(0);
      await expectWorking(session, server);
      for (const socket of server.sockets) socket.end();
      await expect.poll(() => server.sockets.size).toBe(0);
    }
  }));

test("Task.cancel() ends the sending of a body, and closes its source before the task ends", () =>
  run(async () => {
    await using server = await serveSilence();
    await using session = one();
    let closed = false;
    async function* body() {
      try {
        yield "begin";
        await sleep(60_000);
      } finally {
        await sleep(5);
        closed = true;
      }
    }
    const task = createTask(() => session.post(server.url, { data: body() }));
    await expect.poll(() => server.accepted).toBe(1);
    await sleep(20);
    await cancelled(task);
    expect(closed).toBe(true);
    await expect.poll(() => server.sockets.size).toBe(0);
  }));

test("timeout() around a read of content takes nothing out of it, and reading can go on", () =>
  run(async () => {
    let socket: Socket | undefined;
    await using server = await serveRaw((client) => {
      socket = client;
      client.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    });
    await using session = one();
    await using response = await session.get(server.url);
    expect(String(await response.content.readexactly(5))).toBe("first");
    expect(await failure(timeout(10, () => response.content.readexactly(5)))).toBeInstanceOf(TimeoutError);
    socket?.write("after");
    expect(String(await response.content.readexactly(5))).toBe("after");
  }));

test("ClientResponse gives the connection back when it is disposed of, if the rest is small; else it is closed", () =>
  run(async () => {
    const large = Buffer.alloc(5_000_000);
    await using server = await serveHttp((request, answer) => {
      answer.end(request.url === "/large" ? large : "small");
    });
    await using session = one();
    for (let i = 0; i < 3; i++) {
      await using _ = await session.get(`${server.url}small`);
    }
    expect(server.accepted).toBe(1);
    {
      await using _ = await session.get(`${server.url}large`);
    }
    await expect.poll(() => server.sockets.size).toBe(0);
    await (await session.get(`${server.url}small`)).text();
    expect(server.accepted).toBe(2);
  }));

test("Task.cancel() of a response's release ends it, closes the connection, and gives the slot back", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    const response = await session.get(`${server.url}half`);
    const releasing = createTask(() => response.release());
    await sleep(0);
    await cancelled(releasing);
    expect(response.closed).toBe(true);
    await expectWorking(session, server);
    await expect.poll(() => server.sockets.size).toBe(1);
  }));

test("ClientResponse that is disposed of does not wait for a server that has stopped", () =>
  run(async () => {
    await using server = await partial();
    await using session = one();
    const begin = performance.now();
    {
      await using _ = await session.get(`${server.url}half`);
    }
    expect(performance.now() - begin).toBeLessThan(2000);
    await expect.poll(() => server.sockets.size).toBe(0);
    await expectWorking(session, server);
  }));

for (const [what, options] of Object.entries({
  "a GET": {},
  "a POST of a stream": { data: () => stream() },
})) {
  test(`Task.cancel() at any step of ${what} leaves no socket, no slot and no task`, () =>
    run(async () => {
      const large = "x".repeat(300_000);
      await using server = await serveHttp(async (request, answer) => {
        await bodyOf(request);
        if (request.url === "/ok") answer.end("ok");
        else answer.end(large);
      });
      await using session = one();
      const method = "data" in options ? "post" : "get";
      let ended = 0;
      for (let steps = 0; ended < 3; steps++) {
        const task = createTask(async () => {
          await using response = await session[method](server.url, options);
          return await response.text();
        });
        // A step is a turn of the platform's: what is to happen at once happens, and what has come is read.
        for (let i = 0; i < steps && !task.done(); i++) await wrapFuture(new Promise(setImmediate));
        task.cancel();
        await wait([task]);
        if (!task.cancelled()) ended++;
        expect(allTasks().size).toBe(1);
        if (steps % 5 === 0) await expectWorking(session, server);
      }
      await expectWorking(session, server);
      await expect.poll(() => server.sockets.size).toBe(1);
    }));
}

async function* stream() {
  yield "one";
  await sleep(1);
  yield "two";
}

test("1,000 requests that are cancelled at random moments leave no socket and no slot, and the session still works", () =>
  run(async () => {
    const body = Buffer.alloc(200_000, "x");
    await using server = await serveHttp(async (request, answer) => {
      if (request.url === "/never") return;
      if (request.url === "/slow") {
        answer.write(body.subarray(0, 1000));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (request.url === "/ok") answer.end("ok");
      else answer.end(body);
    });
    await using session = new ClientSession({ connector: new Connector({ limit: 20 }), timeout: 60_000 });
    const paths = ["never", "slow", "large", "ok"];
    async function get(index: number): Promise<void> {
      await using response = await session.get(`${server.url}${paths[index % paths.length]}`);
      if (index % 3 === 0) await response.read();
      else for await (const _ of response.content.iterAny());
    }
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const tasks: Task<void>[] = [];
    for (let index = 0; index < 1000; index++) {
      const task = createTask(() => get(index));
      tasks.push(task);
      const delay = (index * 7919) % 50;
      if (delay === 0) task.cancel();
      else setTimeout(() => task.cancel(), delay);
      if (index % 50 === 0) await sleep(1);
    }
    const { done } = await wait(tasks);
    expect(done.size).toBe(1000);
    for (const task of tasks) if (!task.cancelled()) expect(task.exception()).toBe(null);
    for (let index = 0; index < 40; index++) await expectWorking(session, server);
    await session.close();
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length).toBeLessThanOrEqual(
      before + 1,
    );
  }));
