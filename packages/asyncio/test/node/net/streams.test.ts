import { once } from "node:events";
import { createServer as createNodeServer, type Socket } from "node:net";
import {
  ConnectionResetError,
  createTask,
  IncompleteReadError,
  LimitOverrunError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  TimeoutError,
  timeout,
  wrapFuture,
} from "asyncio-ts";
import { expect } from "vitest";
import { failureOf, testNet } from "./support.ts";

/** A connection of streams to a socket of Node. */
async function connectRaw(options: { limit?: number } = {}): Promise<[StreamReader, StreamWriter, Socket]> {
  const server = createNodeServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const [reader, writer] = await openConnection("127.0.0.1", port, options);
  const [socket] = await accepted;
  server.close();
  return [reader, writer, socket];
}

testNet("StreamReader reads from a peer that sends one byte at a time", async () => {
  const [reader, writer, socket] = await connectRaw();
  const sending = createTask(async () => {
    for (const byte of "one line\nand 8 bytes") {
      socket.write(byte);
      await sleep(0.1);
    }
    socket.end();
  });
  expect(String(await reader.readline())).toBe("one line\n");
  expect(String(await reader.readexactly(11))).toBe("and 8 bytes");
  expect((await reader.read()).length).toBe(0);
  expect(reader.atEof()).toBe(true);
  await sending;
  writer.close();
  await writer.waitClosed();
  socket.destroy();
});

testNet(
  "StreamReader.readuntil() fails for a line longer than the limit, and the stream is usable afterwards",
  async () => {
    const [reader, writer, socket] = await connectRaw({ limit: 100 });
    socket.end(`${"x".repeat(500)}\nnext\n`);
    const error = (await failureOf(reader.readuntil("\n"))) as LimitOverrunError;
    expect(error).toBeInstanceOf(LimitOverrunError);
    let dropped = 0;
    while (dropped < 500) dropped += (await reader.read(500 - dropped)).length;
    expect(String(await reader.readline())).toBe("\n");
    expect(String(await reader.readuntil())).toBe("next\n");
    writer.close();
    await writer.waitClosed();
    socket.destroy();
  },
);

testNet("StreamReader.readexactly() fails at the end of the stream with what came", async () => {
  const [reader, writer, socket] = await connectRaw();
  socket.end("half");
  const error = (await failureOf(reader.readexactly(8))) as IncompleteReadError;
  expect(error).toBeInstanceOf(IncompleteReadError);
  expect([String(error.partial), error.expected]).toEqual(["half", 8]);
  writer.close();
  await writer.waitClosed();
  socket.destroy();
});

testNet("StreamReader.read() fails when the peer resets in mid-read, and waitClosed() too", async () => {
  const [reader, writer, socket] = await connectRaw();
  const reading = failureOf(reader.readexactly(100));
  socket.write("something");
  await sleep(1);
  socket.resetAndDestroy();
  const error = await reading;
  expect(error).toBeInstanceOf(ConnectionResetError);
  expect(await failureOf(writer.drain())).toBe(error);
  expect(await failureOf(writer.waitClosed())).toBe(error);
});

testNet("StreamWriter.drain() waits for a peer that never reads, and memory does not grow", async () => {
  const [, writer, socket] = await connectRaw();
  const chunk = Buffer.alloc(32 * 1024);
  let sent = 0;
  const sender = createTask(async () => {
    for (;;) {
      writer.write(chunk);
      sent += chunk.length;
      await writer.drain();
    }
  });
  expect(await failureOf(timeout(100, () => sender))).toBeInstanceOf(TimeoutError);
  const before = sent;
  await sleep(10);
  expect(sent).toBe(before);
  expect(writer.transport.getWriteBufferSize()).toBeLessThan(64 * 1024 + 2 * chunk.length);
  writer.transport.abort();
  await writer.waitClosed();
  socket.destroy();
});

testNet("StreamReader pauses a peer that sends more than is read", async () => {
  const [reader, writer, socket] = await connectRaw({ limit: 1000 });
  const size = 20_000_000;
  socket.write(Buffer.alloc(size));
  socket.end();
  await sleep(50);
  // Most of it has not left the other end.
  expect(socket.writableLength).toBeGreaterThan(size / 4);
  let got = 0;
  for (;;) {
    const data = await reader.read(100_000);
    if (data.length === 0) break;
    got += data.length;
  }
  expect(got).toBe(size);
  writer.close();
  await writer.waitClosed();
  socket.destroy();
});

testNet("StreamWriter.writeEof() ends one direction, and the answer still comes", async () => {
  const server = await startServer(
    async (reader, writer) => {
      const request = await reader.read();
      writer.write(`${request.length} bytes`);
      writer.close();
      await writer.waitClosed();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = await openConnection("127.0.0.1", server.port);
  writer.write(Buffer.alloc(1_000_000));
  writer.writeEof();
  expect(String(await reader.read())).toBe("1000000 bytes");
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

testNet("StreamReader.read() that is cancelled takes nothing", async () => {
  const [reader, writer, socket] = await connectRaw();
  for (let i = 0; i < 20; i++) {
    const reading = createTask(() => reader.readexactly(10));
    socket.write("12345");
    for (let turns = 0; turns < i % 5; turns++) await wrapFuture(new Promise(setImmediate));
    reading.cancel();
    await failureOf(reading);
    socket.write("67890");
    expect(String(await reader.readexactly(10))).toBe("1234567890");
  }
  writer.close();
  await writer.waitClosed();
  socket.destroy();
});

testNet("StreamWriter that is disposed of closes the connection, also one that was cut", async () => {
  const [, first, socket] = await connectRaw();
  {
    await using writer = first;
    writer.write("bye");
  }
  expect(first.isClosing()).toBe(true);
  socket.resume();
  await once(socket, "end");
  socket.destroy();
  const [reader, second, other] = await connectRaw();
  {
    await using writer = second;
    other.resetAndDestroy();
    await failureOf(reader.read());
    writer.write("nobody hears that");
  }
});

testNet("openConnection() and startServer() carry many conversations at once", async () => {
  const server = await startServer(
    async (reader, writer) => {
      await using _ = writer;
      for await (const line of reader) {
        writer.write(line);
        await writer.drain();
      }
    },
    "127.0.0.1",
    0,
  );
  const talk = async (id: number): Promise<boolean> => {
    const [reader, writer] = await openConnection("127.0.0.1", server.port);
    await using _ = writer;
    for (let i = 0; i < 20; i++) {
      const line = `${id}:${i}:${"x".repeat((id * i) % 900)}\n`;
      writer.write(line);
      if (String(await reader.readline()) !== line) return false;
    }
    return true;
  };
  const outcomes = await Promise.all(Array.from({ length: 50 }, (_, id) => talk(id)));
  expect(outcomes.every(Boolean)).toBe(true);
  server.close();
  await server.waitClosed();
});
