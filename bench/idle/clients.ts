// Connections that send one message each, check its echo and then stay open, until the input ends.
// Usage: clients.ts PORT CONNECTIONS BYTES; it prints "ready" when all have done so, and at the end its CPU time.
import { once } from "node:events";
import net from "node:net";
import { Messages } from "../echo/messages.ts";

/** How many connect at once: a server's backlog is not what is measured. */
const ABREAST = 50;

const [port = 0, connections = 0, bytes = 0] = process.argv.slice(2).map(Number);
const messages = new Messages(bytes);

let opened = 0;
await Promise.all(Array.from({ length: ABREAST }, openConnections));
console.log("ready");
process.stdin.on("end", report).resume();

function report(): void {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000 }));
  process.exit();
}

async function openConnections(): Promise<void> {
  while (opened < connections) await openConnection(opened++);
}

async function openConnection(number: number): Promise<void> {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const start = messages.startOf(number, 0);
  socket.write(messages.at(start));
  let received = 0;
  while (received < bytes) {
    const [data] = await once(socket, "data");
    if (!messages.matches(start, received, data)) throw new Error(`connection ${number} gave back other bytes`);
    received += data.length;
  }
}
