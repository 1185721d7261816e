import { type LookupAddress, lookup, lookupService } from "node:dns";
import { isIP } from "node:net";
import type { Coroutine, CoroutineGenerator } from "../core/coroutine.ts";
import { describeValue } from "../core/describe.ts";
import { GaiError } from "../core/errors.ts";
import { GeneratorCoroutine } from "../core/generator-coroutine.ts";
import type { AddressInfo, GetaddrinfoOptions } from "../core/io-options.ts";
import type { EventLoop } from "../core/loop.ts";
import { startParked } from "../core/park.ts";
import { checkAddress, checkFamily, checkPort } from "./check-address.ts";
import { osError } from "./os-error.ts";

type Family = 4 | 6;
type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** As the system's resolver orders them. */
const LOOPBACK: readonly AddressInfo[] = [
  { family: 6, sockaddr: ["::1", 0] },
  { family: 4, sockaddr: ["127.0.0.1", 0] },
];

/**
 * The addresses of a host, by the system's resolver: `/etc/hosts`, then DNS, as the system is set up. null is this host,
 * numeric addresses are handed back, and neither asks anybody.
 *
 * The resolver blocks, so it runs in libuv's threads: four for the whole process, shared with the file system, unless the
 * environment variable UV_THREADPOOL_SIZE says otherwise. A call can't be stopped there. The wait can: its late result is
 * dropped.
 */
export function getaddrinfo(
  loop: EventLoop,
  host: string | null,
  port: number | null,
  options: GetaddrinfoOptions,
): Coroutine<AddressInfo[]> {
  if (host !== null && typeof host !== "string") {
    throw new TypeError(`getaddrinfo(): host must be a string or null, got ${describeValue(host)}`);
  }
  if (port !== null) checkPort("getaddrinfo()", port);
  checkFamily("getaddrinfo()", options.family);
  return new GeneratorCoroutine(resolve(loop, host, port ?? 0, options.family), "EventLoop.getaddrinfo");
}

function* resolve(
  loop: EventLoop,
  host: string | null,
  port: number,
  family: Family | undefined,
): CoroutineGenerator<AddressInfo[]> {
  const found = knownAddresses(host, family) ?? (yield* lookUp(loop, host ?? "", family));
  return found.map((info) => ({ family: info.family, sockaddr: [info.sockaddr[0], port] }));
}

/** What needs no look-up. */
function knownAddresses(host: string | null, family: Family | undefined): readonly AddressInfo[] | undefined {
  if (host === null) return LOOPBACK.filter((info) => family === undefined || info.family === family);
  // Node takes it for a name that has no addresses.
  if (host === "") throw new GaiError("getaddrinfo ENOTFOUND: the name is empty", notFound("ENOTFOUND"));
  const own = isIP(host) as 0 | Family;
  if (own === 0) return undefined;
  if (family === undefined || family === own) return [{ family: own, sockaddr: [host, 0] }];
  const message = `getaddrinfo EAI_ADDRFAMILY ${host}: this is no address of IPv${family}`;
  throw new GaiError(message, notFound("EAI_ADDRFAMILY"));
}

function notFound(code: string): { readonly code: string; readonly syscall: string } {
  return { code, syscall: "getaddrinfo" };
}

function* lookUp(loop: EventLoop, host: string, family: Family | undefined): CoroutineGenerator<AddressInfo[]> {
  const begin = loop.time();
  return yield* startParked<AddressInfo[]>(loop, (wait) => {
    const found: Found = (error, addresses) => {
      reportSlow(loop, host, loop.time() - begin);
      if (error) wait.reject(osError(error));
      else wait.resolve(addresses.map(toAddressInfo));
    };
    loop._outside(() => ask(host, family, found));
    return () => "done";
  });
}

function ask(host: string, family: Family | undefined, found: Found): void {
  try {
    lookup(host, { all: true, family: family ?? 0, order: "verbatim" }, found);
  } catch (cause) {
    // Node does not even ask for some, those with a zero byte.
    throw new GaiError(`getaddrinfo ENOTFOUND ${host}`, { ...notFound("ENOTFOUND"), cause });
  }
}

function toAddressInfo({ address, family }: { readonly address: string; readonly family: number }): AddressInfo {
  return { family: family === 6 ? 6 : 4, sockaddr: [address, 0] };
}

/** CPython logs it, and as a rule nobody looks; here it is one of the reports of debug mode. */
function reportSlow(loop: EventLoop, host: string, took: number): void {
  if (!loop.getDebug() || took < loop.slowCallbackDuration || loop.isClosed()) return;
  loop.callExceptionHandler({ message: `Getting address info ${host} took ${took.toFixed(3)}ms` });
}

/**
 * The name of a numeric address, and that of the service on the port; where there is none, the number. It blocks one of
 * libuv's threads, as {@link getaddrinfo}.
 */
export function getnameinfo(
  loop: EventLoop,
  address: readonly [host: string, port: number],
): Coroutine<[host: string, service: string]> {
  checkAddress("getnameinfo()", "the address", address);
  return new GeneratorCoroutine(nameOf(loop, address[0], address[1]), "EventLoop.getnameinfo");
}

function* nameOf(loop: EventLoop, host: string, port: number): CoroutineGenerator<[string, string]> {
  if (isIP(host) === 0) {
    const message = `getnameinfo ENOTFOUND ${host}: the address must be numeric, see getaddrinfo()`;
    throw new GaiError(message, { code: "ENOTFOUND", syscall: "getnameinfo" });
  }
  try {
    return yield* lookUpService(loop, host, port);
  } catch (error) {
    if (!(error instanceof GaiError) || error.code !== "ENOTFOUND") throw error;
  }
  return [host, yield* serviceOf(loop, port)];
}

/** Node insists on a name for the host, of which there is none. Every system has one for itself. */
function* serviceOf(loop: EventLoop, port: number): CoroutineGenerator<string> {
  try {
    return (yield* lookUpService(loop, "127.0.0.1", port))[1];
  } catch (error) {
    if (!(error instanceof GaiError)) throw error;
    return String(port);
  }
}

function lookUpService(loop: EventLoop, host: string, port: number): Coroutine<[string, string]> {
  return new GeneratorCoroutine(lookUpServiceNow(loop, host, port), "lookupService");
}

function* lookUpServiceNow(loop: EventLoop, host: string, port: number): CoroutineGenerator<[string, string]> {
  return yield* startParked<[string, string]>(loop, (wait) => {
    loop._outside(() =>
      lookupService(host, port, (error, hostname, service) => {
        if (error) wait.reject(osError(error));
        else wait.resolve([hostname, service]);
      }),
    );
    return () => "done";
  });
}
