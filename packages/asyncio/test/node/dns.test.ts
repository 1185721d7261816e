import { createTask, GaiError, getRunningLoop, run, sleep, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";

const loopback6 = { family: 6, sockaddr: ["::1", 80] };
const loopback4 = { family: 4, sockaddr: ["127.0.0.1", 80] };

test("EventLoop.getaddrinfo() gives the addresses of a name, with the port", async () => {
  await run(async () => {
    expect(await getRunningLoop().getaddrinfo("localhost", 80)).toContainEqual(loopback4);
  });
});

test("EventLoop.getaddrinfo() hands a numeric address back, null is this host, a missing port is 0", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    expect(await loop.getaddrinfo("192.0.2.1", null)).toEqual([{ family: 4, sockaddr: ["192.0.2.1", 0] }]);
    expect(await loop.getaddrinfo("2001:db8::1", 5)).toEqual([{ family: 6, sockaddr: ["2001:db8::1", 5] }]);
    expect(await loop.getaddrinfo(null, 80)).toEqual([loopback6, loopback4]);
    expect(await loop.getaddrinfo(null, 80, { family: 4 })).toEqual([loopback4]);
  });
});

test("EventLoop.getaddrinfo() raises GaiError for what is no name, and for an address of the other family", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    for (const host of ["no-such-host.invalid", "", " ", "a\0b"]) {
      const error = await loop.getaddrinfo(host, 80).then(undefined, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(GaiError);
      expect((error as GaiError).code).toMatch(/^(ENOTFOUND|EAI_)/);
    }
    await expect(loop.getaddrinfo("127.0.0.1", 80, { family: 6 })).rejects.toMatchObject({
      name: "GaiError",
      code: "EAI_ADDRFAMILY",
    });
  });
});

test("EventLoop.getaddrinfo() checks its arguments at the call", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    expect(() => loop.getaddrinfo("localhost", 70_000)).toThrow(
      new ValueError("getaddrinfo(): port must be 0-65535, got 70000"),
    );
    expect(() => loop.getaddrinfo("localhost", -1)).toThrow(ValueError);
    expect(() => loop.getaddrinfo("localhost", 1.5)).toThrow(ValueError);
    expect(() => loop.getaddrinfo("localhost", "80" as never)).toThrow(TypeError);
    expect(() => loop.getaddrinfo(5 as never, 80)).toThrow("host must be a string or null, got a number (5)");
    expect(() => loop.getaddrinfo("localhost", 80, { family: 5 as never })).toThrow("family must be 4 or 6");
  });
});

test("EventLoop.getaddrinfo() can be cancelled: the wait is over at once, the late answer is dropped", async () => {
  const events: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message }) => events.push(message));
    const task = createTask(loop.getaddrinfo("no-such-host.invalid", 80));
    await sleep(0);
    task.cancel();
    await expect(task).rejects.toMatchObject({ name: "CancelledError" });
    // A later one has its turn after it.
    await loop.getaddrinfo("localhost", 80);
  });
  expect(events).toEqual([]);
});

test("EventLoop.getaddrinfo() of a slow resolver is reported by debug mode", async () => {
  const events: string[] = [];
  await run(
    async () => {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, { message }) => events.push(message));
      await loop.getaddrinfo("localhost", 80);
      loop.slowCallbackDuration = 0;
      await loop.getaddrinfo("localhost", 80);
      loop.slowCallbackDuration = 100;
    },
    { debug: true },
  );
  expect(events.filter((message) => message.startsWith("Getting address info localhost took "))).toHaveLength(1);
});

test("EventLoop.getnameinfo() gives the names of host and service, and the numbers where there are none", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    expect(await loop.getnameinfo(["127.0.0.1", 22])).toEqual(["localhost", "ssh"]);
    expect(await loop.getnameinfo(["127.0.0.1", 54_321])).toEqual(["localhost", "54321"]);
  });
});

test("EventLoop.getnameinfo() takes numeric addresses only, and checks its argument at the call", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    await expect(loop.getnameinfo(["localhost", 80])).rejects.toMatchObject({ name: "GaiError", code: "ENOTFOUND" });
    expect(() => loop.getnameinfo(["127.0.0.1", 70_000])).toThrow(ValueError);
    expect(() => loop.getnameinfo("127.0.0.1" as never)).toThrow("2-tuple is expected");
    expect(() => loop.getnameinfo([1, 2] as never)).toThrow(TypeError);
  });
});
