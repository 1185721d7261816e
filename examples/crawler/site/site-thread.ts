// What the thread of the embedded site runs: see site.ts.
import { parentPort, workerData } from "node:worker_threads";
import { type SiteOptions, serveSite } from "./site-server.ts";

const { url } = await serveSite(workerData as SiteOptions);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
parentPort?.postMessage(url);
