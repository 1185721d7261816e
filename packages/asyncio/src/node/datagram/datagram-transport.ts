import type { AddressInfo } from "node:net";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { ValueError } from "../../core/errors.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import type { BaseProtocol, DatagramProtocol } from "../../core/protocols.ts";
import { DatagramTransport, type ExtraInfo, type WriteBufferLimits } from "../../core/transports.ts";
import { checkAddress } from "../check-address.ts";
import { LostWrites } from "../lost-writes.ts";
import { osError } from "../os-error.ts";
import { ProtocolCalls } from "../protocol-calls.ts";
import { checkData } from "../write-data.ts";
import { WriteFlow } from "../write-flow.ts";
import type { Receiver } from "./inbox.ts";
import type { Endpoint } from "./open-socket.ts";

type Address = readonly [host: string, port: number];

/** What a datagram takes in the buffer beside its data, in bytes: the header of UDP. */
const HEADER = 8;

/** Datagrams over a `dgram.Socket`. Its write buffer is what the socket has not reported as sent yet. */
export class NodeDatagramTransport extends DatagramTransport implements Receiver, OpenResource {
  readonly #endpoint: Endpoint;
  readonly #calls: ProtocolCalls<DatagramProtocol>;
  readonly #flow: WriteFlow;
  readonly #extra: Partial<ExtraInfo>;
  readonly #lostWrites: LostWrites;
  /** How many datagrams are under way, and how many bytes they have. */
  #sending = 0;
  #bytes = 0;
  #closing = false;
  #lost = false;

  constructor(loop: EventLoop, endpoint: Endpoint, protocol: DatagramProtocol) {
    super();
    const { socket, connected, remote } = endpoint;
    this.#endpoint = endpoint;
    this.#calls = new ProtocolCalls(loop, this, protocol);
    this.#flow = new WriteFlow(loop, this, this.#calls.frame);
    this.#lostWrites = new LostWrites(loop, this, "socket.send() raised exception.");
    this.#extra = { socket, sockname: pairOf(socket.address()), ...(connected && remote && { peername: remote }) };
    socket.on("close", () => this.#calls.soon(() => this.#connectionLost()));
    loop._open.add(this);
  }

  *open(): CoroutineGenerator<void> {
    yield* this.#calls.open(() => this.#endpoint.inbox.deliverTo(this));
  }

  // ── receiving ────────────────────────────────────────────────────────────────────────────────────────────────────

  received(data: Buffer, from: Address): void {
    this.#event(() => this.#calls.tell("datagramReceived", (protocol) => protocol.datagramReceived(data, from)));
  }

  failed(error: Error): void {
    this.#event(() => this.#tellError(error));
  }

  #event(fn: () => void): void {
    const event = (): void => {
      if (!this.#closing) fn();
    };
    if (this.#endpoint.own) this.#calls.event(event);
    else this.#calls.soon(event);
  }

  #tellError(error: Error): void {
    this.#calls.tell("errorReceived", (protocol) => protocol.errorReceived(osError(error) as Error));
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  sendto(data: Uint8Array | string, address: Address | null = null): void {
    checkData("sendto()", data);
    const to = this.#target(address);
    if (this.#closing) {
      this.#lostWrites.add();
      return;
    }
    // A copy: Node sends in a later tick, and what was given is the caller's again by then.
    const bytes = typeof data === "string" ? Buffer.from(data) : Buffer.from(data as Uint8Array<ArrayBuffer>);
    const size = bytes.length + HEADER;
    const sent = (error: Error | null): void => this.#sent(size, error);
    if (to === null) this.#endpoint.socket.send(bytes, sent);
    else this.#endpoint.socket.send(bytes, to[1], to[0], sent);
    this.#sending++;
    this.#bytes += size;
    this.#flow.grown();
  }

  /** Where to send; null for where the socket is connected to. */
  #target(address: Address | null): Address | null {
    const { remote, connected } = this.#endpoint;
    if (remote !== null) {
      if (address !== null && !(address[0] === remote[0] && address[1] === remote[1])) {
        throw new ValueError(`Invalid address: must be null or ${remote[0]}, port ${remote[1]}`);
      }
      return connected ? null : remote;
    }
    if (address === null) throw new TypeError("sendto() needs an address: the endpoint has no remote one");
    checkAddress("sendto()", "the address", address);
    if (address[1] === 0) throw new ValueError("sendto(): there is no port 0 to send to");
    return address;
  }

  #sent(size: number, error: Error | null): void {
    this.#sending--;
    this.#bytes -= size;
    if (this.#lost) return;
    if (error) this.#calls.soon(() => this.#lost || this.#tellError(error));
    this.#flow.written();
    if (this.#closing && this.#sending === 0) this.#calls.soon(() => this.#connectionLost());
  }

  getWriteBufferSize(): number {
    return this.#bytes;
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.#flow.limits();
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.#flow.setLimits(limits);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#sending === 0) this.#calls.soon(() => this.#connectionLost());
  }

  abort(): void {
    if (this.#lost) return;
    this.#closing = true;
    this.#calls.soon(() => this.#connectionLost());
    // What is under way is dropped at once, and not when the protocol is told.
    this.#closeSocket();
  }

  #connectionLost(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#calls.tell("connectionLost", (protocol) => protocol.connectionLost(null));
    this._release();
  }

  /** @internal */
  _release(): void {
    this.#closing = true;
    this.#calls.loop._open.delete(this);
    this.#closeSocket();
  }

  #closeSocket(): void {
    try {
      this.#endpoint.socket.close();
    } catch {
      // It is closed already: by abort(), or by somebody who got hold of it.
    }
  }

  // ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): ExtraInfo[K] | D | undefined {
    return this.#extra[name] ?? fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#calls.protocol = protocol as DatagramProtocol;
  }

  getProtocol(): BaseProtocol {
    return this.#calls.protocol;
  }

  override toString(): string {
    const state = this.#lost ? "closed" : this.#closing ? "closing" : "open";
    return `<DatagramTransport ${state} sockname=${String(this.#extra.sockname)}>`;
  }
}

function pairOf({ address, port }: AddressInfo): Address {
  return [address, port];
}
