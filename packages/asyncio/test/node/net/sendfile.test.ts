import { closeSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import {
  CancelledError,
  createTask,
  FileNotFoundError,
  SendfileNotAvailableError,
  sleep,
  type Transport,
} from "asyncio-ts";
import { expect } from "vitest";
import { authority, certificate, connect, errorOf, failureOf, fileFor, Recorder, testNet } from "./support.ts";

const path = fileFor("large.bin");
const content = Buffer.alloc(3_000_000);
for (let i = 0; i < content.length; i += 4) content.writeUInt32LE(i, i);
writeFileSync(path, content);

/** More than the system's buffers hold. */
const HUGE = 30_000_000;
const hugePath = fileFor("huge.bin");
writeFileSync(hugePath, "");
truncateSync(hugePath, HUGE);

async function end({ client, peer }: { readonly client: Recorder; readonly peer: Recorder }): Promise<void> {
  client.transport.close();
  await client.untilLost();
  await peer.untilLost();
}

testNet("sendfile() sends a file, between what is written before and after", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  pair.transport.write("before ");
  expect(await loop.sendfile(pair.transport, path)).toBe(content.length);
  expect(pair.transport.getProtocol()).toBe(pair.client);
  pair.transport.write(" after");
  await end(pair);
  expect(pair.peer.received.equals(Buffer.concat([Buffer.from("before "), content, Buffer.from(" after")]))).toBe(true);
});

testNet("sendfile() takes a descriptor, a FileHandle, and an open file by its fileno()", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  const fd = openSync(path, "r");
  expect(await loop.sendfile(pair.transport, fd, { count: 10 })).toBe(10);
  expect(await loop.sendfile(pair.transport, { fileno: () => fd }, { offset: 10, count: 10 })).toBe(10);
  closeSync(fd);
  const handle = await open(path);
  expect(await loop.sendfile(pair.transport, handle, { offset: 20, count: 20 })).toBe(20);
  await handle.close();
  await end(pair);
  expect(pair.peer.received.equals(content.subarray(0, 40))).toBe(true);
});

testNet("sendfile() sends what offset and count say, at most to the end of the file", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  expect(await loop.sendfile(pair.transport, path, { offset: content.length - 5, count: 100 })).toBe(5);
  expect(await loop.sendfile(pair.transport, path, { offset: content.length + 5 })).toBe(0);
  expect(await loop.sendfile(pair.transport, path, { count: 0 })).toBe(0);
  await end(pair);
  expect(pair.peer.received.equals(content.subarray(-5))).toBe(true);
});

testNet("sendfile() over TLS", async ({ loop }) => {
  const ssl = { ca: authority() };
  const pair = await connect(new Recorder(), new Recorder(), {
    server: { ssl: certificate("server") },
    client: { ssl },
  });
  expect(await loop.sendfile(pair.transport, path)).toBe(content.length);
  await end(pair);
  expect(pair.peer.received.equals(content)).toBe(true);
});

testNet("sendfile() checks its arguments at the call", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  const { transport } = pair;
  expect(await failureOf(() => loop.sendfile(transport, path, { fallback: false }))).toBeInstanceOf(
    SendfileNotAvailableError,
  );
  expect(await errorOf(() => loop.sendfile(transport, path, { offset: -1 }))).toMatch(
    /^ValueError\(sendfile\(\): offset/,
  );
  expect(await errorOf(() => loop.sendfile(transport, path, { count: 1.5 }))).toMatch(
    /^ValueError\(sendfile\(\): count/,
  );
  expect(await errorOf(() => loop.sendfile(transport, {}))).toMatch(/^TypeError\(sendfile\(\) needs/);
  transport.close();
  expect(await errorOf(() => loop.sendfile(transport, path))).toBe("RuntimeError(Transport is closing)");
  await end(pair);
});

testNet("sendfile() fails for a file that is not there, and the connection goes on", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  expect(await failureOf(loop.sendfile(pair.transport, fileFor("missing")))).toBeInstanceOf(FileNotFoundError);
  pair.transport.write("well");
  await end(pair);
  expect(String(pair.peer.received)).toBe("well");
});

testNet("sendfile() receives nothing meanwhile, and what came is delivered afterwards", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  pair.peerTransport.pauseReading();
  const sending = createTask(() => loop.sendfile(pair.transport, hugePath));
  await sleep(5);
  pair.peerTransport.write("interrupting");
  await sleep(5);
  expect(pair.client.count).toBe(0);
  pair.peerTransport.resumeReading();
  await sending;
  await pair.client.until((self) => self.count === 12);
  await end(pair);
});

testNet("sendfile() tells the protocol afterwards what it must know of the write buffer", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  pair.transport.setWriteBufferLimits({ high: 0 });
  pair.peerTransport.pauseReading();
  while (!pair.client.events.includes("pause")) pair.transport.write(Buffer.alloc(1_000_000));
  const sending = createTask(() => loop.sendfile(pair.transport, path));
  await sleep(2);
  pair.peerTransport.resumeReading();
  await sending;
  await pair.client.until((self) => self.events.at(-1) === "resume");
  await end(pair);
  expect(pair.client.events.slice(0, 3)).toEqual(["made", "pause", "resume"]);
  expect(pair.peer.received.subarray(-content.length).equals(content)).toBe(true);
});

testNet("sendfile() that is cancelled in the middle leaves connection and protocol usable", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  pair.peerTransport.pauseReading();
  const sending = createTask(() => loop.sendfile(pair.transport, hugePath));
  await sleep(10);
  sending.cancel();
  expect(await failureOf(sending)).toBeInstanceOf(CancelledError);
  expect(pair.transport.getProtocol()).toBe(pair.client);
  expect(pair.transport.isReading()).toBe(true);
  pair.peerTransport.resumeReading();
  pair.transport.write("the end");
  await end(pair);
  const sent = pair.peer.received;
  expect(sent.length).toBeLessThan(HUGE);
  expect(sent.subarray(0, -7).equals(Buffer.alloc(sent.length - 7))).toBe(true);
  expect(String(sent.subarray(-7))).toBe("the end");
});

testNet("sendfile() fails when the connection is lost, and the protocol learns of it once", async ({ loop }) => {
  const pair = await connect(new Recorder(), new Recorder());
  pair.peerTransport.pauseReading();
  const sending = failureOf(loop.sendfile(pair.transport, hugePath));
  await sleep(10);
  (pair.peerTransport as Transport).abort();
  expect(String(await sending)).toMatch(/Connection|BrokenPipe/);
  await pair.client.untilLost();
  await pair.peer.untilLost();
  await sleep(1);
  expect(pair.client.events.filter((event) => event.startsWith("lost")).length).toBe(1);
});
