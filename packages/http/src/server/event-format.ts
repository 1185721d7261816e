import { ValueError } from "asyncio-ts";

/** An event to be sent. At least one of its fields is given. */
export interface EventInit {
  /** The text; of several lines too. A client that gets none has no event, only the other fields. */
  readonly data?: string | undefined;
  /** The name of the event; to a browser one without is a "message". */
  readonly event?: string | undefined;
  /** What the client will send as Last-Event-ID when it asks again. */
  readonly id?: string | undefined;
  /** How long the client is to wait before it asks again, in whole milliseconds. */
  readonly retry?: number | undefined;
}

const LINE_END = /\r\n|\r|\n/;

/**
 * @throws TypeError for a field of another type; ValueError for a line end in `event` or `id`, which would begin another
 * field, a NUL in `id`, or a `retry` that is no whole number.
 */
export function formatEvent(init: EventInit): string {
  const { data, event, id, retry } = init;
  let text = "";
  if (event !== undefined) text += `event: ${checkLine("event", event)}\n`;
  if (id !== undefined) text += `id: ${checkLine("id", id)}\n`;
  if (retry !== undefined) text += `retry: ${checkRetry(retry)}\n`;
  if (data !== undefined) text += lines("data: ", checkString("data", data));
  if (text === "") throw new ValueError("an event needs data, event, id or retry");
  return `${text}\n`;
}

/** A comment, which clients ignore. */
export function formatComment(text: string): string {
  return `${lines(": ", checkString("comment", text))}\n`;
}

function lines(prefix: string, text: string): string {
  return text
    .split(LINE_END)
    .map((line) => `${prefix}${line}\n`)
    .join("");
}

function checkString(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`an event's ${name} must be a string, got ${typeof value}`);
}

function checkLine(name: string, value: unknown): string {
  const line = checkString(name, value);
  if (LINE_END.test(line) || line.includes("\0")) {
    throw new ValueError(`an event's ${name} must be one line without NUL, got ${JSON.stringify(line)}`);
  }
  return line;
}

function checkRetry(retry: unknown): number {
  if (typeof retry !== "number") throw new TypeError(`an event's retry must be a number, got ${typeof retry}`);
  if (Number.isInteger(retry) && retry >= 0) return retry;
  throw new ValueError(`an event's retry must be a whole number of milliseconds, got ${retry}`);
}
