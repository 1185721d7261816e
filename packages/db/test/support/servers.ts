import { connect } from "node:net";
import { describe } from "vitest";

/** Where the databases of the tests are. */
export const postgresUrl: string = process.env["ASYNCIO_TS_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
export const mysqlUrl: string = process.env["ASYNCIO_TS_MYSQL_URL"] ?? "mysql://root@127.0.0.1:3306/test";
export const redisUrl: string = process.env["ASYNCIO_TS_REDIS_URL"] ?? "redis://127.0.0.1:6379";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "postgres:": 5432, "mysql:": 3306, "redis:": 6379 };

async function answers(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  return await new Promise((resolve) => {
    const socket = connect(Number(port || DEFAULT_PORTS[protocol]), hostname);
    socket.setTimeout(2_000, () => socket.destroy(new Error("no answer")));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Tests that need a server: skipped where there is none, but where everything has to be there (`CI=true`) they run, and
 * fail.
 */
async function describeWith(url: string, name: string, tests: () => void): Promise<void> {
  const required = process.env["CI"] === "true";
  describe.skipIf(!required && !(await answers(url)))(name, tests);
}

export const describePostgres = (name: string, tests: () => void): Promise<void> =>
  describeWith(postgresUrl, name, tests);
export const describeMysql = (name: string, tests: () => void): Promise<void> => describeWith(mysqlUrl, name, tests);
export const describeRedis = (name: string, tests: () => void): Promise<void> => describeWith(redisUrl, name, tests);
