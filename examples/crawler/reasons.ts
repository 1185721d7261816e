import { ClientConnectorDNSError, ClientError, ClientOSError, ServerDisconnectedError } from "@asyncio-ts/http";
import { TimeoutError } from "asyncio-ts";

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
};

/** What went wrong on the way, in words; undefined for what is no such thing. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof TimeoutError) return "timed out";
  if (error instanceof ClientConnectorDNSError) return "no such host";
  if (error instanceof ServerDisconnectedError) return codeOf(error.cause) ?? "connection closed";
  if (error instanceof ClientOSError) return codeOf(error) ?? error.message;
  return error instanceof ClientError ? error.message : undefined;
}

/** Of what the system has a code for. */
function codeOf(error: unknown): string | undefined {
  return NETWORK_ERRORS[(error as { readonly code?: string } | undefined)?.code ?? ""];
}
