import type { Socket } from "node:net";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { OSError, rethrowIfCancelled } from "../../core/errors.ts";
import { ExceptionGroup } from "../../core/exception-group.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { AddressInfo, ConnectionOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { staggeredRace } from "../../core/staggered.ts";
import { connectSocket } from "./connect-socket.ts";

/** Connects to the first address of a host that answers. */
export function connectToHost(
  loop: EventLoop,
  host: string | null,
  port: number | null,
  options: ConnectionOptions,
): Coroutine<Socket> {
  return new GeneratorCoroutine(connect(loop, host, port, options), "connect");
}

function* connect(
  loop: EventLoop,
  host: string | null,
  port: number | null,
  options: ConnectionOptions,
): CoroutineGenerator<Socket> {
  const { family, localAddr, happyEyeballsDelay = null } = options;
  const found = yield* loop.getaddrinfo(host, port, { family });
  const interleave = options.interleave ?? (happyEyeballsDelay === null ? 0 : 1);
  if (found.length === 0) throw new OSError("getaddrinfo() returned empty list");
  const addresses = interleave > 0 ? interleaved(found, interleave) : found;
  const local = localAddr === undefined ? undefined : yield* loop.getaddrinfo(localAddr[0], localAddr[1], { family });
  const attempts = addresses.map((address) => () => connectTo(loop, address, local));
  if (happyEyeballsDelay === null) return yield* inTurn(attempts, options);
  const { winner, errors } = yield* staggeredRace(loop, attempts, happyEyeballsDelay, (socket) => socket.destroy());
  if (winner !== null) return winner.result;
  throw failure(errors, options);
}

type Attempt = () => Coroutine<Socket>;

function* inTurn(attempts: readonly Attempt[], options: ConnectionOptions): CoroutineGenerator<Socket> {
  const errors: unknown[] = [];
  for (const attempt of attempts) {
    try {
      return yield* attempt();
    } catch (error) {
      rethrowIfCancelled(error);
      errors.push(error);
    }
  }
  throw failure(errors, options);
}

function connectTo(
  loop: EventLoop,
  address: AddressInfo,
  local: readonly AddressInfo[] | undefined,
): Coroutine<Socket> {
  const [host, port] = address.sockaddr;
  const own = local?.find(({ family }) => family === address.family);
  if (local !== undefined && own === undefined) {
    throw new OSError(`no matching local address with family=${address.family} found`);
  }
  const [localAddress, localPort] = own?.sockaddr ?? [];
  // With localPort 0 Node would not bind at all.
  const from = own === undefined ? {} : { localAddress, ...(localPort === 0 ? {} : { localPort }) };
  return connectSocket(loop, { host, port, ...from });
}

/** Takes addresses of the two families in turns, after `first` of the first one: RFC 8305, section 4. */
function interleaved(addresses: readonly AddressInfo[], first: number): AddressInfo[] {
  const family = addresses[0]?.family;
  const same = addresses.filter((address) => address.family === family);
  const other = addresses.filter((address) => address.family !== family);
  const result = same.splice(0, first - 1);
  while (same.length + other.length > 0) result.push(...same.splice(0, 1), ...other.splice(0, 1));
  return result;
}

/** One error for all that went wrong, as CPython makes it. */
function failure(errors: readonly unknown[], { allErrors = false }: ConnectionOptions): unknown {
  if (allErrors) return new ExceptionGroup("create_connection failed", errors);
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  if (messages.every((message) => message === messages[0])) return errors[0];
  const { code, errno, syscall } = errors[0] as OSError;
  return new OSError(`Multiple exceptions: ${messages.join(", ")}`, {
    code,
    errno,
    syscall,
    cause: new AggregateError(errors),
  });
}
