import type { IncomingHttpHeaders } from "node:http";
import { connect as connectSocket } from "node:net";
import {
  ClientConnectionResetError,
  ClientError,
  ServerDisconnectedError,
  type WebSocketConnection,
  WebSocketError,
  WSServerHandshakeError,
} from "@asyncio-ts/http";
import { webSocket } from "@asyncio-ts/http/server";
import {
  CancelledError,
  createTask,
  Event,
  ExceptionGroup,
  gather,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
  taskGroup,
  waitFor,
} from "asyncio-ts";
import { fromCallback, once } from "asyncio-ts/interop";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { Inbox } from "../../src/websocket/inbox.ts";
import { stalled } from "../support/stalled.ts";
import { accept, frame, RawServer, rawClient, UPGRADE } from "./raw.ts";
import { connect, listen, openSockets } from "./support.ts";

const drain = async (ws: WebSocketConnection) => {
  for await (const _ of ws);
};

const gone = () => expect.poll(openSockets).toBe(0);

test("WebSocketConnection closes with 1009 when a message is over maxMsgSize, and the iteration raises", () =>
  run(async () => {
    const errors: unknown[] = [];
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await drain(ws).then(null, (error: unknown) => {
          errors.push(error);
          throw error;
        });
      }),
    );
    await using ws = await connect(server.url);
    await ws.sendBytes(new Uint8Array(5 * 1024 * 1024));
    expect(await ws.receive()).toEqual({ type: "close", data: 1009, extra: "" });
    // To the server it is no error.
    expect(await server.tasks[0]).toBe(undefined);
    expect(errors[0]).toBeInstanceOf(WebSocketError);
    expect((errors[0] as WebSocketError).code).toBe(1009);
  }));

test("WebSocketConnection.receive() gives the error of a peer that breaks the protocol once, then closed", () =>
  run(async () => {
    const seen: unknown[] = [];
    await using server = await listen(() =>
      webSocket(async (ws) => {
        seen.push(await ws.receive(), await ws.receive(), await ws.receive());
        seen.push(ws.exception());
        await ws.close();
        seen.push(ws.closeCode);
      }),
    );
    const socket = await rawClient(server.port);
    socket.resume();
    socket.write(Buffer.concat([frame(0x81, Buffer.from("fine")), frame(0x81, Buffer.from([0xff]))]));
    const [answer] = await once<[Buffer]>(socket, "data");
    expect([...answer]).toEqual([0x88, 2, 1007 >> 8, 1007 & 0xff]);
    socket.end();
    await server.tasks[0];
    const [fine, error, closed, exception, code] = seen as [
      unknown,
      { data: WebSocketError },
      unknown,
      unknown,
      unknown,
    ];
    expect(fine).toEqual({ type: "text", data: "fine" });
    expect(error).toMatchObject({ type: "error", data: { name: "WebSocketError", code: 1007 } });
    expect(closed).toEqual({ type: "closed", data: null });
    expect(exception).toBe(error.data);
    expect(code).toBe(1007);
  }));

test("WebSocketConnection puts fragments together", () =>
  run(async () => {
    await using server = await listen(() => webSocket(async (ws) => await ws.sendStr(`<${await ws.receiveStr()}>`)));
    const peer = new WebSocket(server.url);
    await once(peer, "open");
    for (const part of ["o", "n"]) peer.send(part, { fin: false });
    peer.ping("in between");
    peer.send("e", { fin: true });
    const [data] = await once<[Buffer]>(peer, "message");
    expect(String(data)).toBe("<one>");
    await server.tasks[0];
  }));

test("WebSocketConnection: close codes and reasons arrive, from either side", () =>
  run(async () => {
    const codes: unknown[] = [];
    await using server = await listen(() =>
      webSocket(async (ws) => {
        codes.push(await ws.receive(), ws.closeCode);
      }),
    );
    const ws = await connect(server.url);
    expect(await ws.close(3001, "the reason")).toBe(true);
    expect(ws.closeCode).toBe(3001);
    expect(await ws.close()).toBe(false);
    await server.tasks[0];
    expect(codes).toEqual([{ type: "close", data: 3001, extra: "the reason" }, 3001]);

    const peer = new WebSocket(server.url);
    await once(peer, "open");
    peer.close();
    await once(peer, "close");
    await server.tasks[1];
    expect(codes.slice(2)).toEqual([{ type: "close", data: 1005, extra: "" }, 1005]);
  }));

test("WebSocketConnection.close() ends a receive of another task with closing, and drops what was not received", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await ws.sendStr("dropped");
        await drain(ws);
      }),
    );
    const ws = await connect(server.url);
    expect(await ws.receiveStr()).toBe("dropped");
    const receiving = createTask(ws.receive());
    await sleep(0);
    const [first, second] = await gather([ws.close(), ws.close()]);
    expect([first, second]).toEqual([true, false]);
    expect(await receiving).toEqual({ type: "closing", data: null });
    expect(await ws.receive()).toEqual({ type: "closed", data: null });
  }));

test("WebSocketConnection.close() cuts off a peer that does not answer within closeTimeoutMs", () =>
  run(async () => {
    await using server = await new RawServer(accept).start();
    const ws = await connect(server.url, { closeTimeoutMs: 20 });
    expect(await ws.close()).toBe(true);
    expect(ws.closeCode).toBe(1006);
    server.sockets[0]!.destroy();
    await gone();
  }));

test("WebSocketConnection.close() cuts the connection at once when it is cancelled", () =>
  run(async () => {
    await using server = await new RawServer(accept).start();
    const ws = await connect(server.url);
    const closing = createTask(ws.close());
    await sleep(5);
    expect(closing.done()).toBe(false);
    closing.cancel();
    await expect(closing).rejects.toThrow(CancelledError);
    expect(ws.closeCode).toBe(1006);
    const soon = createTask(ws.close());
    expect(await soon).toBe(false);
  }));

test("WebSocketConnection.close() that is cancelled before its first step leaves the connection as it is", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    await using ws = await connect(server.url);
    const closing = createTask(ws.close());
    closing.cancel();
    await expect(closing).rejects.toThrow(CancelledError);
    expect(ws.closed).toBe(false);
  }));

test("WebSocketConnection: a connection that is lost ends the client's iteration, with 1006", () =>
  run(async () => {
    await using server = await new RawServer(accept).start();
    await using ws = await connect(server.url);
    const loop = createTask(() => drain(ws));
    await sleep(0);
    server.sockets[0]!.destroy();
    await loop;
    expect(ws.closeCode).toBe(1006);
    expect(await ws.receive()).toEqual({ type: "closed", data: null });
    await expect(ws.sendStr("x")).rejects.toThrow(ClientConnectionResetError);
    await expect(ws.ping()).rejects.toThrow(ClientConnectionResetError);
  }));

test("WebSocketConnection.receive() does not say for ever that it is closed", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    await using ws = await connect(server.url);
    await ws.close();
    const receiveAll = async () => {
      while (true) await ws.receive();
    };
    await expect(receiveAll()).rejects.toThrow(new RuntimeError("WebSocket connection is closed."));
  }));

test("WebSocketConnection.heartbeat cuts off a peer that is silent, and its receiver learns of it", () =>
  run(async () => {
    await using server = await new RawServer(accept).start();
    await using ws = await connect(server.url, { heartbeat: 20 });
    expect(await ws.receive()).toEqual({ type: "closed", data: null });
    expect(ws.closeCode).toBe(1006);
    expect(ws.exception()).toBeInstanceOf(TimeoutError);
    expect(String(ws.exception())).toBe("TimeoutError: no pong within 10 ms");
  }));

test("WebSocketConnection.heartbeat on a server cancels the task of a silent client", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain, { heartbeat: 20 }));
    const socket = await rawClient(server.port);
    await expect(server.tasks[0]).rejects.toThrow(CancelledError);
    socket.destroy();
  }));

test("WebSocketConnection.heartbeat lets a peer be that answers, and one that is not being read", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        const text = "x".repeat(10_000);
        for (let i = 0; i < 100; i++) await ws.sendStr(text);
        await drain(ws);
      }),
    );
    await using ws = await connect(server.url, { heartbeat: 20 });
    // Much waits to be received: nothing is read, and so no pong.
    await sleep(100);
    expect(ws.closed).toBe(false);
    for (let i = 0; i < 100; i++) await ws.receive();
    await expect(ws.receive(100)).rejects.toThrow(TimeoutError);
    expect(ws.closed).toBe(false);
  }));

test("webSocket(): the task is cancelled when the client's connection is lost, wherever the body is", () =>
  run(async () => {
    const ends: string[] = [];
    const began = new Event();
    await using server = await listen(() =>
      webSocket(async (ws) => {
        try {
          began.set();
          if (server.tasks.length === 1) await ws.receive();
          else await sleep(60_000);
        } finally {
          ends.push("cleaned up");
        }
      }),
    );
    for (let i = 0; i < 2; i++) {
      began.clear();
      const socket = await rawClient(server.port);
      await began.wait();
      socket.resetAndDestroy();
      await expect(server.tasks[i]).rejects.toThrow(CancelledError);
    }
    expect(ends).toEqual(["cleaned up", "cleaned up"]);
    expect(server.onShutdown.size).toBe(0);
    await gone();
  }));

test("webSocket(): the body's error closes with 1011 and is the task's", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async () => {
        throw new RangeError("oops");
      }),
    );
    await using ws = await connect(server.url);
    expect(await ws.receive()).toEqual({ type: "close", data: 1011, extra: "" });
    await expect(server.tasks[0]).rejects.toThrow(new RangeError("oops"));
  }));

test("webSocket(): a cancelled task tells the client 1001 and leaves no connection", () =>
  run(async () => {
    await using server = await listen(() => webSocket(async () => await sleep(60_000)));
    await using ws = await connect(server.url);
    server.tasks[0]!.cancel();
    await expect(server.tasks[0]).rejects.toThrow(CancelledError);
    expect(await ws.receive()).toEqual({ type: "close", data: 1001, extra: "" });
    await gone();
  }));

test("webSocket(): that a message could not go out because the client has closed is no error", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await drain(ws);
        await ws.sendStr("too late");
      }),
    );
    const ws = await connect(server.url);
    await ws.close();
    expect(await server.tasks[0]).toBe(undefined);
  }));

test("webSocket(): 200 connections are closed at shutdown with 1001", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    const clients = await gather(Array.from({ length: 200 }, () => connect(server.url)));
    await expect.poll(() => server.onShutdown.size).toBe(200);
    for (const leave of server.onShutdown) leave();
    const codes = await gather(
      clients.map((ws) => async () => {
        await drain(ws);
        return ws.closeCode;
      }),
    );
    expect(new Set(codes)).toEqual(new Set([1001]));
    await gather(server.tasks);
    expect(server.onShutdown.size).toBe(0);
    expect(await server.connections()).toBe(0);
    await gone();
  }));

test("webSocket(): a handshake that comes too late for the shutdown is closed with 1001 at once", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    server.stopped = true;
    await using ws = await connect(server.url);
    expect(await ws.receive()).toEqual({ type: "close", data: 1001, extra: "" });
    await server.tasks[0];
  }));

test("webSocket(): a request that is no proper handshake is answered with 400", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    const socket = connectSocket(server.port, "127.0.0.1");
    socket.write(`${UPGRADE.replace(/Sec-WebSocket-Key.*\r\n/, "")}\r\n`);
    const [answer] = await once<[Buffer]>(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    await server.tasks[0];
    await gone();
  }));

test("webSocket(): headers of the response go out with the handshake", () =>
  run(async () => {
    await using server = await listen(() => {
      const response = webSocket(drain);
      response.headers.append("set-cookie", "a=1");
      response.headers.append("set-cookie", "b=2");
      return response;
    });
    const peer = new WebSocket(server.url);
    let headers: IncomingHttpHeaders = {};
    peer.on("upgrade", (answer) => {
      headers = answer.headers;
    });
    await once(peer, "open");
    expect(headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], connection: "Upgrade", upgrade: "websocket" });
    expect(headers["content-type"]).toBe(undefined);
    peer.close();
    await server.tasks[0];
  }));

test("the client's handshake fails with WSServerHandshakeError when the server answers something else", () =>
  run(async () => {
    const answers: [string, number, string][] = [
      ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX-Why: none\r\n\r\n", 404, "Invalid response status"],
      ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nwho??", 401, "Invalid response status"],
      ["HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", 302, "Invalid response status"],
      [
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        101,
        "Invalid Sec-WebSocket-Accept header",
      ],
      [
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        101,
        "Invalid Upgrade header",
      ],
      ["220 mail.example.org ESMTP\r\n", 0, "Parse Error: Expected HTTP/, RTSP/ or ICE/"],
    ];
    for (const [answer, status, reason] of answers) {
      await using server = await new RawServer((socket) => socket.write(answer)).start();
      const error = await connect(server.url, { allowRedirects: false }).then(null, (raised: unknown) => raised);
      expect(error).toBeInstanceOf(WSServerHandshakeError);
      const refused = error as WSServerHandshakeError;
      expect([refused.status, refused.reason]).toEqual([status, reason]);
      expect(refused.requestInfo.url.href).toBe(server.url.replace("ws:", "http:"));
      if (status === 404) expect(refused.headers?.get("x-why")).toBe("none");
      server.sockets[0]!.destroy();
      await gone();
    }
  }));

test("the client's handshake fails with ServerDisconnectedError when the server closes", () =>
  run(async () => {
    await using server = await new RawServer((socket) => socket.end()).start();
    await expect(connect(server.url)).rejects.toThrow(ServerDisconnectedError);
    await gone();
  }));

test("the client's handshake leaves no socket when it is cancelled", () =>
  run(async () => {
    await using server = await new RawServer(() => {}).start();
    await expect(waitFor(connect(server.url), 20)).rejects.toThrow(TimeoutError);
    await once(server.sockets[0]!, "close");
    await gone();
  }));

test("WebSocketConnection.send() waits while the peer does not read, and has sent nothing when it is cancelled then", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        while (true) await ws.sendStr(`${String(sent).padStart(8, "0")}${"x".repeat(64 * 1024)}`).then(() => sent++);
      }),
    );
    let sent = 0;
    const socket = await rawClient(server.port);
    await stalled(() => sent);
    expect(sent * 64 * 1024).toBeLessThan(16 * 1024 * 1024);
    server.tasks[0]!.cancel();
    await expect(server.tasks[0]).rejects.toThrow(CancelledError);
    socket.destroy();
  }));

test("WebSocketConnection.send(): what was cancelled is not sent, and the order of the others is kept", () =>
  run(async () => {
    const seen: string[] = [];
    const read = new Event();
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await read.wait();
        for await (const message of ws) seen.push((message.data as string).slice(0, 8));
      }),
    );
    await using ws = await connect(server.url);
    let sent = 0;
    const filler = createTask(async () => {
      while (true) {
        await ws.sendStr(`fill${" ".repeat(64 * 1024)}`);
        sent++;
      }
    });
    await stalled(() => sent);
    const [one, two, three] = ["one", "two", "three"].map((name) => createTask(ws.sendStr(name)));
    await sleep(1);
    filler.cancel();
    two!.cancel();
    read.set();
    await gather([one!, three!, filler.then(null, () => {}), two!.then(null, () => {})]);
    expect([filler.cancelled(), two!.cancelled()]).toEqual([true, true]);
    await ws.close();
    await server.tasks[0];
    expect(seen.length).toBe(sent + 2);
    expect(seen.slice(-3).map((text) => text.trim())).toEqual(["fill", "one", "three"]);
  }));

test("WebSocketConnection.send() that waits ends with an error when the connection is lost", () =>
  run(async () => {
    await using server = await new RawServer((socket, head) => {
      accept(socket, head);
      socket.pause();
    }).start();
    await using ws = await connect(server.url);
    let sent = 0;
    const sending = createTask(async () => {
      while (true) {
        await ws.sendBytes(Buffer.alloc(64 * 1024));
        sent++;
      }
    });
    await stalled(() => sent);
    server.sockets[0]!.resetAndDestroy();
    await expect(sending).rejects.toThrow(ClientConnectionResetError);
  }));

test("WebSocketConnection stops reading while nobody receives, and loses nothing", () =>
  run(async () => {
    let sent = 0;
    await using server = await listen(() =>
      webSocket(async (ws) => {
        for (; sent < 3_000; sent++) await ws.sendStr(`${sent} ${"x".repeat(8000)}`);
      }),
    );
    await using ws = await connect(server.url);
    await stalled(() => sent);
    expect(sent).toBeLessThan(3_000);
    for (let i = 0; i < 3_000; i++) {
      const message = await ws.receiveStr();
      if (!message.startsWith(`${i} `)) throw new Error(`expected ${i}, got ${message.slice(0, 10)}`);
    }
    expect(await ws.receive()).toMatchObject({ type: "close", data: 1000 });
  }));

test("WebSocketConnection: a client cancelled at any moment leaves no socket, no timer and no task", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(
        async (ws) => {
          for await (const message of ws) await ws.send(message.data);
        },
        { heartbeat: 10_000 },
      ),
    );
    let ended = 0;
    for (let steps = 0; ended < 3; steps++) {
      const client = createTask(async () => {
        await using ws = await connect(server.url, { heartbeat: 10_000 });
        await ws.sendStr("ping");
        expect(await ws.receiveStr()).toBe("ping");
        await ws.close(4000);
      });
      for (let i = 0; i < steps && !client.done(); i++) await fromCallback((turn) => void setImmediate(turn));
      ended = client.done() ? ended + 1 : 0;
      client.cancel();
      await client.then(null, (error: unknown) => expect(error).toBeInstanceOf(CancelledError));
    }
    await gather(server.tasks, { returnExceptions: true });
    expect(server.onShutdown.size).toBe(0);
    await gone();
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThanOrEqual(2);
  }));

test("webSocket(): a task that is cancelled at any moment leaves no connection", () =>
  run(async () => {
    let cleaned = 0;
    let begun = 0;
    const open = () =>
      webSocket(
        async (ws) => {
          begun++;
          try {
            await ws.sendStr(await ws.receiveStr());
            await ws.close(4000);
          } finally {
            cleaned++;
          }
        },
        { heartbeat: 10_000 },
      );
    let ended = 0;
    for (let steps = 0; ended < 3; steps++) {
      await using server = await listen(open);
      const client = createTask(async () => {
        await using ws = await connect(server.url);
        await ws.sendStr("ping");
        await drain(ws);
      });
      await expect.poll(() => server.tasks.length, { interval: 1 }).toBe(1);
      const task = server.tasks[0]!;
      for (let i = 0; i < steps && !task.done(); i++) await fromCallback((turn) => void setImmediate(turn));
      ended = task.done() ? ended + 1 : 0;
      task.cancel();
      await task.then(null, (error: unknown) => expect(error).toBeInstanceOf(CancelledError));
      expect(server.onShutdown.size).toBe(0);
      // Cut in the handshake, or in the middle of what it did.
      await client.then(null, (error: unknown) => expect(error).toBeInstanceOf(ClientError));
      expect(cleaned).toBe(begun);
    }
    await gone();
  }));

test("WebSocketConnection: a group that reads and writes at once ends whole when the peer closes", () =>
  run(async () => {
    await using server = await listen(() => webSocket(drain));
    const ws = await connect(server.url);
    const pinging = createTask(() =>
      taskGroup(async (group) => {
        group.createTask(async () => {
          while (true) await ws.ping().then(() => sleep(1));
        });
        await drain(ws);
        group.cancel();
      }),
    );
    await expect.poll(() => server.onShutdown.size).toBe(1);
    for (const leave of server.onShutdown) leave();
    // Whichever of the two learns of it first.
    await pinging.then(null, (error: unknown) => expect(error).toBeInstanceOf(ExceptionGroup));
    expect(await ws.close()).toBe(false);
    expect(ws.closeCode).toBe(1001);
  }));

test("WebSocketConnection: a receive cancelled in the very turn in which a message comes leaves it to the next", () =>
  run(async () => {
    await using server = await listen(() =>
      webSocket(async (ws) => {
        await ws.sendStr(await ws.receiveStr());
        await drain(ws);
      }),
    );
    await using ws = await connect(server.url);
    const receiving = createTask(ws.receive());
    await sleep(0);
    await ws.sendStr("kept");
    // The wait is over, its task has not run yet.
    const { push } = Inbox.prototype;
    const pushing = vi.spyOn(Inbox.prototype, "push").mockImplementation(function (this: Inbox, ...message) {
      push.apply(this, message);
      if (pushing.mock.calls.length === 2) receiving.cancel();
    });
    try {
      await expect(receiving).rejects.toThrow(CancelledError);
      expect(pushing.mock.calls.map(([message]) => message.data)).toEqual(["kept", "kept"]);
      expect(await ws.receiveStr()).toBe("kept");
    } finally {
      pushing.mockRestore();
    }
  }));
