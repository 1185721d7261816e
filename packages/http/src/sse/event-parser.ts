/** An event that a server has sent. */
export interface ServerSentEvent {
  /** Its name, "message" when the server gave it none. */
  readonly event: string;
  readonly data: string;
  /** The last id that the server has sent with it or before it, empty when none: the Last-Event-ID of the next request. */
  readonly id: string;
}

/** A stream of text to events, as the WHATWG says: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export class EventParser {
  /** How long to wait before asking again, in milliseconds; null while the server has not said. */
  retry: number | null = null;
  lastEventId = "";
  /** The beginning of a line that is still to come. */
  #rest = "";
  #endedWithCr = false;
  #type = "";
  #data: string[] = [];
  #dataSize = 0;
  #id = "";

  /** How much is kept of an event that is not complete, in characters. */
  get size(): number {
    return this.#rest.length + this.#dataSize;
  }

  /** The events that are complete with this piece of the stream. */
  push(text: string): ServerSentEvent[] {
    if (text === "") return [];
    const piece = this.#endedWithCr && text.startsWith("\n") ? text.slice(1) : text;
    this.#endedWithCr = text.endsWith("\r");
    // A line that comes in many pieces is not looked through again with each.
    if (!/[\r\n]/.test(piece)) {
      this.#rest += piece;
      return [];
    }
    const lines = (this.#rest + piece).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line: string): ServerSentEvent | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon < 0) this.#field(line, "");
    else this.#field(line.slice(0, colon), line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1));
    return null;
  }

  #field(name: string, value: string): void {
    if (name === "event") this.#type = value;
    else if (name === "data") {
      this.#data.push(value);
      this.#dataSize += value.length + 1;
    } else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(): ServerSentEvent | null {
    this.lastEventId = this.#id;
    const event = { event: this.#type || "message", data: this.#data.join("\n"), id: this.#id };
    const isEmpty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    this.#dataSize = 0;
    return isEmpty ? null : event;
  }
}
