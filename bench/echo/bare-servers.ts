import net from "node:net";
import type { Serve } from "./contestants.ts";

const HOST = "127.0.0.1";
const READ_BYTES = 64 * 1024;

/** What one writes with node:net: back-pressure is not looked after. */
export const handler: Serve = accept((socket) => {
  socket.on("data", (data) => socket.write(data));
});

/** A suspended reader per connection, woken by the data event: what a runtime over node:net has to do at least. */
export const promises: Serve = accept(async (socket) => {
  const wakeUp = { reader: ignore, writer: ignore };
  const inbox = listen(socket, wakeUp);
  while (!inbox.over) {
    const data = inbox.chunks.shift();
    if (data === undefined) await new Promise<void>((resolve) => void (wakeUp.reader = resolve));
    else if (!socket.write(data)) await new Promise<void>((resolve) => void (wakeUp.writer = resolve));
  }
});

/** The same with a generator, which goes on within the event that wakes it. */
export const generators: Serve = accept((socket) => {
  const wakeUp = { reader: ignore, writer: ignore };
  const inbox = listen(socket, wakeUp);
  const steps = echo();
  const resume = () => void steps.next();
  function* echo(): Generator<void, void, void> {
    while (!inbox.over) {
      const data = inbox.chunks.shift();
      if (data === undefined) yield void (wakeUp.reader = resume);
      else if (!socket.write(data)) yield void (wakeUp.writer = resume);
    }
  }
  resume();
});

/**
 * One buffer per connection that node:net reads into again and again. It offers that to clients only, so the accepted handle is
 * wrapped once more, by ways that are not documented: what a library could have at best, not what it should do.
 */
export function onread(listening: (port: number) => void): void {
  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
    let buffer = Buffer.allocUnsafe(READ_BYTES);
    let socket: net.Socket | null = null;
    function nextBuffer(): Uint8Array {
      // What is not sent yet still needs the old one.
      if (socket?.writableLength) buffer = Buffer.allocUnsafe(READ_BYTES);
      return buffer;
    }
    function callback(length: number, data: Uint8Array): boolean {
      socket?.write(data.subarray(0, length));
      return true;
    }
    socket = new net.Socket({ handle: Reflect.get(accepted, "_handle"), onread: { buffer: nextBuffer, callback } });
    socket.on("error", ignore).resume();
  });
  listenOn(server, listening);
}

function accept(onConnection: (socket: net.Socket) => unknown): Serve {
  return (listening) => {
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.on("error", ignore); // the load cuts its connections when it ends
      void onConnection(socket);
    });
    listenOn(server, listening);
  };
}

function listenOn(server: net.Server, listening: (port: number) => void): void {
  server.listen(0, HOST, () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("the server has no port");
    listening(address.port);
  });
}

interface WakeUp {
  reader: () => void;
  writer: () => void;
}

interface Inbox {
  readonly chunks: Buffer[];
  over: boolean;
}

function listen(socket: net.Socket, wakeUp: WakeUp): Inbox {
  const inbox: Inbox = { chunks: [], over: false };
  socket.on("data", (data) => {
    inbox.chunks.push(data);
    wake("reader");
  });
  socket.on("drain", () => wake("writer"));
  socket.on("close", () => {
    inbox.over = true;
    wake("reader");
    wake("writer");
  });
  function wake(whom: keyof WakeUp): void {
    const resume = wakeUp[whom];
    wakeUp[whom] = ignore;
    resume();
  }
  return inbox;
}

function ignore(): void {}
