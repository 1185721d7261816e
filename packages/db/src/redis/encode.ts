import { createClient, type RedisArgument, type TypeMapping } from "@redis/client";

/** What a reply of the protocol becomes for the caller. */
type Transform = (reply: unknown, preserve: unknown, typeMapping: TypeMapping | undefined) => unknown;

/** A command as it goes over the wire, and what to make of its reply. */
export interface Encoded {
  readonly args: readonly RedisArgument[] & { readonly preserve?: unknown };
  readonly transform: Transform | undefined;
}

type Encoder = Readonly<Record<string, (...args: readonly unknown[]) => Encoded>>;

/**
 * The driver's own builder of transactions, which calls `addCommand()` with every command that it has encoded and returns
 * what that gives: the command, here, so that each of the driver's typed commands can be sent in our way.
 */
const encoder: Encoder = Object.assign(createClient({ maintNotifications: "disabled" }).multi(), {
  addCommand: (args: Encoded["args"], transform?: Transform): Encoded => ({ args, transform }),
}) as unknown as Encoder;

/** The commands that the driver knows. */
export const commandNames: readonly string[] = Object.keys(Object.getPrototypeOf(encoder)).filter(
  (name) => name !== name.toUpperCase(),
);

/** Encodes one of the driver's commands. */
export function encode(name: string, args: readonly unknown[]): Encoded {
  return (encoder[name] as Encoder[string])(...args);
}

/** What a command may be given as it is. */
export type RawArgument = RedisArgument | number;

/** Encodes any command; its reply is given as it comes. */
export function encodeRaw(name: string, args: readonly RawArgument[]): Encoded {
  return { args: [...name.toUpperCase().split(" "), ...args.map(rawArgument)], transform: undefined };
}

function rawArgument(value: unknown): RedisArgument {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" || value instanceof Buffer) return value;
  throw new TypeError(
    `an argument of a Redis command must be a string, a number or a Buffer, got ${value === null ? "null" : typeof value}`,
  );
}
