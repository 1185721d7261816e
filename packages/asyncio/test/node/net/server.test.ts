import { once } from "node:events";
import { createServer as createNodeServer, type Socket } from "node:net";
import {
  currentTask,
  Future,
  gather,
  OSError,
  openConnection,
  Protocol,
  RuntimeError,
  run,
  startServer,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { errorOf, failureOf, HalfOpenRecorder, leavesNothing, Recorder, takeReports, testNet } from "./support.ts";

testNet("createServer() listens on a port of the system's choice", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), "127.0.0.1", 0);
  expect(server.isServing()).toBe(true);
  expect(server.getLoop()).toBe(loop);
  expect(server.port).toBeGreaterThan(0);
  expect(server.sockets.map((socket) => socket.getsockname())).toEqual([["127.0.0.1", server.port]]);
  server.close();
  expect(server.isServing()).toBe(false);
  expect(server.sockets).toEqual([]);
  expect(await errorOf(() => server.port)).toBe("RuntimeError(the server listens on no port)");
  server.close();
  await server.waitClosed();
});

testNet("createServer() listens on each of several hosts, on one only once", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), ["127.0.0.1", "127.0.0.2", "127.0.0.1"], 0);
  expect(server.sockets.map((socket) => socket.getsockname()[0])).toEqual(["127.0.0.1", "127.0.0.2"]);
  server.close();
});

testNet("createServer() without a host listens everywhere, in both families", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), null, 0);
  for (const host of ["127.0.0.1", "127.0.0.9", "::1"]) {
    const [transport] = await loop.createConnection(() => new Recorder(), host, server.port);
    transport.close();
  }
  server.close();
  await server.waitClosed();
  const four = await loop.createServer(() => new Protocol(), null, 0, { family: 4 });
  const six = await loop.createServer(() => new Protocol(), null, four.port, { family: 6 });
  expect(four.sockets[0]?.getsockname()[0]).toBe("0.0.0.0");
  expect(six.sockets[0]?.getsockname()[0]).toBe("::");
  four.close();
  six.close();
});

testNet("createServer() listens on all addresses of a name", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), "localhost", 0);
  const addresses = await loop.getaddrinfo("localhost", 0);
  const own = new Set(addresses.map(({ sockaddr }) => sockaddr[0]));
  expect(new Set(server.sockets.map((socket) => socket.getsockname()[0]))).toEqual(own);
  server.close();
});

testNet("createServer() fails when the port is taken, and leaves no other socket behind", async ({ loop }) => {
  const first = await loop.createServer(() => new Protocol(), "127.0.0.2", 0);
  const failing = loop.createServer(() => new Protocol(), ["127.0.0.1", "127.0.0.2"], first.port);
  const error = (await failureOf(failing)) as OSError;
  expect(error).toBeInstanceOf(OSError);
  expect(error).toMatchObject({ code: "EADDRINUSE", syscall: "listen" });
  // What had worked is closed.
  const again = await loop.createServer(() => new Protocol(), "127.0.0.1", first.port);
  again.close();
  first.close();
});

testNet("createServer() with startServing false waits for startServing()", async ({ loop }) => {
  const server = await loop.createServer(() => new Protocol(), "127.0.0.1", 0, { startServing: false });
  expect(server.isServing()).toBe(false);
  expect(server.sockets).toEqual([]);
  await server.startServing();
  await server.startServing();
  expect(server.isServing()).toBe(true);
  const [transport] = await loop.createConnection(() => new Recorder(), "127.0.0.1", server.port);
  transport.close();
  server.close();
  await server.waitClosed();
  expect(await errorOf(server.startServing())).toBe("RuntimeError(the server is closed)");
});

testNet("createServer() takes a server of Node, listening or not", async ({ loop }) => {
  for (const listening of [true, false]) {
    const sock = createNodeServer();
    if (listening) await once(sock.listen(0, "127.0.0.1"), "listening");
    const peer = new HalfOpenRecorder();
    const server = await loop.createServer(() => peer, null, null, { sock });
    const client = new Recorder();
    await loop.createConnection(() => client, "127.0.0.1", server.port);
    await peer.until((self) => self.events.includes("made"));
    client.transport.write("hi");
    client.transport.writeEof();
    await peer.until((self) => self.events.includes("eof"));
    peer.transport.close();
    await client.untilLost();
    server.close();
    await server.waitClosed();
    expect(peer.events).toEqual(["made", "data hi", "eof", "lost null"]);
    expect(sock.listening).toBe(false);
  }
});

testNet("createServer() checks its arguments at the call, with CPython's texts", async ({ loop }) => {
  const factory = () => new Protocol();
  const sock = createNodeServer();
  const cases: [() => unknown, string][] = [
    [() => loop.createServer(factory, null, null), "ValueError(Neither host/port nor sock were specified)"],
    [
      () => loop.createServer(factory, null, 1, { sock }),
      "ValueError(host/port and sock can not be specified at the same time)",
    ],
    [
      () => loop.createServer(factory, null, 1, { ssl: true }),
      "TypeError(ssl argument must be an object with at least a certificate and its key)",
    ],
    [
      () => loop.createServer(factory, null, 1, { sslHandshakeTimeout: 1 }),
      "ValueError(ssl_handshake_timeout is only meaningful with ssl)",
    ],
    [
      () => loop.createServer(factory, null, 1, { sslShutdownTimeout: 1 }),
      "ValueError(ssl_shutdown_timeout is only meaningful with ssl)",
    ],
    [
      () => loop.createServer(factory, ["a", 1 as never], 1),
      "TypeError(createServer(): the host must be a string, a list of strings or null, got a number (1))",
    ],
    [
      () => loop.createServer(factory, null, -1),
      "ValueError(the port must be a whole number from 0 to 65535, or null, got a number (-1))",
    ],
    [
      () => loop.createServer(null as never, null, 1),
      "TypeError(createServer() needs a function that makes a protocol, got null)",
    ],
    [
      () => loop.createServer(factory, null, null, { sock: {} }),
      "TypeError(sock must be a net.Server, got a value of class Object)",
    ],
  ];
  for (const [call, text] of cases) {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(`${(thrown as Error)?.name}(${(thrown as Error)?.message})`).toBe(text);
  }
});

testNet("createServer() with reusePort shares a port where Node can", async ({ loop }) => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const listen = () => loop.createServer(() => new Protocol(), "127.0.0.1", 0, { reusePort: true });
  if (major < 23 || (major === 23 && minor < 1)) {
    expect(await failureOf(listen)).toBeInstanceOf(RuntimeError);
    return;
  }
  const first = await listen();
  const second = await loop.createServer(() => new Protocol(), "127.0.0.1", first.port, { reusePort: true });
  first.close();
  second.close();
});

testNet("createServer() reports a factory that throws, and goes on", async (net) => {
  let calls = 0;
  const peer = new Recorder();
  const factory = () => {
    if (calls++ === 0) throw new Error("no protocol today");
    return peer;
  };
  const server = await net.loop.createServer(factory, "127.0.0.1", 0);
  const dropped = new Recorder();
  await net.loop.createConnection(() => dropped, "127.0.0.1", server.port);
  await dropped.untilLost();
  expect(takeReports(net)).toEqual(["Error on transport creation for incoming connection Error(no protocol today)"]);
  const [transport] = await net.loop.createConnection(() => new Recorder(), "127.0.0.1", server.port);
  await peer.until((self) => self.events.includes("made"));
  transport.close();
  server.close();
  await server.waitClosed();
});

testNet("startServer() reports an error of its callback, closes that connection, and goes on", async (net) => {
  let calls = 0;
  const server = await startServer(
    async (reader, writer) => {
      if (calls++ === 0) throw new Error("handler");
      writer.write(await reader.read());
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const [failed, first] = await openConnection("127.0.0.1", server.port);
  expect(String(await failed.read())).toBe("");
  first.close();
  expect(takeReports(net)).toEqual(["Unhandled exception in client_connected_cb Error(handler)"]);
  const [reader, second] = await openConnection("127.0.0.1", server.port);
  second.write("echo");
  second.writeEof();
  expect(String(await reader.read())).toBe("echo");
  second.close();
  server.close();
  await server.waitClosed();
});

testNet("startServer() runs each callback in a task of its own", async () => {
  const done = new Future<boolean>();
  const server = await startServer(
    async (_reader, writer) => {
      done.setResult(currentTask() !== null);
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const [, writer] = await openConnection("127.0.0.1", server.port);
  expect(await done).toBe(true);
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

testNet("connectAcceptedSocket() makes a transport of a socket that was accepted elsewhere", async ({ loop }) => {
  const listening = createNodeServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const accepted = once(listening, "connection");
  const { port } = listening.address() as { port: number };
  const client = new Recorder();
  await loop.createConnection(() => client, "127.0.0.1", port);
  const [sock] = (await accepted) as [Socket];
  const peer = new Recorder();
  const [transport, protocol] = await loop.connectAcceptedSocket(() => peer, sock);
  expect(protocol).toBe(peer);
  client.transport.write("question");
  await peer.until((self) => self.count === 8);
  transport.write("answer");
  transport.close();
  await client.untilLost();
  expect(String(client.received)).toBe("answer");
  await peer.untilLost();
  expect(await failureOf(() => loop.connectAcceptedSocket(() => peer, {}))).toBeInstanceOf(TypeError);
  await new Promise((resolve) => listening.close(resolve));
});

test("run() that ends with connections and servers open leaves none of them", async () => {
  await leavesNothing(async () => {
    await run(async () => {
      const server = await startServer(async (reader) => void (await reader.read()), "127.0.0.1", 0);
      await gather([0, 1, 2].map(() => openConnection("127.0.0.1", server.port)) as never);
    });
  });
});
