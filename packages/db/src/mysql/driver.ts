import { type Coroutine, type CoroutineGenerator, coroutine, park } from "asyncio-ts";
import { Connection } from "../connection.ts";
import type { LinkOptions } from "../link.ts";
import type { Driver } from "../pool.ts";
import { databaseError, mayPass } from "./errors.ts";
import { Killer } from "./killer.ts";
import { MysqlLink } from "./link.ts";
import type { Address } from "./options.ts";
import { openWire, type Wire } from "./wire.ts";

/** A connection to MySQL or MariaDB. */
export class MysqlConnection extends Connection {}

/** What a pool needs to know of MySQL. */
export function mysqlDriver(address: Address, limits: LinkOptions): Driver<MysqlLink, MysqlConnection> {
  const killer = new Killer(() => openWire(address.config), limits.cancelGraceMs);
  return {
    connect: () => connectLink(address, killer, limits),
    mayPass,
    connection: (link, giveBack) => new MysqlConnection(link, giveBack),
  };
}

const connectLink = coroutine(function* connect(
  { config, setup }: Address,
  killer: Killer,
  limits: LinkOptions,
): CoroutineGenerator<MysqlLink> {
  const wire = openWire(config);
  try {
    yield* connected(wire);
    const link = new MysqlLink(wire, setup, killer, limits);
    yield* link.setUp();
    return link;
  } catch (error) {
    wire.socket.destroy();
    throw error;
  }
});

function connected({ connection }: Wire): Coroutine<void> {
  return park((wait) => {
    connection.once("connect", () => wait.resolve());
    connection.once("error", (error) => wait.reject(databaseError(error)));
    return () => "done";
  });
}
