import { readFile } from "node:fs/promises";
import { OperationalError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { run, TimeoutError } from "asyncio-ts";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { PrivateServer } from "./support/private-server.ts";

const withServer = test.skipIf(!PrivateServer.available && process.env["CI"] !== "true");
const certificates = new URL("../../../asyncio/test/fixtures/certs/", import.meta.url);

withServer("connect() and cancellation work over TLS, with a password", { timeout: 60_000 }, async () => {
  const [server, key, ca] = await Promise.all(
    ["server.pem", "server.key", "ca.pem"].map(async (name) => await readFile(new URL(name, certificates), "utf8")),
  );
  await using postgres = await PrivateServer.start(["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"], {
    "server.crt": server!,
    "server.key": key!,
    "pg_hba.conf": "host all postgres 127.0.0.1/32 trust\nhostssl all ada 127.0.0.1/32 scram-sha-256\n",
  });
  await run(async () => {
    // A pool waits until the server has started.
    await using admin = await createPool(postgres.url);
    await admin.query("CREATE ROLE ada LOGIN PASSWORD 'secret'");
    const url = postgres.url.replace("postgres@", "ada@").replace("127.0.0.1", "localhost");
    const ssl = { ca: ca! };

    await using pool = await createPool(url, { ssl, password: async () => "secret", maxSize: 2 });
    const session = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    expect(await pool.queryRow(session)).toEqual({ ssl: true, version: "TLSv1.3" });
    await expect(async () => await pool.query("SELECT pg_sleep(60)", [], { timeoutMs: 30 })).rejects.toThrow(
      TimeoutError,
    );
    expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    expect(
      await admin.queryValue("SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'ada' AND state <> 'idle'"),
    ).toBe(0);

    const refused = async (options: Parameters<typeof connect>[1]): Promise<unknown> =>
      await connect(url, options).then(
        () => null,
        (error: unknown) => error,
      );
    expect(await refused({ ssl, password: "wrong" })).toMatchObject({ name: "OperationalError", sqlState: "28P01" });
    expect(await refused({ ssl, password: () => undefined as unknown as string })).toBeInstanceOf(OperationalError);
    expect(await refused({ ssl: true, password: "secret" })).toMatchObject({
      name: "OperationalError",
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
    expect(await refused({ password: "secret" })).toMatchObject({ sqlState: "28000" });
  });
  await expect.poll(sockets).toBe(0);
});

withServer("connect() works over a Unix socket, and so does cancellation", { timeout: 60_000 }, async () => {
  await using postgres = await PrivateServer.start();
  await run(async () => {
    await using pool = await createPool(postgres.socketUrl);
    await using connection = await pool.acquire();
    expect(await connection.queryValue("SELECT inet_server_addr()")).toBeNull();
    await expect(async () => await connection.query("SELECT pg_sleep(60)", [], { timeoutMs: 30 })).rejects.toThrow(
      TimeoutError,
    );
    expect(await connection.queryValue("SELECT 'still here'")).toBe("still here");
  });
});
