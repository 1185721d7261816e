import {
  createTask,
  EventLoop,
  IncompleteReadError,
  LimitOverrunError,
  RuntimeError,
  StreamReader,
  StreamReaderProtocol,
  sleep,
  ValueError,
} from "asyncio-ts";
import { runVirtual, sweepCancel } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, type Log, testEvents } from "../support/events.ts";
import { memoryPipe } from "../support/memory-pipe.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => Buffer.from(data).toString();

function readerOf(content: string, limit?: number): StreamReader {
  const reader = new StreamReader({ limit });
  reader.feedData(bytes(content));
  return reader;
}

/** What a read gives, or its error with what that tells. */
function* outcome(read: ReturnType<StreamReader["read"]>): Steps<string> {
  try {
    return text(yield* awaiting(read));
  } catch (error) {
    if (error instanceof IncompleteReadError) return `incomplete(${text(error.partial)}, ${error.expected})`;
    if (error instanceof LimitOverrunError) return `overrun(${error.consumed})`;
    return describeError(error);
  }
}

/** Does a read, and notes how it ended. */
function* note(log: Log, name: string, read: ReturnType<StreamReader["read"]>): Steps<void> {
  log(`${name}: ${yield* outcome(read)}`);
}

testEvents(
  "StreamReader.read() gives what is there, at most so much, and waits when there is nothing",
  function* (log, { start }) {
    const reader = readerOf("abcdef");
    yield* note(log, "2", reader.read(2));
    yield* note(log, "0", reader.read(0));
    yield* note(log, "100", reader.read(100));
    start(() => note(log, "waits", reader.read(100)));
    yield* awaiting(sleep(1));
    log("feed");
    reader.feedData(bytes("gh"));
    reader.feedData(bytes("i"));
  },
  ["2: ab", "0: ", "100: cdef", "feed", "waits: ghi"],
);

testEvents(
  "StreamReader.read() gives nothing at the end",
  function* (log) {
    const reader = readerOf("a");
    reader.feedEof();
    log(`at end: ${reader.atEof()}`);
    yield* note(log, "first", reader.read(5));
    log(`at end: ${reader.atEof()}`);
    yield* note(log, "second", reader.read(5));
    yield* note(log, "all", reader.read());
  },
  ["at end: false", "first: a", "at end: true", "second: ", "all: "],
);

testEvents(
  "StreamReader.read() without a number reads to the end, beyond the limit",
  function* (log, { start }) {
    const reader = readerOf("abc", 2);
    start(() => note(log, "all", reader.read()));
    yield* awaiting(sleep(1));
    reader.feedData(bytes("defgh"));
    yield* awaiting(sleep(1));
    log(`buffered: ${reader}`);
    reader.feedEof();
  },
  ["buffered: <StreamReader limit=2 waiting>", "all: abcdefgh"],
);

testEvents(
  "StreamReader.readline() gives lines with their newline, and the partial line at the end of the stream",
  function* (log) {
    const reader = readerOf("a\n\nbc");
    reader.feedEof();
    for (let i = 0; i < 4; i++) yield* note(log, "line", reader.readline());
  },
  ["line: a\n", "line: \n", "line: bc", "line: "],
);

testEvents(
  "StreamReader.readline() drops a line that is longer than the limit",
  function* (log) {
    const reader = readerOf("123456\nab\n", 4);
    yield* note(log, "long", reader.readline());
    yield* note(log, "next", reader.readline());
  },
  ["long: ValueError(Separator is found, but chunk is longer than limit)", "next: ab\n"],
);

testEvents(
  "StreamReader.readline() drops all there is when the end of a too long line has not come",
  function* (log) {
    const reader = readerOf("123456", 4);
    yield* note(log, "long", reader.readline());
    reader.feedData(bytes("7\nab\n"));
    yield* note(log, "rest", reader.readline());
    yield* note(log, "next", reader.readline());
  },
  ["long: ValueError(Separator is not found, and chunk exceed the limit)", "rest: 7\n", "next: ab\n"],
);

testEvents(
  "StreamReader.readexactly() waits for as many bytes",
  function* (log, { start }) {
    const reader = readerOf("ab");
    yield* note(log, "none", reader.readexactly(0));
    start(() => note(log, "5", reader.readexactly(5)));
    for (const byte of "cdef") {
      yield* awaiting(sleep(1));
      log(`feed ${byte}`);
      reader.feedData(bytes(byte));
    }
    yield* awaiting(sleep(1));
    yield* note(log, "1", reader.readexactly(1));
  },
  ["none: ", "feed c", "feed d", "feed e", "5: abcde", "feed f", "1: f"],
);

testEvents(
  "StreamReader.readexactly() throws IncompleteReadError at the end, with what came, and that is gone",
  function* (log) {
    const reader = readerOf("ab");
    reader.feedEof();
    yield* note(log, "5", reader.readexactly(5));
    yield* note(log, "again", reader.readexactly(1));
  },
  ["5: incomplete(ab, 5)", "again: incomplete(, 1)"],
);

testEvents(
  "StreamReader.readuntil() gives everything up to the separator, which may come in pieces",
  function* (log, { start }) {
    const reader = readerOf("head\r\n\r");
    start(() => note(log, "head", reader.readuntil("\r\n\r\n")));
    yield* awaiting(sleep(1));
    reader.feedData(bytes("\nbody"));
    yield* awaiting(sleep(1));
    reader.feedEof();
    yield* note(log, "rest", reader.readuntil(bytes("\r\n")));
  },
  ["head: head\r\n\r\n", "rest: incomplete(body, null)"],
);

testEvents(
  "StreamReader.readuntil() takes of several separators the one that ends first",
  function* (log) {
    const reader = readerOf("a--b-c==d");
    yield* note(log, "1", reader.readuntil(["b-c", "--", "=="]));
    yield* note(log, "2", reader.readuntil(["b-c=", "-c", "c"]));
    yield* note(log, "3", reader.readuntil(["d", bytes("=")]));
  },
  ["1: a--", "2: b-c", "3: ="],
);

testEvents(
  "StreamReader.readuntil() leaves what is longer than the limit in the buffer",
  function* (log) {
    const reader = readerOf("12345", 3);
    yield* note(log, "not found", reader.readuntil("ab"));
    reader.feedData(bytes("ab"));
    yield* note(log, "found", reader.readuntil("ab"));
    yield* note(log, "content", reader.readexactly(7));
  },
  ["not found: overrun(4)", "found: overrun(5)", "content: 12345ab"],
);

testEvents(
  "StreamReader.setException() fails the read that waits, and all that follow, also when there is data",
  function* (log, { start }) {
    const reader = readerOf("abc");
    start(() => note(log, "waits", reader.readline()));
    yield* awaiting(sleep(1));
    log(`exception: ${reader.exception()}`);
    reader.setException(new Error("cut"));
    log(`exception: ${reader.exception()}`);
    yield* awaiting(sleep(1));
    yield* note(log, "read", reader.read(1));
    yield* note(log, "read 0", reader.read(0));
    yield* note(log, "all", reader.read());
    yield* note(log, "exactly", reader.readexactly(1));
    yield* note(log, "until", reader.readuntil("b"));
  },
  [
    "exception: null",
    "exception: Error: cut",
    "waits: Error(cut)",
    "read: Error(cut)",
    "read 0: Error(cut)",
    "all: Error(cut)",
    "exactly: Error(cut)",
    "until: Error(cut)",
  ],
);

testEvents(
  "StreamReader lets one task wait at a time",
  function* (log, { start }) {
    const reader = new StreamReader();
    start(() => note(log, "first", reader.readline()));
    yield* awaiting(sleep(1));
    yield* note(log, "read", reader.read(1));
    yield* note(log, "exactly", reader.readexactly(1));
    yield* note(log, "line", reader.readline());
    yield* note(log, "nothing", reader.read(0));
    reader.feedData(bytes("x\n"));
  },
  [
    "read: RuntimeError(read() called while another coroutine is already waiting for incoming data)",
    "exactly: RuntimeError(readexactly() called while another coroutine is already waiting for incoming data)",
    "line: RuntimeError(readuntil() called while another coroutine is already waiting for incoming data)",
    "nothing: ",
    "first: x\n",
  ],
);

testEvents(
  "StreamReader's reads take nothing out when they are cancelled",
  function* (log, { start }) {
    const reader = readerOf("ab");
    for (const read of [() => reader.readline(), () => reader.readexactly(3)]) {
      const task = start(() => note(log, "cancelled", read()));
      yield* awaiting(sleep(1));
      task.cancel();
      yield* awaiting(sleep(1));
    }
    reader.feedData(bytes("c\n"));
    yield* note(log, "line", reader.readline());
  },
  ["cancelled: CancelledError()", "cancelled: CancelledError()", "line: abc\n"],
);

/** A pipe into a reader with a small limit; each event of the transport is noted. */
function pausable(log: Log, limit: number) {
  const reader = new StreamReader({ limit });
  const protocol = new StreamReaderProtocol(reader);
  const [, source] = memoryPipe(protocol, new StreamReaderProtocol(new StreamReader()));
  const transport = {
    pauseReading: () => log("pause"),
    resumeReading: () => log("resume"),
  };
  return { reader, source, transport };
}

testEvents(
  "StreamReader pauses the transport above twice the limit and resumes it at the limit",
  function* (log) {
    const reader = new StreamReader({ limit: 3 });
    const { transport } = pausable(log, 3);
    reader.setTransport(transport as never);
    reader.feedData(bytes("123456"));
    log("6 bytes");
    reader.feedData(bytes("7"));
    log("7 bytes");
    reader.feedData(bytes("8"));
    yield* note(log, "4", reader.read(4));
    yield* note(log, "1", reader.read(1));
  },
  ["6 bytes", "pause", "7 bytes", "4: 1234", "resume", "1: 5"],
);

testEvents(
  "StreamReader resumes the transport for a read of more than it may buffer",
  function* (log) {
    const { reader, source } = pausable(log, 3);
    for (let i = 0; i < 20; i++) source.write("0123456789");
    yield* awaiting(sleep(1));
    log(`left: ${source.getWriteBufferSize()}`);
    log(`read: ${(yield* awaiting(reader.readexactly(195))).length}`);
    source.close();
    yield* note(log, "rest", reader.read());
  },
  ["left: 190", "read: 195", "rest: 56789"],
);

testEvents(
  "StreamReader forgets a transport that can't be paused",
  function* (log) {
    const reader = new StreamReader({ limit: 1 });
    reader.setTransport({} as never);
    reader.feedData(bytes("12345"));
    yield* note(log, "all", reader.readexactly(5));
  },
  ["all: 12345"],
);

test("StreamReader's iteration gives lines to the end of the stream", () =>
  runVirtual(async () => {
    const reader = readerOf("a\nb\nc");
    reader.feedEof();
    const lines: string[] = [];
    for await (const line of reader) lines.push(text(line));
    expect(lines).toEqual(["a\n", "b\n", "c"]);
  }));

test("StreamReader's iteration that is given up ends its read", () =>
  runVirtual(async () => {
    const reader = new StreamReader();
    const lines = reader[Symbol.asyncIterator]();
    const next = createTask(async () => await lines.next());
    await sleep(1);
    expect(await lines.return?.()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    reader.feedData(bytes("x\n"));
    expect(text(await reader.readline())).toBe("x\n");
  }));

test("StreamReader's iteration throws what the stream fails with", () =>
  runVirtual(async () => {
    const reader = readerOf("a\n");
    const lines: string[] = [];
    const loop = async () => {
      for await (const line of reader) {
        lines.push(text(line));
        reader.setException(new Error("cut"));
      }
    };
    await expect(loop()).rejects.toThrow("cut");
    expect(lines).toEqual(["a\n"]);
  }));

testBoth("StreamReader gives the very array that was fed when it is read as a whole", function* () {
  const reader = new StreamReader();
  const chunk = Buffer.from("abc");
  reader.feedData(chunk);
  expect(yield* awaiting(reader.read(3))).toBe(chunk);
});

testBoth("StreamReader never writes into what it gave out", function* () {
  const reader = readerOf("abc");
  const first = yield* awaiting(reader.read(2));
  for (let i = 0; i < 2000; i++) reader.feedData(bytes("x"));
  const second = yield* awaiting(reader.read(1000));
  for (let i = 0; i < 2000; i++) reader.feedData(bytes("y"));
  expect([text(first), text(second)]).toEqual(["ab", `c${"x".repeat(999)}`]);
});

testBoth("StreamReader gives Buffers on Node", function* () {
  const reader = readerOf("abc\nd");
  expect(yield* awaiting(reader.readline())).toBeInstanceOf(Buffer);
  reader.feedData(bytes("ef"));
  expect(yield* awaiting(reader.read(2))).toBeInstanceOf(Buffer);
  expect(yield* awaiting(reader.read(0))).toBeInstanceOf(Buffer);
  reader.feedEof();
  expect(yield* awaiting(reader.read())).toBeInstanceOf(Buffer);
});

testBoth("StreamReader takes a million bytes one by one in reasonable time", function* ({ start }) {
  const reader = new StreamReader({ limit: 10_000_000 });
  const line = start(function* () {
    return (yield* awaiting(reader.readline())).length;
  });
  yield* awaiting(sleep(1));
  const byte = bytes("x");
  for (let i = 0; i < 1_000_000; i++) reader.feedData(byte);
  reader.feedData(bytes("\n"));
  expect(yield* awaiting(line)).toBe(1_000_001);
});

testBoth("StreamReader checks its arguments at the call", function* () {
  const reader = new StreamReader();
  expect(() => new StreamReader({ limit: 0 })).toThrow(ValueError);
  expect(() => new StreamReader({ limit: "1" as never })).toThrow(TypeError);
  expect(() => reader.read(1.5)).toThrow("read() needs a whole number, got a number (1.5)");
  expect(() => reader.readexactly(null as never)).toThrow(TypeError);
  expect(() => reader.readexactly(-1)).toThrow(ValueError);
  expect(() => reader.readuntil("")).toThrow(ValueError);
  expect(() => reader.readuntil([])).toThrow(ValueError);
  expect(() => reader.readuntil(["a", ""])).toThrow(ValueError);
  expect(() => reader.readuntil(10 as never)).toThrow(TypeError);
  expect(() => reader.feedData("text" as never)).toThrow(TypeError);
  expect(() => reader.setException(undefined)).toThrow(TypeError);
});

testBoth("StreamReader.feedData() throws after the end; an empty array does nothing before", function* () {
  const reader = new StreamReader();
  reader.feedData(new Uint8Array());
  reader.feedEof();
  expect(() => reader.feedData(bytes("x"))).toThrow(RuntimeError);
});

testBoth("StreamReader.setTransport() throws the second time", function* () {
  const reader = new StreamReader();
  reader.setTransport({} as never);
  expect(() => reader.setTransport({} as never)).toThrow("Transport already set");
});

test("StreamReader() needs a loop", () => {
  expect(() => new StreamReader()).toThrow("There is no current event loop");
  const loop = new EventLoop();
  expect(new StreamReader({ loop }).toString()).toBe("<StreamReader>");
  loop.close();
});

test("StreamReader's reads lose nothing wherever they are cancelled", async () => {
  const report = await sweepCancel(() => {
    const reader = new StreamReader();
    let got = "";
    const readers = [() => reader.readexactly(3), () => reader.readline(), () => reader.readuntil("--")];
    return {
      operation: async () => {
        for (const read of readers) got += text(await read());
      },
      beside: [
        async () => {
          for (const part of ["a", "bc", "de\n", "f-", "-"]) {
            await sleep(1);
            reader.feedData(bytes(part));
          }
        },
      ],
      check: async () => {
        reader.feedEof();
        got += text(await reader.read());
        expect(got).toBe("abcde\nf--");
      },
    };
  });
  expect(report.awaitPoints).toBeGreaterThan(3);
});
