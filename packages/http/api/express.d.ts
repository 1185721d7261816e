// dist/express/index.d.ts
export { ExpressTasks, type TaskHandler, tasks } from "./tasks.ts";

// dist/express/tasks.d.ts
import type { Coroutine, Task } from "asyncio-ts";
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from "express";
import type { CloseOptions } from "../server/http-server.ts";
import type { RequestTaskOptions } from "../server/serve-options.ts";
export type TaskHandler<P, ResBody, ReqBody, ReqQuery> = (req: Request<P, ResBody, ReqBody, ReqQuery>, res: Response<ResBody>, next: NextFunction) => unknown;
export declare class ExpressTasks implements AsyncDisposable {
    #private;
    readonly middleware: RequestHandler;
    handler<P = Request["params"], ResBody = unknown, ReqBody = Request["body"], ReqQuery = Request["query"]>(fn: TaskHandler<P, ResBody, ReqBody, ReqQuery>): RequestHandler<P, ResBody, ReqBody, ReqQuery>;
    readonly errors: ErrorRequestHandler;
    requests(): Task<void>[];
    close(options?: CloseOptions): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function tasks(options?: RequestTaskOptions): ExpressTasks;
