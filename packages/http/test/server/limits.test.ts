import { request as httpRequest } from "node:http";
import { BodyTooLargeError } from "@asyncio-ts/http/server";
import { Event, sleep } from "asyncio-ts";
import { Hono } from "hono";
import { expect, test, vi } from "vitest";
import { eventually, RawClient, serving } from "./support.ts";

const echo = new Hono().post("/", async (c) => c.text(await c.req.text())).get("/", (c) => c.text("fine"));

function chunk(size: number): string {
  return `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;
}

const CHUNKED = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

test("serve() answers 408 to a client that sends its headers slowly, and closes the connection", async () => {
  await serving(
    echo,
    async (server, reports) => {
      const silent = new RawClient(server.port);
      const slow = new RawClient(server.port).send("GET / HTTP/1.1\r\nHo");
      const timer = setInterval(() => slow.send("x"), 10);
      await eventually(() => expect(slow.closed && silent.closed).toBe(true));
      clearInterval(timer);
      expect(slow.statuses()).toEqual([408]);
      expect(reports).toEqual([]);
    },
    { headersTimeoutMs: 60 },
  );
});

test("serve() ends the request of a client that sends its body slowly", async () => {
  await serving(
    echo,
    async (server, reports) => {
      const slow = new RawClient(server.port).send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
      const timer = setInterval(() => slow.send("x"), 10);
      await eventually(() => expect(slow.closed).toBe(true));
      clearInterval(timer);
      expect(slow.statuses()).toEqual([408]);
      await eventually(() => expect(server.requests()).toHaveLength(0));
      expect(reports).toEqual([]);
    },
    { receiveTimeoutMs: 100 },
  );
});

test("serve() answers 431 when the headers are larger than maxHeaderSize, 400 to what is not HTTP", async () => {
  await serving(
    echo,
    async (server, reports) => {
      const large = new RawClient(server.port).get("/", `X: ${"x".repeat(2000)}\r\n`);
      const wrong = new RawClient(server.port).send("this is not HTTP\r\n\r\n");
      const host = new RawClient(server.port).send("GET / HTTP/1.1\r\nHost: a b/\\c\r\n\r\n");
      await eventually(() => expect(large.closed && wrong.closed).toBe(true));
      await eventually(() => expect(host.statuses()).toEqual([400]));
      expect([large.statuses(), wrong.statuses()]).toEqual([[431], [400]]);
      expect(reports).toEqual([]);
      await eventually(() => expect(server.requests()).toHaveLength(0));
    },
    { maxHeaderSize: 1000 },
  );
});

test("serve() answers 413 to a request that says that its body is too large, without calling the handler", async () => {
  const handler = vi.fn(async () => new Response(""));
  await serving(
    handler,
    async (server) => {
      const client = new RawClient(server.port).send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
      await eventually(() => expect(client.statuses()).toEqual([413]));
      // The body may still come, and the connection can be used again.
      client.send("x".repeat(1001)).get("/");
      await eventually(() => expect(client.statuses()).toEqual([413, 200]));
      expect(handler).toHaveBeenCalledOnce();
    },
    { maxBodySize: 1000 },
  );
});

test("serve() does not ask for a body that is too large: Expect: 100-continue", async () => {
  await serving(
    echo,
    async (server) => {
      const ask = (length: number) =>
        new Promise<unknown[]>((resolve, reject) => {
          const told: unknown[] = [];
          const sent = httpRequest(server.url, {
            method: "POST",
            agent: false,
            headers: { expect: "100-continue", "content-length": length },
          });
          sent.on("continue", () => {
            told.push("continue");
            sent.end("x".repeat(length));
          });
          sent.on("response", (response) => {
            resolve([...told, response.statusCode]);
            response.destroy();
          });
          sent.on("error", reject);
          sent.flushHeaders();
        });
      expect(await ask(1000)).toEqual(["continue", 200]);
      expect(await ask(1001)).toEqual([413]);
    },
    { maxBodySize: 1000 },
  );
});

test("serve() raises BodyTooLargeError where the handler reads a body that grows too large, which gives 413", async () => {
  const errors: unknown[] = [];
  const app = new Hono();
  app.post("/", async (c) => {
    try {
      return c.text(await c.req.text());
    } catch (error) {
      errors.push(error);
      throw error;
    }
  });
  app.get("/", (c) => c.text("fine"));
  await serving(
    app,
    async (server, reports) => {
      const small = new RawClient(server.port).send(`${CHUNKED}${chunk(600)}${chunk(400)}0\r\n\r\n`);
      await eventually(() => expect(small.statuses()).toEqual([200]));
      const large = new RawClient(server.port).send(`${CHUNKED}${chunk(600)}`);
      await eventually(() => expect(server.requests()).toHaveLength(1));
      large.send(chunk(401));
      await eventually(() => expect(large.statuses()).toEqual([413]));
      expect(errors[0]).toBeInstanceOf(BodyTooLargeError);
      expect((errors[0] as BodyTooLargeError).maxBodySize).toBe(1000);
      expect(reports).toEqual([]);
      // A client that comes to the end of its body may use the connection again.
      large.send("0\r\n\r\n").get("/");
      await eventually(() => expect(large.statuses()).toEqual([413, 200]));
    },
    { maxBodySize: 1000 },
  );
});

test("serve() raises BodyTooLargeError for a body that is read as a stream; the handler may answer as it likes", async () => {
  await serving(
    async (request) => {
      let size = 0;
      try {
        for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) size += piece.length;
      } catch (error) {
        return new Response(`${String(error)} after ${size > 0 && size <= 1000}`, { status: 422 });
      }
      return new Response("");
    },
    async (server) => {
      const client = new RawClient(server.port).send(`${CHUNKED}${chunk(600)}`);
      await eventually(() => expect(server.requests()).toHaveLength(1));
      client.send(chunk(600));
      await eventually(() => expect(client.statuses()).toEqual([422]));
      expect(client.received).toContain("BodyTooLargeError: the body of the request is larger than 1000 bytes");
      expect(client.received).toContain("after true");
    },
    { maxBodySize: 1000 },
  );
});

test("serve() cuts off a client that goes on sending after its 413", async () => {
  for (const head of [CHUNKED, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"]) {
    await serving(
      echo,
      async (server) => {
        const client = new RawClient(server.port).send(head);
        const timer = setInterval(() => client.send(chunk(600)), 10);
        await eventually(() => expect(client.closed).toBe(true));
        clearInterval(timer);
        expect(client.statuses()).toEqual([413]);
        await eventually(() => expect(server.requests()).toHaveLength(0));
      },
      { maxBodySize: 1000 },
    );
  }
});

test("serve() takes bodies of any size with maxBodySize: null, and of 1 MiB by default", async () => {
  const body = "x".repeat(1_048_577);
  const post = async (url: string) => (await fetch(url, { method: "POST", body })).status;
  await serving(echo, async ({ url }) => expect(await post(url)).toBe(413));
  await serving(echo, async ({ url }) => expect(await post(url)).toBe(200), { maxBodySize: null });
});

test("serve() closes a connection after keepAliveTimeoutMs, and after maxRequestsPerSocket", async () => {
  await serving(
    echo,
    async (server) => {
      const client = new RawClient(server.port).get("/").get("/");
      await eventually(() => expect(client.closed).toBe(true));
      expect(client.statuses()).toEqual([200, 200]);
      expect(client.received).toContain("Connection: close");
      const idle = new RawClient(server.port).get("/");
      await eventually(() => expect(idle.closed).toBe(true));
      expect(idle.statuses()).toEqual([200]);
    },
    { keepAliveTimeoutMs: 10, maxRequestsPerSocket: 2 },
  );
});

test("serve() closes connections beyond maxConnections at once", async () => {
  const go = new Event();
  await serving(
    async () => {
      await go.wait();
      return new Response("");
    },
    async (server) => {
      const first = new RawClient(server.port).get("/");
      await eventually(() => expect(server.requests()).toHaveLength(1));
      const second = new RawClient(server.port).get("/");
      await eventually(() => expect(second.closed).toBe(true));
      expect(second.received).toBe("");
      go.set();
      await eventually(() => expect(first.statuses()).toEqual([200]));
    },
    { maxConnections: 1 },
  );
});

test("serve() leaves an offer of another protocol alone", async () => {
  await serving(echo, async (server) => {
    const client = new RawClient(server.port);
    client.get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n");
    await eventually(() => expect(client.statuses()).toEqual([200]));
    await sleep(0);
  });
});
