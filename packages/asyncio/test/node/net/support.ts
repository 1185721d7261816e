import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BufferedProtocol,
  Event,
  type EventLoop,
  getRunningLoop,
  Protocol,
  run,
  type Server,
  type ServerOptions,
  type Transport,
} from "asyncio-ts";
import { afterAll, expect, test } from "vitest";
import { describeError } from "../../support/events.ts";

const DESCRIPTORS = "/proc/self/fd";
/** How long what was closed may take until it is gone. */
const PATIENCE = 3000;

const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-net-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of the test's own. */
export function fileFor(name: string): string {
  return join(folder, name);
}

/** What of the system is taken, and has to be given back. */
function taken(): string[] {
  const descriptors = existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS).map(() => "descriptor") : [];
  return [...process.getActiveResourcesInfo(), ...descriptors];
}

/** What is in one list more often than in the other. */
function surplus(list: readonly string[], than: readonly string[]): string[] {
  const rest = [...than];
  return list.filter((item) => {
    const found = rest.indexOf(item);
    if (found >= 0) rest.splice(found, 1);
    return found < 0;
  });
}

/** Runs something after which there must be no socket, timer and descriptor more than before. */
export async function leavesNothing(program: () => Promise<void>): Promise<void> {
  await new Promise(setImmediate);
  const before = taken();
  await program();
  const end = Date.now() + PATIENCE;
  do await new Promise(setImmediate);
  while (surplus(taken(), before).length > 0 && Date.now() < end);
  expect(surplus(taken(), before)).toEqual([]);
}

/** What a test of the network gets. */
export interface Net {
  readonly loop: EventLoop;
  /** The messages of the loop's reports, and the errors in them. Each that is expected has to be taken out. */
  readonly reports: string[];
}

/** A program on Node's own loop, with real sockets, that leaves nothing and about which the loop has nothing to report. */
export function testNet(title: string, program: (net: Net) => Promise<unknown>): void {
  test(title, () =>
    leavesNothing(async () => {
      const reports: string[] = [];
      await run(async () => {
        const loop = getRunningLoop();
        loop.setExceptionHandler((_loop, { message, exception }) => {
          reports.push(exception === undefined ? message : `${message} ${describeError(exception)}`);
        });
        await program({ loop, reports });
      });
      expect(reports).toEqual([]);
    }),
  );
}

/** Takes the reports out. */
export function takeReports({ reports }: Net): string[] {
  return reports.splice(0);
}

/** Notes what a transport tells. */
export class Recorder extends Protocol {
  readonly events: string[] = [];
  transport!: Transport;
  error: unknown;
  lost = false;
  /** How many bytes have come. */
  count = 0;
  #chunks: Uint8Array[] = [];
  readonly #changed = new Event();

  /** All that has come. */
  get received(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  /** Waits until a condition about it is met. */
  async until(condition: (self: this) => boolean): Promise<void> {
    while (!condition(this)) {
      this.#changed.clear();
      await this.#changed.wait();
    }
  }

  /** Waits until the connection is lost, and gives what it ended with. */
  async untilLost(): Promise<unknown> {
    await this.until((self) => self.lost);
    return this.error;
  }

  note(event: string): void {
    this.events.push(event);
    this.#changed.set();
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.note("made");
  }

  override dataReceived(data: Uint8Array): void {
    this.#chunks.push(data);
    this.count += data.length;
    this.note(`data ${data.length > 100 ? data.length : String(data)}`);
  }

  override eofReceived(): boolean | void {
    this.note("eof");
  }

  override connectionLost(error: unknown): void {
    this.error = error;
    this.lost = true;
    this.note(`lost ${error === null ? "null" : (error as Error).name}`);
  }

  override pauseWriting(): void {
    this.note("pause");
  }

  override resumeWriting(): void {
    this.note("resume");
  }
}

/** As {@link Recorder}, with memory of its own. */
export class BufferedRecorder extends BufferedProtocol {
  readonly events: string[] = [];
  transport!: Transport;
  received = Buffer.alloc(0);
  /** How many bytes have come. */
  count = 0;
  lost = false;
  readonly #memory: Buffer;
  readonly #changed = new Event();

  constructor(size: number) {
    super();
    this.#memory = Buffer.alloc(size);
  }

  async until(condition: (self: this) => boolean): Promise<void> {
    while (!condition(this)) {
      this.#changed.clear();
      await this.#changed.wait();
    }
  }

  note(event: string): void {
    this.events.push(event);
    this.#changed.set();
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.note("made");
  }

  override getBuffer(_sizehint: number): Uint8Array {
    return this.#memory;
  }

  override bufferUpdated(nbytes: number): void {
    this.received = Buffer.concat([this.received, this.#memory.subarray(0, nbytes)]);
    this.count += nbytes;
    this.note(`updated ${nbytes}`);
  }

  override eofReceived(): boolean | void {
    this.note("eof");
  }

  override connectionLost(error: unknown): void {
    this.lost = true;
    this.note(`lost ${error === null ? "null" : (error as Error).name}`);
  }
}

/** A protocol that keeps the connection open for writing after the other side's end. */
export class HalfOpenRecorder extends Recorder {
  override eofReceived(): boolean {
    this.note("eof");
    return true;
  }
}

/** A server on 127.0.0.1, and a connection to it; both ends with their protocols. */
export interface Pair<C, S> {
  readonly server: Server;
  readonly client: C;
  readonly peer: S;
  readonly transport: Transport;
  readonly peerTransport: Transport;
}

/** Connects two protocols by TCP. The server is closed already: it ends with its connection. */
export async function connect<C extends Recorder | BufferedRecorder, S extends Recorder | BufferedRecorder>(
  client: C,
  peer: S,
  { server: serverOptions = {}, client: options = {} }: { server?: ServerOptions; client?: object } = {},
): Promise<Pair<C, S>> {
  const loop = getRunningLoop();
  const server = await loop.createServer(() => peer, "127.0.0.1", 0, serverOptions);
  const [transport] = await loop.createConnection(() => client, "127.0.0.1", server.port, options);
  await peer.until((self: Recorder | BufferedRecorder) => self.events.includes("made"));
  server.close();
  return { server, client, peer, transport, peerTransport: peer.transport };
}

/** The error with which an operation fails, as text. */
export async function errorOf(operation: PromiseLike<unknown> | (() => unknown)): Promise<string> {
  return describeError(await failureOf(operation));
}

/** The error with which an operation fails. */
export async function failureOf(operation: PromiseLike<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof operation === "function" ? operation() : operation);
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

/** One of the certificates of fixtures/certs, with its key. */
export function certificate(name: "server" | "other" | "expired" | "selfsigned" | "client"): {
  readonly cert: string;
  readonly key: string;
} {
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

/** The authority behind the certificates. */
export function authority(): string {
  return pem("ca.pem");
}

function pem(name: string): string {
  return readFileSync(new URL(`../../fixtures/certs/${name}`, import.meta.url), "utf8");
}
