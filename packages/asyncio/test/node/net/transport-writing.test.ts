import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { BrokenPipeError, ConnectionResetError, getRunningLoop, sleep, type Transport, wrapFuture } from "asyncio-ts";
import { expect } from "vitest";
import { connect, errorOf, HalfOpenRecorder, Recorder, takeReports, testNet } from "./support.ts";

const MEGABYTE = 1024 * 1024;

/** A connection whose other end is a socket of Node that reads nothing unless told to. */
async function connectRaw(protocol: Recorder): Promise<[Transport, Socket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const [transport] = await getRunningLoop().createConnection(() => protocol, "127.0.0.1", port);
  const [socket] = await accepted;
  server.close();
  return [transport, socket];
}

testNet("Transport.write() takes bytes and strings, in order", async () => {
  const { client, peer, transport } = await connect(new Recorder(), new Recorder());
  transport.write("größe ");
  transport.write(new Uint8Array([65, 66]));
  transport.write(Buffer.from("C"));
  transport.write("");
  transport.write(new Uint8Array(0));
  transport.close();
  await peer.untilLost();
  await client.untilLost();
  expect(String(peer.received)).toBe("größe ABC");
});

testNet("Transport.write() refuses other data", async () => {
  const { client, peer, transport } = await connect(new Recorder(), new Recorder());
  expect(() => transport.write(1 as never)).toThrow("write() needs bytes (a Uint8Array) or a string, got a number (1)");
  expect(() => transport.write(null as never)).toThrow(TypeError);
  transport.close();
  await peer.untilLost();
  await client.untilLost();
});

testNet("Transport.writelines() sends its parts as one segment", async () => {
  const { client, peer, transport } = await connect(new Recorder(), new Recorder());
  transport.writelines(["a", Buffer.from("b"), "c"]);
  await peer.until((self) => self.count === 3);
  expect(peer.events).toEqual(["made", "data abc"]);
  transport.close();
  await peer.untilLost();
  await client.untilLost();
});

testNet("Transport.writeEof() sends what is left, then the end; receiving goes on", async () => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new HalfOpenRecorder());
  expect(transport.canWriteEof()).toBe(true);
  const data = Buffer.alloc(5 * MEGABYTE, "x");
  transport.write(data);
  transport.writeEof();
  transport.writeEof();
  expect(await errorOf(() => transport.write("more"))).toBe("RuntimeError(Cannot call write() after write_eof())");
  await peer.until((self) => self.events.includes("eof"));
  expect(peer.count).toBe(data.length);
  peerTransport.write("answer");
  await client.until((self) => self.count === 6);
  expect(transport.isClosing()).toBe(false);
  peerTransport.close();
  expect(await client.untilLost()).toBe(null);
  expect(await peer.untilLost()).toBe(null);
});

testNet("Transport.close() sends what is left and receives no more", async () => {
  const { client, peer, transport, peerTransport } = await connect(new Recorder(), new HalfOpenRecorder());
  const data = Buffer.alloc(5 * MEGABYTE, "x");
  peerTransport.pauseReading();
  transport.write(data);
  transport.close();
  transport.close();
  peerTransport.write("too late");
  await sleep(20);
  expect(client.events.filter((event) => event !== "pause")).toEqual(["made"]);
  peerTransport.resumeReading();
  await peer.until((self) => self.lost || self.events.includes("eof"));
  peerTransport.close();
  await client.untilLost();
  await peer.untilLost();
  expect(client.events.filter((event) => event.startsWith("data"))).toEqual([]);
});

testNet("Transport.abort() drops what is left", async () => {
  const client = new Recorder();
  const [transport, socket] = await connectRaw(client);
  transport.write(Buffer.alloc(20 * MEGABYTE));
  expect(transport.getWriteBufferSize()).toBeGreaterThan(MEGABYTE);
  transport.close();
  transport.abort();
  transport.abort();
  expect(await client.untilLost()).toBe(null);
  expect(client.events.filter((event) => event.startsWith("lost"))).toEqual(["lost null"]);
  expect(client.events).not.toContain("resume");
  socket.destroy();
});

testNet("Transport.write() after the end drops what it gets, and warns once", async (net) => {
  const { client, peer, transport } = await connect(new Recorder(), new Recorder());
  transport.close();
  for (let i = 0; i < 20; i++) transport.write("x");
  await client.untilLost();
  transport.write("y");
  await peer.untilLost();
  expect(takeReports(net)).toEqual(["socket.send() raised exception."]);
  expect(peer.count).toBe(0);
});

testNet("Transport.write() to a peer that has gone ends the connection with an error", async () => {
  const client = new HalfOpenRecorder();
  const [transport, socket] = await connectRaw(client);
  socket.destroy();
  await client.until((self) => self.events.includes("eof"));
  while (!client.lost) {
    transport.write("x");
    await sleep(1);
  }
  expect(client.error).toSatisfy((error) => error instanceof BrokenPipeError || error instanceof ConnectionResetError);
});

testNet("Protocol.pauseWriting() and resumeWriting() come strictly in turns, at the limits", async () => {
  const client = new Recorder();
  const [transport, socket] = await connectRaw(client);
  expect(transport.getWriteBufferLimits()).toEqual([16_384, 65_536]);
  transport.setWriteBufferLimits({ high: 1000 });
  expect(transport.getWriteBufferLimits()).toEqual([250, 1000]);
  let sent = 0;
  const chunk = Buffer.alloc(400);
  while (!client.events.includes("pause")) {
    transport.write(chunk);
    sent += chunk.length;
    if (client.events.includes("pause")) expect(transport.getWriteBufferSize()).toBeGreaterThan(1000);
    else expect(transport.getWriteBufferSize()).toBeLessThanOrEqual(1000);
  }
  for (let i = 0; i < 5; i++) {
    transport.write(chunk);
    sent += chunk.length;
  }
  expect(client.events).toEqual(["made", "pause"]);
  let got = 0;
  socket.on("data", (data) => {
    got += data.length;
  });
  socket.resume();
  await client.until((self) => self.events.includes("resume"));
  expect(transport.getWriteBufferSize()).toBeLessThanOrEqual(250);
  transport.close();
  await client.untilLost();
  await once(socket, "end");
  socket.end();
  expect(got).toBe(sent);
  expect(client.events).toEqual(["made", "pause", "resume", "lost null"]);
});

testNet(
  "Transport.setWriteBufferLimits() checks its limits, and pauses when they are lower than what there is",
  async () => {
    const client = new Recorder();
    const [transport, socket] = await connectRaw(client);
    transport.setWriteBufferLimits({ low: 10 });
    expect(transport.getWriteBufferLimits()).toEqual([10, 40]);
    transport.setWriteBufferLimits({ high: 0 });
    expect(transport.getWriteBufferLimits()).toEqual([0, 0]);
    transport.setWriteBufferLimits();
    expect(transport.getWriteBufferLimits()).toEqual([16_384, 65_536]);
    expect(await errorOf(() => transport.setWriteBufferLimits({ high: 1, low: 2 }))).toBe(
      "ValueError(high (1) must be >= low (2) must be >= 0)",
    );
    expect(await errorOf(() => transport.setWriteBufferLimits({ low: -1 }))).toMatch(/^ValueError/);
    transport.setWriteBufferLimits({ high: 100 * MEGABYTE, low: 99 * MEGABYTE });
    while (transport.getWriteBufferSize() < 1000) transport.write(Buffer.alloc(MEGABYTE));
    expect(client.events).toEqual(["made"]);
    transport.setWriteBufferLimits({ high: 0 });
    expect(client.events).toEqual(["made", "pause"]);
    socket.resume();
    await client.until((self) => self.events.includes("resume"));
    transport.close();
    await client.untilLost();
    socket.end();
  },
);

testNet("Protocol.pauseWriting() that throws is reported, and the connection goes on", async (net) => {
  class Broken extends Recorder {
    override pauseWriting(): void {
      throw new Error("no brakes");
    }
  }
  const { client, peer, transport } = await connect(new Broken(), new Recorder());
  transport.setWriteBufferLimits({ high: 0 });
  const data = Buffer.alloc(10 * MEGABYTE);
  transport.write(data);
  transport.close();
  await client.untilLost();
  await peer.untilLost();
  expect(peer.count).toBe(data.length);
  expect(takeReports(net)).toEqual(["protocol.pause_writing() failed Error(no brakes)"]);
});

testNet("Transport.getWriteBufferSize() counts bytes, of strings too", async () => {
  const client = new Recorder();
  const [transport, socket] = await connectRaw(client);
  while (transport.getWriteBufferSize() === 0) transport.write(Buffer.alloc(MEGABYTE));
  const before = transport.getWriteBufferSize();
  transport.write("ü".repeat(100));
  expect(transport.getWriteBufferSize()).toBe(before + 200);
  transport.abort();
  await client.untilLost();
  socket.destroy();
});

testNet("Transport keeps memory flat between a fast sender and a slow reader", async () => {
  class Sender extends Recorder {
    left = 50 * MEGABYTE;
    paused = false;
    most = 0;
    send(): void {
      const chunk = Buffer.alloc(32 * 1024);
      while (!this.paused && this.left > 0) {
        this.transport.write(chunk);
        this.left -= chunk.length;
        this.most = Math.max(this.most, this.transport.getWriteBufferSize());
      }
      if (this.left === 0) this.transport.close();
    }
    override pauseWriting(): void {
      super.pauseWriting();
      this.paused = true;
    }
    override resumeWriting(): void {
      super.resumeWriting();
      this.paused = false;
      this.send();
    }
  }
  class SlowReader extends Recorder {
    total = 0;
    override dataReceived(data: Uint8Array): void {
      this.total += data.length;
      this.transport.pauseReading();
      getRunningLoop().callSoon(() => this.transport.resumeReading());
    }
  }
  const { client, peer } = await connect(new Sender(), new SlowReader());
  client.send();
  await peer.untilLost();
  await client.untilLost();
  expect(peer.total).toBe(50 * MEGABYTE);
  expect(client.most).toBeLessThanOrEqual(64 * 1024 + 32 * 1024);
  const turns = client.events.filter((event) => event === "pause" || event === "resume");
  expect(turns.every((event, i) => event === (i % 2 === 0 ? "pause" : "resume"))).toBe(true);
});

testNet("Transport.getExtraInfo() knows the addresses, after the end too", async () => {
  const { client, peer, server, transport, peerTransport } = await connect(new Recorder(), new Recorder());
  const own = transport.getExtraInfo("sockname");
  expect(own?.[0]).toBe("127.0.0.1");
  expect(peerTransport.getExtraInfo("peername")).toEqual(own);
  expect(peerTransport.getExtraInfo("sockname")).toEqual(transport.getExtraInfo("peername"));
  expect(transport.getExtraInfo("sslcontext")).toBe(undefined);
  expect(transport.getExtraInfo("sslcontext", null)).toBe(null);
  expect(String(transport)).toBe("<SocketTransport open>");
  transport.close();
  expect(String(transport)).toBe("<SocketTransport closing>");
  await client.untilLost();
  await peer.untilLost();
  await wrapFuture(new Promise(setImmediate));
  expect(transport.getExtraInfo("sockname")).toEqual(own);
  expect(peerTransport.getExtraInfo("peername")).toEqual(own);
  expect(String(transport)).toBe("<SocketTransport closed>");
  await server.waitClosed();
});
