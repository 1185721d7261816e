import type * as tls from "node:tls";

/** Loaded when it is first needed: with its cryptography it takes longer than all the rest of Node's I/O. */
export function nodeTls(): typeof tls {
  return process.getBuiltinModule("node:tls");
}
