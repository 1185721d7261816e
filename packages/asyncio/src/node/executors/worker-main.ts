// What the threads and processes of executors run. Loading it does everything: it is no module for others to import.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { loadFunction } from "./load-function.ts";
import { type CallMessage, cloneError, failed, succeeded, type ThreadData, type ToWorker } from "./messages.ts";
import { takeTransfers } from "./move.ts";
import { type ParentChannel, ParentLink, setParentLink } from "./parent-link.ts";
import type * as WorkerRuns from "./worker-runs.ts";

type Runs = typeof WorkerRuns;
type Receive = (message: ToWorker) => void;

function serve(open: (receive: Receive) => ParentChannel): void {
  const channel = open((message) => {
    if (message.kind === "call") void answer(message, channel, link);
    else if (message.kind === "reply") link.reply(message);
    else if (message.kind === "end") void flush().then(() => process.exit(0));
  });
  const link = new ParentLink(channel);
  setParentLink(link);
}

async function answer(message: CallMessage, channel: ParentChannel, link: ParentLink): Promise<void> {
  link.begin(message.loop);
  try {
    const value = await call(message);
    await flush();
    link.end();
    post(channel, message, value);
  } catch (error) {
    await flush();
    link.end();
    channel.post({ kind: "outcome", outcome: failed(error) }, []);
  }
}

async function call(message: CallMessage): Promise<unknown> {
  const fn = await loadFunction(message);
  if (isNativeCoroutineFunction(fn)) return await (await runs()).runFunction(fn, message.args);
  // Outside of any loop: like a thread's function in Python, it may have one of its own.
  const value = fn(...message.args);
  return mayBeCoroutine(value) ? await (await runs()).runValue(value) : value;
}

/** Loaded on demand: a function that only calculates needs no loop, and its thread starts in a fraction of the time. */
function runs(): Promise<Runs> {
  return import("./worker-runs.ts");
}

function isNativeCoroutineFunction(fn: object): boolean {
  const kind = Object.prototype.toString.call(fn);
  return kind === "[object AsyncFunction]" || kind === "[object GeneratorFunction]";
}

function mayBeCoroutine(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && ("then" in value || "next" in value);
}

function post(channel: ParentChannel, { name }: CallMessage, value: unknown): void {
  try {
    channel.post({ kind: "outcome", outcome: succeeded(value) }, takeTransfers([value]));
  } catch (error) {
    throw cloneError(`the result of ${name}()`, error);
  }
}

/** What a call has printed is out before the call is over. */
async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}

function openPort(port: MessagePort, signal: Int32Array): (receive: Receive) => ParentChannel {
  return (receive) => {
    port.on("message", receive);
    return {
      post: (message, transfer) => port.postMessage(message, transfer as Parameters<MessagePort["postMessage"]>[1]),
      setAlive: (alive) => (alive ? port.ref() : port.unref()),
      block: (done, timeout) => block(port, signal, receive, { done, end: performance.now() + timeout }),
    };
  };
}

function block(
  port: MessagePort,
  signal: Int32Array,
  receive: Receive,
  until: { readonly done: () => boolean; readonly end: number },
): boolean {
  for (;;) {
    const seen = Atomics.load(signal, 0);
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      receive(next.message as ToWorker);
    }
    if (until.done()) return true;
    const left = until.end - performance.now();
    if (left <= 0) return false;
    Atomics.wait(signal, 0, seen, left);
  }
}

function openProcess(receive: Receive): ParentChannel {
  process.title = process.argv[2] ?? process.title;
  process.on("message", receive);
  process.on("disconnect", () => process.exit(0));
  return {
    post: (message) => {
      process.send?.(message);
    },
    setAlive: (alive) => (alive ? process.channel?.ref() : process.channel?.unref()),
  };
}

const { asyncioSignal } = (workerData ?? {}) as Partial<ThreadData>;
serve(parentPort !== null && asyncioSignal !== undefined ? openPort(parentPort, asyncioSignal) : openProcess);
