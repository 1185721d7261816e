import { once } from "node:events";
import { Socket } from "node:net";
import { CancelledError, createTask, type EventLoop, type Server, sleep, wrapFuture } from "asyncio-ts";
import { expect } from "vitest";
import { errorOf, failureOf, HalfOpenRecorder, Recorder, testNet } from "./support.ts";

/** Connects as often as that, and waits until the server has met all. */
async function connectTo(
  loop: EventLoop,
  port: number,
  peers: readonly Recorder[],
  count: number,
): Promise<Recorder[]> {
  const clients = Array.from({ length: count }, () => new HalfOpenRecorder());
  await Promise.all(clients.map((client) => loop.createConnection(() => client, "127.0.0.1", port)));
  while (peers.filter(({ events }) => events.includes("made")).length < count) await sleep(1);
  return clients;
}

/** A server on 127.0.0.1 that keeps the protocols of its connections in a list. */
async function serverWith(loop: EventLoop): Promise<[Server, Recorder[]]> {
  const peers: Recorder[] = [];
  const factory = () => {
    const peer = new HalfOpenRecorder();
    peers.push(peer);
    return peer;
  };
  return [await loop.createServer(factory, "127.0.0.1", 0), peers];
}

testNet("Server.close() keeps its connections, and waitClosed() waits for them", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const [client] = await connectTo(loop, server.port, peers, 1);
  server.close();
  const closed = createTask(() => server.waitClosed());
  client?.transport.write("still there?");
  await peers[0]?.until((self) => self.count === 12);
  expect(closed.done()).toBe(false);
  peers[0]?.transport.close();
  await client?.until((self) => self.events.includes("eof"));
  client?.transport.close();
  await closed;
  await client?.untilLost();
  expect(peers[0]?.lost).toBe(true);
});

testNet("Server.close() drops a connection that waits for its turn in the loop", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const sock = new Socket().connect(server.port, "127.0.0.1");
  sock.resume();
  // It is accepted while the loop is busy, so its turn comes after all this.
  for (let i = 0; i < 160; i++) {
    loop.callSoon(() => {
      const end = performance.now() + 0.3;
      while (performance.now() < end);
      if (i === 159) server.close();
    });
  }
  await wrapFuture(once(sock, "close"));
  await server.waitClosed();
  expect(peers).toEqual([]);
});

testNet("Server.closeClients() closes, abortClients() cuts the connections", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const clients = await connectTo(loop, server.port, peers, 3);
  peers[0]?.transport.write("the last words");
  server.closeClients();
  for (const client of clients) await client.until((self) => self.events.includes("eof"));
  expect(clients.map(({ received }) => String(received)).sort()).toEqual(["", "", "the last words"]);
  for (const client of clients) client.transport.close();
  for (const peer of peers) await peer.untilLost();
  peers.length = 0;
  const others = await connectTo(loop, server.port, peers, 3);
  server.abortClients();
  for (const peer of peers) expect(await peer.untilLost()).toBe(null);
  for (const client of others) {
    await client.until((self) => self.events.includes("eof") || self.lost);
    client.transport.close();
    await client.untilLost();
  }
  server.close();
  await server.waitClosed();
});

testNet("Server.serveForever() serves until it is cancelled, then closes it and its connections", async ({ loop }) => {
  const peers: Recorder[] = [];
  const factory = () => {
    const peer = new Recorder();
    peers.push(peer);
    return peer;
  };
  const server = await loop.createServer(factory, "127.0.0.1", 0, { startServing: false });
  const forever = createTask(() => server.serveForever());
  while (!server.isServing()) await sleep(0);
  while (server.sockets[0]?.getsockname() === "") await sleep(1);
  const [client] = await connectTo(loop, server.port, peers, 1);
  expect(await errorOf(server.serveForever())).toBe(
    "RuntimeError(the server is already being awaited on serveForever())",
  );
  forever.cancel();
  expect(await failureOf(forever)).toBeInstanceOf(CancelledError);
  expect(server.isServing()).toBe(false);
  expect(peers[0]?.lost).toBe(true);
  client?.transport.close();
  await client?.untilLost();
  expect(await errorOf(server.serveForever())).toBe("RuntimeError(the server is closed)");
});

testNet("Server.serveForever() ends when the server is closed", async ({ loop }) => {
  const [server] = await serverWith(loop);
  const forever = createTask(() => server.serveForever());
  await sleep(0);
  server.close();
  expect(await failureOf(forever)).toBeInstanceOf(CancelledError);
});

testNet("Server.shutdown() cuts the connections that don't end in time", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const clients = await connectTo(loop, server.port, peers, 2);
  const begin = loop.time();
  await server.shutdown(20);
  expect(loop.time() - begin).toBeGreaterThanOrEqual(20);
  expect(peers.every(({ lost }) => lost)).toBe(true);
  for (const client of clients) {
    client.transport.close();
    await client.untilLost();
  }
});

testNet("Server.shutdown() of several servers at once, in one task", async ({ loop }) => {
  const servers = await Promise.all([serverWith(loop), serverWith(loop), serverWith(loop)]);
  const clients: Recorder[] = [];
  for (const [server, peers] of servers) clients.push(...(await connectTo(loop, server.port, peers, 1)));
  await Promise.all(servers.map(([server], i) => server.shutdown(10 * i)));
  for (const client of clients) {
    client.transport.close();
    await client.untilLost();
  }
});

testNet("Server.shutdown() does not wait longer than for the last connection", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const clients = await connectTo(loop, server.port, peers, 2);
  for (const client of clients) client.transport.close();
  for (const peer of peers) {
    await peer.until((self) => self.events.includes("eof"));
    peer.transport.close();
  }
  await server.shutdown(60_000);
});

testNet("Server can be disposed of: that closes it and waits for its connections", async ({ loop }) => {
  const peer = new Recorder();
  const client = new Recorder();
  {
    await using server = await loop.createServer(() => peer, "127.0.0.1", 0);
    await loop.createConnection(() => client, "127.0.0.1", server.port);
    await peer.until((self) => self.events.includes("made"));
    client.transport.close();
  }
  expect(peer.lost).toBe(true);
  await client.untilLost();
});

testNet("Server takes many connections at once", async ({ loop }) => {
  const [server, peers] = await serverWith(loop);
  const clients = await connectTo(loop, server.port, peers, 150);
  for (const client of clients) client.transport.close();
  for (const peer of peers) {
    await peer.until((self) => self.events.includes("eof"));
    peer.transport.close();
  }
  server.close();
  await server.waitClosed();
});
