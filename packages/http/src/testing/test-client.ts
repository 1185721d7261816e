import { type Coroutine, type CoroutineGenerator, coroutine, RuntimeError } from "asyncio-ts";
import { ClientSession } from "../client/session.ts";
import type { ClientSessionOptions } from "../client/session-options.ts";
import { type App, handlerOf } from "../server/app.ts";
import { type ErrorHandler, takeErrors } from "../server/error-response.ts";
import { AppConnector } from "./app-connector.ts";

/** For {@link testClient}. */
export interface TestClientOptions extends Omit<ClientSessionOptions, "connector" | "connectorOwner"> {
  /** As for `serve()`. */
  readonly onError?: ErrorHandler | undefined;
}

/** A session whose requests go to an app. Made by {@link testClient}. */
export class TestClient extends ClientSession {
  /** @throws RuntimeError, from the wait: there is no connection. Use {@link testServer}. */
  override wsConnect(): Coroutine<never> {
    return noWebSocket();
  }
}

// biome-ignore lint/correctness/useYield: there is nothing to wait for
const noWebSocket = coroutine(function* wsConnect(): CoroutineGenerator<never> {
  throw new RuntimeError("a WebSocket needs a connection, and testClient() makes none: use testServer()");
});

/**
 * A session whose requests go to an app, without a server or a port: with cookies, redirects, middlewares and all. Each is a
 * task, as with `serve()`: cancelling the request cancels the handler, and closing the session those that are left.
 *
 * There is nothing that is outside of the loop. So in `runVirtual()` a handler that sleeps for an hour has ended at once. There
 * are no timeouts but those that you give. WebSockets need a connection: see {@link testServer}.
 *
 * @throws TypeError when `app` is nothing that answers requests.
 * @example
 * ```ts
 * import { sleep } from "asyncio-ts";
 * import { runVirtual } from "asyncio-ts/testing";
 * import { testClient } from "@asyncio-ts/http/testing";
 * import { Hono } from "hono";
 *
 * const app = new Hono().get("/patience", async (c) => c.text(await sleep(3_600_000, "an hour later")));
 * await runVirtual(async () => {
 *   await using client = testClient(app);
 *   const response = await client.get("/patience");
 *   console.log(response.status, await response.text()); // 200 an hour later
 * });
 * ```
 */
export function testClient(app: App, options: TestClientOptions = {}): TestClient {
  const { onError, ...session } = options;
  const handler = handlerOf("testClient", app);
  takeErrors(app);
  return new TestClient({
    baseUrl: "http://localhost/",
    timeout: { total: null, sockConnect: null },
    ...session,
    connector: new AppConnector({ handler, onError }),
  });
}
