import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reply, Request } from "./messages.ts";

/** The way to the worker of a connection. */
export interface Channel {
  /** @throws what the platform throws for a message that can't be cloned. */
  post(request: Request): void;
  /** Asks the request with that id to stop. */
  interrupt(id: number): void;
  /** Whether it keeps this process running. */
  setBusy(busy: boolean): void;
  /** Ends the worker, at once where that can be done. */
  kill(): void;
}

/** What a {@link Channel} tells. */
export interface ChannelEvents {
  reply(reply: Reply): void;
  /** Told once, after the last reply. */
  ended(how: string, cause: unknown): void;
}

/** What a worker is started by. */
export type OpenChannel = (events: ChannelEvents) => Channel;

/** The module that workers run; built, it is the `.js` beside this one. */
export function workerFile(): URL {
  const source = new URL("./worker.ts", import.meta.url);
  return existsSync(fileURLToPath(source)) ? source : new URL("./worker.js", import.meta.url);
}
