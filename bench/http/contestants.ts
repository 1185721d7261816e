import type { Serve } from "../echo/contestants.ts";

/** A web server that answers each request with a short greeting. */
export interface Contestant {
  readonly name: string;
  /** Imports the server. A contestant without it is aiohttp, see `python/web.py`. */
  readonly load?: () => Promise<Serve>;
}

export const OURS_HONO = "ours hono";
export const OURS_FETCH = "ours fetch";
export const BARE = "bare node:http";

/** Of no row but what clients talk to: no parser, only a fixed answer at the end of each head. */
export const NO_PARSER = "no parser";

export const contestants: readonly Contestant[] = [
  { name: OURS_HONO, load: async () => (await import("./our-servers.ts")).hono },
  { name: OURS_FETCH, load: async () => (await import("./our-servers.ts")).fetchHandler },
  { name: BARE, load: async () => (await import("./other-servers.ts")).nodeHttp },
  { name: "hono", load: async () => (await import("./other-servers.ts")).hono },
  { name: "fastify", load: async () => (await import("./other-servers.ts")).fastify },
  { name: NO_PARSER, load: async () => (await import("./no-parser.ts")).noParser },
  { name: "asyncio" },
  { name: "uvloop" },
];
