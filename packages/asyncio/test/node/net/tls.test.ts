import { once } from "node:events";
import { connect as connectNode, createServer as createNodeServer, Socket } from "node:net";
import * as tls from "node:tls";
import {
  ConnectionAbortedError,
  ConnectionResetError,
  type EventLoop,
  openConnection,
  Protocol,
  type Server,
  type ServerOptions,
  SSLCertVerificationError,
  SSLError,
  startServer,
  TimeoutError,
  wrapFuture,
} from "asyncio-ts";
import { expect } from "vitest";
import { authority, certificate, errorOf, failureOf, Recorder, takeReports, testNet } from "./support.ts";

const ca = authority();
const own = certificate("server");

/** A server with TLS on 127.0.0.1. */
function serve(loop: EventLoop, peer: () => Protocol, options: ServerOptions = {}): PromiseLike<Server> {
  return loop.createServer(peer, "127.0.0.1", 0, { ssl: own, ...options });
}

testNet("createConnection() with ssl speaks TLS, and both ends know of it", async ({ loop }) => {
  const peer = new Recorder();
  const server = await serve(loop, () => peer, { ssl: { ...own, ALPNProtocols: ["b", "a"] } });
  const client = new Recorder();
  const ssl = { ca, ALPNProtocols: ["a", "b"] };
  const [transport] = await loop.createConnection(() => client, "127.0.0.1", server.port, { ssl });
  await peer.until((self) => self.events.includes("made"));
  expect(client.events).toEqual(["made"]);
  expect(transport.getExtraInfo("peername")).toEqual(["127.0.0.1", server.port]);
  expect(transport.getExtraInfo("sslcontext")).toBe(ssl);
  expect(transport.getExtraInfo("compression", undefined)).toBe(null);
  expect(transport.getExtraInfo("cipher")?.slice(1)).toEqual(["TLSv1.3", undefined]);
  expect(transport.getExtraInfo("peercert")).toMatchObject({ subject: { CN: "localhost" } });
  const socket = transport.getExtraInfo("sslObject") as tls.TLSSocket;
  expect(socket).toBeInstanceOf(tls.TLSSocket);
  expect(socket.alpnProtocol).toBe("b");
  expect(peer.transport.getExtraInfo("peercert", null)).toBe(null);
  expect((peer.transport.getExtraInfo("sslObject") as tls.TLSSocket).alpnProtocol).toBe("b");
  expect(transport.getWriteBufferLimits()).toEqual([131_072, 524_288]);
  expect(transport.canWriteEof()).toBe(false);
  expect(await failureOf(() => transport.writeEof())).toBeInstanceOf(Error);
  transport.write("hello");
  await peer.until((self) => self.count === 5);
  peer.transport.write("there");
  peer.transport.close();
  expect(await client.untilLost()).toBe(null);
  expect(await peer.untilLost()).toBe(null);
  expect(client.events).toEqual(["made", "data there", "eof", "lost null"]);
  expect(peer.events).toEqual(["made", "data hello", "lost null"]);
  server.close();
  await server.waitClosed();
});

testNet(
  "createConnection() refuses a certificate for another name, an expired one, one nobody has signed",
  async ({ loop }) => {
    for (const [name, trusted, code] of [
      ["other", ca, "ERR_TLS_CERT_ALTNAME_INVALID"],
      ["expired", ca, "CERT_HAS_EXPIRED"],
      ["selfsigned", ca, "DEPTH_ZERO_SELF_SIGNED_CERT"],
      ["server", certificate("selfsigned").cert, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ] as const) {
      const peer = new Recorder();
      const server = await serve(loop, () => peer, { ssl: certificate(name) });
      const failing = loop.createConnection(() => new Recorder(), "localhost", server.port, { ssl: { ca: trusted } });
      const error = (await failureOf(failing)) as SSLError;
      expect(error).toBeInstanceOf(SSLCertVerificationError);
      expect(error.code).toBe(code);
      server.close();
      await server.waitClosed();
    }
  },
);

testNet("createConnection() checks the certificate against serverHostname", async ({ loop }) => {
  const server = await serve(loop, () => new Recorder(), { ssl: certificate("other") });
  const right = { ssl: { ca }, serverHostname: "other.example" };
  const [transport] = await loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, right);
  transport.close();
  const wrong = { ssl: { ca }, serverHostname: "localhost" };
  const error = await failureOf(loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, wrong));
  expect(error).toBeInstanceOf(SSLCertVerificationError);
  const careless = { ssl: { rejectUnauthorized: false } };
  const [other] = await loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, careless);
  other.close();
  server.close();
  await server.waitClosed();
});

testNet("createServer() asks clients for a certificate with requestCert", async ({ loop }) => {
  const made: Recorder[] = [];
  const factory = () => {
    made.push(new Recorder());
    return made.at(-1) as Recorder;
  };
  const server = await serve(loop, factory, { ssl: { ...own, ca, requestCert: true } });
  const known = new Recorder();
  const ssl = { ca, ...certificate("client") };
  const [transport] = await loop.createConnection(() => known, "127.0.0.1", server.port, { ssl });
  while (made.length === 0) await wrapFuture(new Promise(setImmediate));
  expect(made[0]?.transport.getExtraInfo("peercert")).toMatchObject({ subject: { CN: "client" } });
  transport.close();
  await known.untilLost();
  // With TLS 1.3 a client learns of it only after its own handshake, by an error when it reads; before, while it connects.
  const stranger = new Recorder();
  await loop.createConnection(() => stranger, "127.0.0.1", server.port, { ssl: { ca } });
  expect(await stranger.untilLost()).toSatisfy(
    (error) => error instanceof SSLError || error instanceof ConnectionResetError,
  );
  const old = { ca, maxVersion: "TLSv1.2" };
  const failing = loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, { ssl: old });
  expect(await failureOf(failing)).toSatisfy(
    (error) => error instanceof SSLError || error instanceof ConnectionResetError,
  );
  server.close();
  await server.waitClosed();
  expect(made.length).toBe(1);
});

testNet("createServer() fails for a certificate that is none", async ({ loop }) => {
  const ssl = { cert: "no certificate", key: "no key" };
  expect(
    await failureOf(async () => await loop.createServer(() => new Protocol(), "127.0.0.1", 0, { ssl })),
  ).toBeInstanceOf(SSLError);
  const server = await serve(loop, () => new Recorder());
  const client = loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, { ssl: { ca, ...ssl } });
  expect(await failureOf(client)).toBeInstanceOf(SSLError);
  server.close();
  await server.waitClosed();
});

testNet(
  "createServer() with ssl survives clients that speak plain text, and those that go at once",
  async ({ loop }) => {
    const server = await serve(loop, () => new Recorder());
    const plain = new Recorder();
    const [transport] = await loop.createConnection(() => plain, "127.0.0.1", server.port);
    transport.write("GET / HTTP/1.0\r\n\r\n");
    await plain.untilLost();
    const gone = connectNode(server.port, "127.0.0.1");
    await once(gone, "connect");
    gone.resetAndDestroy();
    const client = new Recorder();
    const [working] = await loop.createConnection(() => client, "127.0.0.1", server.port, { ssl: { ca } });
    working.close();
    await client.untilLost();
    server.close();
    await server.waitClosed();
  },
);

testNet("createServer() with ssl reports failed handshakes in debug mode", async (net) => {
  const server = await serve(net.loop, () => new Recorder());
  net.loop.setDebug(true);
  const client = new Recorder();
  const [transport] = await net.loop.createConnection(() => client, "127.0.0.1", server.port);
  transport.write("GET / HTTP/1.0\r\n\r\n");
  await client.untilLost();
  net.loop.setDebug(false);
  const [report] = takeReports(net);
  expect(report).toMatch(/^Error on transport creation for incoming connection SSLError\(/);
  server.close();
  await server.waitClosed();
});

testNet("createConnection() with ssl fails with SSLError when the server speaks plain text", async () => {
  const server = await startServer(
    async (_reader, writer) => {
      writer.write("220 hello, this is a mail server\r\n");
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const error = await failureOf(openConnection("127.0.0.1", server.port, { ssl: { ca } }));
  expect(error).toBeInstanceOf(SSLError);
  server.close();
  await server.waitClosed();
});

testNet("createConnection() with ssl fails when the server goes in mid-handshake", async ({ loop }) => {
  const server = createNodeServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const failing = loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca } });
  expect(await failureOf(failing)).toBeInstanceOf(ConnectionResetError);
  await new Promise((resolve) => server.close(resolve));
});

testNet("createConnection() gives a handshake up after sslHandshakeTimeout", async ({ loop }) => {
  const sockets: Socket[] = [];
  const server = createNodeServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const options = { ssl: { ca }, sslHandshakeTimeout: 30 };
  const error = await failureOf(loop.createConnection(() => new Recorder(), "127.0.0.1", port, options));
  expect(error).toBeInstanceOf(ConnectionAbortedError);
  expect((error as Error).message).toBe("SSL handshake is taking longer than 0.03 seconds: aborting the connection");
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

testNet("createServer() with ssl gives a handshake up after sslHandshakeTimeout", async ({ loop }) => {
  const server = await serve(loop, () => new Recorder(), { sslHandshakeTimeout: 30 });
  const client = new Recorder();
  await loop.createConnection(() => client, "127.0.0.1", server.port);
  await client.untilLost();
  server.close();
  await server.waitClosed();
});

testNet("Server counts a connection whose handshake is under way among its clients", async ({ loop }) => {
  const peer = new Recorder();
  const server = await serve(loop, () => peer);
  const before = socketCount();
  const raw = connectNode({ port: server.port, host: "127.0.0.1" });
  await accepted(before);
  server.close();
  // It may go on.
  const secured = tls.connect({ socket: raw, ca, servername: "localhost" });
  await once(secured, "secureConnect");
  await peer.until((self) => self.events.includes("made"));
  secured.end();
  await server.waitClosed();
  expect(peer.lost).toBe(true);
});

testNet("Server.abortClients() cuts handshakes too", async ({ loop }) => {
  const server = await serve(loop, () => new Recorder());
  const before = socketCount();
  const client = new Recorder();
  await loop.createConnection(() => client, "127.0.0.1", server.port);
  await accepted(before);
  await server.shutdown(0);
  await client.untilLost();
});

/** How many connected sockets there are, of both ends. */
function socketCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}

/** Waits until both ends of a new connection are there. */
async function accepted(before: number): Promise<void> {
  while (socketCount() < before + 2) await wrapFuture(new Promise(setImmediate));
}

testNet("Transport over TLS takes an end without close_notify for an end, as CPython's does", async ({ loop }) => {
  const server = tls.createServer(own, (socket) => {
    socket.write("all there is", () => (socket as unknown as { _parent: Socket })._parent.destroy());
    socket.on("error", () => {});
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const client = new Recorder();
  await loop.createConnection(() => client, "127.0.0.1", port, { ssl: { ca } });
  const error = await client.untilLost();
  expect(String(client.received)).toBe("all there is");
  expect(error).toSatisfy((value) => value === null || value instanceof ConnectionResetError);
  await new Promise((resolve) => server.close(resolve));
});

testNet("Transport.close() over TLS loses nothing of what was written", async ({ loop }) => {
  for (let round = 0; round < 30; round++) {
    const peer = new Recorder();
    const server = await serve(loop, () => peer);
    const client = new Recorder();
    const [transport] = await loop.createConnection(() => client, "127.0.0.1", server.port, { ssl: { ca } });
    transport.write("the only words");
    transport.close();
    server.close();
    await peer.until((self) => self.lost);
    expect([String(peer.received), peer.error]).toEqual(["the only words", null]);
    expect(await client.untilLost()).toBe(null);
    await server.waitClosed();
  }
});

testNet("Transport.close() over TLS cuts the connection after sslShutdownTimeout", async ({ loop }) => {
  const sockets: tls.TLSSocket[] = [];
  const server = tls.createServer({ ...own, allowHalfOpen: true } as tls.TlsOptions, (socket) => sockets.push(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const client = new Recorder();
  const options = { ssl: { ca }, sslShutdownTimeout: 30 };
  const [transport] = await loop.createConnection(() => client, "127.0.0.1", port, options);
  transport.close();
  const error = await client.untilLost();
  expect(error).toBeInstanceOf(TimeoutError);
  expect((error as Error).message).toBe("SSL shutdown timed out");
  for (const socket of sockets) socket.on("error", () => {}).destroy();
  await new Promise((resolve) => server.close(resolve));
});

testNet("Transport over TLS: flow control, pauses and large data both ways", async ({ loop }) => {
  const size = 4 * 1024 * 1024;
  const data = Buffer.alloc(size);
  for (let i = 0; i < size; i += 4) data.writeUInt32LE(i, i);
  const peer = new Recorder();
  const server = await serve(loop, () => peer);
  const client = new Recorder();
  const [transport] = await loop.createConnection(() => client, "127.0.0.1", server.port, { ssl: { ca } });
  await peer.until((self) => self.events.includes("made"));
  peer.transport.pauseReading();
  transport.write(data);
  peer.transport.write(data);
  expect(client.events).toContain("pause");
  await client.until((self) => self.count === size);
  expect(peer.count).toBe(0);
  expect(client.events).not.toContain("resume");
  peer.transport.resumeReading();
  await peer.until((self) => self.count === size);
  await client.until((self) => self.events.includes("resume"));
  expect(client.received.equals(data) && peer.received.equals(data)).toBe(true);
  transport.close();
  await client.untilLost();
  await peer.untilLost();
  server.close();
  await server.waitClosed();
});

testNet("openConnection() with ssl gives streams over TLS", async () => {
  const server = await startServer(
    async (reader, writer) => {
      writer.write(`you said: ${String(await reader.readline())}`);
      writer.close();
      await writer.waitClosed();
    },
    "localhost",
    0,
    { ssl: own },
  );
  const [reader, writer] = await openConnection("localhost", server.port, { ssl: { ca } });
  writer.write("hi\n");
  expect(String(await reader.read())).toBe("you said: hi\n");
  expect(writer.canWriteEof()).toBe(false);
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

testNet("createConnection() with ssl takes a connected socket, with serverHostname", async ({ loop }) => {
  const server = await serve(loop, () => new Recorder());
  const sock = new Socket().connect(server.port, "127.0.0.1");
  const options = { sock, ssl: { ca }, serverHostname: "localhost" };
  const client = new Recorder();
  const [transport] = await loop.createConnection(() => client, null, null, options);
  transport.close();
  await client.untilLost();
  server.close();
  await server.waitClosed();
});

testNet("connectAcceptedSocket() with ssl does the handshake of a server", async ({ loop }) => {
  const listening = createNodeServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as { port: number };
  const connection = once(listening, "connection");
  const client = new Recorder();
  const connecting = loop.createConnection(() => client, "127.0.0.1", port, { ssl: { ca } }).then((made) => made);
  const [sock] = (await connection) as [Socket];
  const peer = new Recorder();
  const [transport] = await loop.connectAcceptedSocket(() => peer, sock, { ssl: own });
  await connecting;
  client.transport.write("x");
  await peer.until((self) => self.count === 1);
  transport.close();
  await client.untilLost();
  await peer.untilLost();
  await new Promise((resolve) => listening.close(resolve));
  expect(await errorOf(() => loop.connectAcceptedSocket(() => peer, sock, { sslHandshakeTimeout: 1 }))).toBe(
    "ValueError(ssl_handshake_timeout is only meaningful with ssl)",
  );
});
