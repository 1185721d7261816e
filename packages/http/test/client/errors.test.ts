import * as http from "@asyncio-ts/http";
import { OSError, TimeoutError, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";

const {
  ClientError,
  ClientResponseError,
  ClientConnectionError,
  ClientOSError,
  ClientConnectorError,
  ServerConnectionError,
  ServerTimeoutError,
  InvalidUrlError,
  InvalidUrlClientError,
  InvalidUrlRedirectClientError,
} = http;

type ErrorClass = { readonly prototype: Error; readonly name: string };

/** aiohttp's tree: each class with its direct bases. */
const TREE: readonly (readonly [type: ErrorClass, ...bases: ErrorClass[]])[] = [
  [ClientError, Error],
  [ClientResponseError, ClientError],
  [http.ContentTypeError, ClientResponseError],
  [http.TooManyRedirects, ClientResponseError],
  [http.WSServerHandshakeError, ClientResponseError],
  [ClientConnectionError, ClientError],
  [http.ClientConnectionResetError, ClientConnectionError],
  [ClientOSError, ClientConnectionError, OSError],
  [ClientConnectorError, ClientOSError],
  [http.ClientConnectorDNSError, ClientConnectorError],
  [http.ClientProxyConnectionError, ClientConnectorError],
  [http.UnixClientConnectorError, ClientConnectorError],
  [http.ClientConnectorSSLError, ClientConnectorError],
  [http.ClientConnectorCertificateError, ClientConnectorError],
  [ServerConnectionError, ClientConnectionError],
  [http.ServerDisconnectedError, ServerConnectionError],
  [ServerTimeoutError, ServerConnectionError, TimeoutError],
  [http.ConnectionTimeoutError, ServerTimeoutError],
  [http.SocketTimeoutError, ServerTimeoutError],
  [http.ClientPayloadError, ClientError],
  [InvalidUrlError, ClientError, ValueError],
  [InvalidUrlClientError, InvalidUrlError],
  [http.NonHttpUrlClientError, InvalidUrlClientError],
  [InvalidUrlRedirectClientError, InvalidUrlError],
  [http.NonHttpUrlRedirectClientError, InvalidUrlRedirectClientError],
];

function ancestors(type: ErrorClass): Set<ErrorClass> {
  const bases = TREE.find(([child]) => child === type)?.slice(1) ?? [];
  return new Set([type, Error, ...bases.flatMap((base) => [...ancestors(base)])]);
}

test("ClientError and its kind are what aiohttp's are, and nothing else, to instanceof", () => {
  const all = new Set(TREE.flat());
  for (const [type] of TREE) {
    const instance: unknown = Object.create(type.prototype);
    const found = [...all].filter((base) => instance instanceof (base as unknown as ErrorConstructor));
    expect([type.name, new Set(found)]).toEqual([type.name, ancestors(type)]);
    expect(type.prototype.name).toBe(type.name);
  }
});

test("ClientError is no other error, nor anything else", () => {
  for (const value of [new Error("x"), new TimeoutError("x"), null, undefined, "x", Object.create(null)]) {
    expect(value instanceof ClientError).toBe(false);
  }
});

test("ClientError can be told from others in a class of one's own", () => {
  class OwnError extends ClientConnectionError {}
  expect(new OwnError("x")).toBeInstanceOf(ClientError);
  expect(new ClientConnectionError("x")).not.toBeInstanceOf(OwnError);
  expect(new http.SocketTimeoutError("x")).not.toBeInstanceOf(OwnError);
});
