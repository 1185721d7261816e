import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Site } from "./site-server.ts";

/**
 * Starts the embedded site.
 *
 * @param port where, or 0 for any that is free.
 *
 * It has a thread to itself, so that the crawler has its own to itself too, as with a site that is far away.
 */
export async function startSite(port: number): Promise<Site> {
  const thread = new Worker(new URL("./site-thread.ts", import.meta.url), { workerData: { port } });
  const [url] = (await once(thread, "message")) as [string];
  return {
    url,
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}
