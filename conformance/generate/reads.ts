import type { Awaitable, Name, SyncStatement } from "../language/ast.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";

/** Reads and arrivals of streams: few different bytes, so that separators, ends and limits fall together. */

const id = UNNUMBERED;

type ReadKind = "read" | "readline" | "readexactly" | "readuntil";

const KINDS: readonly ReadKind[] = ["read", "readline", "readexactly", "readuntil", "readuntil"];
const SEPARATORS = ["\n", ";", "ab", "a;", ";\n", "\n\n", "b"] as const;

export function writeRead(scope: Scope, reader: Name, kind: ReadKind = scope.random.pick(KINDS)): Awaitable {
  const { random } = scope;
  switch (kind) {
    case "read":
      return { kind, reader, size: random.pick([-1, -1, 0, 1, 2, 5, 20]) };
    case "readexactly":
      return { kind, reader, size: random.pick([0, 1, 2, 4, 7, 12]) };
    case "readuntil": {
      const count = random.pick([1, 1, 2, 3]);
      return { kind, reader, separators: Array.from({ length: count }, () => random.pick(SEPARATORS)) };
    }
    default:
      return { kind, reader };
  }
}

export function writeFeed(scope: Scope, reader: Name): SyncStatement {
  const length = scope.random.pick([0, 1, 1, 2, 3, 5, 9]);
  const data = Array.from({ length }, () => scope.random.pick(["a", "b", ";", "\n"])).join("");
  return { id, kind: "feedData", reader, data, guard: true };
}

/** Whatever comes in at a reader: data, mostly. */
export function writeArrival(scope: Scope, reader: Name): SyncStatement {
  const kind = scope.random.weighted({ data: 10, eof: 2, error: 0.7 });
  if (kind === "eof") return { id, kind: "feedEof", reader };
  if (kind === "error") return { id, kind: "failReader", reader, error: scope.error() };
  return writeFeed(scope, reader);
}
