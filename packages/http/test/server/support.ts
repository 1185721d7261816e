import { connect, type Socket } from "node:net";
import { type App, type HttpServer, type ServeOptions, serve } from "@asyncio-ts/http/server";
import { type EventLoop, type ExceptionContext, getRunningLoop, run } from "asyncio-ts";
import { vi } from "vitest";

/** Waits until `check` does not throw any more; as long as a busy machine may need. */
export function eventually<T>(check: () => T | Promise<T>, interval = 5): Promise<T> {
  return vi.waitFor(check, { timeout: 8000, interval });
}

/** What the loop's exception handler was told. */
export type Reports = string[];

/** Serves on a free port for as long as `body` runs. What is reported must be looked at. */
export async function serving<T>(
  app: App,
  body: (server: HttpServer, reports: Reports) => Promise<T>,
  options: ServeOptions = {},
): Promise<T> {
  return run(async () => {
    const reports = collectReports();
    await using server = await serve(app, { host: "127.0.0.1", port: 0, graceMs: 0, ...options });
    return await body(server, reports);
  });
}

export function collectReports(): Reports {
  const reports: Reports = [];
  getRunningLoop().setExceptionHandler((_loop: EventLoop, context: ExceptionContext) => {
    const { message, exception } = context;
    reports.push(exception === undefined ? message : `${message}: ${String(exception)}`);
  });
  return reports;
}

/** A connection on which bytes are sent as they are. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  ended = false;
  closed = false;
  error: NodeJS.ErrnoException | null = null;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
    });
    this.socket.on("end", () => {
      this.ended = true;
      this.socket.end();
    });
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** A request line with what HTTP needs. */
  get(path: string, headers = ""): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  }

  statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }
}
