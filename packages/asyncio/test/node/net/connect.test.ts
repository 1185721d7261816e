import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, Socket } from "node:net";
import { Worker } from "node:worker_threads";
import {
  ConnectionRefusedError,
  ContextVar,
  currentTask,
  ExceptionGroup,
  GaiError,
  OSError,
  openConnection,
  Protocol,
  TimeoutError,
  type Transport,
  timeout,
  wrapFuture,
} from "asyncio-ts";
import { expect } from "vitest";
import { connect, errorOf, failureOf, Recorder, testNet } from "./support.ts";

/** A port at which nobody listens. */
async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

testNet("createConnection() tells the protocol, then gives transport and protocol", async ({ loop }) => {
  const peer = new Recorder();
  const server = await loop.createServer(() => peer, "127.0.0.1", 0);
  const client = new Recorder();
  const [transport, protocol] = await loop.createConnection(() => client, "127.0.0.1", server.port);
  expect(protocol).toBe(client);
  expect(client.transport).toBe(transport);
  expect(client.events).toEqual(["made"]);
  expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", server.port]);
  transport.close();
  expect(transport.isClosing()).toBe(true);
  expect(await client.untilLost()).toBe(null);
  expect(client.events).toEqual(["made", "lost null"]);
  server.close();
  await server.waitClosed();
  expect(peer.events).toEqual(["made", "eof", "lost null"]);
});

testNet("createConnection() does nothing before it is awaited", async ({ loop }) => {
  let made = 0;
  loop.createConnection(() => (made++, new Protocol()), "127.0.0.1", 1).close();
  expect(made).toBe(0);
});

testNet("createConnection() fails with ConnectionRefusedError when nobody listens", async ({ loop }) => {
  const port = await freePort();
  const error = (await failureOf(loop.createConnection(() => new Protocol(), "127.0.0.1", port))) as OSError;
  expect(error).toBeInstanceOf(ConnectionRefusedError);
  expect(error).toMatchObject({
    code: "ECONNREFUSED",
    syscall: "connect",
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  expect(error.cause).toBeInstanceOf(Error);
});

testNet("createConnection() fails with GaiError for an unknown name", async ({ loop }) => {
  expect(await failureOf(loop.createConnection(() => new Protocol(), "no-such-host.invalid", 80))).toBeInstanceOf(
    GaiError,
  );
});

testNet("createConnection() takes the second address when the first refuses", async ({ loop }) => {
  const peer = new Recorder();
  // "localhost" has an address of each family where there is IPv6; the server is at one of them.
  const server = await loop.createServer(() => peer, "127.0.0.1", 0);
  const [transport] = await loop.createConnection(() => new Recorder(), "localhost", server.port);
  expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", server.port]);
  transport.close();
  server.close();
  await server.waitClosed();
});

testNet("createConnection() joins the errors of several addresses", async ({ loop }) => {
  const port = await freePort();
  const addresses = await loop.getaddrinfo(null, port);
  const error = (await failureOf(loop.createConnection(() => new Protocol(), null, port))) as OSError;
  expect(error).toBeInstanceOf(OSError);
  expect(error.code).toBe("ECONNREFUSED");
  const messages = addresses.map(({ sockaddr: [host] }) => `connect ECONNREFUSED ${host}:${port}`);
  expect(addresses.length).toBeGreaterThan(1);
  expect(error.message).toBe(`Multiple exceptions: ${messages.join(", ")}`);
});

testNet("createConnection() gives all errors with allErrors", async ({ loop }) => {
  const port = await freePort();
  const options = { allErrors: true };
  const group = (await failureOf(loop.createConnection(() => new Protocol(), null, port, options))) as ExceptionGroup;
  expect(group).toBeInstanceOf(ExceptionGroup);
  expect(group.message).toBe("create_connection failed");
  expect(group.exceptions.length).toBeGreaterThan(1);
  const one = await failureOf(loop.createConnection(() => new Protocol(), "127.0.0.1", port, options));
  expect(one).toBeInstanceOf(ExceptionGroup);
});

testNet("createConnection() takes addresses of one family only", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), "127.0.0.1", 0);
  const [transport] = await loop.createConnection(() => new Recorder(), "localhost", server.port, { family: 4 });
  expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", server.port]);
  const error = await failureOf(loop.createConnection(() => new Protocol(), "127.0.0.1", server.port, { family: 6 }));
  expect(error).toBeInstanceOf(GaiError);
  transport.close();
  server.close();
  await server.waitClosed();
});

testNet("createConnection() connects from localAddr", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), "127.0.0.1", 0);
  const port = await freePort("127.0.0.2");
  const factory = () => new Recorder();
  const [some] = await loop.createConnection(factory, "127.0.0.1", server.port, { localAddr: ["127.0.0.3", 0] });
  expect(some.getExtraInfo("sockname")?.[0]).toBe("127.0.0.3");
  const [one] = await loop.createConnection(factory, "127.0.0.1", server.port, { localAddr: ["127.0.0.2", port] });
  expect(one.getExtraInfo("sockname")).toEqual(["127.0.0.2", port]);
  const wrong = loop.createConnection(factory, "127.0.0.1", server.port, { localAddr: ["::1", 0] });
  expect(await errorOf(wrong)).toBe("OSError(no matching local address with family=4 found)");
  some.close();
  one.close();
  server.close();
  await server.waitClosed();
});

testNet("createConnection() several times at once, in one task", async ({ loop }) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  const clients = [0, 1, 2, 3].map(() => new Recorder());
  const options = { happyEyeballsDelay: 10 };
  const made = await Promise.all(
    clients.map((client, i) => loop.createConnection(() => client, null, server.port, i % 2 === 0 ? {} : options)),
  );
  for (const [transport] of made) transport.close();
  for (const client of clients) await client.untilLost();
  server.close();
  await server.waitClosed();
});

/** Listens on ::1 and never answers: its thread is blocked, its backlog full. */
async function deafServer(port: number): Promise<{ close(): Promise<void> }> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    require("node:net").createServer().listen({ host: "::1", port: workerData, backlog: 1 }, () => {
      parentPort.postMessage("listening");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(code, { eval: true, workerData: port });
  await new Promise((resolve) => worker.once("message", resolve));
  const fillers = Array.from({ length: 8 }, () => new Socket().on("error", () => {}).connect(port, "::1"));
  return {
    async close() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

testNet("createConnection() with Happy Eyeballs does not wait for an address that never answers", async ({ loop }) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  const deaf = await deafServer(server.port);
  const addresses = (await loop.getaddrinfo(null, server.port)).map(({ sockaddr }) => sockaddr[0]);
  expect(addresses).toEqual(["::1", "127.0.0.1"]);
  const factory = () => new Recorder();
  const [transport] = await loop.createConnection(factory, null, server.port, { happyEyeballsDelay: 20 });
  expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", server.port]);
  transport.close();
  // Without, it waits for the first one as long as the system does.
  const slow = timeout(50, () => loop.createConnection(factory, null, server.port));
  expect(await failureOf(slow)).toBeInstanceOf(TimeoutError);
  server.close();
  await server.waitClosed();
  await deaf.close();
});

testNet("createConnection() takes a connected socket, or one that connects", async ({ loop }) => {
  const peer = new Recorder();
  const server = await loop.createServer(() => peer, "127.0.0.1", 0);
  for (const wait of [true, false]) {
    const sock = new Socket();
    sock.connect(server.port, "127.0.0.1");
    if (wait) await wrapFuture(new Promise((resolve) => sock.once("connect", resolve)));
    const client = new Recorder();
    const [transport] = await loop.createConnection(() => client, null, null, { sock });
    expect(transport.getExtraInfo("socket")).toBe(sock);
    await peer.until((self) => self.events.includes("made"));
    peer.transport.write("hello");
    await client.until((self) => self.count === 5);
    transport.write("there");
    transport.close();
    expect(await client.untilLost()).toBe(null);
    await peer.untilLost();
    expect(peer.events.splice(0)).toEqual(["made", "data there", "eof", "lost null"]);
    peer.lost = false;
  }
  server.close();
  await server.waitClosed();
});

testNet("createConnection() fails when the socket that it was given does", async ({ loop }) => {
  const sock = new Socket().connect(await freePort(), "127.0.0.1");
  const error = await failureOf(loop.createConnection(() => new Protocol(), null, null, { sock }));
  expect(error).toBeInstanceOf(ConnectionRefusedError);
});

testNet("createConnection() refuses a socket that nobody connects", async ({ loop }) => {
  const text = "ValueError(sock must be connected, or connecting: this one is neither)";
  const idle = new Socket();
  expect(await errorOf(loop.createConnection(() => new Protocol(), null, null, { sock: idle }))).toBe(text);
  const closed = new Socket();
  closed.destroy();
  expect(await errorOf(loop.createConnection(() => new Protocol(), null, null, { sock: closed }))).toBe(text);
});

testNet("createConnection() checks its arguments at the call, with CPython's texts", async ({ loop }) => {
  const factory = () => new Protocol();
  const sock = new Socket();
  const host = "127.0.0.1";
  const cases: [() => unknown, string][] = [
    [
      () => loop.createConnection(factory, null, null),
      "ValueError(host and port was not specified and no sock specified)",
    ],
    [
      () => loop.createConnection(factory, host, 1, { sock }),
      "ValueError(host/port and sock can not be specified at the same time)",
    ],
    [
      () => loop.createConnection(factory, null, 1, { sock }),
      "ValueError(host/port and sock can not be specified at the same time)",
    ],
    [
      () => loop.createConnection(factory, host, 1, { serverHostname: "a" }),
      "ValueError(server_hostname is only meaningful with ssl)",
    ],
    [
      () => loop.createConnection(factory, null, 1, { ssl: true }),
      "ValueError(You must set server_hostname when using ssl without a host)",
    ],
    [
      () => loop.createConnection(factory, host, 1, { sslHandshakeTimeout: 1 }),
      "ValueError(ssl_handshake_timeout is only meaningful with ssl)",
    ],
    [
      () => loop.createConnection(factory, host, 1, { sslShutdownTimeout: 1 }),
      "ValueError(ssl_shutdown_timeout is only meaningful with ssl)",
    ],
    [
      () => loop.createConnection(factory, host, 1, { ssl: true, sslHandshakeTimeout: 0 }),
      "ValueError(ssl_handshake_timeout should be a positive number, got a number (0))",
    ],
    [
      () => loop.createConnection(factory, host, 1, { ssl: "yes" as never }),
      'TypeError(ssl must be true or an object with options for TLS, got a string ("yes"))',
    ],
    [
      () => loop.createConnection(factory, host, 65_536),
      "ValueError(the port must be a whole number from 0 to 65535, or null, got a number (65536))",
    ],
    [
      () => loop.createConnection(factory, host, "80" as never),
      'TypeError(the port must be a whole number from 0 to 65535, or null, got a string ("80"))',
    ],
    [
      () => loop.createConnection(factory, 7 as never, 80),
      "TypeError(createConnection(): the host must be a string or null, got a number (7))",
    ],
    [
      () => loop.createConnection({} as never, host, 80),
      "TypeError(createConnection() needs a function that makes a protocol, got a value of class Object)",
    ],
    [
      () => loop.createConnection(factory, null, null, { sock: {} }),
      "TypeError(sock must be a net.Socket, got a value of class Object)",
    ],
  ];
  for (const [call, text] of cases) {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(`${(error as Error)?.name}(${(error as Error)?.message})`).toBe(text);
  }
});

testNet("createConnection() closes the socket when the factory throws", async ({ loop }) => {
  const peer = new Recorder();
  const server = await loop.createServer(() => peer, "127.0.0.1", 0);
  const broken = (): Protocol => {
    throw new Error("no protocol");
  };
  expect(await errorOf(loop.createConnection(broken, "127.0.0.1", server.port))).toBe("Error(no protocol)");
  server.close();
  await server.waitClosed();
});

testNet("createConnection() reports an error of connectionMade(), and the connection is there", async (net) => {
  class Broken extends Recorder {
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      throw new Error("made badly");
    }
  }
  const { client, peer, transport } = await connect(new Broken(), new Broken());
  expect(net.reports.splice(0)).toEqual([
    "Exception in callback of a transport Error(made badly)",
    "Exception in callback of a transport Error(made badly)",
  ]);
  transport.write("x");
  await peer.until((self) => self.count === 1);
  transport.close();
  await client.untilLost();
  await peer.untilLost();
});

testNet("Protocol's methods run in the context of the connection's maker, in no task", async ({ loop }) => {
  const variable = new ContextVar<string>("where");
  const seen: string[] = [];
  const look = (what: string) => seen.push(`${what} ${variable.get("unset")} ${currentTask() === null}`);
  class Looking extends Recorder {
    override connectionMade(transport: Transport): void {
      look("made");
      super.connectionMade(transport);
    }
    override dataReceived(data: Uint8Array): void {
      look("data");
      void (async () => {
        await Promise.resolve();
        look("after an await");
        super.dataReceived(data);
      })();
    }
    override eofReceived(): boolean {
      look("eof");
      return false;
    }
    override connectionLost(error: unknown): void {
      look("lost");
      super.connectionLost(error);
    }
  }
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  variable.set("maker");
  const client = new Looking();
  const [transport] = await loop.createConnection(() => client, "127.0.0.1", server.port);
  variable.set("later");
  server.closeClients();
  await client.untilLost();
  expect(transport.isClosing()).toBe(true);
  server.close();
  await server.waitClosed();
  expect(seen).toEqual(["made maker true", "eof maker true", "lost maker true"]);
});

testNet("Protocol's methods are outside of the asynchronous context of the task that connected", async ({ loop }) => {
  const storage = new AsyncLocalStorage<string>();
  let seen: unknown[] = [];
  class Looking extends Recorder {
    override dataReceived(data: Uint8Array): void {
      void (async () => {
        await Promise.resolve();
        seen = [currentTask(), storage.getStore()];
        super.dataReceived(data);
      })();
    }
  }
  const peer = new Recorder();
  const server = await loop.createServer(() => peer, "127.0.0.1", 0);
  const client = new Looking();
  const [transport] = await storage.run("task", () =>
    loop.createConnection(() => client, "127.0.0.1", server.port).then((made) => made),
  );
  await peer.until((self) => self.events.includes("made"));
  peer.transport.write("x");
  await client.until((self) => self.count === 1);
  expect(seen).toEqual([null, undefined]);
  transport.close();
  server.close();
  await server.waitClosed();
});

testNet("createConnection() gives every connection of a server a copy of the server's context", async ({ loop }) => {
  const variable = new ContextVar<number>("n");
  const seen: number[] = [];
  let peers = 0;
  class Counting extends Recorder {
    override connectionMade(transport: Transport): void {
      variable.set(variable.get() + 1);
      seen.push(variable.get());
      peers++;
      super.connectionMade(transport);
      transport.close();
    }
  }
  variable.set(10);
  const server = await loop.createServer(() => new Counting(), "127.0.0.1", 0);
  variable.set(20);
  for (let i = 0; i < 3; i++) {
    const client = new Recorder();
    await loop.createConnection(() => client, "127.0.0.1", server.port);
    await client.untilLost();
  }
  server.close();
  await server.waitClosed();
  expect(peers).toBe(3);
  expect(seen).toEqual([11, 11, 11]);
});

testNet("openConnection() gives reader and writer", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.end("line one\nline two"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const [reader, writer] = await openConnection("127.0.0.1", (server.address() as { port: number }).port);
  const lines: string[] = [];
  for await (const line of reader) lines.push(String(line));
  expect(lines).toEqual(["line one\n", "line two"]);
  writer.close();
  await writer.waitClosed();
  await new Promise((resolve) => server.close(resolve));
});
