import type { Coroutine, Task } from "asyncio-ts";
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from "express";
import type { ResponseTask } from "../adapter/response-task.ts";
import { ResponseTasks } from "../adapter/response-tasks.ts";
import { checkTaskOptions } from "../server/check-serve-options.ts";
import type { CloseOptions } from "../server/http-server.ts";
import type { RequestTaskOptions } from "../server/serve-options.ts";

/** A handler or middleware of Express that may be an async function or a generator function. */
export type TaskHandler<P, ResBody, ReqBody, ReqQuery> = (
  req: Request<P, ResBody, ReqBody, ReqQuery>,
  res: Response<ResBody>,
  next: NextFunction,
) => unknown;

/** Makes a task of each request that Express answers. Made by {@link tasks}. */
export class ExpressTasks implements AsyncDisposable {
  readonly #tasks: ResponseTasks;

  /** @internal */
  constructor(options: RequestTaskOptions) {
    this.#tasks = new ResponseTasks("Express requests", options);
  }

  /**
   * For `app.use()`: what comes after it is a part of the task of its request, `currentTask()` there, and cancelled with it. The
   * task is over when the response has been sent; that cleaning up after a cancellation is waited for takes {@link handler}.
   */
  readonly middleware: RequestHandler = (req, res, next) => {
    if (this.#tasks.of(res) !== undefined) next();
    else this.#tasks.open(req, res, () => next());
  };

  /**
   * Makes a handler of an async or generator function, which runs in the task of its request: in the one of
   * {@link middleware}, else in one that begins with it. An error goes to Express, as ever; a cancellation does not: if the client
   * is still there it gets status 503.
   */
  handler<P = Request["params"], ResBody = unknown, ReqBody = Request["body"], ReqQuery = Request["query"]>(
    fn: TaskHandler<P, ResBody, ReqBody, ReqQuery>,
  ): RequestHandler<P, ResBody, ReqBody, ReqQuery> {
    if (typeof fn !== "function") throw new TypeError(`handler() needs a function, got ${typeof fn}`);
    return (req, res, next) => {
      const call = (request: ResponseTask): void => {
        request.call(() => fn(req, res, next)).catch((error: unknown) => this.#failed(request, error, res, next));
      };
      const running = this.#tasks.of(res);
      if (running === undefined) this.#tasks.open(req, res, call);
      else call(running);
    };
  }

  /** For `app.use()`, after everything else: keeps cancellations of handlers that are not wrapped from the handlers of errors. */
  readonly errors: ErrorRequestHandler = (error, _req, res, next) => {
    const request = this.#tasks.of(res);
    if (request === undefined) next(error);
    else this.#failed(request, error, res, next);
  };

  /** The tasks of the requests that are under way, oldest first. */
  requests(): Task<void>[] {
    return this.#tasks.running();
  }

  /**
   * Lets requests go on for `graceMs`, cancels those that are left then, and waits until they have cleaned up. Close the server
   * first, so that there are no new ones: they are answered with 503.
   */
  close(options: CloseOptions = {}): Coroutine<void> {
    return this.#tasks.close(options.graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #failed(request: ResponseTask, error: unknown, res: Response, next: NextFunction): void {
    if (!request.isCancellation(error)) next(error);
    else if (res.headersSent) res.destroy();
    else if (!request.isGone()) res.status(503).type("text/plain").send(error.message);
  }
}

/**
 * Makes a task of each request that Express answers: with a name, context variables of its own, and cancelled when its client
 * goes away. The tasks are children of one task, and end with it.
 *
 * @throws TypeError, ValueError for wrong options.
 * @example
 * ```ts
 * import type { AddressInfo } from "node:net";
 * import { currentTask, run, sleep } from "asyncio-ts";
 * import { tasks } from "@asyncio-ts/http/express";
 * import express from "express";
 *
 * await run(async () => {
 *   await using requests = tasks({ graceMs: 5000 });
 *   const app = express();
 *   app.get("/hello/:name", requests.handler(async (req, res) => {
 *     await sleep(1);
 *     res.send(`${req.params.name} in ${currentTask()?.getName()}`);
 *   }));
 *   const server = app.listen(0);
 *   const { port } = server.address() as AddressInfo;
 *   const response = await fetch(`http://localhost:${port}/hello/world`);
 *   console.log(await response.text()); // world in GET /hello/world
 *   server.close();
 * });
 * ```
 */
export function tasks(options: RequestTaskOptions = {}): ExpressTasks {
  checkTaskOptions("tasks", options);
  return new ExpressTasks(options);
}
