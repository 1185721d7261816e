import { ErrorReply, type TypeMapping } from "@redis/client";
import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { InterfaceError } from "../errors.ts";
import { kindOf, misplaced } from "./command-kind.ts";
import { CommandMethods } from "./command-methods.ts";
import type {
  CallOptions,
  CommandName,
  CommandParameters,
  CommandResult,
  NoMapping,
  SessionCommandName,
} from "./commands.ts";
import { type Encoded, encodeRaw, type RawArgument } from "./encode.ts";
import { commandError, WatchError } from "./errors.ts";
import { type Outcome, requestAll, type Sender } from "./request.ts";

/** What commands are sent over, and how. */
export interface Target {
  readonly sender: Sender;
  readonly options: CallOptions;
  /** Called when a transaction has ended on the server. */
  readonly executed?: () => void;
}

/** Every command as a method that adds it. */
export type PipelineCommands<T extends TypeMapping, R extends readonly unknown[]> = {
  [K in Exclude<CommandName, SessionCommandName>]: (
    ...args: CommandParameters<K>
  ) => Pipeline<T, [...R, CommandResult<K, T>]>;
};

const WithPipelineCommands: abstract new <T extends TypeMapping, R extends readonly unknown[]>() => CommandMethods &
  PipelineCommands<T, R> = CommandMethods as never;

/** Replies, or in their place the errors. */
export type RepliesOrErrors<R extends readonly unknown[]> = { -readonly [I in keyof R]: R[I] | Error };

/**
 * Commands that are sent together, by {@link execute}, and whose replies come as one list. Made by `pipeline()`, where
 * those of others may come between, or by `multi()`: then they are a transaction, and the server runs all or none.
 *
 * As with redis-py a command that fails does not undo the others, nor keep the rest from being run.
 */
export class Pipeline<
  T extends TypeMapping = NoMapping,
  R extends readonly unknown[] = [],
> extends WithPipelineCommands<T, R> {
  readonly #target: Target;
  readonly #isTransaction: boolean;
  readonly #commands: Encoded[] = [];
  #executed = false;

  /** @internal */
  constructor(target: Target, isTransaction: boolean) {
    super();
    this.#target = target;
    this.#isTransaction = isTransaction;
  }

  /** How many commands it has. */
  get length(): number {
    return this.#commands.length;
  }

  /** Adds any command; its reply is given as it comes. */
  command(name: string, ...args: RawArgument[]): Pipeline<T, [...R, unknown]> {
    return this._call(encodeRaw(name, args)) as unknown as Pipeline<T, [...R, unknown]>;
  }

  /**
   * Sends the commands, and gives their replies. It can be done once.
   *
   * Cancelled before any of them was written to the socket, all are withdrawn; after that all take effect.
   *
   * @throws The error of the first command that has failed; with `raiseOnError: false` the errors are in the list instead.
   * WatchError when a key that was watched has changed; the error of a command that the server does not accept in a
   * transaction, of which it then runs nothing.
   */
  execute(options?: { readonly raiseOnError?: true }): Coroutine<R>;
  execute(options: { readonly raiseOnError: boolean }): Coroutine<RepliesOrErrors<R>>;
  execute({ raiseOnError = true }: { readonly raiseOnError?: boolean } = {}): Coroutine<R | RepliesOrErrors<R>> {
    return Pipeline.#execute.call(this as unknown as Pipeline, raiseOnError) as unknown as Coroutine<R>;
  }

  /** @internal */
  override _call(command: Encoded): this {
    const kind = kindOf(command.args);
    // Nothing blocks inside of a transaction.
    if (kind !== "plain" && !(kind === "blocking" && this.#isTransaction)) throw misplaced(kind, command.args);
    this.#commands.push(command);
    return this;
  }

  static readonly #execute = coroutine(function* execute(
    this: Pipeline,
    raiseOnError: boolean,
  ): CoroutineGenerator<unknown[]> {
    if (this.#executed) throw new InterfaceError("execute(): the pipeline was executed already; make a new one");
    this.#executed = true;
    if (this.#commands.length === 0) return [];
    const outcomes = yield* this.#isTransaction ? this.#runTransaction() : this.#run(this.#commands);
    return outcomes.map((outcome, index) => {
      if ("reply" in outcome) return outcome.reply;
      if (raiseOnError) throw located(outcome.error, index, this.#commands.length);
      return outcome.error;
    });
  });

  #run(commands: readonly Encoded[]): Coroutine<Outcome[]> {
    return requestAll(this.#target.sender, commands, this.#target.options);
  }

  *#runTransaction(): CoroutineGenerator<Outcome[]> {
    const raw = this.#commands.map(({ args }) => ({ args, transform: undefined }));
    const outcomes = yield* this.#run([encodeRaw("MULTI", []), ...raw, encodeRaw("EXEC", [])]);
    this.#target.executed?.();
    const last = outcomes.at(-1) as Outcome;
    // EXEC says only that something was wrong with a command; its own error says what.
    if ("error" in last) throw outcomes.flatMap((outcome) => ("error" in outcome ? [outcome.error] : []))[0];
    if (last.reply === null) throw new WatchError("a key that was watched has been changed: nothing was executed");
    return (last.reply as unknown[]).map((reply, index) => this.#outcome(reply, this.#commands[index] as Encoded));
  }

  #outcome(reply: unknown, { args, transform }: Encoded): Outcome {
    if (reply instanceof ErrorReply) return { error: commandError(reply, String(args[0]), null) };
    return {
      reply: transform === undefined ? reply : transform(reply, args.preserve, this.#target.options.typeMapping),
    };
  }
}

function located(error: unknown, index: number, count: number): unknown {
  if (error instanceof Error) error.message = `command ${index + 1} of ${count} in the pipeline: ${error.message}`;
  return error;
}
