import type { Coroutine } from "asyncio-ts";
import type { ClientResponse } from "./client-response.ts";
import { Connector } from "./connector.ts";
import type { RequestOptions } from "./request-options.ts";
import { ClientSession } from "./session.ts";

/**
 * Makes one request without a session: its connection is closed when the body has been read, or the response disposed of.
 * Who makes several keeps a {@link ClientSession}, which is faster, and has cookies.
 *
 * @throws as {@link ClientSession.request}.
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { run } from "asyncio-ts";
 * import { request } from "@asyncio-ts/http";
 *
 * const server = createServer((_, response) => response.end('{"ok":true}')).listen(0, "127.0.0.1");
 * await run(async () => {
 *   const { port } = server.address() as AddressInfo;
 *   await using response = await request("GET", `http://127.0.0.1:${port}/`);
 *   console.log(await response.json({ contentType: null })); // { ok: true }
 * });
 * server.close();
 * ```
 */
export function request(method: string, url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
  return new ClientSession({ connector: new Connector({ forceClose: true }) }).request(method, url, options);
}
