import { inspect } from "node:util";
import { type BodyValue, type Payload, payloadOf } from "./body-value.ts";
import { FormData, type FormFields, urlencoded } from "./form-data.ts";

/**
 * What can be sent as the body of a request:
 *
 * - text and bytes;
 * - a form: an object or pairs of names and values, a URLSearchParams, a FormData (ours or the platform's). It is sent as
 *   `multipart/form-data` when there is a file in it;
 * - a Blob, also of `fs.openAsBlob`; a file of `asyncio-ts/files`, from where it stands; a FileHandle of Node, from its
 *   beginning. Files stay open;
 * - a stream of Node or of the web, a StreamReader, an async iterable of bytes or text. It is sent as it comes, no faster
 *   than the server takes it, and closed at the end, whatever that is; but a StreamReader is its owner's. It can be sent
 *   once: a redirect that wants the body again, or another try, is an error;
 * - a {@link StreamedBody} of your own, which can say how long it is;
 * - a function that returns such a stream anew each time, so that it can be sent again. `async function* () {}` is one, and
 *   what `asyncGenerator()` returns.
 */
export type RequestData = BodyValue | URLSearchParams | FormData | globalThis.FormData | FormFields;

/**
 * The body that `data` asks for.
 *
 * @throws TypeError for what can't be sent.
 */
export function makePayload(data: RequestData): Payload {
  if (data instanceof URLSearchParams) return urlencoded(data);
  if (data instanceof FormData) return data._payload();
  if (isPlatformForm(data)) return new FormData(data, { defaultToMultipart: true })._payload();
  const payload = payloadOf(data);
  if (payload !== null) return payload;
  if (isFields(data)) return new FormData(data)._payload();
  throw new TypeError(
    `data must be text, bytes, a form, a Blob, a file, a stream, or a function that returns one, got ${inspect(data)}`,
  );
}

/** Also that of another package: undici's is not Node's. */
function isPlatformForm(data: unknown): data is Iterable<[string, string | File]> {
  return data instanceof globalThis.FormData || Object.prototype.toString.call(data) === "[object FormData]";
}

function isFields(data: unknown): data is FormFields {
  if (typeof data !== "object" || data === null) return false;
  const prototype: unknown = Object.getPrototypeOf(data);
  return Symbol.iterator in data || prototype === Object.prototype || prototype === null;
}

/**
 * The body of the option `json`.
 *
 * @throws TypeError when nothing came of it: `JSON.stringify` has no text for a function, say.
 */
export function jsonPayload(text: unknown): Payload {
  if (typeof text !== "string") throw new TypeError(`json: the value must become a string, got ${inspect(text)}`);
  return { body: Buffer.from(text), contentType: "application/json" };
}
