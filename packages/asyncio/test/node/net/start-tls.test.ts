import { once } from "node:events";
import { createServer as createNodeServer, type Socket } from "node:net";
import {
  CancelledError,
  ConnectionAbortedError,
  createTask,
  gather,
  openConnection,
  SSLCertVerificationError,
  SSLError,
  sleep,
  startServer,
  type Transport,
} from "asyncio-ts";
import { expect } from "vitest";
import { authority, certificate, connect, errorOf, failureOf, Recorder, testNet } from "./support.ts";

const ca = authority();
const own = certificate("server");
const hostname = { serverHostname: "localhost" };

testNet("startTls() goes over to TLS on both ends, and the protocols go on", async ({ loop }) => {
  const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
  transport.write("STARTTLS");
  await peer.until((self) => self.count === 8);
  const [secured, peerSecured] = await Promise.all([
    loop.startTls(transport, client, { ca }, hostname),
    loop.startTls(peerTransport, peer, own, { serverSide: true }),
  ]);
  expect(secured).not.toBe(transport);
  expect(secured.getExtraInfo("peercert")).toMatchObject({ subject: { CN: "localhost" } });
  expect(secured.getExtraInfo("peername")).toEqual(transport.getExtraInfo("peername"));
  expect(peerSecured.getProtocol()).toBe(peer);
  secured.write("secret");
  await peer.until((self) => self.count === 14);
  peerSecured.write("answer");
  await client.until((self) => self.count === 6);
  secured.close();
  expect(await client.untilLost()).toBe(null);
  expect(await peer.untilLost()).toBe(null);
  expect(client.events).toEqual(["made", "data answer", "lost null"]);
  expect(peer.events).toEqual(["made", "data STARTTLS", "data secret", "eof", "lost null"]);
  await server.waitClosed();
});

testNet("startTls() sends what was written before unencrypted, and takes what has come already", async ({ loop }) => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new Recorder());
  peerTransport.pauseReading();
  const plain = Buffer.alloc(1_000_000, "plain ");
  transport.write(plain);
  // The client begins its handshake while the other end still has all of that to read.
  const starting = createTask(() => loop.startTls(transport, client, { ca }, hostname));
  await sleep(1);
  const before = peer.count;
  peerTransport.resumeReading();
  await peer.until((self) => self.count >= plain.length);
  expect(before).toBeLessThan(plain.length);
  const extra = peer.received.subarray(plain.length);
  expect(peer.received.subarray(0, plain.length).equals(plain)).toBe(true);
  await loop.startTls(peerTransport, peer, own, { serverSide: true, received: extra });
  const secured = await starting;
  secured.close();
  await client.untilLost();
  await peer.untilLost();
});

testNet("startTls() takes received bytes as the beginning of the handshake", async ({ loop }) => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new Recorder());
  const starting = createTask(() => loop.startTls(transport, client, { ca }, hostname));
  await peer.until((self) => self.count > 100);
  await loop.startTls(peerTransport, peer, own, { serverSide: true, received: peer.received });
  const secured = await starting;
  secured.write("x");
  await peer.until((self) => String(self.received).endsWith("x"));
  secured.close();
  await client.untilLost();
  await peer.untilLost();
});

testNet(
  "startTls() fails for a certificate with another name, closes the connection and tells the protocol",
  async ({ loop }) => {
    const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
    const other = certificate("other");
    const [error] = await Promise.all([
      failureOf(loop.startTls(transport, client, { ca }, hostname)),
      // In TLS 1.3 the server's handshake has succeeded when the client looks at the name.
      loop.startTls(peerTransport, peer, other, { serverSide: true }).then(
        (secured) => secured,
        (failure: unknown) => failure,
      ),
    ]);
    expect(error).toBeInstanceOf(SSLCertVerificationError);
    expect(await client.untilLost()).toBe(error);
    await peer.untilLost();
    await server.waitClosed();
  },
);

testNet("startTls() fails when the other end speaks plain text", async ({ loop }) => {
  const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
  const starting = failureOf(loop.startTls(peerTransport, peer, own, { serverSide: true }));
  transport.write("I would rather not, thank you\r\n");
  const error = await starting;
  expect(error).toBeInstanceOf(SSLError);
  expect(await peer.untilLost()).toBe(error);
  await client.untilLost();
  await server.waitClosed();
});

testNet("startTls() fails when the other end goes in mid-handshake", async ({ loop }) => {
  for (const serverSide of [true, false]) {
    const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
    const starting = failureOf(
      serverSide
        ? loop.startTls(peerTransport, peer, own, { serverSide })
        : loop.startTls(transport, client, { ca }, hostname),
    );
    await sleep(1);
    (serverSide ? transport : peerTransport).close();
    const error = await starting;
    expect(String(error)).toContain("ConnectionResetError");
    await client.untilLost();
    await peer.untilLost();
    await server.waitClosed();
  }
});

testNet("startTls() gives the handshake up after sslHandshakeTimeout", async ({ loop }) => {
  for (const serverSide of [true, false]) {
    const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
    const starting = serverSide
      ? loop.startTls(peerTransport, peer, own, { serverSide, sslHandshakeTimeout: 20 })
      : loop.startTls(transport, client, { ca }, { ...hostname, sslHandshakeTimeout: 20 });
    expect(await failureOf(starting)).toBeInstanceOf(ConnectionAbortedError);
    await client.untilLost();
    await peer.untilLost();
    await server.waitClosed();
  }
});

testNet("startTls() that is cancelled closes the connection", async ({ loop }) => {
  for (const serverSide of [true, false]) {
    const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
    const task = createTask(() =>
      serverSide
        ? loop.startTls(peerTransport, peer, own, { serverSide })
        : loop.startTls(transport, client, { ca }, hostname),
    );
    await sleep(2);
    task.cancel();
    expect(await failureOf(task)).toBeInstanceOf(CancelledError);
    await client.untilLost();
    await peer.untilLost();
    await server.waitClosed();
  }
});

testNet("startTls() fails for a certificate that is none", async ({ loop }) => {
  const { client, peer, peerTransport, server } = await connect(new Recorder(), new Recorder());
  const starting = loop.startTls(peerTransport, peer, { cert: "none", key: "none" }, { serverSide: true });
  expect(await failureOf(starting)).toBeInstanceOf(SSLError);
  await client.untilLost();
  await peer.untilLost();
  await server.waitClosed();
});

testNet("startTls() checks its arguments at the call", async ({ loop }) => {
  const { client, peer, transport } = await connect(new Recorder(), new Recorder());
  expect(await errorOf(() => loop.startTls(transport, client, null as never))).toBe(
    "TypeError(startTls(): sslcontext must be an object with options for TLS, got null)",
  );
  expect(await errorOf(() => loop.startTls({} as Transport, client, { ca }, hostname))).toMatch(
    /^TypeError\(transport .* is not supported by startTls\(\)\)$/,
  );
  expect(await errorOf(() => loop.startTls(transport, client, { ca }))).toMatch(/^ValueError\(startTls\(\) needs/);
  transport.close();
  expect(await errorOf(loop.startTls(transport, client, { ca }, hostname))).toMatch(/^RuntimeError\(/);
  await client.untilLost();
  await peer.untilLost();
});

testNet("StreamWriter.startTls() goes over to TLS; reader and writer stay", async () => {
  const server = await startServer(
    async (reader, writer) => {
      expect(String(await reader.readline())).toBe("STARTTLS\n");
      writer.write("go ahead\n");
      await writer.startTls(own);
      writer.write(`secretly: ${String(await reader.readline())}`);
      writer.close();
      await writer.waitClosed();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = await openConnection("127.0.0.1", server.port);
  writer.write("STARTTLS\n");
  expect(String(await reader.readline())).toBe("go ahead\n");
  await writer.startTls({ ca }, hostname);
  expect(writer.getExtraInfo("sslcontext")).toEqual({ ca });
  writer.write("hello\n");
  expect(String(await reader.read())).toBe("secretly: hello\n");
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

testNet("StreamWriter.startTls() of a client that does not wait for the answer", async () => {
  const server = await startServer(
    async (reader, writer) => {
      await reader.readline();
      // By now the beginning of the handshake may be in the reader.
      await sleep(5);
      await writer.startTls(own);
      writer.write(await reader.readline());
      writer.close();
      await writer.waitClosed();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = await openConnection("127.0.0.1", server.port);
  writer.write("STARTTLS\n");
  await writer.startTls({ ca }, hostname);
  writer.write("hello\n");
  expect(String(await reader.read())).toBe("hello\n");
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

testNet("StreamWriter.startTls() that fails ends the connection, for waitClosed() too", async () => {
  const listening = createNodeServer((socket: Socket) =>
    socket
      .on("error", () => {})
      .resume()
      .write("nonsense"),
  ).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as { port: number };
  const [reader, writer] = await openConnection("127.0.0.1", port);
  const error = await failureOf(writer.startTls({ ca }, hostname));
  expect(error).toBeInstanceOf(SSLError);
  expect(await failureOf(writer.waitClosed())).toBe(error);
  expect(await failureOf(reader.read())).toBe(error);
  await new Promise((resolve) => listening.close(resolve));
});

testNet("startTls() of several connections at once, in one task", async ({ loop }) => {
  const pairs = await Promise.all([1, 2, 3].map(() => connect(new Recorder(), new Recorder())));
  await gather(
    pairs.flatMap(({ client, peer, transport, peerTransport }) => [
      loop.startTls(transport, client, { ca }, hostname),
      loop.startTls(peerTransport, peer, own, { serverSide: true }),
    ]) as never,
  ).then((secured) => {
    for (const transport of secured as unknown as Transport[]) transport.close();
  });
  for (const { client, peer } of pairs) {
    await client.untilLost();
    await peer.untilLost();
  }
});

testNet("startTls() inside of TLS, as through a proxy", async ({ loop }) => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new Recorder(), {
    server: { ssl: own },
    client: { ssl: { ca } },
  });
  transport.write("CONNECT");
  await peer.until((self) => self.count === 7);
  const [secured, peerSecured] = await Promise.all([
    loop.startTls(transport, client, { ca }, hostname),
    loop.startTls(peerTransport, peer, own, { serverSide: true }),
  ]);
  secured.write("doubly secret");
  await peer.until((self) => self.count === 20);
  peerSecured.write("answer");
  await client.until((self) => self.count === 6);
  secured.close();
  expect(await client.untilLost()).toBe(null);
  expect(await peer.untilLost()).toBe(null);
});
