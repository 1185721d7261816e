import { type EventStreamBody, type EventStreamOptions, eventStream } from "@asyncio-ts/http/server";
import {
  CancelledError,
  createTask,
  Event,
  getRunningLoop,
  run,
  sleep,
  type TimerHandle,
  ValueError,
} from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { formatComment, formatEvent } from "../../src/server/event-format.ts";

const request = new Request("http://localhost/", { headers: { "last-event-id": "41" } });

const answer = (body: EventStreamBody, options?: EventStreamOptions) => eventStream(request, body, options);

const text = (piece: { value?: Uint8Array | undefined }) => String(Buffer.from(piece.value!));

test("eventStream() answers with the events that the body sends", () =>
  run(async () => {
    const response = answer(async (stream) => {
      await stream.send({ data: `after ${stream.lastEventId}`, event: "hello", id: "42", retry: 1000 });
      await stream.send({ data: "one\ntwo\r\nthree\r" });
      await stream.comment("a comment\nof two lines");
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(await response.text()).toBe(
      "event: hello\nid: 42\nretry: 1000\ndata: after 41\n\n" +
        "data: one\ndata: two\ndata: three\ndata: \n\n: a comment\n: of two lines\n\n",
    );
  }));

test("eventStream() takes generators", () =>
  run(async () => {
    const response = answer(function* (stream) {
      yield* stream.send({ data: "1" });
      yield* sleep(1);
      yield* stream.send({ data: "2" });
    });
    expect(await response.text()).toBe("data: 1\n\ndata: 2\n\n");
  }));

test("EventStream.send() refuses what would begin another field, and what is no event", () => {
  expect(() => formatEvent({ event: "a\nid: 1" })).toThrow(ValueError);
  expect(() => formatEvent({ id: "a\rdata: 1" })).toThrow(ValueError);
  expect(() => formatEvent({ id: "a\0" })).toThrow(ValueError);
  expect(() => formatEvent({ retry: 1.5 })).toThrow(ValueError);
  expect(() => formatEvent({ retry: "5" as never })).toThrow(TypeError);
  expect(() => formatEvent({ data: 5 as never })).toThrow(TypeError);
  expect(() => formatEvent({})).toThrow(ValueError);
  expect(formatEvent({ data: "" })).toBe("data: \n\n");
  expect(formatComment("\n\ndata: x")).toBe(": \n: \n: data: x\n\n");
});

test("eventStream() refuses a body that is no function, and a wrong pingMs", () => {
  expect(() => answer("x" as never)).toThrow(TypeError);
  expect(() => answer(async () => {}, { pingMs: 0 })).toThrow(ValueError);
});

test("eventStream() begins nothing before its answer is read", () =>
  run(async () => {
    let begun = false;
    const response = answer(async () => {
      begun = true;
    });
    await sleep(5);
    expect(begun).toBe(false);
    await response.body!.cancel();
    await sleep(5);
    expect(begun).toBe(false);
  }));

test("EventStream.send() waits while the client does not read, and keeps the order", () =>
  run(async () => {
    let sent = 0;
    const response = answer(async (stream) => {
      for (let i = 0; i < 1000; i++) {
        await stream.send({ data: `${i}${".".repeat(1000)}` });
        sent++;
      }
    });
    const reader = response.body!.getReader();
    let got = text(await reader.read());
    // What waits to be taken is bounded, however long nobody asks.
    await sleep(10);
    const before = sent;
    expect(before).toBeLessThan(25);
    await sleep(10);
    expect(sent).toBe(before);
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) got += text(piece);
    expect(sent).toBe(1000);
    expect(got.match(/data: \d+/g)).toEqual(Array.from({ length: 1000 }, (_, i) => `data: ${i}`));
  }));

test("EventStream.send() that was cancelled while it waited has sent nothing", () =>
  run(async () => {
    const go = new Event();
    const response = answer(async (stream) => {
      await stream.send({ data: "x".repeat(20_000) });
      await stream.send({ data: "y".repeat(20_000) });
      const waiting = createTask(stream.send({ data: "never" }));
      await sleep(1);
      waiting.cancel();
      await expect(waiting).rejects.toThrow(CancelledError);
      go.set();
      await stream.send({ data: "last" });
    });
    const reader = response.body!.getReader();
    expect(text(await reader.read()).slice(0, 10)).toBe("data: xxxx");
    await go.wait();
    let rest = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += text(piece);
    expect(rest.replace(/y+/, "y")).toBe("data: y\n\ndata: last\n\n");
  }));

test("eventStream(): the body is cancelled when nobody wants the answer any more, and cancel() waits for its clean-up", () =>
  run(async () => {
    const steps: string[] = [];
    const response = answer(async (stream) => {
      try {
        await stream.send({ data: "1" });
        await sleep(60_000);
      } catch (error) {
        steps.push(String(error));
        throw error;
      } finally {
        await sleep(5);
        steps.push("cleaned up");
        await stream.send({ data: "bye" }).then(null, (error: unknown) => steps.push((error as Error).name));
      }
    });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(steps).toEqual(["CancelledError: the client has gone", "cleaned up", "ClientConnectionResetError"]);
  }));

test("eventStream(): a send that waits ends when nobody wants the answer any more", () =>
  run(async () => {
    let ended = "";
    const response = answer(async (stream) => {
      try {
        while (true) await stream.send({ data: "x".repeat(10_000) });
      } catch (error) {
        ended = (error as Error).name;
        throw error;
      }
    });
    const reader = response.body!.getReader();
    await reader.read();
    await sleep(5);
    await reader.cancel();
    expect(ended).toBe("CancelledError");
  }));

test("eventStream(): the body's error is the answer's, and is reported when nobody reads any more", () =>
  run(async () => {
    const reports: unknown[] = [];
    getRunningLoop().setExceptionHandler((_, { exception }) => reports.push(exception));
    const failing = answer(async (stream) => {
      await stream.send({ data: "1" });
      throw new RangeError("oops");
    });
    await expect(failing.text()).rejects.toThrow(new RangeError("oops"));
    expect(reports).toEqual([]);
    const late = answer(async (stream) => {
      await stream.send({ data: "1" });
      await sleep(60_000).then(null, () => {
        throw new RangeError("in clean-up");
      });
    });
    const reader = late.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(reports).toEqual([new RangeError("in clean-up")]);
  }));

test("eventStream() sends comments while nothing else is sent, and stops them at the end", () =>
  run(async () => {
    const callLater = vi.spyOn(getRunningLoop(), "callLater");
    const enough = new Event();
    const response = answer(async () => await enough.wait(), { pingMs: 10 });
    const reader = response.body!.getReader();
    for (let i = 0; i < 3; i++) expect(text(await reader.read())).toBe(": ping\n\n");
    enough.set();
    expect((await reader.read()).done).toBe(true);
    const timers = callLater.mock.results.map(({ value }) => (value as TimerHandle).cancelled());
    expect(timers).toEqual([...timers.slice(1).fill(false), true]);
  }));
