import { closeSync, createReadStream, openSync } from "node:fs";
import { PassThrough, Readable, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type BaseTransport,
  createTask,
  getRunningLoop,
  Protocol,
  Queue,
  type ReadTransport,
  run,
  sleep,
  TimeoutError,
  ValueError,
  type WriteTransport,
  waitFor,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { startProgram } from "../../support/program.ts";
import { isOpen, makePipe } from "./fifo.ts";

/** Notes what it is told; what was received as text. */
class Recorder extends Protocol {
  readonly events: string[] = [];
  readonly lost: Queue<unknown> = new Queue();
  readonly received: Queue<string> = new Queue();
  readonly resumed: Queue<void> = new Queue();
  bytes = 0;

  override connectionMade(transport: BaseTransport): void {
    this.events.push(`made ${transport.isClosing()}`);
  }

  override dataReceived(data: Uint8Array): void {
    this.bytes += data.length;
    this.received.putNowait(new TextDecoder().decode(data));
  }

  override eofReceived(): void {
    this.events.push("eof");
  }

  override pauseWriting(): void {
    this.events.push("pause");
  }

  override resumeWriting(): void {
    this.events.push("resume");
    this.resumed.putNowait();
  }

  override connectionLost(error: unknown): void {
    this.events.push(`lost ${error instanceof Error ? error.name : error}`);
    this.lost.putNowait(error);
  }
}

async function reading(pipe: unknown): Promise<[ReadTransport, Recorder]> {
  return await getRunningLoop().connectReadPipe(() => new Recorder(), pipe);
}

async function writing(pipe: unknown): Promise<[WriteTransport, Recorder]> {
  return await getRunningLoop().connectWritePipe(() => new Recorder(), pipe);
}

/** Runs `main`, after which the process has what it had before. */
async function runCleanly(main: () => Promise<void>): Promise<void> {
  const before = process.getActiveResourcesInfo().length;
  await run(main);
  // Descriptors are closed in a thread.
  for (let i = 0; i < 1000 && process.getActiveResourcesInfo().length > before; i++) await setImmediate();
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
}

test("EventLoop.connectReadPipe() and connectWritePipe() take file descriptors, which are closed in the end", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    const [input, reader] = await reading(readEnd);
    const [output, writer] = await writing(writeEnd);
    output.write("grüße");
    expect(await reader.received.get()).toBe("grüße");
    output.writelines(["a", Buffer.from("b"), ""]);
    output.writeEof();
    expect(output.isClosing()).toBe(true);
    expect(await writer.lost.get()).toBe(null);
    expect(await reader.lost.get()).toBe(null);
    expect(input.isClosing()).toBe(true);
    expect(reader.bytes).toBe("grüße".length + 2 + 2);
    expect(reader.events).toEqual(["made false", "eof", "lost null"]);
    expect(writer.events).toEqual(["made false", "lost null"]);
  });
  expect([isOpen(readEnd), isOpen(writeEnd)]).toEqual([false, false]);
});

test("EventLoop.connectReadPipe() takes any Readable of bytes, also one that gives strings or has ended", async () => {
  await runCleanly(async () => {
    const stream = new PassThrough();
    stream.setEncoding("utf8");
    const [transport, protocol] = await reading(stream);
    expect(transport.getExtraInfo("pipe")).toBe(stream);
    expect(transport.getExtraInfo("peername")).toBeUndefined();
    stream.end("grüße");
    expect(await protocol.received.get()).toBe("grüße");
    await protocol.lost.get();
    expect(stream.destroyed).toBe(true);
    const ended = new Readable({ autoDestroy: false, read: () => {} });
    ended.push(null);
    ended.resume();
    await setImmediate();
    const [, second] = await reading(ended);
    await second.lost.get();
    expect(second.events).toEqual(["made false", "eof", "lost null"]);
  });
});

test("EventLoop.connectReadPipe() takes a device", async () => {
  await runCleanly(async () => {
    const [, protocol] = await reading(openSync("/dev/null", "r"));
    await protocol.lost.get();
    expect(protocol.events).toEqual(["made false", "eof", "lost null"]);
    const [output, writer] = await writing(openSync("/dev/null", "w"));
    output.write("gone");
    output.close();
    await writer.lost.get();
    expect(writer.events).toEqual(["made false", "lost null"]);
  });
});

test("EventLoop.connectReadPipe() and connectWritePipe() refuse what is no pipe, at the call", async () => {
  const file = openSync(fileURLToPath(import.meta.url), "r");
  await run(async () => {
    const loop = getRunningLoop();
    const read = (pipe: unknown) => () => loop.connectReadPipe(() => new Recorder(), pipe);
    const write = (pipe: unknown) => () => loop.connectWritePipe(() => new Recorder(), pipe);
    expect(read(file)).toThrow(new ValueError("Pipe transport is for pipes/sockets only."));
    expect(write(file)).toThrow(new ValueError("Pipe transport is only for pipes, sockets and character devices"));
    for (const wrong of [null, "stdin", {}, new Writable()]) expect(read(wrong)).toThrow(TypeError);
    for (const wrong of [undefined, true, new Readable()]) expect(write(wrong)).toThrow(TypeError);
    expect(read(-1)).toThrow(ValueError);
    expect(read(9999)).toThrow(expect.objectContaining({ name: "OSError", code: "EBADF" }));
    const fileStream = createReadStream(fileURLToPath(import.meta.url));
    expect(read(fileStream)).toThrow("Pipe transport is for pipes/sockets only.");
    fileStream.destroy();
    expect(read(new PassThrough({ objectMode: true }))).toThrow(ValueError);
    expect(read(new PassThrough().destroy())).toThrow("the pipe is closed");
    expect(write(new PassThrough().end())).toThrow("the pipe is closed");
    expect(() => loop.connectReadPipe("no function" as never, 0)).toThrow(TypeError);
  });
  closeSync(file);
});

test("ReadTransport.pauseReading() holds the data and the end back until resumeReading()", async () => {
  await runCleanly(async () => {
    const stream = new PassThrough();
    const [transport, protocol] = await reading(stream);
    transport.pauseReading();
    transport.pauseReading();
    expect(transport.isReading()).toBe(false);
    stream.end("late");
    await expect(waitFor(protocol.received.get(), 20)).rejects.toBeInstanceOf(TimeoutError);
    transport.resumeReading();
    transport.resumeReading();
    expect(transport.isReading()).toBe(true);
    expect(await protocol.received.get()).toBe("late");
    await protocol.lost.get();
    expect(protocol.events).toEqual(["made false", "eof", "lost null"]);
  });
});

test("ReadTransport.pauseReading() in dataReceived() lets nothing more through, whatever has come already", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    class Stepwise extends Recorder {
      override dataReceived(data: Uint8Array): void {
        super.dataReceived(data);
        transport.pauseReading();
      }
    }
    const stream = new PassThrough();
    const [transport, protocol] = await getRunningLoop().connectReadPipe(() => new Stepwise(), stream);
    for (const text of ["a", "b", "c"]) stream.write(text);
    stream.end();
    for (const text of ["a", "b", "c"]) {
      expect(await protocol.received.get()).toBe(text);
      for (let i = 0; i < 5; i++) await sleep(0);
      expect(protocol.received.empty()).toBe(true);
      transport.resumeReading();
    }
    await protocol.lost.get();
    expect(protocol.events).toEqual(["made false", "eof", "lost null"]);
  });
  closeSync(readEnd);
  closeSync(writeEnd);
});

test("ReadTransport.close() ends the reading: connectionLost(null) follows, once", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    const [input, reader] = await reading(readEnd);
    const [output, writer] = await writing(writeEnd);
    output.write("not read");
    input.close();
    input.close();
    expect([input.isClosing(), input.isReading()]).toEqual([true, false]);
    await reader.lost.get();
    output.close();
    await writer.lost.get();
    expect(reader.events).toEqual(["made false", "lost null"]);
    expect(reader.received.empty()).toBe(true);
  });
  expect(isOpen(readEnd)).toBe(false);
});

test("ReadTransport reports an error of the stream and hands it to connectionLost()", async () => {
  const reports: string[] = [];
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, { message }) => reports.push(message));
    const stream = new PassThrough();
    const [, protocol] = await reading(stream);
    const error = new Error("broken");
    stream.destroy(error);
    expect(await protocol.lost.get()).toBe(error);
    const other = new PassThrough();
    const [, second] = await reading(other);
    other.destroy();
    expect(await second.lost.get()).toBe(null);
  });
  expect(reports).toEqual(["Fatal read error on pipe transport"]);
});

test("WriteTransport pauses the protocol above the high-water mark, and resumes it at the low one", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    const [output, writer] = await writing(writeEnd);
    expect(output.getWriteBufferLimits()).toEqual([16_384, 65_536]);
    output.write(new Uint8Array(100_000));
    output.write(new Uint8Array(100_000));
    expect(writer.events).toEqual(["made false", "pause"]);
    const buffered = output.getWriteBufferSize();
    expect(buffered).toBeGreaterThan(65_536);
    expect(buffered).toBeLessThanOrEqual(200_000);
    const [, reader] = await reading(readEnd);
    await writer.resumed.get();
    expect(output.getWriteBufferSize()).toBeLessThanOrEqual(16_384);
    output.setWriteBufferLimits({ high: 0 });
    expect(output.getWriteBufferLimits()).toEqual([0, 0]);
    output.write(new Uint8Array(100_000));
    output.close();
    await reader.lost.get();
    expect(reader.bytes).toBe(300_000);
    await writer.lost.get();
    expect(writer.events).toEqual(["made false", "pause", "resume", "pause", "resume", "lost null"]);
  });
});

test("WriteTransport.setWriteBufferLimits() pauses at once when there is more than that, and resumes later", async () => {
  await run(async () => {
    const accepted: (() => void)[] = [];
    const stream = new Writable({ write: (_data, _encoding, done) => void accepted.push(done) });
    const [transport, protocol] = await writing(stream);
    transport.write("12345");
    expect(transport.getWriteBufferSize()).toBe(5);
    transport.setWriteBufferLimits({ high: 4, low: 2 });
    expect(protocol.events).toEqual(["made false", "pause"]);
    accepted.shift()?.();
    await protocol.resumed.get();
    expect(() => transport.setWriteBufferLimits({ high: -1 })).toThrow(ValueError);
    expect(() => transport.setWriteBufferLimits({ low: 5, high: 4 })).toThrow(
      "high (4) must be >= low (5) must be >= 0",
    );
    transport.setWriteBufferLimits({ low: 10 });
    expect(transport.getWriteBufferLimits()).toEqual([10, 40]);
    transport.close();
    await protocol.lost.get();
    expect(protocol.events).toEqual(["made false", "pause", "resume", "lost null"]);
  });
});

test("WriteTransport reports errors of pauseWriting() and resumeWriting(), and goes on", async () => {
  const reports: string[] = [];
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, { message, protocol, transport: which }) => {
      reports.push(message);
      expect([protocol, which]).toEqual([failing, transport]);
    });
    class Failing extends Recorder {
      override pauseWriting(): void {
        throw new Error("no pause");
      }
      override resumeWriting(): void {
        super.resumeWriting();
        throw new Error("no rest");
      }
    }
    const failing = new Failing();
    const stream = new Writable({ write: (_data, _encoding, done) => void setImmediate().then(() => done()) });
    const [transport] = await getRunningLoop().connectWritePipe(() => failing, stream);
    transport.setWriteBufferLimits({ high: 3 });
    transport.write("1234567890");
    await failing.resumed.get();
    transport.close();
    await failing.lost.get();
  });
  expect(reports).toEqual(["protocol.pause_writing() failed", "protocol.resume_writing() failed"]);
});

test("WriteTransport loses the connection with a BrokenPipeError when the reader has gone", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    const [output, writer] = await writing(writeEnd);
    output.write("nobody reads this");
    closeSync(readEnd);
    output.write("nor this");
    expect(await writer.lost.get()).toMatchObject({ name: "BrokenPipeError", code: "EPIPE" });
    output.write("dropped");
    output.close();
    expect(writer.events).toEqual(["made false", "lost BrokenPipeError"]);
  });
  expect(isOpen(writeEnd)).toBe(false);
});

test("WriteTransport.abort() drops what is not written", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    const [output, writer] = await writing(writeEnd);
    output.write(new Uint8Array(1_000_000));
    output.abort();
    output.abort();
    await writer.lost.get();
    expect(writer.events).toEqual(["made false", "pause", "lost null"]);
    const [, reader] = await reading(readEnd);
    await reader.lost.get();
    expect(reader.bytes).toBeLessThan(1_000_000);
  });
});

test("WriteTransport.write() checks its data, and drops what comes after the end", async () => {
  await run(async () => {
    const written: string[] = [];
    const stream = new Writable({
      write: (data, _encoding, done) => {
        written.push(String(data));
        done();
      },
    });
    const [transport, protocol] = await writing(stream);
    expect(transport.canWriteEof()).toBe(true);
    expect(() => transport.write(5 as never)).toThrow(
      "write() needs bytes (a Uint8Array) or a string, got a number (5)",
    );
    transport.write("one");
    transport.write("");
    transport.close();
    transport.write("two");
    await protocol.lost.get();
    expect(written).toEqual(["one"]);
    expect(stream.writableFinished).toBe(true);
    const other = new PassThrough();
    const [, second] = await writing(other);
    other.destroy();
    expect(await second.lost.get()).toBe(null);
  });
});

test("EventLoop.connectReadPipe() closes the pipe when it is cancelled while it waits", async () => {
  await runCleanly(async () => {
    const [readEnd, writeEnd] = makePipe();
    const loop = getRunningLoop();
    for (const [connect, fd] of [
      [() => loop.connectReadPipe(() => new Recorder(), readEnd), readEnd],
      [() => loop.connectWritePipe(() => new Recorder(), writeEnd), writeEnd],
    ] as const) {
      const task = createTask(async () => void (await connect()));
      await sleep(0);
      task.cancel();
      await expect(task).rejects.toMatchObject({ name: "CancelledError" });
      await sleep(0);
      await setImmediate();
      await setImmediate();
      expect(isOpen(fd)).toBe(false);
    }
  });
});

test("run() lets go of the pipes that are still open at its end", async () => {
  const [readEnd, writeEnd] = makePipe();
  await runCleanly(async () => {
    await reading(readEnd);
    await writing(writeEnd);
  });
  expect([isOpen(readEnd), isOpen(writeEnd)]).toEqual([false, false]);
});

test("EventLoop.connectReadPipe() lets go of process.stdin when it is closed, so that the process ends", async () => {
  await using program = startProgram("stdin-pipe");
  await program.printed("ready");
  program.write("hello\n");
  await program.printed("got hello");
  program.write("quit\n");
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "ready\ngot hello\ngot quit\nthe end\n", stderr: "" });
});

test("EventLoop.connectReadPipe() tells the end of process.stdin", async () => {
  await using program = startProgram("stdin-pipe");
  await program.printed("ready");
  program.endInput();
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "ready\nthe end\n", stderr: "" });
});
