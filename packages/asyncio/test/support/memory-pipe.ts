import {
  type BaseProtocol,
  getRunningLoop,
  type Protocol,
  StreamReader,
  StreamReaderProtocol,
  StreamWriter,
  Transport,
  type WriteBufferLimits,
} from "asyncio-ts";

/** One end of a connection within the process. What is written arrives one turn later, unless the other end is paused. */
export class MemoryTransport extends Transport {
  readonly #loop = getRunningLoop();
  #protocol: Protocol;
  #peer: MemoryTransport | null = null;
  #queue: Uint8Array[] = [];
  #limits: readonly [low: number, high: number] = [16, 64];
  #reading = true;
  #closing = false;
  #lost = false;
  #ending: "open" | "asked" | "sent" = "open";
  #full = false;
  #flushing = false;

  constructor(protocol: Protocol) {
    super();
    this.#protocol = protocol;
  }

  connect(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  getExtraInfo(name: string, fallback?: unknown): never {
    return (name === "peername" ? "memory" : fallback) as never;
  }

  isClosing(): boolean {
    return this.#closing;
  }

  isReading(): boolean {
    return this.#reading && !this.#closing;
  }

  pauseReading(): void {
    this.#reading = false;
  }

  resumeReading(): void {
    this.#reading = true;
    this.#peer?.flushSoon();
  }

  write(data: Uint8Array | string): void {
    if (this.#ending !== "open") throw new Error("write() after writeEof()");
    if (this.#closing) return;
    this.#queue.push(typeof data === "string" ? Buffer.from(data) : data);
    if (!this.#full && this.getWriteBufferSize() > this.#limits[1]) {
      this.#full = true;
      this.#protocol.pauseWriting();
    }
    this.flushSoon();
  }

  writelines(list: Iterable<Uint8Array | string>): void {
    for (const data of list) this.write(data);
  }

  writeEof(): void {
    if (this.#ending === "open") this.#ending = "asked";
    this.flushSoon();
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.flushSoon();
  }

  abort(): void {
    this.cut(null);
  }

  /** The connection fails, on this end. */
  cut(error: unknown): void {
    this.#closing = true;
    this.#queue = [];
    this.#loop.callSoon(() => this.#lose(error));
  }

  getWriteBufferSize(): number {
    return this.#queue.reduce((sum, data) => sum + data.length, 0);
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.#limits;
  }

  setWriteBufferLimits({ high = 64, low = high / 4 }: WriteBufferLimits = {}): void {
    this.#limits = [low, high];
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#protocol = protocol as Protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#loop.callSoon(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#queue.length > 0 && (this.#peer?.isReading() || this.#peer?.isClosing())) {
      const data = this.#queue.shift() as Uint8Array;
      if (!this.#peer.isClosing() && data.length > 0) this.#peer.#protocol.dataReceived(data);
      this.#noteRoom();
    }
    if (this.#queue.length > 0) return;
    if (this.#ending === "asked" || (this.#closing && this.#ending === "open")) this.#end();
    if (this.#closing) this.#lose(null);
  }

  #noteRoom(): void {
    if (!this.#full || this.getWriteBufferSize() > this.#limits[0]) return;
    this.#full = false;
    this.#protocol.resumeWriting();
  }

  #end(): void {
    this.#ending = "sent";
    const peer = this.#peer;
    if (peer === null || peer.isClosing()) return;
    if (!peer.#protocol.eofReceived()) peer.close();
  }

  #lose(error: unknown): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#protocol.connectionLost(error);
  }
}

/** Connects two protocols. */
export function memoryPipe(left: Protocol, right: Protocol): [MemoryTransport, MemoryTransport] {
  const ends: [MemoryTransport, MemoryTransport] = [new MemoryTransport(left), new MemoryTransport(right)];
  ends[0].connect(ends[1]);
  ends[1].connect(ends[0]);
  left.connectionMade(ends[0]);
  right.connectionMade(ends[1]);
  return ends;
}

/** One end of a connection, as streams. */
export interface End {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly transport: MemoryTransport;
}

/** A connection within the process, with streams at both ends. */
export function memoryStreams(limit?: number): [End, End] {
  const readers = [new StreamReader({ limit }), new StreamReader({ limit })] as const;
  const protocols = [new StreamReaderProtocol(readers[0]), new StreamReaderProtocol(readers[1])] as const;
  const transports = memoryPipe(...protocols);
  const end = (i: 0 | 1): End => ({
    reader: readers[i],
    writer: new StreamWriter(transports[i], protocols[i], readers[i]),
    transport: transports[i],
  });
  return [end(0), end(1)];
}
