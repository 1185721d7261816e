/** Serves as long as the process lives, and tells its port. */
export type Serve = (listening: (port: number) => void) => Promise<void> | void;

/** A server that gives back what it gets. */
export interface Contestant {
  readonly name: string;
  /** Imports the server. A contestant without it is one of `python/echo.py`, by its name, or `server.c`. */
  readonly load?: () => Promise<Serve>;
}

export const STREAMS_NATIVE = "ours streams native";
export const STREAMS_GENERATOR = "ours streams generator";
export const PROTOCOL = "ours protocol";
export const BUFFERED = "ours buffered";
export const BARE = "bare node:net";
export const EPOLL = "C epoll";

export const contestants: readonly Contestant[] = [
  { name: STREAMS_GENERATOR, load: async () => (await import("./our-servers.ts")).streamsGenerator },
  { name: STREAMS_NATIVE, load: async () => (await import("./our-servers.ts")).streamsNative },
  { name: PROTOCOL, load: async () => (await import("./our-servers.ts")).protocol },
  { name: BUFFERED, load: async () => (await import("./our-servers.ts")).buffered },
  { name: BARE, load: async () => (await import("./bare-servers.ts")).handler },
  { name: "bare promises", load: async () => (await import("./bare-servers.ts")).promises },
  { name: "bare generators", load: async () => (await import("./bare-servers.ts")).generators },
  { name: "bare onread", load: async () => (await import("./bare-servers.ts")).onread },
  { name: "asyncio protocol" },
  { name: "asyncio streams" },
  { name: "uvloop protocol" },
  { name: "uvloop streams" },
  { name: EPOLL },
];
