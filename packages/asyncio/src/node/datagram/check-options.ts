import { Socket } from "node:dgram";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { DatagramOptions } from "../../core/io-options.ts";
import { checkAddress, checkFamily } from "../check-address.ts";

const METHOD = "createDatagramEndpoint()";

/** @throws TypeError, ValueError: CPython's, at the call. */
export function checkDatagramOptions(options: DatagramOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${METHOD} needs options, got ${describeValue(options)}`);
  }
  if (options.sock !== undefined) {
    checkSock(options);
    return;
  }
  const { localAddr, remoteAddr, family } = options;
  checkFamily(METHOD, family);
  if (localAddr) checkAddress(METHOD, "localAddr", localAddr, true);
  if (remoteAddr) checkAddress(METHOD, "remoteAddr", remoteAddr);
  if (!localAddr && !remoteAddr && family === undefined) {
    throw new ValueError("unexpected address family: give localAddr, remoteAddr or family");
  }
  if (options.reusePort) checkReusePort();
}

function checkSock({ sock, ...others }: DatagramOptions): void {
  if (!(sock instanceof Socket)) throw new ValueError(`A datagram socket was expected, got ${describeValue(sock)}`);
  const problems = Object.entries(others).filter(([, value]) => value);
  if (problems.length === 0) return;
  const list = problems.map(([name, value]) => `${name}=${String(value)}`).join(", ");
  throw new ValueError(`socket modifier keyword arguments can not be used when sock is specified. (${list})`);
}

/**
 * Older versions ignore the option. Their `reuseAddr` is no substitute: on Linux the socket that was bound last gets
 * every datagram, be it somebody else's.
 */
function checkReusePort(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)) return;
  throw new ValueError(
    `reuse_port not supported by Node ${process.versions.node}: it needs 22.12 or 23.1; ` +
      "for multicast, a dgram.Socket with reuseAddr can be given as sock",
  );
}
