import { type BaseTransport, DatagramProtocol, Queue } from "asyncio-ts";

/** Notes what it is told, as text, in order. */
export class Recorder extends DatagramProtocol {
  readonly events: string[] = [];
  readonly received: Queue<[data: string, port: number, host: string]> = new Queue();
  readonly errors: Queue<Error> = new Queue();
  readonly lost: Queue<unknown> = new Queue();
  readonly resumed: Queue<void> = new Queue();

  override connectionMade(transport: BaseTransport): void {
    this.events.push(`made ${transport.isClosing()}`);
  }

  override datagramReceived(data: Uint8Array, [host, port]: readonly [string, number]): void {
    const text = new TextDecoder().decode(data);
    this.events.push(`received ${text}`);
    this.received.putNowait([text, port, host]);
  }

  override errorReceived(error: Error): void {
    this.events.push(`error ${error.name}`);
    this.errors.putNowait(error);
  }

  override pauseWriting(): void {
    this.events.push("pause");
  }

  override resumeWriting(): void {
    this.events.push("resume");
    this.resumed.putNowait();
  }

  override connectionLost(error: unknown): void {
    this.events.push(`lost ${error}`);
    this.lost.putNowait(error);
  }
}
