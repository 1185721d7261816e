import {
  type ClientConnectedCallback,
  coroutine,
  currentTask,
  openConnection,
  Protocol,
  StreamReader,
  StreamReaderProtocol,
  sleep,
  startServer,
  ValueError,
} from "asyncio-ts";
import { expect } from "vitest";
import { type Log, testEvents } from "../support/events.ts";
import { type MemoryTransport, memoryPipe } from "../support/memory-pipe.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

/** A connection to a server with this callback; notes what the client's protocol is told. */
function connect(log: Log, callback: ClientConnectedCallback): MemoryTransport {
  class Client extends Protocol {
    override dataReceived(data: Uint8Array): void {
      log(`client got ${String(data)}`);
    }

    override eofReceived(): void {
      log("client got eof");
    }
  }
  return memoryPipe(new Client(), new StreamReaderProtocol(new StreamReader(), callback))[0];
}

testEvents(
  "StreamReaderProtocol runs an async function in a task, for each connection",
  function* (log) {
    const client = connect(log, async (reader, writer) => {
      log(`task: ${currentTask() !== null}`);
      writer.write(await reader.readline());
      writer.close();
    });
    log("connected");
    client.write("hello\n");
    yield* awaiting(sleep(1));
  },
  ["connected", "task: true", "client got hello\n", "client got eof"],
);

testEvents(
  "StreamReaderProtocol runs generator functions and coroutine() functions in a task",
  function* (log) {
    const serve: ClientConnectedCallback = function* (reader, writer) {
      writer.write(yield* reader.readline());
    };
    for (const callback of [serve, coroutine(serve as () => Generator<undefined, void, unknown>)]) {
      const client = connect(log, callback);
      client.write("hello\n");
      yield* awaiting(sleep(1));
    }
  },
  ["client got hello\n", "client got hello\n"],
);

testEvents(
  "StreamReaderProtocol calls a plain function when the connection is made; what it gives may be a promise, whose code then runs in a task",
  function* (log) {
    connect(log, () => log("plain"));
    log("connected");
    const handle = async () => {
      log(`task: ${currentTask() !== null}`);
      await sleep(5);
      log("handled");
    };
    connect(log, () => handle());
    log("connected");
    yield* awaiting(sleep(10));
  },
  ["plain", "connected", "task: true", "connected", "handled"],
);

testEvents(
  "StreamReaderProtocol closes the connection and reports when the callback fails",
  function* (log) {
    connect(log, async () => {
      throw new Error("oops");
    });
    connect(log, () => {
      throw new Error("oops");
    });
    yield* awaiting(sleep(1));
  },
  [
    "report: Unhandled exception in client_connected_cb",
    "client got eof",
    "report: Unhandled exception in client_connected_cb",
    "client got eof",
  ],
);

testEvents(
  "StreamReaderProtocol closes the connection, without a report, when the callback's task is cancelled",
  function* (log) {
    connect(log, async () => {
      currentTask()?.cancel();
      await sleep(1);
    });
    yield* awaiting(sleep(1));
  },
  ["client got eof"],
);

testEvents(
  "StreamReaderProtocol leaves the connection open when the callback ends",
  function* (log) {
    const client = connect(log, async () => {});
    yield* awaiting(sleep(1));
    log(`closing: ${client.isClosing()}`);
  },
  ["closing: false"],
);

testEvents(
  "StreamReaderProtocol keeps the connection open for writing after the other side's end",
  function* (log) {
    const client = connect(log, async (reader, writer) => {
      const question = await reader.read();
      await sleep(5);
      writer.write(`${String(question)}!`);
      writer.close();
    });
    client.write("hello");
    client.writeEof();
    yield* awaiting(sleep(10));
  },
  ["client got hello!", "client got eof"],
);

testEvents(
  "StreamReaderProtocol.connectionLost() fails a read that has been woken by data and wants more",
  function* (log, { start }) {
    const reader = new StreamReader();
    const protocol = new StreamReaderProtocol(reader);
    start(function* () {
      try {
        yield* awaiting(reader.readexactly(4));
      } catch (error) {
        log((error as Error).message);
      }
    });
    yield* awaiting(sleep(1));
    protocol.dataReceived(Buffer.from("ab"));
    protocol.connectionLost(new Error("cut"));
  },
  ["cut"],
);

testBoth("StreamReaderProtocol checks its callback", function* () {
  expect(() => new StreamReaderProtocol(new StreamReader(), "f" as never)).toThrow(TypeError);
});

testBoth("openConnection() and startServer() check their limit and callback at the call", function* () {
  expect(() => openConnection("localhost", 1, { limit: 0 })).toThrow(ValueError);
  expect(() => startServer(() => {}, "localhost", 1, { limit: "1" as never })).toThrow(TypeError);
  expect(() => startServer(null as never, "localhost", 1)).toThrow(
    "startServer() needs a function that is called for each connection, got null",
  );
});
