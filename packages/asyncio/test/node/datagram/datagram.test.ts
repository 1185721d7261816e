import { createSocket, type Socket } from "node:dgram";
import { setImmediate } from "node:timers/promises";
import {
  type ConnectionRefusedError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  type DatagramOptions,
  type DatagramTransport,
  getRunningLoop,
  run,
  sleep,
  ValueError,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { Recorder } from "./recorder.ts";

type Address = readonly [string, number];

const HERE: DatagramOptions = { localAddr: ["127.0.0.1", 0] };

async function open(options: DatagramOptions = HERE): Promise<[DatagramTransport, Recorder, Address]> {
  const [transport, protocol] = await getRunningLoop().createDatagramEndpoint(() => new Recorder(), options);
  return [transport, protocol, transport.getExtraInfo("sockname") as Address];
}

async function closed(...ends: readonly (readonly [DatagramTransport, Recorder, Address])[]): Promise<void> {
  for (const [transport] of ends) transport.close();
  for (const [, protocol] of ends) await protocol.lost.get();
}

async function expectNoSockets(): Promise<void> {
  await setImmediate(); // Node has closed them after one turn
  expect(process.getActiveResourcesInfo()).not.toContain("UDPWrap");
}

/** A port of this host at which nobody listens. */
async function deadPort(): Promise<number> {
  const end = await open();
  await closed(end);
  return end[2][1];
}

test("DatagramTransport.sendto() sends bytes and strings, also empty ones; the protocol learns from where", async () => {
  await run(async () => {
    const one = await open();
    const two = await open();
    one[0].sendto("grüße", two[2]);
    one[0].sendto(new Uint8Array([104, 105]), two[2]);
    one[0].sendto("", two[2]);
    const port = one[2][1];
    expect(await two[1].received.get()).toEqual(["grüße", port, "127.0.0.1"]);
    expect(await two[1].received.get()).toEqual(["hi", port, "127.0.0.1"]);
    expect(await two[1].received.get()).toEqual(["", port, "127.0.0.1"]);
    await closed(one, two);
    expect(two[1].events).toEqual(["made false", "received grüße", "received hi", "received ", "lost null"]);
  });
});

test("DatagramTransport.sendto() sends what the bytes are at the call", async () => {
  await run(async () => {
    const one = await open();
    const two = await open();
    const data = Buffer.from("before");
    one[0].sendto(data, two[2]);
    data.write("after!");
    expect((await two[1].received.get())[0]).toBe("before");
    await closed(one, two);
  });
});

test("EventLoop.createDatagramEndpoint() with a remote address talks to that one only", async () => {
  await run(async () => {
    const server = await open();
    const stranger = await open();
    const client = await open({ remoteAddr: ["127.0.0.1", server[2][1]] });
    expect(client[0].getExtraInfo("peername")).toEqual(["127.0.0.1", server[2][1]]);
    client[0].sendto("one");
    client[0].sendto("two", ["127.0.0.1", server[2][1]]);
    expect((await server[1].received.get())[0]).toBe("one");
    expect((await server[1].received.get())[0]).toBe("two");
    stranger[0].sendto("not wanted", client[2]);
    // The stranger's datagram was there first, if it was to come at all.
    server[0].sendto("answer", client[2]);
    expect((await client[1].received.get())[0]).toBe("answer");
    expect(() => client[0].sendto("x", stranger[2])).toThrow(
      new ValueError(`Invalid address: must be null or 127.0.0.1, port ${server[2][1]}`),
    );
    await closed(server, stranger, client);
  });
});

test("EventLoop.createDatagramEndpoint() resolves names once, for both addresses and in one family", async () => {
  await run(async () => {
    const server = await open({ localAddr: ["localhost", 0], family: 4 });
    const client = await open({ localAddr: [null, 0], remoteAddr: ["localhost", server[2][1]], family: 4 });
    expect(client[2][0]).toBe("127.0.0.1");
    client[0].sendto("hello");
    expect((await server[1].received.get())[0]).toBe("hello");
    await closed(server, client);
  });
});

test("EventLoop.createDatagramEndpoint() needs no more than a family", async () => {
  await run(async () => {
    const server = await open();
    const client = await open({ family: 4 });
    expect(client[0].getExtraInfo("peername")).toBeUndefined();
    expect(client[0].getExtraInfo("peername", "nobody")).toBe("nobody");
    client[0].sendto("hello", server[2]);
    expect((await server[1].received.get())[0]).toBe("hello");
    await closed(server, client);
  });
});

test("EventLoop.createDatagramEndpoint() takes a socket of the platform, bound or not, and closes it in the end", async () => {
  await run(async () => {
    const server = await open();
    for (const bind of [true, false]) {
      const sock = createSocket("udp4");
      if (bind) sock.bind(0, "127.0.0.1");
      const client = await open({ sock });
      expect(client[0].getExtraInfo("socket")).toBe(sock);
      client[0].sendto("hello", server[2]);
      const [, port] = await server[1].received.get();
      server[0].sendto("answer", ["127.0.0.1", port]);
      expect((await client[1].received.get())[0]).toBe("answer");
      await closed(client);
      expect(() => sock.address()).toThrow();
    }
    await closed(server);
  });
});

test("EventLoop.createDatagramEndpoint() checks its arguments at the call, with CPython's messages", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    const create = (options: unknown) => () =>
      loop.createDatagramEndpoint(() => new Recorder(), options as DatagramOptions);
    expect(create({})).toThrow("unexpected address family");
    expect(create({})).toThrow(ValueError);
    expect(create({ localAddr: "127.0.0.1" })).toThrow("2-tuple is expected");
    expect(create({ remoteAddr: ["127.0.0.1"] })).toThrow(TypeError);
    expect(create({ remoteAddr: [null, 5] })).toThrow(TypeError);
    expect(create({ localAddr: ["127.0.0.1", 70_000] })).toThrow(ValueError);
    expect(create({ family: 10 })).toThrow(ValueError);
    expect(create({ sock: {} })).toThrow("A datagram socket was expected, got a value of class Object");
    expect(() => loop.createDatagramEndpoint(5 as never, HERE)).toThrow(TypeError);
    const sock = createSocket("udp4");
    expect(create({ sock, localAddr: ["127.0.0.1", 0], reusePort: false })).toThrow(
      "socket modifier keyword arguments can not be used when sock is specified. (localAddr=127.0.0.1,0)",
    );
    sock.close();
  });
});

test("EventLoop.createDatagramEndpoint() raises what went wrong: an unknown name, an address in use, no common family", async () => {
  await run(async () => {
    const taken = await open();
    await expect(open({ localAddr: taken[2] })).rejects.toMatchObject({ name: "OSError", code: "EADDRINUSE" });
    await expect(open({ remoteAddr: ["no-such-host.invalid", 5] })).rejects.toMatchObject({ name: "GaiError" });
    await expect(open({ localAddr: ["127.0.0.1", 0], remoteAddr: ["::1", 5] })).rejects.toThrow(
      new ValueError("can not get address information"),
    );
    const factory = (): Recorder => {
      throw new Error("no protocol");
    };
    await expect(getRunningLoop().createDatagramEndpoint(factory, HERE)).rejects.toThrow("no protocol");
    await closed(taken);
  });
  await expectNoSockets();
});

test("DatagramTransport.sendto() refuses what can't be sent", async () => {
  await run(async () => {
    const end = await open();
    const [transport] = end;
    expect(() => transport.sendto(5 as never, ["127.0.0.1", 5])).toThrow(TypeError);
    expect(() => transport.sendto("x")).toThrow("sendto() needs an address");
    expect(() => transport.sendto("x", ["127.0.0.1", 70_000])).toThrow(ValueError);
    expect(() => transport.sendto("x", ["127.0.0.1", 0])).toThrow(ValueError);
    expect(() => transport.sendto("x", "127.0.0.1" as never)).toThrow(TypeError);
    await closed(end);
  });
});

test("DatagramProtocol.errorReceived() is told that nobody listens, and that a datagram is too long; it goes on", async () => {
  await run(async () => {
    const server = await open();
    const client = await open({ remoteAddr: ["127.0.0.1", await deadPort()] });
    client[0].sendto("anybody?");
    const refused = (await client[1].errors.get()) as ConnectionRefusedError;
    expect(refused).toMatchObject({ name: "ConnectionRefusedError", code: "ECONNREFUSED" });
    const other = await open();
    other[0].sendto(new Uint8Array(70_000), server[2]);
    expect(await other[1].errors.get()).toMatchObject({ name: "OSError", code: "EMSGSIZE" });
    other[0].sendto("no name", ["no-such-host.invalid", 5]);
    expect(await other[1].errors.get()).toMatchObject({ name: "GaiError" });
    other[0].sendto("short", server[2]);
    expect((await server[1].received.get())[0]).toBe("short");
    await closed(server, client, other);
  });
});

test("DatagramTransport pauses the protocol above the high-water mark, and resumes it at the low one", async () => {
  await run(async () => {
    const server = await open();
    const client = await open();
    const [transport, protocol] = client;
    expect(transport.getWriteBufferLimits()).toEqual([16_384, 65_536]);
    transport.setWriteBufferLimits({ high: 1000 });
    expect(transport.getWriteBufferLimits()).toEqual([250, 1000]);
    for (let i = 0; i < 5; i++) transport.sendto(new Uint8Array(400), server[2]);
    expect(transport.getWriteBufferSize()).toBe(5 * 408);
    expect(protocol.events).toEqual(["made false", "pause"]);
    await protocol.resumed.get();
    expect(transport.getWriteBufferSize()).toBeLessThanOrEqual(250);
    expect(() => transport.setWriteBufferLimits({ high: 1, low: 2 })).toThrow(
      new ValueError("high (1) must be >= low (2) must be >= 0"),
    );
    await closed(server, client);
    expect(protocol.events).toEqual(["made false", "pause", "resume", "lost null"]);
  });
});

test("DatagramTransport.close() sends what it has; later datagrams are dropped; connectionLost() comes once", async () => {
  await run(async () => {
    const server = await open();
    const client = await open();
    for (let i = 0; i < 20; i++) client[0].sendto(`${i}`, server[2]);
    client[0].close();
    client[0].close();
    expect(client[0].isClosing()).toBe(true);
    client[0].sendto("too late", server[2]);
    client[0].abort();
    await client[1].lost.get();
    const other = await open();
    for (let i = 0; i < 20; i++) other[0].sendto(`${i}`, server[2]);
    other[0].close();
    await other[1].lost.get();
    for (let i = 0; i < 20; i++) expect((await server[1].received.get())[0]).toBe(`${i}`);
    await closed(server);
    expect(client[1].events).toEqual(["made false", "lost null"]);
    expect(other[1].events).toEqual(["made false", "lost null"]);
    expect(server[1].received.empty()).toBe(true);
  });
});

test("DatagramTransport.abort() ends it at once: nothing more is sent, and nothing received", async () => {
  await run(async () => {
    const server = await open();
    const client = await open();
    server[0].sendto("never seen", client[2]);
    client[0].abort();
    client[0].abort();
    client[0].sendto("neither", server[2]);
    expect(client[0].isClosing()).toBe(true);
    await client[1].lost.get();
    const last = await open();
    last[0].sendto("seen", server[2]);
    expect((await server[1].received.get())[0]).toBe("seen");
    expect(client[1].events).toEqual(["made false", "lost null"]);
    await closed(server, last);
  });
});

test("DatagramTransport tells the protocol when somebody else has closed its socket", async () => {
  await run(async () => {
    const end = await open();
    (end[0].getExtraInfo("socket") as Socket).close();
    await end[1].lost.get();
    expect(end[0].isClosing()).toBe(true);
    expect(end[1].events).toEqual(["made false", "lost null"]);
  });
});

test("DatagramTransport.setProtocol() makes another protocol the one that is told; errors of protocols are reported", async () => {
  await run(async () => {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${exception}`));
    const server = await open();
    const client = await open();
    class Failing extends Recorder {
      override datagramReceived(data: Uint8Array, from: readonly [string, number]): void {
        super.datagramReceived(data, from);
        throw new Error("no");
      }
    }
    const protocol = new Failing();
    server[0].setProtocol(protocol);
    expect(server[0].getProtocol()).toBe(protocol);
    client[0].sendto("one", server[2]);
    client[0].sendto("two", server[2]);
    await protocol.received.get();
    await protocol.received.get();
    client[0].close();
    server[0].close();
    await protocol.lost.get();
    await client[1].lost.get();
    const report = "Exception in callback Failing.datagramReceived(): Error: no";
    expect(reports).toEqual([report, report]);
  });
});

test("EventLoop.createDatagramEndpoint() with allowBroadcast sends to the remote address without being bound to it", async () => {
  await run(async () => {
    const server = await open();
    const client = await open({ remoteAddr: ["127.0.0.1", server[2][1]], allowBroadcast: true });
    expect(client[0].getExtraInfo("peername")).toBeUndefined();
    client[0].sendto("hello");
    const [, port] = await server[1].received.get();
    const other = await open();
    other[0].sendto("from elsewhere", ["127.0.0.1", port]);
    expect((await client[1].received.get())[0]).toBe("from elsewhere");
    expect(() => client[0].sendto("x", other[2])).toThrow("Invalid address");
    await closed(server, client, other);
  });
});

test("EventLoop.createDatagramEndpoint() with reusePort shares a port where Node can, and says so where it can't", async () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const able = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  await run(async () => {
    if (!able) {
      await expect(async () => await open({ ...HERE, reusePort: true })).rejects.toThrow("reuse_port not supported");
      return;
    }
    const one = await open({ ...HERE, reusePort: true });
    const two = await open({ localAddr: one[2], reusePort: true });
    expect(two[2]).toEqual(one[2]);
    await closed(one, two);
  });
});

test("DatagramTransport hands out the platform's socket, which can join multicast groups", async ({ skip }) => {
  const group = "239.1.2.3";
  await run(async () => {
    const receiver = await open({ localAddr: ["0.0.0.0", 0] });
    const sender = await open({ family: 4 });
    const socket = sender[0].getExtraInfo("socket") as Socket;
    try {
      (receiver[0].getExtraInfo("socket") as Socket).addMembership(group, "127.0.0.1");
      socket.setMulticastInterface("127.0.0.1");
      socket.setMulticastLoopback(true);
    } catch {
      await closed(receiver, sender);
      skip("no multicast here");
    }
    sender[0].sendto("to the group", [group, receiver[2][1]]);
    expect((await receiver[1].received.get())[0]).toBe("to the group");
    await closed(receiver, sender);
  });
});

test("EventLoop.createDatagramEndpoint() leaves no socket behind when it is cancelled, wherever that is", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    for (let turns = 0; turns < 12; turns++) {
      const task = createTask(
        loop.createDatagramEndpoint(() => new Recorder(), { localAddr: ["localhost", 0], family: 4 }),
      );
      for (let i = 0; i < turns && !task.done(); i++) await sleep(0);
      if (!task.cancel()) (await task)[0].close();
      await task.then(undefined, () => undefined);
      await sleep(0);
      await sleep(0);
    }
  });
  await expectNoSockets();
});

test("run() lets go of the endpoints that are still open at its end, and tells in debug mode", async () => {
  const reports: string[] = [];
  const main = async (): Promise<void> => {
    getRunningLoop().setExceptionHandler((_loop, { message }) => reports.push(message));
    await open();
  };
  await run(main);
  expect(reports).toEqual([]);
  await run(main, { debug: true });
  expect(reports).toEqual([expect.stringMatching(/^unclosed <DatagramTransport open sockname=127.0.0.1,\d+>$/)]);
  await expectNoSockets();
});

test("DatagramProtocol runs in the context of who made the endpoint, as code of the loop and of no task", async () => {
  const name = new ContextVar<string>("name", { default: "nobody" });
  const seen: unknown[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    class Looking extends Recorder {
      override datagramReceived(data: Uint8Array, from: readonly [string, number]): void {
        seen.push(name.get(), getRunningLoop() === loop, currentTask());
        super.datagramReceived(data, from);
      }
    }
    name.set("ada");
    const [server, protocol] = await loop.createDatagramEndpoint(() => new Looking(), HERE);
    name.set("bob");
    const client = await open();
    client[0].sendto("hello", server.getExtraInfo("sockname") as Address);
    await protocol.received.get();
    server.close();
    await protocol.lost.get();
    await closed(client);
  });
  expect(seen).toEqual(["ada", true, null]);
});

test("EventLoop.createDatagramEndpoint() can be yielded in a generator", async () => {
  const echo = coroutine(function* () {
    const loop = getRunningLoop();
    const [server, inbox] = yield* loop.createDatagramEndpoint(() => new Recorder(), HERE);
    const remoteAddr = server.getExtraInfo("sockname") as Address;
    const [client] = yield* loop.createDatagramEndpoint(() => new Recorder(), { remoteAddr });
    client.sendto("hello");
    const [text] = yield* inbox.received.get();
    client.close();
    server.close();
    return text;
  });
  expect(await run(echo)).toBe("hello");
});
