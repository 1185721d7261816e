import { InterfaceError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool, type Notification } from "@asyncio-ts/db/postgres";
import { CancelledError, createTask, QueueFull, run, sleep, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";

await describePostgres("PostgreSQL: LISTEN", () => {
  test("listen() gives the notifications of its channel as they come, until the loop is left", async () => {
    const channel = `${uniqueName()} "Quoted"`;
    await run(async () => {
      await using listener = await connect(postgresUrl);
      await using sender = await connect(postgresUrl);
      const events = await listener.listen(channel);
      for (const payload of ["one", "", "three"]) await sender.notify(channel, payload);
      await sender.notify("another channel", "no");
      const seen: Notification[] = [];
      for await (const event of events) if (seen.push(event) === 3) break;
      expect(seen).toEqual(["one", "", "three"].map((payload) => ({ channel, payload, processId: sender.processId })));
      expect((await listener.query("SELECT pg_listening_channels()")).rows).toEqual([]);
      expect(await events.next()).toEqual({ done: true, value: undefined });
    });
  });

  test("listen() wakes who waits, and leaves the connection free for other things", async () => {
    const channel = uniqueName();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await using events = await connection.listen(channel);
      await using others = await connection.listen(channel);
      const waiting = createTask(events.next());
      await connection.transaction(async (tx) => {
        await tx.connection.notify(channel, "in a transaction");
        expect(await tx.queryValue("SELECT 1")).toBe(1);
        expect(waiting.done()).toBe(false);
      });
      expect((await waiting).value?.payload).toBe("in a transaction");
      await events.close();
      await connection.notify(channel, "to the other");
      expect((await others.next()).value?.payload).toBe("in a transaction");
      expect((await others.next()).value?.payload).toBe("to the other");
    });
  });

  test("listen() loses no notification when a wait for one is cancelled", async () => {
    const channel = uniqueName();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await using events = await connection.listen(channel);
      const waiting = createTask(async () => await events.next());
      await sleep(1);
      waiting.cancel();
      await expect(async () => await waiting).rejects.toThrow(CancelledError);
      await connection.notify(channel, "kept");
      expect((await events.next()).value?.payload).toBe("kept");
    });
  });

  test("listen() ends with QueueFull when more wait than its limit", async () => {
    const channel = uniqueName();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await using events = await connection.listen(channel, { limit: 2 });
      for (const payload of ["1", "2", "3"]) await connection.notify(channel, payload);
      expect((await events.next()).value?.payload).toBe("1");
      expect((await events.next()).value?.payload).toBe("2");
      await expect(async () => await events.next()).rejects.toThrow(QueueFull);
      expect(await events.next()).toEqual({ done: true, value: undefined });
    });
  });

  test("listen() ends with an error when the connection is lost, or given back, which also ends the LISTEN", async () => {
    const channel = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const connection = await pool.acquire();
      const events = await connection.listen(channel);
      await pool.release(connection);
      await expect(async () => await events.next()).rejects.toThrow(InterfaceError);
      expect((await pool.query("SELECT pg_listening_channels()")).rows).toEqual([]);
      await using second = await pool.acquire();
      const again = await second.listen(channel);
      const waiting = createTask(async () => await again.next());
      await observer.rows("SELECT pg_terminate_backend($1)", [second.processId]);
      await expect(async () => await waiting).rejects.toThrow(OperationalError);
      await again.close();
    });
  });

  test("listen() that is left while a statement runs stops listening after it", async () => {
    const channel = uniqueName();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      const events = await connection.listen(channel);
      const running = createTask(connection.query("SELECT pg_sleep(0.05)"));
      await sleep(5);
      await events.close();
      expect(running.done()).toBe(true);
      expect((await connection.query("SELECT pg_listening_channels()")).rows).toEqual([]);
    });
  });

  test("listen() refuses a name that the server would cut, and quotes any other", async () => {
    const channel = `${uniqueName()} "; DROP TABLE x; --`;
    await run(async () => {
      await using connection = await connect(postgresUrl);
      expect(() => connection.listen("x".repeat(64))).toThrow(ValueError);
      expect(() => connection.listen(5 as never)).toThrow("listen() needs the name of a channel, got number");
      await using events = await connection.listen(channel);
      await connection.notify(channel, "quoted");
      expect((await events.next()).value).toMatchObject({ channel, payload: "quoted" });
    });
  });
});
