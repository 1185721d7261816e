import { type Client, secondWire, type Wire } from "./wire.ts";

/**
 * Asks the server to stop what `client` is doing, over a second connection, as PostgreSQL wants it. The server closes that
 * connection when it has passed the request on: only after `onClosed` can it not hit a later query any more. It does not
 * say whether there was anything to stop.
 */
export class CancelRequest {
  readonly #wire: Wire;

  constructor(client: Client, onClosed: () => void) {
    const wire = secondWire(client);
    this.#wire = wire;
    const send = (): void => wire.cancel(client.processID, client.secretKey);
    wire.on("connect", () => {
      if (!client.ssl) send();
      else if (client.sslNegotiation !== "direct") wire.requestSsl();
    });
    wire.on("sslconnect", send);
    // Who can't be reached has not been asked; the grace time of the operation sees to that.
    wire.on("error", () => this.abandon());
    wire.on("end", onClosed);
  }

  abandon(): void {
    this.#wire.stream.destroy();
  }
}
