import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { fastify as createFastify } from "fastify";
import { Hono } from "hono";
import type { Serve } from "../echo/contestants.ts";
import { GREETING } from "./greeting.ts";

const HOST = "127.0.0.1";

export const nodeHttp: Serve = (listening) => {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.setHeader("content-length", GREETING.length);
    response.end(GREETING);
  });
  server.listen(0, HOST, () => listening((server.address() as AddressInfo).port));
};

export const hono: Serve = (listening) => {
  const app = new Hono();
  app.get("/", (context) => context.text(GREETING));
  serve({ fetch: app.fetch, hostname: HOST, port: 0 }, ({ port }) => listening(port));
};

export const fastify: Serve = async (listening) => {
  const app = createFastify();
  app.get("/", async () => GREETING);
  await app.listen({ host: HOST, port: 0 });
  listening((app.server.address() as AddressInfo).port);
};
