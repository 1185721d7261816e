import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { address, ITEMS, nameOf, oursGenerator, oursNative, POOL, selectByPromises } from "../db/select.ts";
import { type Body, type Counterpart, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

const SQL = "SELECT id, name FROM bench_items WHERE id = ?";

const WORKERS = "bare node:sqlite in threads";

export const sqliteRow: Row = {
  name: "db-sqlite",
  title: "Selects by key, 100 at once over a pool of 10 connections to SQLite",
  note:
    "`bare node:sqlite in threads` is what the driver comes to without blocking: 10 worker threads, a message there and one back for each select. " +
    "`bare node:sqlite` is one connection on the main thread, which stands still meanwhile.",
  live: 100,
  warmUp: 2_000,
  counterpart: prepareFile,
  contestants: [
    { name: OURS_GENERATOR, n: 100_000, load: () => oursGenerator(SQL, open) },
    { name: OURS_NATIVE, n: 100_000, load: () => oursNative(SQL, open) },
    { name: WORKERS, n: 100_000, load: threads },
    { name: "bare node:sqlite", n: 100_000, load: blocking },
  ],
  // 90 % of what the driver itself does.
  goals: [{ what: "ns per operation", generator: 1 / 0.9, native: 1 / 0.9, peers: { [WORKERS]: 1 } }],
};

async function open() {
  const { createPool } = await import("@asyncio-ts/db/sqlite");
  return () => createPool(`sqlite://${address()}`, { minSize: POOL, maxSize: POOL });
}

async function blocking(): Promise<Body> {
  const { DatabaseSync } = await import("node:sqlite");
  return async (load) => {
    const database = new DatabaseSync(address());
    const statement = database.prepare(SQL);
    const outcome = await selectByPromises(load, async (id) => nameOf(statement.all(id)));
    database.close();
    return outcome;
  };
}

const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const { DatabaseSync } = require("node:sqlite");
const database = new DatabaseSync(workerData.file);
const statement = database.prepare(workerData.sql);
parentPort.on("message", (id) => parentPort.postMessage(statement.all(id)));
`;

async function threads(): Promise<Body> {
  return async (load) => {
    const pool = Array.from({ length: POOL }, () => {
      return new Worker(THREAD, { eval: true, workerData: { file: address(), sql: SQL } });
    });
    const idle = [...pool];
    const waiting: ((worker: Worker) => void)[] = [];
    const outcome = await selectByPromises(load, async (id) => {
      const worker = idle.pop() ?? (await new Promise<Worker>((resolve) => void waiting.push(resolve)));
      const rows = await new Promise<object[]>((resolve) => {
        worker.once("message", resolve);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
        worker.postMessage(id);
      });
      const next = waiting.shift();
      if (next === undefined) idle.push(worker);
      else next(worker);
      return nameOf(rows);
    });
    await Promise.all(pool.map((worker) => worker.terminate()));
    return outcome;
  };
}

async function prepareFile(): Promise<Counterpart> {
  const { DatabaseSync } = await import("node:sqlite");
  const folder = await mkdtemp(join(tmpdir(), "bench-sqlite-"));
  const file = join(folder, "items.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE bench_items (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO bench_items VALUES (?, ?)");
  database.exec("BEGIN");
  for (let id = 0; id < ITEMS; id++) insert.run(id, `item ${id}`);
  database.exec("COMMIT");
  database.close();
  return { address: file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
