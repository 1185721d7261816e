import type { Socket } from "node:dgram";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { OSError, ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { AddressInfo, DatagramOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { DatagramProtocol } from "../../core/protocols.ts";
import type { DatagramTransport } from "../../core/transports.ts";
import { getaddrinfo } from "../dns.ts";
import { checkFactory } from "../net/check-options.ts";
import { checkDatagramOptions } from "./check-options.ts";
import { NodeDatagramTransport } from "./datagram-transport.ts";
import { adoptSocket, type Endpoint, openSocket, type Plan } from "./open-socket.ts";

/** As CPython's: names are resolved here and once, the first pair of addresses that can be had is used. */
export function createDatagramEndpoint<P extends DatagramProtocol>(
  loop: EventLoop,
  factory: () => P,
  options: DatagramOptions,
): Coroutine<[DatagramTransport, P]> {
  checkFactory("createDatagramEndpoint", factory);
  checkDatagramOptions(options);
  return new GeneratorCoroutine(create(loop, factory, options), "EventLoop.createDatagramEndpoint");
}

function* create<P extends DatagramProtocol>(
  loop: EventLoop,
  factory: () => P,
  options: DatagramOptions,
): CoroutineGenerator<[DatagramTransport, P]> {
  const { sock } = options;
  const endpoint = yield* sock === undefined ? openFirst(loop, options) : adoptSocket(loop, sock as Socket);
  let protocol: P;
  try {
    protocol = factory();
  } catch (error) {
    endpoint.socket.close();
    throw error;
  }
  const transport = new NodeDatagramTransport(loop, endpoint, protocol);
  yield* transport.open();
  return [transport, protocol];
}

/** Tries one pair of addresses after the other; when none will do, the first error tells why. */
function* openFirst(loop: EventLoop, options: DatagramOptions): CoroutineGenerator<Endpoint> {
  const plans = yield* makePlans(loop, options);
  let first: OSError | undefined;
  for (const plan of plans) {
    try {
      return yield* openSocket(loop, plan, options);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      first ??= error;
    }
  }
  throw first ?? new ValueError("can not get address information");
}

/** One for each family of which both addresses can be had, as far as they were given. */
function* makePlans(
  loop: EventLoop,
  { localAddr, remoteAddr, family }: DatagramOptions,
): CoroutineGenerator<readonly Plan[]> {
  if (!localAddr && !remoteAddr) return [{ family: family ?? 4, local: null, remote: null }];
  const wanted = family === undefined ? {} : { family };
  const locals = localAddr ? yield* getaddrinfo(loop, localAddr[0], localAddr[1], wanted) : null;
  const remotes = remoteAddr ? yield* getaddrinfo(loop, remoteAddr[0], remoteAddr[1], wanted) : null;
  return pair(locals, remotes);
}

function pair(locals: readonly AddressInfo[] | null, remotes: readonly AddressInfo[] | null): readonly Plan[] {
  const families = new Set([...(locals ?? []), ...(remotes ?? [])].map((info) => info.family));
  return [...families]
    .map((family) => ({ family, local: addressOf(locals, family), remote: addressOf(remotes, family) }))
    .filter((plan) => (locals === null || plan.local !== null) && (remotes === null || plan.remote !== null));
}

/** As CPython: of several addresses of a family the last one counts. */
function addressOf(infos: readonly AddressInfo[] | null, family: 4 | 6): AddressInfo["sockaddr"] | null {
  return infos?.findLast((info) => info.family === family)?.sockaddr ?? null;
}
