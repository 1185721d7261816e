import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { serve } from "@asyncio-ts/http/server";
import { run, sleep } from "asyncio-ts";
import { expect, test } from "vitest";
import { eventually, RawClient } from "./support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("serve() keeps nothing of a request while its connection waits for the next", () =>
  run(async () => {
    const served: WeakRef<Request>[] = [];
    const app = async (request: Request): Promise<Response> => {
      served.push(new WeakRef(request));
      await sleep(1);
      return new Response("done");
    };
    await using server = await serve(app, { host: "127.0.0.1", port: 0 });
    const client = new RawClient(server.port).get("/");
    await eventually(() => expect(client.received).toMatch(/done$/));
    await eventually(() => {
      collectGarbage();
      expect(served.map((request) => request.deref())).toEqual([undefined]);
    });
    expect(client.ended).toBe(false);
    client.socket.destroy();
  }));
