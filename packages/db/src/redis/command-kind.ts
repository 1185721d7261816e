import { InterfaceError } from "../errors.ts";
import type { Encoded } from "./encode.ts";

/**
 * Where a command may run: on the connection that all share; only on one of its own, because it blocks; only on one that
 * the caller holds, because it changes what the connection is (`"session"`), or asks what became of what was done on it
 * (`"wait"`); or nowhere, because no reply could be told from another after it (`"refused"`).
 */
export type CommandKind = "plain" | "blocking" | "wait" | "session" | "refused";

const KINDS: Readonly<Record<Exclude<CommandKind, "plain">, string>> = {
  blocking: "BLMOVE BLMOVEM BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN",
  wait: "WAIT WAITAOF",
  session: "ASKING AUTH DISCARD EXEC HIMPORT MULTI READONLY READWRITE SELECT UNWATCH WATCH",
  refused:
    "HELLO MONITOR PSUBSCRIBE PSYNC PUNSUBSCRIBE QUIT REPLCONF RESET SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC UNSUBSCRIBE",
};

const kinds = new Map<string, CommandKind>(
  Object.entries(KINDS).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind as CommandKind])),
);

/** The commands of which only some forms are of another kind. */
const partly = new Map<string, (args: Encoded["args"]) => CommandKind>([
  ["XREAD", ifBlocking],
  ["XREADGROUP", ifBlocking],
  ["CLIENT", ifSession],
  ["SCRIPT", (args) => (isOneOf(args[1], "DEBUG") ? "refused" : "plain")],
]);

/** Which kind of command it is. */
export function kindOf(args: Encoded["args"]): CommandKind {
  const name = args[0] as string;
  return kinds.get(name) ?? partly.get(name)?.(args) ?? "plain";
}

/** The error for a command that may not run where it was called. */
export function misplaced(kind: CommandKind, args: Encoded["args"]): InterfaceError {
  const name = String(args[0]);
  switch (kind) {
    case "refused":
      return new InterfaceError(`${name} would change the protocol of the connection: see subscribe(), close()`);
    case "blocking":
      return new InterfaceError(`${name} would block all others of the pipeline: call it on the client`);
    case "wait":
      return new InterfaceError(`${name} tells of what was done on the same connection: acquire() one for both`);
    default:
      return new InterfaceError(
        `${name} changes the connection, which all share: acquire() one for it, see transaction()`,
      );
  }
}

/** The keys come after STREAMS, and may be called anything. */
function ifBlocking(args: Encoded["args"]): CommandKind {
  for (const arg of args) {
    if (isOneOf(arg, "STREAMS")) break;
    if (isOneOf(arg, "BLOCK")) return "blocking";
  }
  return "plain";
}

function ifSession(args: Encoded["args"]): CommandKind {
  if (isOneOf(args[1], "REPLY")) return "refused";
  return isOneOf(args[1], "CACHING", "TRACKING") ? "session" : "plain";
}

function isOneOf(arg: Encoded["args"][number] | undefined, ...words: readonly string[]): boolean {
  return typeof arg === "string" && words.includes(arg.toUpperCase());
}
