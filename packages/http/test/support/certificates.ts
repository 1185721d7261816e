import { readFileSync } from "node:fs";

function pem(name: string): string {
  return readFileSync(new URL(`../../../asyncio/test/fixtures/certs/${name}`, import.meta.url), "utf8");
}

/** One of the certificates of the tests of asyncio-ts, with its key; their README says for what they are. */
export function certificate(name: "server" | "other" | "expired" | "selfsigned" | "client"): {
  readonly cert: string;
  readonly key: string;
} {
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

/** The authority behind the certificates. */
export function authority(): string {
  return pem("ca.pem");
}
