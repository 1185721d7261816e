import { AssertionError } from "node:assert";
import { ValueError } from "asyncio-ts";
import { errors } from "undici";
import type { ClientRequest } from "./client-request.ts";
import { ConnectionGone } from "./connection.ts";
import {
  ClientConnectionError,
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  type ConnectionTarget,
  ConnectionTimeoutError,
  ServerDisconnectedError,
  UnixClientConnectorError,
} from "./errors.ts";

type Coded = Error & { readonly code?: string; readonly errno?: number; readonly syscall?: string };

/** What a request fails with before an answer has come. */
export function exchangeError(error: Error, request: ClientRequest): Error {
  if (error instanceof ClientError) return error;
  const { code = "" } = error as Coded;
  const details = { request, cause: error };
  if (isNoHttp(error)) return badAnswer(`it is no proper HTTP: ${error.message}`, error, request);
  if (error instanceof errors.HeadersOverflowError)
    return badAnswer("its headers are larger than maxHeaderSize", error, request);
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError) {
    return Object.assign(new ValueError(`the request can't be sent: ${error.message}`), { cause: error });
  }
  if (
    error instanceof errors.SocketError ||
    error instanceof ConnectionGone ||
    code === "ECONNRESET" ||
    code === "EPIPE"
  ) {
    return new ServerDisconnectedError(`the server closed the connection without an answer: ${error.message}`, details);
  }
  if (error instanceof errors.UndiciError) return new ClientConnectionError(error.message, details);
  return new ClientOSError(error.message, { ...osDetails(error), ...details });
}

/** undici has an error for most of it, but not for an answer that it did not expect at all. */
function isNoHttp(error: Error): boolean {
  return (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.ResponseContentLengthMismatchError ||
    error instanceof AssertionError ||
    (error instanceof errors.SocketError && /^bad (response|upgrade)$/.test(error.message))
  );
}

function badAnswer(what: string, cause: Error, request: ClientRequest): ClientResponseError {
  return new ClientResponseError(`the answer can't be understood: ${what}`, { request, cause });
}

/** What the reading of a body fails with. */
export function bodyError(error: Error, request: ClientRequest): Error {
  if (error instanceof ClientError) return error;
  return new ClientPayloadError(`the body of the answer was cut off or is broken: ${error.message}`, {
    request,
    cause: error,
  });
}

/** What a request fails with when there is no connection. */
export function connectError(
  error: Error,
  target: ConnectionTarget,
  request: ClientRequest,
  path: string | null,
): Error {
  if (error instanceof ClientError) return error;
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const details = { ...osDetails(error), request, cause: error };
  const where = path ?? `${target.host}:${target.port}`;
  const text = `Cannot connect to ${where}${target.ssl ? " by TLS" : ""}: ${first.message || details.code}`;
  if (details.code === "ETIMEDOUT" || details.code === "UND_ERR_CONNECT_TIMEOUT")
    return new ConnectionTimeoutError(text, details);
  if (path !== null) return new UnixClientConnectorError(text, target, details);
  if (details.syscall === "getaddrinfo") return new ClientConnectorDNSError(text, target, details);
  if (isCertificateCode(details.code)) return new ClientConnectorCertificateError(text, target, details);
  if (isTlsCode(details.code)) return new ClientConnectorSSLError(text, target, details);
  return new ClientConnectorError(text, target, details);
}

/** What the system says of an error. */
export function osDetails(error: Error): Pick<Coded, "errno" | "syscall"> & { code: string } {
  const { code = "", errno, syscall } = error as Coded;
  return { code, ...(errno === undefined ? {} : { errno }), ...(syscall === undefined ? {} : { syscall }) };
}

/** As OpenSSL, through Node, names what is wrong with a certificate. */
const CERTIFICATE =
  /^(ERR_TLS_CERT_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERROR_IN_CERT_|PATH_LENGTH_EXCEEDED)/;

function isCertificateCode(code: string): boolean {
  return CERTIFICATE.test(code);
}

function isTlsCode(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO";
}
