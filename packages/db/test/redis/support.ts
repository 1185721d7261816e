import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Redis } from "@asyncio-ts/db/redis";
import { sleep } from "asyncio-ts";
import { expect } from "vitest";
import { freePort } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { redisUrl } from "../support/servers.ts";

/** A key that no other test uses. It expires with the server's patience, not ours: tests delete what they make. */
export function uniqueKey(name = "key"): string {
  return `asyncio-ts:${name}:${randomUUID()}`;
}

/** `expect.poll()` with patience: other programs may have the processor. */
export const eventually = <V>(fn: () => V): ReturnType<typeof expect.poll<V>> =>
  expect.poll(fn, { timeout: 20_000, interval: 5 });

/** A server in between. */
export const redisProxy = (): Promise<Proxy> => Proxy.to(redisUrl, 6379);

/** How many connections of this name the server knows. */
export async function connectionsNamed(redis: Redis, name: string): Promise<number> {
  const list = String(await redis.command("CLIENT LIST"));
  return list.split("\n").filter((line) => line.includes(` name=${name} `)).length;
}

/** How many clients of the server of this name are blocked. */
export async function blocked(redis: Redis, name: string): Promise<number> {
  const list = String(await redis.command("CLIENT LIST"));
  return list.split("\n").filter((line) => line.includes(` name=${name} `) && / flags=\S*b/.test(line)).length;
}

/** Waits until as many do. */
export async function whenBlocked(redis: Redis, name: string, count = 1): Promise<void> {
  while ((await blocked(redis, name)) < count) await sleep(1);
}

/** A server of one's own, to be killed and started again on the same port. */
export class PrivateServer implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  #process: ChildProcess | null = null;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  static async start(...args: readonly string[]): Promise<PrivateServer> {
    const server = new PrivateServer(await freePort(), args);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    this.#process = spawn("redis-server", [...options, ...this.#args], { stdio: ["ignore", "pipe", "inherit"] });
    let log = "";
    for await (const chunk of this.#process.stdout as AsyncIterable<Buffer>) {
      log += String(chunk);
      if (log.includes("Ready to accept connections")) break;
    }
    if (!log.includes("Ready to accept connections")) throw new Error(`redis-server did not start: ${log}`);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
