import type { TypeMapping } from "@redis/client";
import type { CommandName, Commands } from "./commands.ts";
import { commandNames, type Encoded, encode } from "./encode.ts";

type Method = (this: CommandMethods, ...args: readonly unknown[]) => unknown;

/** The methods of all commands, for classes that say in {@link CommandMethods._call} what is to become of one. */
export abstract class CommandMethods {
  static {
    const methods = this.prototype as unknown as Record<string, Method>;
    for (const name of commandNames) {
      methods[name] = function (...args) {
        return this._call(encode(name, args));
      };
    }
  }

  /** @internal */
  abstract _call(command: Encoded): unknown;
}

/** A class with the methods of the commands `N`, whose calls give coroutines. */
export const WithCommands: abstract new <T extends TypeMapping, N extends CommandName>() => CommandMethods &
  Commands<T, N> = CommandMethods as never;
