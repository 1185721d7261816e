import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import type { LinkOptions } from "../link.ts";
import type { Ending } from "../operation.ts";
import type { Driver } from "../pool.ts";
import type { ChannelEvents } from "./channel.ts";
import { SqliteConnection } from "./connection.ts";
import { isLocked } from "./errors.ts";
import { SqliteLink } from "./link.ts";
import type { CheckedOptions } from "./options.ts";
import { ProcessChannel } from "./process-channel.ts";
import { ThreadChannel } from "./thread-channel.ts";
import { Turns } from "./turns.ts";

/** What a pool knows of SQLite. */
export function sqliteDriver(options: CheckedOptions, limits: LinkOptions): Driver<SqliteLink, SqliteConnection> {
  const closing = new Turns();
  return {
    connect: () => connect(options, limits, closing),
    mayPass: isLocked,
    connection: (link, giveBack) => new SqliteConnection(link, giveBack),
  };
}

const connect: (options: CheckedOptions, limits: LinkOptions, closing: Turns) => Coroutine<SqliteLink> = coroutine(
  function* connect(
    { settings, mode, isolation }: CheckedOptions,
    limits: LinkOptions,
    closing: Turns,
  ): CoroutineGenerator<SqliteLink> {
    const channel = (events: ChannelEvents): ThreadChannel | ProcessChannel =>
      isolation === "thread" ? new ThreadChannel(events) : new ProcessChannel(events);
    const link = new SqliteLink(channel, { mode, closing }, limits);
    let open = false;
    try {
      yield* link.operation("connect", (end: Ending<void>) => link.startOpen(settings, end), { timeoutMs: null });
      open = true;
      return link;
    } finally {
      if (!open) link.destroy("it could not be opened");
    }
  },
);
