import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { ConnectionResetError, getRunningLoop, type Protocol, sleep, wrapFuture } from "asyncio-ts";
import { expect } from "vitest";
import { BufferedRecorder, connect, HalfOpenRecorder, Recorder, takeReports, testNet } from "./support.ts";

/** The macrotask after the next poll for I/O. */
async function poll(): Promise<void> {
  for (let i = 0; i < 3; i++) await wrapFuture(new Promise(setImmediate));
}

/** A connection whose other end is a socket of Node. */
async function connectRaw<P extends Protocol>(protocol: P): Promise<Socket> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection") as Promise<[Socket]>;
  await getRunningLoop().createConnection(() => protocol, "127.0.0.1", port);
  const [socket] = await accepted;
  server.close();
  return socket;
}

testNet("Protocol.dataReceived() gets bytes that stay as they are", async () => {
  const kept: Uint8Array[] = [];
  class Keeping extends Recorder {
    override dataReceived(data: Uint8Array): void {
      kept.push(data);
      super.dataReceived(data);
    }
  }
  const { client, peer, peerTransport } = await connect(new Keeping(), new Recorder());
  let sent = "";
  for (let i = 0; i < 50; i++) {
    const piece = `message ${i};`.repeat(1 + (i % 5) * 1000);
    sent += piece;
    peerTransport.write(piece);
    await client.until((self) => self.count === sent.length);
  }
  peerTransport.close();
  await client.untilLost();
  await peer.untilLost();
  expect(kept.every((data) => data instanceof Buffer)).toBe(true);
  expect(String(Buffer.concat(kept))).toBe(sent);
});

testNet("Transport reads from a peer that sends one byte at a time", async () => {
  const { client, peer, peerTransport } = await connect(new Recorder(), new Recorder());
  for (const byte of "slow but sure") {
    peerTransport.write(byte);
    const { length } = client.received;
    await client.until((self) => self.count > length);
  }
  expect(String(client.received)).toBe("slow but sure");
  peerTransport.close();
  await client.untilLost();
  await peer.untilLost();
});

testNet("Transport.pauseReading() holds everything back until resumeReading()", async () => {
  const { client, peer, transport, peerTransport } = await connect(new HalfOpenRecorder(), new HalfOpenRecorder());
  transport.pauseReading();
  transport.pauseReading();
  expect(transport.isReading()).toBe(false);
  peerTransport.write("one");
  peerTransport.writeEof();
  await poll();
  expect(client.events).toEqual(["made"]);
  transport.resumeReading();
  transport.resumeReading();
  expect(transport.isReading()).toBe(true);
  await client.until((self) => self.events.includes("eof"));
  expect(client.events).toEqual(["made", "data one", "eof"]);
  transport.close();
  expect(transport.isReading()).toBe(false);
  await client.untilLost();
  await peer.untilLost();
});

testNet("Transport.pauseReading() holds back what is waiting for its turn, the end too", async () => {
  class Pausing extends HalfOpenRecorder {
    override dataReceived(data: Uint8Array): void {
      super.dataReceived(data);
      this.transport.pauseReading();
    }
  }
  const { client, peer, transport, peerTransport } = await connect(new Pausing(), new HalfOpenRecorder());
  const chunk = 65_536;
  const sent = Buffer.alloc(chunk * 3, "abcdefg");
  peerTransport.write(sent);
  peerTransport.writeEof();
  // The loop is busy while the bytes come: they stand in its queue, one entry for each read.
  const end = performance.now() + 100;
  while (performance.now() < end) await sleep(0);
  expect(client.events.filter((event) => event !== "made").length).toBeLessThan(2);
  while (client.count < sent.length) {
    const before = client.count;
    transport.resumeReading();
    await client.until((self) => self.count > before);
    await sleep(0);
    expect(client.events).not.toContain("eof");
  }
  transport.resumeReading();
  await client.until((self) => self.events.includes("eof"));
  expect(client.received.equals(sent)).toBe(true);
  transport.close();
  await client.untilLost();
  await peer.untilLost();
});

testNet("Transport.resumeReading() delivers what was held back before what waits in the loop", async ({ loop }) => {
  class Pausing extends Recorder {
    override dataReceived(data: Uint8Array): void {
      super.dataReceived(data);
      if (this.events.length === 2) this.transport.pauseReading();
    }
  }
  const first = await connect(new Pausing(), new Recorder());
  class Resuming extends Recorder {
    override dataReceived(data: Uint8Array): void {
      super.dataReceived(data);
      first.transport.resumeReading();
    }
  }
  const second = await connect(new Resuming(), new Recorder());
  const sent = Buffer.alloc(400_000);
  for (let i = 0; i < sent.length; i += 4) sent.writeUInt32LE(i, i);
  // The loop is busy for several polls. In one come some reads of the first connection, in a later one what resumes that, in
  // another one the rest. Only then do they have their turn.
  let count = 0;
  for (let i = 0; i < 320; i++) {
    loop.callSoon(() => {
      const end = performance.now() + 0.3;
      while (performance.now() < end);
      if (count === 0) first.peerTransport.write(sent.subarray(0, 200_000));
      if (count === 80) second.peerTransport.write("go on");
      if (count === 160) first.peerTransport.write(sent.subarray(200_000));
      count++;
    });
  }
  while (first.client.count < sent.length) {
    await poll();
    second.peerTransport.write("go on");
  }
  expect(first.client.received.equals(sent)).toBe(true);
  first.transport.close();
  second.transport.close();
  await first.client.untilLost();
  await second.client.untilLost();
  await first.peer.untilLost();
  await second.peer.untilLost();
});

testNet("Protocol.eofReceived() closes the connection unless it returns true", async () => {
  const closing = await connect(new Recorder(), new HalfOpenRecorder());
  closing.peerTransport.writeEof();
  expect(await closing.client.untilLost()).toBe(null);
  expect(closing.client.events).toEqual(["made", "eof", "lost null"]);
  await closing.peer.untilLost();

  const open = await connect(new HalfOpenRecorder(), new HalfOpenRecorder());
  open.peerTransport.writeEof();
  await open.client.until((self) => self.events.includes("eof"));
  await poll();
  expect(open.transport.isClosing()).toBe(false);
  open.transport.write("still here");
  await open.peer.until((self) => self.count === 10);
  open.transport.close();
  expect(await open.client.untilLost()).toBe(null);
  expect(open.client.events).toEqual(["made", "eof", "lost null"]);
  expect(await open.peer.untilLost()).toBe(null);
  expect(open.peer.events).toEqual(["made", "data still here", "eof", "lost null"]);
});

testNet("Protocol.connectionLost() gets ConnectionResetError when the peer resets in mid-read", async () => {
  const client = new Recorder();
  const socket = await connectRaw(client);
  socket.write("half a mess");
  await client.until((self) => self.count > 0);
  socket.resetAndDestroy();
  const error = await client.untilLost();
  expect(error).toBeInstanceOf(ConnectionResetError);
  expect(error).toMatchObject({ code: "ECONNRESET", syscall: "read" });
  expect(client.events).toEqual(["made", "data half a mess", "lost ConnectionResetError"]);
  expect(client.transport.isClosing()).toBe(true);
});

testNet("Protocol.dataReceived() that throws is reported, and the connection cut", async (net) => {
  const failure = new Error("can't parse that");
  class Broken extends Recorder {
    override dataReceived(): void {
      throw failure;
    }
  }
  const { client, peer, peerTransport } = await connect(new Broken(), new Recorder());
  peerTransport.write("x");
  expect(await client.untilLost()).toBe(failure);
  await peer.untilLost();
  expect(takeReports(net)).toEqual(["Fatal error: protocol.data_received() call failed. Error(can't parse that)"]);
});

testNet("Protocol.eofReceived() that throws is reported, and the connection cut", async (net) => {
  class Broken extends Recorder {
    override eofReceived(): void {
      throw new Error("not yet");
    }
  }
  const { client, peer, peerTransport } = await connect(new Broken(), new Recorder());
  peerTransport.close();
  expect(String(await client.untilLost())).toBe("Error: not yet");
  await peer.untilLost();
  expect(takeReports(net)).toEqual(["Fatal error: protocol.eof_received() call failed. Error(not yet)"]);
});

testNet("Transport.setProtocol() hands over in mid-stream", async () => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new Recorder());
  const next = new BufferedRecorder(4);
  const last = new Recorder();
  peerTransport.write("for the first");
  await client.until((self) => self.count === 13);
  transport.setProtocol(next);
  expect(transport.getProtocol()).toBe(next);
  peerTransport.write("the next");
  await next.until((self) => self.count === 8);
  transport.setProtocol(last);
  peerTransport.write("last");
  await last.until((self) => self.count === 4);
  peerTransport.close();
  await last.untilLost();
  await peer.untilLost();
  expect(client.events).toEqual(["made", "data for the first"]);
  expect(next.events).toEqual(["updated 4", "updated 4"]);
  expect(last.events).toEqual(["data last", "eof", "lost null"]);
});

testNet("BufferedProtocol gets its bytes in small pieces, and can stop between them", async () => {
  class Choosy extends BufferedRecorder {
    override bufferUpdated(nbytes: number): void {
      super.bufferUpdated(nbytes);
      if (this.received.length === 6) this.transport.pauseReading();
      if (this.received.length === 9) this.transport.close();
    }
  }
  const { client, peer, transport, peerTransport } = await connect(new Choosy(3), new Recorder());
  peerTransport.write("aaabbbcccddd");
  await client.until((self) => self.count === 6);
  await poll();
  expect(client.events).toEqual(["made", "updated 3", "updated 3"]);
  transport.resumeReading();
  await client.until((self) => self.lost);
  expect(String(client.received)).toBe("aaabbbccc");
  expect(client.events).toEqual(["made", "updated 3", "updated 3", "updated 3", "lost null"]);
  await peer.untilLost();
});

testNet("BufferedProtocol can hand over to another protocol between two pieces", async () => {
  const other = new Recorder();
  class Handing extends BufferedRecorder {
    override bufferUpdated(nbytes: number): void {
      super.bufferUpdated(nbytes);
      this.transport.setProtocol(other);
    }
  }
  const { client, peer, peerTransport } = await connect(new Handing(3), new Recorder());
  peerTransport.write("aaabbb");
  await other.until((self) => self.count === 3);
  peerTransport.close();
  await other.untilLost();
  await peer.untilLost();
  expect(client.events).toEqual(["made", "updated 3"]);
  expect(other.events).toEqual(["data bbb", "eof", "lost null"]);
});

testNet("BufferedProtocol.getBuffer() that gives no room is reported, and the connection cut", async (net) => {
  const { client, peer, peerTransport } = await connect(new BufferedRecorder(0), new Recorder());
  peerTransport.write("x");
  await client.until((self) => self.lost);
  await peer.untilLost();
  expect(client.events).toEqual(["made", "lost RuntimeError"]);
  expect(takeReports(net)).toEqual([
    "Fatal error: protocol.get_buffer() call failed. RuntimeError(get_buffer() returned an empty buffer)",
  ]);
});

testNet("BufferedProtocol.bufferUpdated() that throws is reported, and the connection cut", async (net) => {
  class Broken extends BufferedRecorder {
    override bufferUpdated(): void {
      throw new Error("bad");
    }
  }
  const { client, peer, peerTransport } = await connect(new Broken(1), new Recorder());
  peerTransport.write("xy");
  await client.until((self) => self.lost);
  await peer.untilLost();
  expect(takeReports(net)).toEqual(["Fatal error: protocol.buffer_updated() call failed. Error(bad)"]);
});

testNet("Transport tells many connections apart that receive in one poll", async () => {
  const pairs = await Promise.all(Array.from({ length: 40 }, () => connect(new Recorder(), new Recorder())));
  for (let round = 0; round < 5; round++) {
    for (const [i, { peerTransport }] of pairs.entries()) peerTransport.write(`${i}.${round};`.repeat(1 + i * 20));
  }
  for (const [i, { client, peerTransport, peer }] of pairs.entries()) {
    const expected = [0, 1, 2, 3, 4].map((round) => `${i}.${round};`.repeat(1 + i * 20)).join("");
    await client.until((self) => self.count === expected.length);
    expect(String(client.received)).toBe(expected);
    peerTransport.close();
    await client.untilLost();
    await peer.untilLost();
  }
});
