import { NotSupportedError } from "../errors.ts";
import type { TransactionOptions } from "../query.ts";

/** The statements that begin a transaction. */
export function beginStatements(options: TransactionOptions): readonly string[] {
  const { isolation, readOnly, deferrable, consistentSnapshot } = options;
  if (deferrable !== undefined) {
    throw new NotSupportedError("transaction(): MySQL has no deferrable transactions; see consistentSnapshot");
  }
  const modes: string[] = [];
  if (consistentSnapshot === true) modes.push("WITH CONSISTENT SNAPSHOT");
  if (readOnly !== undefined) modes.push(readOnly ? "READ ONLY" : "READ WRITE");
  const start = ["START TRANSACTION", modes.join(", ")].join(" ").trimEnd();
  return isolation === undefined ? [start] : [`SET TRANSACTION ISOLATION LEVEL ${isolation}`, start];
}
