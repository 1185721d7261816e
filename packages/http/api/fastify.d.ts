// dist/fastify/index.d.ts
export { tasks } from "./tasks.ts";

// dist/fastify/tasks.d.ts
import type { FastifyPluginAsync } from "fastify";
import type { RequestTaskOptions } from "../server/serve-options.ts";
export declare const tasks: FastifyPluginAsync<RequestTaskOptions>;
