import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientSession, Connector, type TraceCallbacks, TraceConfig, type TraceSignals } from "@asyncio-ts/http";
import { CancelledError, createTask, Event, gather, getRunningLoop, run } from "asyncio-ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { type Loopback, serveHttp, serveSilence } from "../support/loopback.ts";

type Signal = keyof TraceSignals;

const SIGNALS: readonly Signal[] = [
  "onRequestStart",
  "onRequestHeadersSent",
  "onRequestChunkSent",
  "onRequestRedirect",
  "onResponseChunkReceived",
  "onRequestEnd",
  "onRequestException",
  "onConnectionQueuedStart",
  "onConnectionQueuedEnd",
  "onConnectionCreateStart",
  "onConnectionCreateEnd",
  "onConnectionReuseconn",
  "onDnsResolvehostStart",
  "onDnsResolvehostEnd",
];

/** Notes all that it is told. */
class Recorder {
  readonly events: { signal: Signal; session: ClientSession; context: unknown; params: Record<string, unknown> }[] = [];
  readonly config: TraceConfig<unknown>;

  constructor(context?: (traceRequestCtx: unknown) => unknown) {
    const callbacks = Object.fromEntries(
      SIGNALS.map((signal) => [
        signal,
        (session: ClientSession, own: unknown, params: Record<string, unknown>) => {
          this.events.push({ signal, session, context: own, params });
        },
      ]),
    );
    this.config = new TraceConfig<unknown>({ ...callbacks, ...(context && { context }) } as TraceCallbacks<unknown>);
  }

  get signals(): Signal[] {
    return this.events.map(({ signal }) => signal);
  }

  params(signal: Signal): Record<string, unknown>[] {
    return this.events.filter((event) => event.signal === signal).map(({ params }) => params);
  }
}

describe("TraceConfig", () => {
  let server: Loopback;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let recorder: Recorder;

  beforeEach(async () => {
    recorder = new Recorder();
    answer = (_, response) => response.end("hello");
    server = await serveHttp((request, response) => answer(request, response));
  });

  afterEach(() => server[Symbol.asyncDispose]());

  test("TraceConfig is told of a request from its start to its end, and what its context makes of traceRequestCtx", () =>
    run(async () => {
      recorder = new Recorder((given) => ({ given }));
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      const response = await session.post(server.url, { data: "body", traceRequestCtx: 7 });
      expect(await response.text()).toBe("hello");
      expect(recorder.signals).toEqual([
        "onRequestStart",
        "onConnectionCreateStart",
        "onConnectionCreateEnd",
        "onRequestHeadersSent",
        "onRequestChunkSent",
        "onResponseChunkReceived",
        "onRequestEnd",
      ]);
      const [first] = recorder.events;
      expect(first?.context).toEqual({ given: 7 });
      expect(new Set(recorder.events.map(({ context }) => context))).toEqual(new Set([first?.context]));
      expect(recorder.events.every((event) => event.session === session)).toBe(true);
      expect(first?.params).toMatchObject({ method: "POST", url: new URL(server.url) });
      expect(String(recorder.params("onRequestChunkSent")[0]?.["chunk"])).toBe("body");
      expect(String(recorder.params("onResponseChunkReceived")[0]?.["chunk"])).toBe("hello");
      expect(recorder.params("onRequestEnd")[0]).toMatchObject({ response, method: "POST" });
      expect(recorder.params("onConnectionCreateEnd")).toEqual([{ host: "127.0.0.1", port: server.port }]);
    }));

  test("TraceConfig is told when a connection is used again", () =>
    run(async () => {
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      await (await session.get(server.url)).read();
      recorder.events.length = 0;
      await (await session.get(server.url)).read();
      expect(recorder.signals).toEqual([
        "onRequestStart",
        "onConnectionReuseconn",
        "onRequestHeadersSent",
        "onResponseChunkReceived",
        "onRequestEnd",
      ]);
    }));

  test("TraceConfig is told of every piece of a streamed upload", () =>
    run(async () => {
      answer = (request, response) => request.resume().on("end", () => response.end());
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      const data = async function* (): AsyncGenerator<string> {
        yield "one";
        yield "two";
      };
      await (await session.post(server.url, { data })).read();
      expect(recorder.params("onRequestChunkSent").map(({ chunk }) => String(chunk))).toEqual(["one", "two"]);
    }));

  test("TraceConfig is told of redirects", () =>
    run(async () => {
      answer = (request, response) => {
        if (request.url === "/") response.writeHead(302, { Location: "/there" });
        response.end();
      };
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      const response = await session.get(server.url);
      await response.read();
      const [redirect] = recorder.params("onRequestRedirect");
      expect(redirect).toMatchObject({ url: new URL(server.url), response: response.history[0] });
      expect(recorder.params("onRequestHeadersSent").map(({ url }) => (url as URL).pathname)).toEqual(["/", "/there"]);
      expect(recorder.signals.at(-1)).toBe("onRequestEnd");
      expect(recorder.params("onRequestStart")).toHaveLength(1);
    }));

  test("TraceConfig is told what a request failed with, and that it was cancelled", () =>
    run(async () => {
      await using silent = await serveSilence();
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      const error = await failure(session.get(silent.url, { timeout: { sockRead: 20 } }));
      expect(recorder.params("onRequestException")[0]).toMatchObject({ exception: error, url: new URL(silent.url) });
      await expect.poll(() => silent.sockets.size).toBe(0);
      const task = createTask(() => session.get(silent.url));
      await expect.poll(() => silent.sockets.size).toBe(1);
      task.cancel();
      await failure(task);
      expect(recorder.params("onRequestException")[1]?.["exception"]).toBeInstanceOf(CancelledError);
      expect(recorder.params("onRequestEnd")).toEqual([]);
    }));

  test("TraceConfig is told of a request that waits for a connection", () =>
    run(async () => {
      await using session = new ClientSession({
        traceConfigs: [recorder.config],
        connector: new Connector({ limit: 1 }),
      });
      const get = async (): Promise<void> => {
        await (await session.get(server.url)).read();
      };
      await gather([get(), get()]);
      const queued = recorder.signals.filter((signal) => signal.startsWith("onConnection"));
      expect(queued).toEqual([
        "onConnectionCreateStart",
        "onConnectionQueuedStart",
        "onConnectionCreateEnd",
        "onConnectionQueuedEnd",
        "onConnectionReuseconn",
      ]);
    }));

  test("TraceConfig is told of the looking up of a name, and of none of an address", () =>
    run(async () => {
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      await (await session.get(server.url)).read();
      expect(recorder.params("onDnsResolvehostStart")).toEqual([]);
      await (await session.get(server.url.replace("127.0.0.1", "localhost"))).read();
      expect(recorder.params("onDnsResolvehostStart")).toEqual([{ host: "localhost" }]);
      expect(recorder.params("onDnsResolvehostEnd")).toEqual([{ host: "localhost" }]);
      const dns = recorder.signals.slice(recorder.signals.indexOf("onDnsResolvehostStart"));
      expect(dns.slice(0, 3)).toEqual(["onDnsResolvehostStart", "onDnsResolvehostEnd", "onConnectionCreateEnd"]);
    }));

  test("TraceConfig that throws spoils nothing: the error goes to the exception handler", () =>
    run(async () => {
      const reported: unknown[] = [];
      getRunningLoop().setExceptionHandler((_, { message, exception }) => reported.push([message, exception]));
      const mistake = new Error("mistake");
      const broken = new TraceConfig({
        onRequestEnd() {
          throw mistake;
        },
      });
      await using session = new ClientSession({ traceConfigs: [broken, recorder.config] });
      expect(await (await session.get(server.url)).text()).toBe("hello");
      expect(reported).toEqual([["a tracer failed in onRequestEnd", mistake]]);
      expect(recorder.signals).toContain("onRequestEnd");
    }));

  test("TraceConfig gives each request a context of its own", () =>
    run(async () => {
      recorder = new Recorder(() => ({}));
      const both = new Event();
      let waiting = 0;
      answer = (_, response) => {
        if (++waiting === 2) both.set();
        response.end();
      };
      await using session = new ClientSession({ traceConfigs: [recorder.config] });
      await gather([session.get(server.url), session.get(server.url)]);
      expect(both.isSet()).toBe(true);
      expect(new Set(recorder.events.map(({ context }) => context)).size).toBe(2);
    }));
});
