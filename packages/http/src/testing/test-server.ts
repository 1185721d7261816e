import { type Coroutine, coroutine } from "asyncio-ts";
import { CookieJar } from "../client/cookie-jar.ts";
import { ClientSession } from "../client/session.ts";
import type { ClientSessionOptions } from "../client/session-options.ts";
import type { App } from "../server/app.ts";
import type { HttpServer } from "../server/http-server.ts";
import { serve } from "../server/serve.ts";
import type { ServeOptions } from "../server/serve-options.ts";

/** For {@link testServer}. */
export interface TestServerOptions extends ServeOptions {
  /** For the session. */
  readonly session?: ClientSessionOptions | undefined;
}

/** A server, and a session whose relative URLs lead to it. Disposing of it closes both. */
export class TestServer implements AsyncDisposable {
  readonly server: HttpServer;
  readonly session: ClientSession;

  /** @internal */
  constructor(server: HttpServer, session: ClientSession) {
    this.server = server;
    this.session = session;
  }

  /** Where the server is, without a slash at the end. */
  get url(): string {
    return this.server.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.session.close();
    } finally {
      await this.server.close();
    }
  }
}

/**
 * Serves an app on a free port of the loopback interface, with a session for it. At the end requests that are left are
 * cancelled at once: `graceMs` is 0.
 *
 * @throws as `serve()`.
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { testServer } from "@asyncio-ts/http/testing";
 *
 * await run(async () => {
 *   await using test = await testServer(() => new Response("hello"));
 *   const response = await test.session.get("/");
 *   console.log(await response.text()); // hello
 * });
 * ```
 */
export function testServer(app: App, options: TestServerOptions = {}): Coroutine<TestServer> {
  const { session, ...served } = options;
  return start(serve(app, { host: "127.0.0.1", port: 0, graceMs: 0, ...served }), session);
}

const start = coroutine(function* start(starting: Coroutine<HttpServer>, options: ClientSessionOptions = {}) {
  const server = yield* starting;
  // The host is an address, of which others take no cookies.
  return new TestServer(
    server,
    new ClientSession({ baseUrl: `${server.url}/`, cookieJar: new CookieJar({ unsafe: true }), ...options }),
  );
});
