import type { RedisClient, RedisClientType, TypeMapping } from "@redis/client";
import type { Coroutine } from "asyncio-ts";

/** No types but those of the driver. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- nothing in it is the very point
export type NoMapping = Record<never, never>;
type Client<T extends TypeMapping> = RedisClientType<NoMapping, NoMapping, NoMapping, 3, T>;

/** What the client class of the driver has besides the commands. */
type Methods = keyof RedisClient<NoMapping, NoMapping, NoMapping, 3, NoMapping>;

/** The commands by the driver's names: `get`, `hGetAll`, `zRangeWithScores`. */
export type CommandName = Exclude<keyof Client<NoMapping>, Methods | "command" | Uppercase<string>>;

/** What changes, or asks for, the state of one connection, and so needs a connection of one's own. */
export type SessionCommandName = Extract<
  CommandName,
  | "asking"
  | "auth"
  | "clientCaching"
  | "clientTracking"
  | "discard"
  | "hello"
  | "himportDiscard"
  | "himportDiscardAll"
  | "himportPrepare"
  | "himportSet"
  | "readonly"
  | "readwrite"
  | "scriptDebug"
  | "wait"
>;

/** The arguments of a command, as the driver has them. */
export type CommandParameters<N extends CommandName> = Parameters<Client<NoMapping>[N]>;

/** What a command gives; `T` says which types of the protocol become which of JavaScript. */
export type CommandResult<N extends CommandName, T extends TypeMapping = NoMapping> = Awaited<ReturnType<Client<T>[N]>>;

/** Every command as a method. */
export type Commands<T extends TypeMapping = NoMapping, N extends CommandName = CommandName> = {
  [K in N]: (...args: CommandParameters<K>) => Coroutine<CommandResult<K, T>>;
};

/** How a command is sent, and its reply read. */
export interface CallOptions<T extends TypeMapping = TypeMapping> {
  /** After how many milliseconds without a reply a TimeoutError is raised; null for never. */
  readonly timeoutMs?: number | null | undefined;
  /**
   * Which types of the protocol become which of JavaScript, as the driver has it: `{ [RESP_TYPES.BLOB_STRING]: Buffer }`
   * gives bytes instead of strings.
   */
  readonly typeMapping?: T | undefined;
}
