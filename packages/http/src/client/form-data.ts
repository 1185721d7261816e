import { inspect } from "node:util";
import { ValueError } from "asyncio-ts";
import { getMimeType } from "hono/utils/mime";
import { type BodyValue, BYTES, type Payload, payloadOf, TEXT } from "./body-value.ts";
import { MultipartBody, type Part } from "./multipart.ts";

/** The value of a field: a text, or a file. */
export type FormValue = BodyValue | number | bigint | boolean;

/** The fields of a form. A list as a value makes several fields of that name. */
export type FormFields =
  | Iterable<readonly [name: string, value: FormValue]>
  | Readonly<Record<string, FormValue | readonly FormValue[]>>;

/** How a field is sent. */
export interface FormFieldOptions {
  /** What the file is called. Makes the form `multipart/form-data`, as every value does that is no text. */
  readonly filename?: string | undefined;
  /** By default what the value says of itself, or the ending of the file's name. */
  readonly contentType?: string | undefined;
}

/** For {@link FormData}. */
export interface FormDataOptions {
  /** Whether a form without files is sent as `multipart/form-data` too; by default not. */
  readonly defaultToMultipart?: boolean | undefined;
}

/** A part, and its text when it is no file. */
interface Field extends Part {
  readonly text: string | null;
}

/**
 * A form, for `data`. What it can, over the platform's FormData: its files may be streams, and are sent as they come.
 *
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { ClientSession, FormData } from "@asyncio-ts/http";
 * import { serve } from "@asyncio-ts/http/server";
 *
 * await run(async () => {
 *   await using server = await serve(async (request) => {
 *     const form = await request.formData();
 *     return new Response(`${form.get("title")}: ${(form.get("file") as File).name}`);
 *   });
 *   await using session = new ClientSession();
 *   const form = new FormData({ title: "Words" });
 *   form.addField("file", async function* () { yield "one\n"; yield "two\n"; }, { filename: "words.txt" });
 *   await using response = await session.post(server.url, { data: form });
 *   console.log(await response.text()); // Words: words.txt
 * });
 * ```
 */
export class FormData {
  readonly #fields: Field[] = [];
  #multipart: boolean;

  /** @throws TypeError for what can't be a field. */
  constructor(fields: FormFields = [], options: FormDataOptions = {}) {
    this.#multipart = options.defaultToMultipart ?? false;
    this.addFields(fields);
  }

  /** Whether it is sent as `multipart/form-data`, and not as `application/x-www-form-urlencoded`. */
  get isMultipart(): boolean {
    return this.#multipart;
  }

  /**
   * Adds a field, also of a name that there is already.
   *
   * @throws TypeError for a value that can't be sent; ValueError for a `contentType` with a line break.
   */
  addField(name: string, value: FormValue, options: FormFieldOptions = {}): void {
    if (typeof name !== "string") throw new TypeError(`the name of a field must be a string, got ${inspect(name)}`);
    const field = isText(value) ? textField(name, String(value), options) : fileField(name, value, options);
    if (/[\r\n]/.test(field.contentType ?? "")) {
      throw new ValueError(`field ${JSON.stringify(name)}: contentType has a line break in it`);
    }
    this.#fields.push(field);
    if (field.text === null) this.#multipart = true;
  }

  /**
   * Adds all fields of an object, or pairs.
   *
   * @throws TypeError for what can't be a field.
   */
  addFields(fields: FormFields): void {
    if (Symbol.iterator in fields) {
      for (const pair of fields as Iterable<readonly [string, FormValue]>) this.#addPair(pair);
      return;
    }
    for (const [name, value] of Object.entries(fields)) {
      if (Array.isArray(value)) for (const one of value as readonly FormValue[]) this.addField(name, one);
      else this.addField(name, value as FormValue);
    }
  }

  /** @internal */
  _payload(): Payload {
    if (!this.#multipart) return urlencoded(this.#fields.map(({ name, text }) => [name, text as string]));
    const body = new MultipartBody(this.#fields);
    return { body, contentType: body.contentType };
  }

  #addPair(pair: readonly [string, FormValue]): void {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TypeError(`a form is made of pairs of name and value, got ${inspect(pair)}`);
    }
    this.addField(pair[0], pair[1]);
  }
}

/** A form without files. */
export function urlencoded(pairs: URLSearchParams | [string, string][]): Payload {
  return {
    body: Buffer.from(new URLSearchParams(pairs).toString()),
    contentType: "application/x-www-form-urlencoded",
  };
}

function isText(value: FormValue): value is string | number | bigint | boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function textField(name: string, text: string, options: FormFieldOptions): Field {
  const { filename = null, contentType = filename === null ? null : typeOf(filename, TEXT) } = options;
  const plain = filename === null && contentType === null;
  return { name, filename, contentType, body: Buffer.from(text), text: plain ? text : null };
}

function fileField(name: string, value: FormValue, options: FormFieldOptions): Field {
  const payload = payloadOf(value);
  if (payload === null) {
    const place = `field ${JSON.stringify(name)}`;
    throw new TypeError(`${place} must be text, bytes, a Blob, a file or a stream, got ${inspect(value)}`);
  }
  const filename = options.filename ?? payload.filename ?? name;
  // What says no more than that it is bytes is better told by its name.
  const own = payload.contentType === BYTES ? typeOf(filename, BYTES) : payload.contentType;
  return { name, filename, contentType: options.contentType ?? own, body: payload.body, text: null };
}

function typeOf(filename: string, fallback: string): string {
  return getMimeType(filename) ?? fallback;
}
