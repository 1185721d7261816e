// What the thread of the embedded site runs: see site.ts.
import { parentPort } from "node:worker_threads";
import { serveSite } from "./site-server.ts";

const { url } = await serveSite();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
parentPort?.postMessage(url);
