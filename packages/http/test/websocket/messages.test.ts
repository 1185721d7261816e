import { WSMessageTypeError } from "@asyncio-ts/http";
import { webSocket } from "@asyncio-ts/http/server";
import {
  CancelledError,
  coroutine,
  createTask,
  Event,
  gather,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
  ValueError,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { connect, listen } from "./support.ts";

const echo = () =>
  webSocket(async (ws) => {
    for await (const message of ws) await ws.send(message.data);
  });

test("WebSocketConnection sends and receives texts, bytes and JSON", () =>
  run(async () => {
    await using server = await listen(echo);
    await using ws = await connect(server.url);
    await ws.sendStr("grüße");
    expect(await ws.receiveStr()).toBe("grüße");
    await ws.sendBytes(new Uint8Array([0, 1, 255]));
    expect([...(await ws.receiveBytes())]).toEqual([0, 1, 255]);
    await ws.sendJson({ a: [1, null] });
    expect(await ws.receiveJson()).toEqual({ a: [1, null] });
    await ws.send("");
    expect(await ws.receive()).toEqual({ type: "text", data: "" });
    await ws.send(new ArrayBuffer(0));
    expect(await ws.receive()).toEqual({ type: "binary", data: Buffer.alloc(0) });
  }));

test("WebSocketConnection works in generators", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(function* (ws) {
        let step = yield* ws.next();
        while (!step.done) {
          yield* ws.send(step.value.data);
          step = yield* ws.next();
        }
      }),
    );
    const client = coroutine(function* () {
      const ws = yield* connect(server.url);
      yield* ws.sendStr("one");
      yield* ws.sendJson(2);
      const got = [yield* ws.receiveStr(), yield* ws.receiveJson<number>()];
      return [...got, yield* ws.close(), ws.closeCode];
    });
    expect(await client()).toEqual(["one", 2, true, 1000]);
    await server.tasks[0];
  }));

test("WebSocketConnection.receive() gives every message in order, then close, then closed", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        for (let i = 0; i < 1000; i++) await ws.sendStr(String(i));
        await ws.close(4001, "enough");
      }),
    );
    await using ws = await connect(server.url);
    for (let i = 0; i < 1000; i++) expect(await ws.receive()).toEqual({ type: "text", data: String(i) });
    expect(await ws.receive()).toEqual({ type: "close", data: 4001, extra: "enough" });
    expect(await ws.receive()).toEqual({ type: "closed", data: null });
    expect(ws.closed).toBe(true);
    expect(ws.closeCode).toBe(4001);
    expect(ws.exception()).toBe(null);
  }));

test("WebSocketConnection can be iterated over: the loop ends when the peer closes, and break leaves it open", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        for (const text of ["a", "b", "c"]) await ws.sendStr(text);
      }),
    );
    await using ws = await connect(server.url);
    for await (const message of ws) {
      expect(message.data).toBe("a");
      break;
    }
    const rest: unknown[] = [];
    for await (const message of ws) rest.push(message.data);
    expect(rest).toEqual(["b", "c"]);
    expect(ws.closeCode).toBe(1000);
  }));

test("WebSocketConnection.receive() loses no message when it is cancelled or times out", () =>
  run(async () => {
    const more = new Event();
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await more.wait();
        await ws.sendStr("one");
        await ws.sendStr("two");
        await ws.receive();
      }),
    );
    await using ws = await connect(server.url);
    await expect(ws.receive(5)).rejects.toThrow(TimeoutError);
    const receiving = createTask(ws.receive());
    await sleep(0);
    receiving.cancel();
    await expect(receiving).rejects.toThrow(CancelledError);

    // Cancelled after the message has come and before the task has seen it.
    const late = createTask(ws.receive());
    await sleep(0);
    more.set();
    late.cancel();
    await expect(late).rejects.toThrow(CancelledError);
    expect(await ws.receiveStr()).toBe("one");
    expect(await ws.receiveStr()).toBe("two");
  }));

test("WebSocketConnection.receive() is for one task at a time", () =>
  run(async () => {
    await using server = await listen(echo);
    await using ws = await connect(server.url);
    const first = createTask(ws.receive());
    await sleep(0);
    await expect(ws.receive()).rejects.toThrow(new RuntimeError("Concurrent call to receive() is not allowed"));
    await ws.sendStr("x");
    expect((await first).data).toBe("x");
  }));

test("WebSocketConnection.receiveStr() and its like refuse a message of another type", () =>
  run(async () => {
    await using server = await listen(echo);
    await using ws = await connect(server.url);
    await ws.sendBytes(Buffer.from("{}"));
    await expect(ws.receiveStr()).rejects.toThrow(new WSMessageTypeError("expected a text message, got binary"));
    await ws.sendStr("{}");
    await expect(ws.receiveBytes()).rejects.toThrow(new WSMessageTypeError("expected a binary message, got text"));
    await ws.sendBytes(Buffer.from("{}"));
    await expect(ws.receiveJson()).rejects.toThrow(TypeError);
    await ws.sendStr("{");
    await expect(ws.receiveJson()).rejects.toThrow(SyntaxError);
    server.tasks[0]!.cancel();
    await expect(ws.receiveStr()).rejects.toThrow(new WSMessageTypeError("expected a text message, got close 1001"));
  }));

test("WebSocketConnection: what can't be sent is refused at the call", () =>
  run(async () => {
    await using server = await listen(echo);
    await using ws = await connect(server.url);
    expect(() => ws.sendStr(1 as never)).toThrow(new TypeError("sendStr() needs a string, got number"));
    expect(() => ws.sendBytes("x" as never)).toThrow(TypeError);
    expect(() => ws.sendBytes(null as never)).toThrow(TypeError);
    expect(() => ws.sendJson(undefined)).toThrow(
      new TypeError("sendJson() needs a value that JSON has, got undefined"),
    );
    expect(() => ws.ping("x".repeat(126))).toThrow(ValueError);
    expect(() => ws.close(1005)).toThrow(ValueError);
    expect(() => ws.close(1000, "x".repeat(124))).toThrow(ValueError);
    expect(() => ws.close("1000" as never)).toThrow(TypeError);
  }));

test("webSocket() refuses options that make no sense", () => {
  expect(() => webSocket(null as never)).toThrow(TypeError);
  expect(() => webSocket(async () => {}, { heartbeat: 0 })).toThrow(ValueError);
  expect(() => webSocket(async () => {}, { maxMsgSize: -1 })).toThrow(ValueError);
  expect(() => webSocket(async () => {}, { receiveTimeoutMs: Number.NaN })).toThrow(ValueError);
  expect(() => webSocket(async () => {}, { closeTimeoutMs: "1" as never })).toThrow(TypeError);
});

test("WebSocketConnection.receive() waits for as long as receiveTimeoutMs", () =>
  run(async () => {
    await using server = await listen(echo);
    await using ws = await connect(server.url, { receiveTimeoutMs: 5 });
    await expect(ws.receiveStr()).rejects.toThrow(TimeoutError);
    await ws.sendStr("still open");
    expect(await ws.receiveStr(null)).toBe("still open");
  }));

test("WebSocketConnection agrees on a subprotocol: the server's first that the client offers", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => await ws.sendStr(String(ws.protocol)), { protocols: ["v3", "v2", "v1"] }),
    );
    await using ws = await connect(server.url, { protocols: ["v1", "v2"] });
    expect(ws.protocol).toBe("v2");
    expect(await ws.receiveStr()).toBe("v2");
    await using without = await connect(server.url);
    expect(without.protocol).toBe(null);
    expect(await without.receiveStr()).toBe("null");
  }));

test("WebSocketConnection compresses when both sides want to", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(
        async (ws) => {
          for await (const message of ws) await ws.send(message.data);
        },
        { compress: true },
      ),
    );
    const text = "compress me ".repeat(10_000);
    await using ws = await connect(server.url, { compress: true });
    expect(ws.compress).toBe(true);
    await gather([ws.sendStr(text), ws.sendStr("short", { compress: false })]);
    expect(await ws.receiveStr()).toBe(text);
    expect(await ws.receiveStr()).toBe("short");
    await using plain = await connect(server.url);
    expect(plain.compress).toBe(false);
    await plain.sendStr(text);
    expect(await plain.receiveStr()).toBe(text);
  }));

test("WebSocketConnection gives pings and pongs when autoping is off", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await ws.ping("are you there");
        expect(await ws.receive()).toEqual({ type: "text", data: "I saw it" });
        await ws.receive();
      }),
    );
    await using ws = await connect(server.url, { autoping: false });
    const ping = await ws.receive();
    expect([ping.type, String(ping.data)]).toEqual(["ping", "are you there"]);
    await ws.sendStr("I saw it");
    await ws.ping(Buffer.from("and you"));
    const pong = await ws.receive();
    expect([pong.type, String(pong.data)]).toEqual(["pong", "and you"]);
    await ws.pong("unasked");
  }));
