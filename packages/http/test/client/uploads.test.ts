import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import {
  ClientError,
  type ClientMiddleware,
  ClientPayloadError,
  ClientSession,
  Connector,
  FormData,
  type RequestData,
  StreamedBody,
} from "@asyncio-ts/http";
import {
  allTasks,
  asyncGenerator,
  CancelledError,
  createTask,
  type Emit,
  Event,
  FileNotFoundError,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  sleep,
  ValueError,
} from "asyncio-ts";
import { openFile } from "asyncio-ts/files";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { authority, certificate } from "../support/certificates.ts";
import { failure } from "../support/failure.ts";
import { type Loopback, serveHttp, serveRaw } from "../support/loopback.ts";

let server: Loopback;
let session: ClientSession;
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;

beforeEach(async () => {
  server = await serveHttp((request, response) => void answer(request, response));
  session = new ClientSession({ baseUrl: server.url });
});

afterEach(async () => {
  await session.close();
  await server[Symbol.asyncDispose]();
});

const CHUNK = Buffer.alloc(65_536, "x");

/** A source that tells what becomes of it. */
class Source {
  given = 0;
  readonly closed = new Event();
  readonly #chunks: number;

  constructor(chunks = Number.POSITIVE_INFINITY) {
    this.#chunks = chunks;
  }

  readonly native = async function* (this: Source): AsyncGenerator<Buffer> {
    try {
      while (this.given < this.#chunks) {
        await sleep(0);
        this.given++;
        yield CHUNK;
      }
    } finally {
      try {
        await sleep(1);
      } finally {
        this.closed.set();
      }
    }
  }.bind(this);

  readonly spelled = asyncGenerator(
    function* (this: Source, emit: Emit<Buffer>) {
      try {
        while (this.given < this.#chunks) {
          yield* sleep(0);
          this.given++;
          yield* emit(CHUNK);
        }
      } finally {
        try {
          yield* sleep(1);
        } finally {
          this.closed.set();
        }
      }
    }.bind(this) as never,
  ) as () => AsyncIterable<Buffer>;
}

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

describe("a streamed upload", () => {
  for (const spelling of ["native", "spelled"] as const) {
    test(`ClientSession.post() of an async generator (${spelling}) makes it wait until the server takes more`, () =>
      run(async () => {
        let go = (): void => {};
        const arrived = new Event();
        answer = (request, response) => {
          go = () => void readAll(request).then((body) => response.end(String(body.length)));
          arrived.set();
        };
        const source = new Source(400);
        const posted = createTask(() => session.post("", { data: source[spelling]() }));
        // The buffers of the system fill up, and then no more is asked for.
        await arrived.wait();
        let before = -1;
        while (before !== source.given) {
          before = source.given;
          await sleep(100);
        }
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(400);
        go();
        await using response = await posted;
        expect(await response.text()).toBe(String(400 * CHUNK.length));
        expect([source.given, source.closed.isSet()]).toEqual([400, true]);
      }));

    test(`ClientSession.post() that is cancelled closes its async generator (${spelling}) and the connection`, () =>
      run(async () => {
        answer = (request) => request.on("error", () => {}).resume();
        const source = new Source();
        const posted = createTask(() => session.post("", { data: source[spelling]() }));
        await expect.poll(() => source.given).toBeGreaterThan(3);
        posted.cancel();
        expect(await failure(posted)).toBeInstanceOf(CancelledError);
        // When the cancelled task has ended it has been closed already.
        expect(source.closed.isSet()).toBe(true);
        await expect.poll(() => server.sockets.size).toBe(0);
        expect(allTasks().size).toBe(1);
      }));

    test(`ClientSession.post() closes its async generator (${spelling}) when the connection breaks`, () =>
      run(async () => {
        answer = (request) => request.on("error", () => {}).once("data", () => request.socket.destroy());
        const source = new Source();
        const error = await failure(session.post("", { data: source[spelling]() }));
        expect(error).toBeInstanceOf(ClientError);
        expect(source.closed.isSet()).toBe(true);
        expect(allTasks().size).toBe(1);
      }));

    test(`ClientSession.post() closes its async generator (${spelling}) when the server answers early and closes`, () =>
      run(async () => {
        await using early = await serveRaw((socket) => {
          socket.end("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large");
        });
        const source = new Source();
        await using response = await session.post(early.url, { data: source[spelling]() });
        expect([response.status, await response.text()]).toEqual([413, "too large"]);
        expect(source.closed.isSet()).toBe(true);
        await expect.poll(() => early.sockets.size).toBe(0);
        expect(allTasks().size).toBe(1);
      }));
  }

  test("ClientSession.post() gives an early answer of a server that goes on reading, and drops the rest of the body", () =>
    run(async () => {
      answer = (request, response) => {
        request.on("error", () => {}).resume();
        response.writeHead(413).end("no");
      };
      const source = new Source();
      await using response = await session.post("", { data: source.native() });
      expect([response.status, await response.text()]).toEqual([413, "no"]);
      expect(source.closed.isSet()).toBe(true);
      // Half a body can't be followed by another request.
      await expect.poll(() => server.sockets.size).toBe(0);
      answer = (_, ok) => ok.end("ok");
      expect(await (await session.get("")).text()).toBe("ok");
    }));

  test("ClientSession.post() sends while it receives", () =>
    run(async () => {
      answer = (request, response) => request.pipe(response);
      const turn = new Event();
      await using response = await session.post("", {
        data: async function* () {
          yield "ping\n";
          await turn.wait();
          yield "pong\n";
        },
      });
      expect(String(await response.content.readline())).toBe("ping\n");
      turn.set();
      expect(String(await response.content.readline())).toBe("pong\n");
      expect(response.content.atEof()).toBe(true);
    }));

  test("ClientResponse.close() in the middle of an upload closes the source", () =>
    run(async () => {
      answer = (request, response) => {
        request.on("error", () => {}).resume();
        response.write("begun");
      };
      const source = new Source();
      const response = await session.post("", { data: source.native() });
      response.close();
      await source.closed.wait();
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.post() raises what the source raises, as it is", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      const mistake = new Error("mistake in the source");
      const error = await failure(
        session.post("", {
          data: async function* () {
            yield "a";
            throw mistake;
          },
        }),
      );
      expect(error).toBe(mistake);
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.post() raises TypeError for a piece that is neither bytes nor text, and closes the source", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      let closed = false;
      const error = await failure(
        session.post("", {
          data: async function* () {
            try {
              yield 5 as never;
            } finally {
              closed = true;
            }
          },
        }),
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(closed).toBe(true);
    }));

  test("ClientSession.post() destroys a stream of Node when it is cancelled, also one that gives nothing", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      const silent = new Readable({ read() {} });
      const busy = createReadStream("/dev/zero");
      for (const data of [silent, busy]) {
        const posted = createTask(() => session.post("", { data }));
        await expect.poll(() => server.sockets.size).toBe(1);
        await sleep(1);
        posted.cancel();
        expect(await failure(posted)).toBeInstanceOf(CancelledError);
        expect(data.closed).toBe(true);
        await expect.poll(() => server.sockets.size).toBe(0);
      }
    }));

  test("ClientSession.post() cancels a stream of the web when it is cancelled", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      const reasons: unknown[] = [];
      const data = new ReadableStream<Uint8Array>({ cancel: (reason) => void reasons.push(reason) });
      const posted = createTask(() => session.post("", { data }));
      await expect.poll(() => server.sockets.size).toBe(1);
      posted.cancel();
      expect(await failure(posted)).toBeInstanceOf(CancelledError);
      expect(reasons).toHaveLength(1);
    }));

  test("ClientSession.post() closes its source also when there is no connection", () =>
    run(async () => {
      const { url } = server;
      await server[Symbol.asyncDispose]();
      const data = new Readable({ read() {} });
      expect(await failure(session.post(url, { data }))).toBeInstanceOf(ClientError);
      expect(data.destroyed).toBe(true);
    }));

  test("ClientSession.post() closes its source when a middleware answers in its place, or sends something else", () =>
    run(async () => {
      answer = (_, response) => response.end();
      const fails: ClientMiddleware = async () => {
        throw new Error("not today");
      };
      const replaces: ClientMiddleware = (request, handler) => {
        request.updateBody("other");
        return handler(request);
      };
      for (const middleware of [fails, replaces]) {
        const data = new Readable({ read() {} });
        const posted = (async () => await (await session.post("", { data, middlewares: [middleware] })).text())();
        if (middleware === fails) expect(await failure(posted)).toMatchObject({ message: "not today" });
        else expect(await posted).toBe("");
        expect(data.destroyed).toBe(true);
      }
    }));

  test("ClientSession.post() of a form closes all of its files when it is cancelled in the first", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      const files = [1, 2].map(() => new Readable({ read() {} }));
      const form = new FormData(Object.fromEntries(files.map((file, at) => [`file${at}`, file])));
      const posted = createTask(() => session.post("", { data: form }));
      await expect.poll(() => server.sockets.size).toBe(1);
      posted.cancel();
      expect(await failure(posted)).toBeInstanceOf(CancelledError);
      expect(files.map((file) => file.closed)).toEqual([true, true]);
    }));

  test("ClientSession.post() refuses a stream that was sent before, and does not send an empty body", () =>
    run(async () => {
      const bodies: string[] = [];
      answer = async (request, response) => {
        bodies.push(String(await readAll(request)));
        response.end();
      };
      const stream = Readable.from(["once"]);
      await (await session.post("", { data: stream })).read();
      const error = await failure(session.post("", { data: stream }));
      expect(error).toBeInstanceOf(RuntimeError);
      expect(String(error)).toMatch(/give a function/);
      expect(bodies).toEqual(["once"]);
    }));

  test("ClientSession.post() raises FileNotFoundError for a stream of a file that is not there", () =>
    run(async () => {
      answer = (request, response) => request.resume().on("end", () => response.end());
      const error = await failure(session.post("", { data: createReadStream("/nowhere/at/all") }));
      expect(error).toBeInstanceOf(FileNotFoundError);
      const wait: ClientMiddleware = async (request, handler) => {
        await sleep(5);
        return await handler(request);
      };
      const late = session.post("", { data: createReadStream("/nowhere/at/all"), middlewares: [wait] });
      expect(await failure(late)).toBeInstanceOf(FileNotFoundError);
    }));

  test("ClientSession.post() abandons and reports a source that does not close, and does not wait for ever", () =>
    run(async () => {
      const reported: string[] = [];
      getRunningLoop().setExceptionHandler((_, { message }) => reported.push(message));
      answer = (request) => request.on("error", () => {}).resume();
      const begun = new Event();
      let release = (): void => {};
      const posted = createTask(() =>
        session.post("", {
          data: async function* () {
            yield "a";
            begun.set();
            // Not of the library, so nobody can cancel it.
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          },
        }),
      );
      await begun.wait();
      posted.cancel();
      expect(await failure(posted)).toBeInstanceOf(CancelledError);
      expect(reported).toEqual([expect.stringMatching(/has not closed within/)]);
      release();
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.post() sends a StreamedBody with the length that it says, and refuses one that has more", () =>
    run(async () => {
      class Numbers extends StreamedBody {
        readonly replayable = true;
        readonly size: number;

        constructor(size: number) {
          super();
          this.size = size;
        }

        override async *source(): AsyncGenerator<string> {
          for (let i = 0; i < 5; i++) yield String(i);
        }
      }
      const seen: [unknown, string][] = [];
      answer = async (request, response) => {
        const body = await readAll(request).catch(() => "cut off");
        seen.push([request.headers["content-length"], String(body)]);
        response.end();
      };
      await (await session.post("", { data: new Numbers(5) })).read();
      expect(seen).toEqual([["5", "01234"]]);
      expect(await failure(session.post("", { data: new Numbers(7) }))).toBeInstanceOf(ClientError);
    }));

  test("ClientSession.post() sends a stream with a Content-Length that is given, and refuses one that has less", () =>
    run(async () => {
      const seen: unknown[] = [];
      answer = async (request, response) => {
        const { "content-length": length, "transfer-encoding": coding } = request.headers;
        const body = await readAll(request).catch(() => "cut off");
        seen.push([length, coding, String(body)]);
        response.end();
      };
      const data = async function* (): AsyncGenerator<string> {
        yield "abc";
        yield "def";
      };
      await (await session.post("", { data, headers: { "Content-Length": "6" } })).read();
      expect(seen).toEqual([["6", undefined, "abcdef"]]);
      expect(await failure(session.post("", { data, headers: { "Content-Length": "7" } }))).toBeInstanceOf(ClientError);
    }));

  test("ClientSession.post() of files and blobs uses the connection again, however soon the server answers", () =>
    run(async () => {
      answer = (request, response) => {
        let left = Number(request.headers["content-length"]);
        request.on("data", (chunk: Buffer) => {
          left -= chunk.length;
          if (left === 0) response.end("ok");
        });
      };
      const handle = await open(import.meta.filename);
      try {
        await using file = await openFile(import.meta.filename, "rb");
        for (let i = 0; i < 10; i++) {
          for (const data of [handle, file, new Blob(["abc"]), { form: file }] as RequestData[]) {
            expect(await (await session.post("", { data })).text()).toBe("ok");
            await file.seek(0);
          }
        }
      } finally {
        await handle.close();
      }
      expect(server.accepted).toBe(1);
    }));

  test("ClientSession.post() over HTTP/2 that is cancelled closes its source and its stream, not the connection", () =>
    run(async () => {
      const closed: number[] = [];
      const h2 = createSecureServer(certificate("server"), (request, response) => {
        request
          .on("error", () => {})
          .resume()
          .on("end", () => response.end("ok"));
        response.stream.on("close", () => closed.push(response.stream.rstCode));
      });
      let connections = 0;
      h2.on("secureConnection", () => connections++).listen(0, "127.0.0.1");
      await once(h2, "listening");
      const url = `https://127.0.0.1:${(h2.address() as AddressInfo).port}/`;
      {
        await using client = new ClientSession({
          connector: new Connector({ allowH2: true, ssl: { ca: authority() } }),
        });
        const whole = await client.post(url, { data: new Source(5).native() });
        expect(await whole.text()).toBe("ok");
        const source = new Source();
        const posted = createTask(() => client.post(url, { data: source.native() }));
        await expect.poll(() => source.given).toBeGreaterThan(3);
        posted.cancel();
        expect(await failure(posted)).toBeInstanceOf(CancelledError);
        expect(source.closed.isSet()).toBe(true);
        await expect.poll(() => closed.length).toBe(2);
        expect(await (await client.post(url, { data: "again" })).text()).toBe("ok");
        expect(connections).toBe(1);
      }
      h2.close();
    }));

  test("40 uploads that are cancelled at random moments leave no socket, no task and no open source", () =>
    run(async () => {
      answer = (request, response) =>
        request
          .on("error", () => {})
          .resume()
          .on("end", () => response.end());
      const sources: Source[] = [];
      const posts = Array.from({ length: 40 }, (_, i) => {
        const source = new Source(8);
        sources.push(source);
        const data = i % 2 === 0 ? source.native() : source.spelled();
        return createTask(async () => {
          await using response = await session.post("", { data });
          await response.read();
        });
      });
      for (const post of posts) {
        await sleep(Math.random() * 5);
        post.cancel();
      }
      const ends = await gather(posts, { returnExceptions: true });
      expect((ends as unknown[]).every((end) => end === undefined || end instanceof CancelledError)).toBe(true);
      expect((ends as unknown[]).some((end) => end instanceof CancelledError)).toBe(true);
      expect(sources.filter((source) => source.given > 0 && !source.closed.isSet())).toEqual([]);
      expect(allTasks().size).toBe(1);
      await session.close();
      await expect.poll(() => server.sockets.size).toBe(0);
    }));

  test("ClientSession.post() keeps the connection after a streamed upload", () =>
    run(async () => {
      answer = async (request, response) => response.end(String((await readAll(request)).length));
      for (let i = 0; i < 5; i++) {
        const source = new Source(3);
        const response = await session.post("", { data: source.native() });
        expect(await response.text()).toBe(String(3 * CHUNK.length));
      }
      expect(server.accepted).toBe(1);
    }));
});

describe("a redirect of an upload", () => {
  const bodies: [string, () => RequestData, string][] = [
    ["text", () => "body", "body"],
    ["a form with a file", () => ({ f: new Blob(["body"]) }), "body"],
    [
      "a function",
      () =>
        async function* () {
          yield "bo";
          yield "dy";
        },
      "body",
    ],
  ];
  for (const [name, data, expected] of bodies) {
    test(`ClientSession.post() sends the body again for 307: ${name}`, () =>
      run(async () => {
        const seen: [string, string][] = [];
        answer = async (request, response) => {
          seen.push([`${request.method} ${request.url}`, String(await readAll(request))]);
          if (request.url === "/") response.writeHead(307, { Location: "/there" });
          response.end();
        };
        await using response = await session.post("", { data: data() });
        await response.read();
        expect(response.history).toHaveLength(1);
        expect(seen.map(([line]) => line)).toEqual(["POST /", "POST /there"]);
        expect(seen[1]![1]).toContain(expected);
        expect(seen[1]![1]).toBe(seen[0]![1]);
      }));
  }

  test("ClientSession.post() raises ClientPayloadError when 307 wants a body again that can be sent but once", () =>
    run(async () => {
      const seen: string[] = [];
      answer = (request, response) => {
        seen.push(request.url ?? "");
        request.resume().on("end", () => response.writeHead(307, { Location: "/there" }).end());
      };
      const error = await failure(session.post("", { data: Readable.from(["once"]) }));
      expect(error).toBeInstanceOf(ClientPayloadError);
      expect(String(error)).toMatch(/but once.*a function/);
      expect(seen).toEqual(["/"]);
    }));

  test("ClientSession.post() closes its source when a redirect comes before the body is sent, and goes without it for 303", () =>
    run(async () => {
      const seen: string[] = [];
      answer = (request, response) => {
        seen.push(`${request.method} ${request.url}`);
        request.on("error", () => {}).resume();
        if (request.url === "/") response.writeHead(303, { Location: "/there" });
        response.end("done");
      };
      const source = new Source();
      await using response = await session.post("", { data: source.native() });
      expect(await response.text()).toBe("done");
      expect(source.closed.isSet()).toBe(true);
      expect(seen).toEqual(["POST /", "GET /there"]);
    }));
});

describe("compress", () => {
  const decoders = {
    deflate: inflateSync,
    gzip: gunzipSync,
    br: brotliDecompressSync,
    zstd: zstdDecompressSync,
  };
  const text = "all work and no play ".repeat(20_000);

  for (const [encoding, decode] of Object.entries(decoders)) {
    test(`ClientSession.post() compresses text and streams by ${encoding}`, () =>
      run(async () => {
        const seen: [unknown, unknown, Buffer][] = [];
        answer = async (request, response) => {
          const { "content-encoding": coding, "transfer-encoding": transfer } = request.headers;
          seen.push([coding, transfer, await readAll(request)]);
          response.end();
        };
        const pieces = async function* (): AsyncGenerator<string> {
          for (let at = 0; at < text.length; at += 50_000) yield text.slice(at, at + 50_000);
        };
        for (const data of [text, pieces]) {
          await (await session.post("", { data, compress: encoding as "gzip" })).read();
        }
        for (const [coding, transfer, body] of seen) {
          expect([coding, transfer]).toEqual([encoding, "chunked"]);
          expect(body.length).toBeLessThan(text.length / 10);
          expect(String(decode(body))).toBe(text);
        }
        expect(seen).toHaveLength(2);
      }));
  }

  test("ClientSession.post() with compress: true uses deflate, and leaves alone what says that it is compressed", () =>
    run(async () => {
      const seen: unknown[] = [];
      answer = async (request, response) => {
        seen.push([request.headers["content-encoding"], String(await readAll(request)).length]);
        response.end();
      };
      await (await session.post("", { data: text, compress: true })).read();
      await (await session.post("", { data: "own", compress: true, headers: { "Content-Encoding": "own" } })).read();
      expect(seen).toEqual([
        ["deflate", expect.any(Number)],
        ["own", 3],
      ]);
      expect(await failure(session.post("", { data: text, compress: "lzw" as never }))).toBeInstanceOf(ValueError);
    }));

  test("ClientSession.post() that is cancelled closes what it compresses", () =>
    run(async () => {
      answer = (request) => request.on("error", () => {}).resume();
      const reported: unknown[] = [];
      getRunningLoop().setExceptionHandler((_, context) => reported.push(context));
      const source = new Source();
      const posted = createTask(() => session.post("", { data: source.native(), compress: "gzip" }));
      await expect.poll(() => source.given).toBeGreaterThan(3);
      posted.cancel();
      expect(await failure(posted)).toBeInstanceOf(CancelledError);
      expect(source.closed.isSet()).toBe(true);
      await expect.poll(() => server.sockets.size).toBe(0);
      expect(reported).toEqual([]);
    }));
});
