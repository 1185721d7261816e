import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { ResponseTask } from "../adapter/response-task.ts";
import { ResponseTasks } from "../adapter/response-tasks.ts";
import { checkTaskOptions } from "../server/check-serve-options.ts";
import type { RequestTaskOptions } from "../server/serve-options.ts";

/**
 * A plugin of Fastify: the handler of each route that is added after it runs in a task, with a name, context variables of its
 * own, and cancelled when its client goes away. Handlers may be generator functions.
 *
 * The tasks are children of one task. `fastify.close()` lets them go on for `graceMs`, cancels those that are left then, and
 * waits until they have cleaned up. A request that was cancelled, and whose client is still there, is an error of status 503.
 *
 * @throws TypeError, ValueError for wrong options, from `fastify.ready()`.
 * @example
 * ```ts
 * import { currentTask, sleep } from "asyncio-ts";
 * import { tasks } from "@asyncio-ts/http/fastify";
 * import { fastify } from "fastify";
 *
 * const app = fastify();
 * await app.register(tasks, { graceMs: 5000 });
 * app.get("/hello", async () => {
 *   await sleep(1);
 *   return `in ${currentTask()?.getName()}`;
 * });
 * console.log((await app.inject("/hello")).body); // in GET /hello
 * await app.close();
 * ```
 */
export const tasks: FastifyPluginAsync<RequestTaskOptions> = async (fastify, options) => {
  checkTaskOptions("tasks", options);
  const requests = new ResponseTasks("Fastify requests", options);
  await requests.ready();
  fastify.addHook("onRoute", (route) => {
    route.handler = inTask(requests, route.handler);
  });
  fastify.addHook("preClose", async () => await requests.beginToClose());
  fastify.addHook("onClose", async () => void (await requests.waitEnded()));
};

// What the package fastify-plugin does: the hooks are for whoever registers it, not for what it registers itself.
Object.defineProperty(tasks, Symbol.for("skip-override"), { value: true });
Object.defineProperty(tasks, Symbol.for("fastify.display-name"), { value: "@asyncio-ts/http" });

/** A request that was cancelled. */
class CancelledRequest extends Error {
  readonly statusCode = 503;
}

function inTask(requests: ResponseTasks, handler: RouteHandlerMethod): RouteHandlerMethod {
  return function (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    return new Promise((resolve, reject) => {
      const call = (task: ResponseTask): void => {
        task
          .call(() => handler.call(this, request, reply) ?? reply)
          .then(resolve, (error: unknown) => {
            if (!task.isCancellation(error)) reject(error);
            else if (task.isGone()) resolve(reply.hijack());
            else reject(new CancelledRequest(error.message));
          });
      };
      requests.open(request.raw, reply.raw, call);
    });
  };
}
