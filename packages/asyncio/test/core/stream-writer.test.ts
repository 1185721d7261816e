import { ConnectionResetError, createTask, StreamReader, StreamReaderProtocol, StreamWriter, sleep } from "asyncio-ts";
import { runVirtual, sweepCancel } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { type Log, outcomeOf, testEvents } from "../support/events.ts";
import { type End, memoryPipe, memoryStreams } from "../support/memory-pipe.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** A peer that reads nothing: all that is written stays in the buffer. */
function stalled(): [End, End] {
  const ends = memoryStreams();
  ends[1].transport.pauseReading();
  return ends;
}

function* note(log: Log, name: string, steps: Steps<unknown>): Steps<void> {
  log(`${name}: ${yield* outcomeOf(steps)}`);
}

testEvents(
  "StreamWriter.write() sends bytes, and strings as UTF-8",
  function* (log) {
    const [{ writer }, { reader }] = memoryStreams();
    writer.write("é");
    writer.writelines([Buffer.from("\n"), "b"]);
    yield* awaiting(writer.drain());
    writer.close();
    log(String(yield* awaiting(reader.read())));
  },
  ["é\nb"],
);

testEvents(
  "StreamWriter.drain() does not suspend while there is room",
  function* (log, { start }) {
    const [{ writer }] = stalled();
    start(function* () {
      log("beside");
    });
    writer.write("x".repeat(64));
    yield* awaiting(writer.drain());
    log("drained");
    yield* awaiting(sleep(0));
  },
  ["drained", "beside"],
);

testEvents(
  "StreamWriter.drain() waits until the buffer has drained to the low-water mark, in several tasks at once",
  function* (log, { start }) {
    const [{ writer, transport }, peer] = stalled();
    transport.setWriteBufferLimits({ high: 10, low: 3 });
    for (const part of ["12345", "678", "9012"]) writer.write(part);
    for (const name of ["a", "b"]) start(() => note(log, name, awaiting(writer.drain())));
    yield* awaiting(sleep(5));
    log(`buffered: ${transport.getWriteBufferSize()}`);
    peer.transport.resumeReading();
    yield* awaiting(sleep(5));
    yield* note(log, "after", awaiting(writer.drain()));
  },
  ["buffered: 12", "a: 5 [undefined]", "b: 5 [undefined]", "after: 10 [undefined]"],
);

testEvents(
  "StreamWriter.drain() fails with what the connection has failed with",
  function* (log, { start }) {
    const [{ writer, transport }] = stalled();
    writer.write("x".repeat(100));
    start(() => note(log, "waits", awaiting(writer.drain())));
    yield* awaiting(sleep(1));
    transport.cut(new Error("cable"));
    yield* awaiting(sleep(1));
    yield* note(log, "later", awaiting(writer.drain()));
  },
  ["waits: 1 Error(cable)", "later: 2 Error(cable)"],
);

testEvents(
  "StreamWriter.drain() that waits returns when the connection is closed; later ones throw ConnectionResetError",
  function* (log, { start }) {
    const [{ writer, transport }] = stalled();
    writer.write("x".repeat(100));
    start(() => note(log, "waits", awaiting(writer.drain())));
    yield* awaiting(sleep(1));
    transport.abort();
    yield* awaiting(sleep(1));
    yield* note(log, "later", awaiting(writer.drain()));
  },
  ["waits: 1 [undefined]", "later: 2 ConnectionResetError(Connection lost)"],
);

testEvents(
  "StreamWriter.drain() gives a closing transport a turn, so that a loop of writes ends",
  function* (log) {
    const [{ writer }] = memoryStreams();
    writer.close();
    for (let i = 0; ; i++) {
      writer.write("x");
      try {
        yield* awaiting(writer.drain());
      } catch (error) {
        log(`${i} ${(error as Error).message} ${(error as ConnectionResetError).code}`);
        return;
      }
    }
  },
  ["0 Connection lost ECONNRESET"],
);

testEvents(
  "StreamWriter.drain() that is cancelled leaves the others waiting",
  function* (log, { start }) {
    const [{ writer }, peer] = stalled();
    writer.write("x".repeat(100));
    const first = start(() => note(log, "first", awaiting(writer.drain())));
    start(() => note(log, "second", awaiting(writer.drain())));
    yield* awaiting(sleep(1));
    first.cancel();
    yield* awaiting(sleep(1));
    peer.transport.resumeReading();
  },
  ["first: 1 CancelledError()", "second: 2 [undefined]"],
);

testEvents(
  "StreamWriter.close() sends what was written; waitClosed() waits for it",
  function* (log, { start }) {
    const [{ writer }, peer] = stalled();
    writer.write("last words");
    log(`closing: ${writer.isClosing()}`);
    writer.close();
    log(`closing: ${writer.isClosing()}`);
    for (const name of ["a", "b"]) start(() => note(log, name, awaiting(writer.waitClosed())));
    yield* awaiting(sleep(1));
    peer.transport.resumeReading();
    log(`peer: ${String(yield* awaiting(peer.reader.read()))}`);
    yield* note(log, "after", awaiting(writer.waitClosed()));
  },
  [
    "closing: false",
    "closing: true",
    "peer: last words",
    "after: 1 [undefined]",
    "a: 1 [undefined]",
    "b: 1 [undefined]",
  ],
);

testEvents(
  "StreamWriter.waitClosed() throws what the connection has failed with, each time",
  function* (log, { start }) {
    const [{ writer, transport }] = stalled();
    start(() => note(log, "waits", awaiting(writer.waitClosed())));
    yield* awaiting(sleep(1));
    transport.cut(new Error("cable"));
    yield* awaiting(sleep(1));
    yield* note(log, "later", awaiting(writer.waitClosed()));
  },
  ["waits: 1 Error(cable)", "later: 2 Error(cable)"],
);

testEvents(
  "StreamWriter.waitClosed() that is cancelled can be called again",
  function* (log, { start }) {
    const [{ writer }, peer] = stalled();
    writer.write("x");
    writer.close();
    const first = start(() => note(log, "first", awaiting(writer.waitClosed())));
    yield* awaiting(sleep(1));
    first.cancel();
    yield* awaiting(sleep(1));
    start(() => note(log, "second", awaiting(writer.waitClosed())));
    yield* awaiting(sleep(1));
    peer.transport.resumeReading();
  },
  ["first: 1 CancelledError()", "second: 3 [undefined]"],
);

testEvents(
  "StreamWriter.writeEof() ends the sending side, and reading goes on",
  function* (log) {
    const [{ writer, reader }, peer] = memoryStreams();
    log(`possible: ${writer.canWriteEof()}`);
    writer.write("question");
    writer.writeEof();
    log(String(yield* awaiting(peer.reader.read())));
    peer.writer.write("answer");
    peer.writer.close();
    log(String(yield* awaiting(reader.read())));
  },
  ["possible: true", "question", "answer"],
);

testBoth("StreamWriter tells its transport, and what that knows", function* () {
  const [{ writer, transport }] = memoryStreams();
  expect(writer.transport).toBe(transport);
  expect(writer.getExtraInfo("peername")).toBe("memory");
  expect(writer.getExtraInfo("socket")).toBe(undefined);
  expect(writer.getExtraInfo("socket", null)).toBe(null);
  expect(String(writer)).toBe("<StreamWriter transport=a value of class MemoryTransport reader=<StreamReader>>");
});

testBoth("StreamWriter can do without a reader", function* () {
  const protocol = new StreamReaderProtocol(new StreamReader());
  const [transport] = memoryPipe(protocol, new StreamReaderProtocol(new StreamReader()));
  const writer = new StreamWriter(transport, protocol, null);
  writer.write("x");
  yield* awaiting(writer.drain());
});

testBoth("StreamWriter() needs a protocol that can be used for it", function* () {
  const [{ transport }] = memoryStreams();
  expect(() => new StreamWriter(transport, {} as never, null)).toThrow(TypeError);
});

test("StreamWriter is closed at the end of an `await using`, which waits for that", () =>
  runVirtual(async () => {
    const [{ writer }, peer] = memoryStreams();
    {
      await using _ = writer;
      writer.write("bye");
    }
    expect(String(await peer.reader.read())).toBe("bye");
  }));

test("StreamWriter's disposal is silent about a connection that was cut, but not about its own cancellation", () =>
  runVirtual(async () => {
    const [{ writer, transport }] = memoryStreams();
    transport.cut(new ConnectionResetError("cable"));
    await writer[Symbol.asyncDispose]();
    await expect(writer.waitClosed()).rejects.toThrow("cable");

    const [other] = stalled();
    other.writer.write("x");
    const disposal = createTask(() => other.writer[Symbol.asyncDispose]());
    await sleep(1);
    disposal.cancel();
    await expect(disposal).rejects.toThrow(expect.objectContaining({ name: "CancelledError" }));
  }));

test("StreamWriter.drain() and waitClosed() leave nothing behind wherever they are cancelled", async () => {
  const report = await sweepCancel(() => {
    const [{ writer }, peer] = stalled();
    return {
      operation: async () => {
        writer.write("x".repeat(100));
        await writer.drain();
        writer.close();
        await writer.drain().then(undefined, () => {});
        await writer.waitClosed();
      },
      beside: [
        async () => {
          await sleep(1);
          peer.transport.resumeReading();
        },
      ],
      check: async () => {
        writer.close();
        await writer.waitClosed();
      },
    };
  });
  expect(report.awaitPoints).toBeGreaterThan(1);
});
