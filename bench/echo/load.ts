// The load where there is no C compiler; load.c says what it does. Usage: load.ts PORT CONNECTIONS BYTES WARM_MS WINDOW_MS
import net from "node:net";
import { Messages } from "./messages.ts";

const READ_BYTES = 256 * 1024;

const [port = 0, connections = 0, bytes = 0, warmMs = 0, windowMs = 0] = process.argv.slice(2).map(Number);
const messages = new Messages(bytes);

let served = 0;
let measuring = false;
const latenciesUs: number[] = [];

for (let number = 0; number < connections; number++) openConnection(number);

function openConnection(number: number): void {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let [sent, start, received, began] = [0, 0, 0, 0];
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer, callback } });
  socket.on("connect", sendNext);
  socket.on("close", () => fail(`connection ${number} was closed, in message ${sent}`));
  socket.on("error", (error) => fail(`connection ${number}: ${error.message}`));

  function sendNext(): void {
    start = messages.startOf(number, sent++);
    received = 0;
    began = performance.now();
    socket.write(messages.at(start));
  }

  function callback(length: number): boolean {
    if (!messages.matches(start, received, buffer.subarray(0, length)))
      fail(`connection ${number} gave back other bytes than it was sent, in message ${sent}`);
    received += length;
    if (received < bytes) return true;
    // Warming begins when every connection was served once.
    if (sent === 1 && ++served === connections) setTimeout(measure, warmMs);
    if (measuring) latenciesUs.push((performance.now() - began) * 1000);
    sendNext();
    return true;
  }
}

function measure(): void {
  measuring = true;
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  console.log("begin");
  setTimeout(end, windowMs);

  function end(): void {
    // A window without a request would tell nothing, so it is as long as it needs for one.
    if (latenciesUs.length === 0) return void setTimeout(end, 1);
    measuring = false;
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpuBefore);
    console.log("end");
    process.stdin.on("end", () => report(wallMs, (user + system) / 1000)).resume();
  }
}

/** At the end of the input; the load goes on until then: a server must not be idle before it is asked. */
function report(wallMs: number, cpuMs: number): void {
  const sorted = Float64Array.from(latenciesUs).sort();
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  console.log(
    JSON.stringify({ requests: sorted.length, wallMs, cpuMs, p50Us: percentile(0.5), p99Us: percentile(0.99) }),
  );
  process.exit();
}

function fail(reason: string): never {
  console.error(`Error: ${reason}`);
  process.exit(1);
}
