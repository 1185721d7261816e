/**
 * Redis for asyncio-ts, over `@redis/client`.
 *
 * @module
 */

export type {
  CallOptions,
  CommandName,
  CommandParameters,
  CommandResult,
  Commands,
  NoMapping,
  SessionCommandName,
} from "./commands.ts";
export { createPool } from "./create-pool.ts";
export type { RawArgument } from "./encode.ts";
export { LockError, LockNotOwnedError, WatchError } from "./errors.ts";
export { DistributedLock, type LockOptions } from "./lock.ts";
export type { RedisOptions } from "./options.ts";
export { Pipeline, type PipelineCommands, type RepliesOrErrors } from "./pipeline.ts";
export { Redis } from "./redis.ts";
export { RedisConnection } from "./redis-connection.ts";
export { Script, type ScriptArguments } from "./script.ts";
export { type Message, type SubscribeOptions, Subscription } from "./subscription.ts";
