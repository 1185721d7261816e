import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream, WritableStream } from "node:stream/web";
import {
  ConnectionResetError,
  createTask,
  FileNotFoundError,
  openConnection,
  run,
  StreamReader,
  sleep,
  startServer,
  TimeoutError,
  timeout,
} from "asyncio-ts";
import {
  fromCallback,
  once,
  type SourceReader,
  streamReaderFrom,
  streamWriterTo,
  toReadable,
  toReadableStream,
  toWritable,
  toWritableStream,
} from "asyncio-ts/interop";
import { expect, test } from "vitest";

function listeners(stream: NodeJS.EventEmitter): Record<string, number> {
  return Object.fromEntries(stream.eventNames().map((name) => [String(name), stream.listenerCount(name)]));
}

async function rejected(operation: PromiseLike<unknown>): Promise<unknown> {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("there was no error");
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

/** The same source twice: of Node and of the web. */
function sources(make: () => AsyncGenerator<Uint8Array>): [string, () => Readable | ReadableStream][] {
  return [
    ["a Readable", () => Readable.from(make(), { objectMode: false, highWaterMark: 1024 })],
    [
      "a ReadableStream",
      () => {
        const generator = make();
        return new ReadableStream<Uint8Array>(
          {
            async pull(controller) {
              const { done, value } = await generator.next();
              if (done) controller.close();
              else controller.enqueue(value);
            },
            async cancel() {
              await generator.return(undefined);
            },
          },
          { highWaterMark: 0 },
        );
      },
    ],
  ];
}

const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`);

async function* lineBytes(): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(lines.join(""));
  for (let at = 0; at < all.length; at += 777) yield all.subarray(at, at + 777);
}

test.each(sources(lineBytes))("streamReaderFrom() reads %s to its end", async (_, make) => {
  await run(async () => {
    const source = make();
    const reader = streamReaderFrom(source);
    const found: string[] = [];
    for await (const line of reader) found.push(String(line));
    expect(found).toEqual(lines);
    expect(reader.atEof()).toBe(true);
    await reader.waitClosed();
    if (source instanceof Readable) expect(Object.keys(listeners(source))).not.toContain("data");
  });
});

let produced = 0;
let closed = 0;

async function* endless(): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      produced += 1000;
      yield Buffer.alloc(1000);
    }
  } finally {
    closed++;
  }
}

test.each(sources(endless))("streamReaderFrom() takes no more of %s than there is room for", async (_, make) => {
  produced = 0;
  closed = 0;
  await run(async () => {
    const source = make();
    {
      await using reader = streamReaderFrom(source, { limit: 10_000 });
      let consumed = 0;
      for (let i = 0; i < 300; i++) {
        consumed += (await reader.read(1500)).length;
        if (i % 10 === 0) await sleep(1);
        // Twice the limit, and what the platform's stream buffers by itself.
        expect(produced - consumed).toBeLessThan(2 * 10_000 + 70_000);
      }
      expect(consumed).toBeGreaterThan(200_000);
    }
    await until(() => closed === 1);
    if (source instanceof Readable) expect(source.destroyed).toBe(true);
  });
});

test("streamReaderFrom() raises what the source fails with, and that it ended too early", async () => {
  await run(async () => {
    const missing = streamReaderFrom(createReadStream("/nowhere/at/all"));
    expect(await rejected(missing.read())).toBeInstanceOf(FileNotFoundError);
    expect(await rejected(missing.readline())).toBeInstanceOf(FileNotFoundError);

    const source = new PassThrough();
    const reader = streamReaderFrom(source);
    const reading = createTask(reader.readexactly(5));
    source.write("abc");
    await sleep(0);
    source.destroy();
    expect(await rejected(reading)).toBeInstanceOf(ConnectionResetError);
    expect(await rejected(streamReaderFrom(source).read())).toBeInstanceOf(ConnectionResetError);
    await reader.waitClosed();
    expect(listeners(source)).toMatchObject(listeners(new PassThrough()));

    const failed = new PassThrough();
    failed.on("error", () => {}).destroy(new RangeError("before"));
    expect(await rejected(streamReaderFrom(failed).read())).toEqual(new RangeError("before"));

    const web = streamReaderFrom(
      new ReadableStream({
        start(controller) {
          controller.error(new TypeError("web"));
        },
      }),
    );
    expect(await rejected(web.read())).toEqual(new TypeError("web"));
    const objects = streamReaderFrom(Readable.from([{ a: 1 }]));
    expect(String(await rejected(objects.read()))).toContain("in place of bytes");
  });
});

test("streamReaderFrom() that is cancelled or closed lets go of its file", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), Buffer.alloc(10_000_000));
  await run(async () => {
    const source = createReadStream(folder.at("a"));
    try {
      await timeout(5, async () => {
        await using reader = streamReaderFrom(source);
        await reader.read(10);
        await sleep(10_000);
      });
    } catch (error) {
      expect(error).toBeInstanceOf(TimeoutError);
    }
    expect([source.destroyed, source.closed]).toEqual([true, true]);
  });
});

test("streamReaderFrom() that nobody has closed is closed with the loop", async () => {
  const source = new PassThrough();
  let reader: SourceReader | undefined;
  await run(async () => {
    reader = streamReaderFrom(source);
    source.write("x");
    await sleep(1);
  });
  expect(source.destroyed).toBe(true);
  expect(source.listenerCount("data")).toBe(0);
  expect(reader).toBeInstanceOf(StreamReader);
});

test("streamReaderFrom() takes strings and objects that are bytes, and refuses what is no stream", async () => {
  await run(async () => {
    const text = new PassThrough({ encoding: "latin1" });
    text.end(Buffer.from("é"));
    expect(await streamReaderFrom(text).read()).toEqual(Buffer.from([0xc3, 0xa9]));
    expect(String(await streamReaderFrom(Readable.from(["a", "b"])).read())).toBe("ab");
    expect(() => streamReaderFrom({} as Readable)).toThrow(TypeError);
    const locked = new ReadableStream();
    locked.getReader();
    expect(() => streamReaderFrom(locked)).toThrow("locked");
  });
});

/** The same target twice: of Node and of the web. Each piece takes a while. */
function slowTargets(taken: Uint8Array[]): [string, Writable | WritableStream][] {
  return [
    [
      "a Writable",
      new Writable({
        highWaterMark: 1000,
        write(data: Uint8Array, _encoding, callback) {
          taken.push(data);
          setImmediate(callback);
        },
      }),
    ],
    [
      "a WritableStream",
      new WritableStream<Uint8Array>({
        async write(data) {
          taken.push(data);
          await new Promise(setImmediate);
        },
      }),
    ],
  ];
}

const sent: Uint8Array[] = [];

test.each(slowTargets(sent))("streamWriterTo() writes to %s no faster than it takes", async (_, target) => {
  sent.length = 0;
  const size = (): number => sent.reduce((sum, { length }) => sum + length, 0);
  await run(async () => {
    const writer = streamWriterTo(target);
    let written = 0;
    for (let i = 0; i < 300; i++) {
      writer.write(Buffer.alloc(1000, i));
      written += 1000;
      await writer.drain();
      expect(written - size()).toBeLessThan(70_000);
    }
    writer.write("end");
    writer.close();
    await writer.waitClosed();
    expect(size()).toBe(300_003);
    expect(String(Buffer.concat(sent).subarray(-3))).toBe("end");
  });
});

test("streamWriterTo() raises what the target fails with", async () => {
  await run(async () => {
    const writer = streamWriterTo(createWriteStream("/nowhere/at/all"));
    writer.write("x");
    expect(await rejected(writer.waitClosed())).toBeInstanceOf(FileNotFoundError);
    expect(await rejected(writer.drain())).toBeInstanceOf(ConnectionResetError);
    expect(() => streamWriterTo({} as Writable)).toThrow(TypeError);
  });
});

async function withConnection(
  serve: (reader: StreamReader, writer: ReturnType<typeof streamWriterTo>) => Promise<void>,
  use: (reader: StreamReader, writer: ReturnType<typeof streamWriterTo>) => Promise<void>,
): Promise<void> {
  await run(async () => {
    await using server = await startServer(serve, "127.0.0.1", 0);
    const [reader, writer] = await openConnection("127.0.0.1", server.port);
    await use(reader, writer);
    writer.close();
    server.closeClients();
  });
}

test("toReadable(), toWritable(): a connection in a pipeline of Node", () =>
  withConnection(
    async (reader, writer) => {
      await pipeline(
        toReadable(reader),
        async function* (source: AsyncIterable<Buffer>) {
          for await (const data of source) yield String(data).toUpperCase();
        },
        toWritable(writer),
      );
      writer.close();
    },
    async (reader, writer) => {
      const answer = createTask(reader.read());
      await pipeline(Readable.from(lines), toWritable(writer));
      expect(String(await answer)).toBe(lines.join("").toUpperCase());
    },
  ));

test("toReadableStream(), toWritableStream(): a connection in a pipe of the web", () =>
  withConnection(
    async (reader, writer) => {
      await toReadableStream(reader).pipeTo(toWritableStream(writer));
      writer.close();
    },
    async (reader, writer) => {
      const answer = createTask(reader.read());
      const sink = toWritableStream(writer).getWriter();
      for (const line of lines) await sink.write(line);
      await sink.close();
      expect(String(await answer)).toBe(lines.join(""));
    },
  ));

test("toReadable() and toReadableStream() ask for no more than is taken", async () => {
  for (const make of [
    (reader: StreamReader): AsyncIterable<Uint8Array> => toReadable(reader),
    (reader: StreamReader): AsyncIterable<Uint8Array> => toReadableStream(reader),
  ]) {
    produced = 0;
    closed = 0;
    await run(async () => {
      const source = Readable.from(endless(), { objectMode: false, highWaterMark: 1000 });
      let consumed = 0;
      for await (const data of make(streamReaderFrom(source, { limit: 5000 }))) {
        consumed += data.length;
        await sleep(0);
        expect(produced - consumed).toBeLessThan(200_000);
        if (consumed > 500_000) break;
      }
      // Leaving the loop destroys it, and with it what it reads from.
      await until(() => closed === 1);
    });
  }
});

test("toWritable() and toWritableStream() take no more than is sent", async () => {
  const taken: Uint8Array[] = [];
  const size = (): number => taken.reduce((sum, { length }) => sum + length, 0);
  for (const way of ["node", "web"]) {
    taken.length = 0;
    const [[, target]] = slowTargets(taken) as [[string, Writable], unknown];
    await run(async () => {
      const writer = streamWriterTo(target);
      let written = 0;
      const produce = async function* (): AsyncGenerator<Buffer> {
        for (; written < 1_000_000; written += 1000) {
          expect(written - size()).toBeLessThan(200_000);
          yield Buffer.alloc(1000);
        }
      };
      if (way === "node") await pipeline(produce, toWritable(writer));
      else await ReadableStream.from(produce()).pipeTo(toWritableStream(writer));
      // Ending it has closed the target, and waited for that.
      expect([size(), target.writableFinished]).toEqual([1_000_000, true]);
    });
  }
});

test("toReadable() hands errors on, and an early end of its own", () =>
  run(async () => {
    const failing = new StreamReader();
    const readable = toReadable(failing);
    const iterating = createTask(async () => {
      for await (const _ of readable);
    });
    await sleep(1);
    failing.setException(new RangeError("broken"));
    expect(await rejected(iterating)).toEqual(new RangeError("broken"));

    const web = new StreamReader();
    const reading = createTask(async () => await toReadableStream(web).getReader().read());
    await sleep(1);
    web.setException(new RangeError("broken"));
    expect(await rejected(reading)).toEqual(new RangeError("broken"));

    const left = new StreamReader();
    const early = toReadable(left).resume();
    await sleep(1);
    const closing = once(early, "close");
    early.destroy();
    await closing;
    left.feedData(Buffer.from("x"));
    left.feedEof();
    expect(String(await left.read())).toBe("x");
    expect(() => toReadable({} as StreamReader)).toThrow(TypeError);
  }));

test("toWritable() cuts the connection when it is destroyed, and is destroyed with it", () =>
  withConnection(
    async (reader, writer) => {
      if (String(await reader.readline()) === "cut\n") writer.transport.abort();
      await reader.read();
    },
    async (_, writer) => {
      const writable = toWritable(writer);
      const end = new Promise((resolve) => writable.on("close", resolve));
      // What fails, and when, is the system's business: a connection that is cut is seen by the next write or so.
      writable.on("error", () => {}).write("cut\n");
      while (!writable.destroyed) {
        writable.write("more");
        await sleep(1);
      }
      await end;
      expect(writable.destroyed).toBe(true);
      expect(writer.isClosing()).toBe(true);
    },
  ));

test("toWritable() that is destroyed before its end aborts what it writes to", () =>
  run(async () => {
    const target = new PassThrough({ highWaterMark: 10 });
    const writer = streamWriterTo(target);
    const writable = toWritable(writer);
    writable.write("more than there is room for");
    const closing = once(target, "close");
    writable.destroy();
    await closing;
    expect([target.destroyed, target.writableFinished, writer.isClosing()]).toEqual([true, false, true]);
    expect(() => toWritable({} as typeof writer)).toThrow(TypeError);
  }));

test("toReadable(), toWritable() that are left alone end with the loop, without an error", async () => {
  const target = new PassThrough();
  let readable: Readable | undefined;
  let writable: Writable | undefined;
  await run(async () => {
    readable = toReadable(new StreamReader()).resume();
    writable = toWritable(streamWriterTo(target));
    await sleep(1);
  });
  await new Promise(setImmediate);
  expect([readable?.destroyed, writable?.destroyed, target.destroyed]).toEqual([true, true, true]);
});

test("streamReaderFrom(), toReadable(): an HTTP upload and its answer, from and to streams", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.at("a"), lines.join(""));
  await run(async () => {
    const server = createServer((incoming, answer) => {
      createTask(async () => {
        await using reader = streamReaderFrom(incoming);
        await using writer = streamWriterTo(answer);
        for await (const line of reader) {
          writer.write(line);
          await writer.drain();
        }
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const asking = request({ port, host: "127.0.0.1", method: "POST" });
    const answered = once<[Readable]>(asking, "response");
    await pipeline(createReadStream(folder.at("a")), asking);
    const [response] = await answered;
    await pipeline(toReadable(streamReaderFrom(response)), createWriteStream(folder.at("b")));
    expect(await readFile(folder.at("b"), "utf8")).toBe(lines.join(""));
    server.closeAllConnections();
    await fromCallback((callback) => server.close(callback));
  });
});

async function makeFolder(): Promise<AsyncDisposable & { at(name: string): string }> {
  const path = await mkdtemp(join(tmpdir(), "asyncio-ts-interop-"));
  return {
    at: (name) => join(path, name),
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true });
    },
  };
}
