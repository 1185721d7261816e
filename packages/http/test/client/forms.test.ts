import { createReadStream, openAsBlob } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ClientSession, FormData, type RequestData } from "@asyncio-ts/http";
import { asyncGenerator, type Emit, run, StreamReader, sleep, ValueError } from "asyncio-ts";
import { openFile } from "asyncio-ts/files";
import { FormData as UndiciFormData } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Loopback, serveHttp } from "../support/loopback.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What the platform makes of it, which is not our code. */
  form(): Promise<globalThis.FormData>;
}

let server: Loopback;
let session: ClientSession;
let received: Received[];
let directory: string;

beforeEach(async () => {
  received = [];
  directory = await mkdtemp(join(tmpdir(), "forms-"));
  server = await serveHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const form = (): Promise<globalThis.FormData> =>
        new Response(body, { headers: { "Content-Type": request.headers["content-type"] ?? "" } }).formData();
      received.push({ headers: request.headers, body, form });
      response.end();
    });
  });
  session = new ClientSession({ baseUrl: server.url });
});

afterEach(async () => {
  await session.close();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function post(data: RequestData): Promise<Received> {
  await using response = await session.post("", { data });
  await response.read();
  return received.at(-1)!;
}

/** Fields of a form as texts: of files name, type and content. */
async function fieldsOf(form: globalThis.FormData): Promise<unknown[]> {
  const fields: unknown[] = [];
  for (const [name, value] of form) {
    fields.push(typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()]);
  }
  return fields;
}

const WORDS = "grüße\nfrom a file\n";

async function file(name = "words.txt"): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, WORDS);
  return path;
}

describe("data of a request", () => {
  test("ClientSession.post() sends text and bytes with their length and type", () =>
    run(async () => {
      const bytes = Buffer.from([1, 2, 3, 4]);
      const cases: [RequestData, string, Buffer][] = [
        ["grüße", "text/plain; charset=utf-8", Buffer.from("grüße")],
        [bytes, "application/octet-stream", bytes],
        [new Uint8Array(bytes), "application/octet-stream", bytes],
        [new Uint8Array(bytes).buffer, "application/octet-stream", bytes],
        [new DataView(new Uint8Array(bytes).buffer, 1, 2), "application/octet-stream", bytes.subarray(1, 3)],
        ["", "text/plain; charset=utf-8", Buffer.alloc(0)],
      ];
      for (const [data, type, body] of cases) {
        const { headers, body: sent } = await post(data);
        expect([headers["content-type"], headers["content-length"], sent]).toEqual([type, String(body.length), body]);
      }
    }));

  test("ClientSession.post() sends an object, pairs and URLSearchParams as a form in the URL's encoding", () =>
    run(async () => {
      const forms: RequestData[] = [
        { a: "x y", b: ["ü", "2"] },
        [
          ["a", "x y"],
          ["b", "ü"],
          ["b", 2],
        ],
        new URLSearchParams("a=x y&b=ü&b=2"),
        new FormData({ a: "x y", b: ["ü", 2] }),
      ];
      for (const data of forms) {
        const { headers, body } = await post(data);
        expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
        expect(body.toString()).toBe("a=x+y&b=%C3%BC&b=2");
      }
    }));

  test("ClientSession.post() sends an object with a file in it as multipart/form-data", () =>
    run(async () => {
      const { headers, form } = await post({
        title: "Words",
        upload: new File(["abc"], "a.txt", { type: "text/plain" }),
      });
      expect(headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
      expect(Number(headers["content-length"])).toBeGreaterThan(0);
      expect(await fieldsOf(await form())).toEqual([
        ["title", "Words"],
        ["upload", "a.txt", "text/plain", "abc"],
      ]);
    }));

  test("ClientSession.post() sends the platform's FormData, and undici's", () =>
    run(async () => {
      for (const PlatformForm of [globalThis.FormData, UndiciFormData]) {
        const data = new PlatformForm();
        data.append("a", "1");
        data.append("a", "2");
        data.append("f", new Blob(["xyz"], { type: "text/css" }), "style.css");
        const { form } = await post(data as globalThis.FormData);
        expect(await fieldsOf(await form())).toEqual([
          ["a", "1"],
          ["a", "2"],
          ["f", "style.css", "text/css", "xyz"],
        ]);
      }
    }));

  test("ClientSession.post() sends an empty platform's FormData as multipart/form-data", () =>
    run(async () => {
      const { headers, body } = await post(new globalThis.FormData());
      expect(headers["content-type"]).toMatch(/^multipart\/form-data/);
      expect(body.toString()).toMatch(/^--.*--\r\n$/);
    }));

  test("ClientSession.post() sends a Blob with its type and length, also one of a file", () =>
    run(async () => {
      const small = await post(new Blob(["abc"], { type: "text/css" }));
      expect([small.headers["content-type"], small.headers["content-length"], String(small.body)]).toEqual([
        "text/css",
        "3",
        "abc",
      ]);
      const big = Buffer.alloc(300_000, "0123456789");
      const path = join(directory, "big.bin");
      await writeFile(path, big);
      const { headers, body } = await post(await openAsBlob(path));
      expect([headers["content-type"], headers["content-length"]]).toEqual(["application/octet-stream", "300000"]);
      expect(body.equals(big)).toBe(true);
    }));

  test("ClientSession.post() sends an open file from where it stands, and leaves it open", () =>
    run(async () => {
      await using opened = await openFile(await file(), "rb");
      await opened.readline();
      const { headers, body } = await post(opened);
      expect([headers["content-length"], String(body)]).toEqual(["12", "from a file\n"]);
      expect(opened.closed).toBe(false);
    }));

  test("ClientSession.post() sends a text file as text", () =>
    run(async () => {
      await using opened = await openFile(await file());
      const { headers, body } = await post(opened);
      expect([headers["content-type"], headers["transfer-encoding"]]).toEqual(["text/plain; charset=utf-8", "chunked"]);
      expect(String(body)).toBe(WORDS);
    }));

  test("ClientSession.post() sends a FileHandle of Node from its beginning, and leaves it open", () =>
    run(async () => {
      const handle = await open(await file());
      try {
        for (let i = 0; i < 2; i++) {
          const { headers, body } = await post(handle);
          expect([headers["content-length"], String(body)]).toEqual([String(Buffer.byteLength(WORDS)), WORDS]);
        }
      } finally {
        await handle.close();
      }
    }));

  test("ClientSession.post() sends streams and iterables of every kind in chunks", () =>
    run(async () => {
      const reader = new StreamReader();
      reader.feedData(Buffer.from(WORDS));
      reader.feedEof();
      const spelledSo = asyncGenerator(function* (emit: Emit<string>) {
        yield* sleep(1);
        yield* emit("grüße\n");
        yield* emit("from a file\n");
      });
      async function* natively(): AsyncGenerator<string | Uint8Array> {
        yield "grüße\n";
        await sleep(1);
        yield Buffer.from("from a file\n");
      }
      const sources: RequestData[] = [
        createReadStream(await file()),
        Readable.from(["grüße\n", "from a file\n"]),
        new Blob([WORDS]).stream(),
        reader,
        natively(),
        natively,
        spelledSo(),
        spelledSo,
      ];
      for (const data of sources) {
        const { headers, body } = await post(data);
        expect(String(body)).toBe(WORDS);
        expect([headers["transfer-encoding"], headers["content-length"]]).toEqual(["chunked", undefined]);
        expect(headers["content-type"]).toBe("application/octet-stream");
      }
    }));

  test("ClientSession.post() sends what comes of another request, as it comes", () =>
    run(async () => {
      await using origin = await serveHttp((_, response) => response.end(Buffer.alloc(200_000, "x")));
      await using download = await session.get(origin.url);
      const { body } = await post(download.content);
      expect(body.length).toBe(200_000);
    }));

  test("ClientSession.post() sends an async iterable that has nothing", () =>
    run(async () => {
      const { body, headers } = await post(async function* () {});
      expect([body.length, headers["content-length"] ?? headers["transfer-encoding"]]).toEqual([0, "0"]);
    }));

  test("ClientSession.post() sends JSON by the session's serializer", () =>
    run(async () => {
      await using response = await session.post("", { json: { a: [1, "ü"] } });
      await response.read();
      expect(received[0]?.headers["content-type"]).toBe("application/json");
      expect(JSON.parse(String(received[0]?.body))).toEqual({ a: [1, "ü"] });
      await using own = new ClientSession({ baseUrl: server.url, jsonSerialize: () => "[7]" });
      await using other = await own.post("", { json: "x" });
      await other.read();
      expect(String(received[1]?.body)).toBe("[7]");
    }));

  test("ClientSession.post() refuses what can't be sent, saying what was given", () =>
    run(async () => {
      for (const data of [5, null, Symbol("x"), new Date(), [1, 2]]) {
        await expect(session.post("", { data: data as never })).rejects.toThrow(TypeError);
      }
      await expect(session.post("", { data: 5 as never })).rejects.toThrow("got 5");
      await expect(session.post("", { data: { a: null } as never })).rejects.toThrow('"a"');
      await expect(session.post("", { data: "a", json: 1 })).rejects.toThrow(ValueError);
      await expect(session.post("", { json: () => {} })).rejects.toThrow("json");
      expect(received).toEqual([]);
    }));

  test("ClientSession.post() lets a Content-Type that is given stand, and skips its own when told to", () =>
    run(async () => {
      await (await session.post("", { data: "<a/>", headers: { "content-type": "text/xml" } })).read();
      await (await session.post("", { data: "<a/>", skipAutoHeaders: ["content-type"] })).read();
      expect(received.map(({ headers }) => headers["content-type"])).toEqual(["text/xml", undefined]);
    }));
});

describe("FormData", () => {
  test("FormData.addField() sends files with name and type, given or guessed", () =>
    run(async () => {
      const form = new FormData({ title: "x" });
      form.addField("bytes", Buffer.from("1"), { filename: "a.json" });
      form.addField("typed", "2", { filename: "b.json", contentType: "text/x" });
      form.addField("text", "3", { filename: "c.html" });
      form.addField("handle", createReadStream(await file("d.css")));
      form.addField("stream", async function* () {
        yield "5";
      });
      form.addField("part", "6", { contentType: "text/markdown" });
      expect(form.isMultipart).toBe(true);
      const { headers, form: parse } = await post(form);
      expect(headers["transfer-encoding"]).toBe("chunked");
      expect(await fieldsOf(await parse())).toEqual([
        ["title", "x"],
        ["bytes", "a.json", "application/json", "1"],
        ["typed", "b.json", "text/x", "2"],
        ["text", "c.html", "text/html; charset=utf-8", "3"],
        ["handle", "d.css", "text/css; charset=utf-8", WORDS],
        ["stream", "stream", "application/octet-stream", "5"],
        ["part", "6"],
      ]);
    }));

  test("FormData of files whose sizes are known has a length, and can be sent twice", () =>
    run(async () => {
      await using opened = await openFile(await file(), "rb");
      const form = new FormData({ a: "1", opened, blob: new Blob(["abc"]) });
      const first = await post(form);
      const second = await post(form);
      expect(first.headers["content-length"]).toBe(String(first.body.length));
      const fields = [
        ["a", "1"],
        ["opened", "words.txt", "text/plain; charset=utf-8", WORDS],
        ["blob", "blob", "application/octet-stream", "abc"],
      ];
      expect(await fieldsOf(await first.form())).toEqual(fields);
      expect(await fieldsOf(await second.form())).toEqual(fields);
    }));

  test("FormData quotes names as browsers do", () =>
    run(async () => {
      const form = new FormData();
      form.addField('na"me\r\nX: y', "1", { filename: 'ü"\n.txt' });
      const { body } = await post(form);
      expect(String(body)).toContain('name="na%22me%0D%0AX: y"; filename="ü%22%0D%0A.txt"\r\n');
    }));

  test("FormData with defaultToMultipart is sent so without a file", () =>
    run(async () => {
      const { headers, form } = await post(new FormData({ a: "1" }, { defaultToMultipart: true }));
      expect(headers["content-type"]).toMatch(/^multipart/);
      expect(await fieldsOf(await form())).toEqual([["a", "1"]]);
    }));

  test("FormData refuses what is no field", () => {
    const form = new FormData();
    expect(() => form.addField(1 as never, "x")).toThrow(TypeError);
    expect(() => form.addField("a", null as never)).toThrow('field "a"');
    expect(() => new FormData([["a"]] as never)).toThrow("pairs");
    expect(() => new FormData({ a: [{}] } as never)).toThrow(TypeError);
    // A line break would be a header of its own in the part.
    expect(() => form.addField("a", "x", { contentType: "text/plain\r\nX: y" })).toThrow(ValueError);
  });
});
