import { serve } from "@asyncio-ts/http/server";
import { run } from "asyncio-ts";
import { Hono } from "hono";
import type { Serve } from "../echo/contestants.ts";
import { GREETING } from "./greeting.ts";

type App = Parameters<typeof serve>[0];

export const hono: Serve = (listening) => {
  const app = new Hono();
  app.get("/", (context) => context.text(GREETING));
  return serving(app, listening);
};

export const fetchHandler: Serve = (listening) => serving(async () => new Response(GREETING), listening);

function serving(app: App, listening: (port: number) => void): Promise<void> {
  return run(async () => {
    await using server = await serve(app, { host: "127.0.0.1", port: 0 });
    listening(server.port);
    await server.serveForever();
  });
}
