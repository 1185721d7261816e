import { constants, type Stats } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { STATUS_CODES } from "node:http";
import { relative, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type SendOptions, type SendResult, send } from "@fastify/send";
import { type Coroutine, type CoroutineGenerator, coroutine, ValueError, wrapFuture } from "asyncio-ts";
import { parseAccept } from "hono/utils/accept";
import { fileBody } from "./file-body.ts";

/** What {@link staticFiles} serves. */
export interface StaticFilesOptions {
  /** The beginning of the paths that are served: "/static" serves root/a.css as /static/a.css. "/" by default. */
  readonly prefix?: string | undefined;
  /** What is served in the place of a directory, "index.html" by default; false is nothing. */
  readonly index?: string | false | undefined;
  /** Serve a.css.br, a.css.zst or a.css.gz in the place of a.css to clients that take it. False by default. */
  readonly precompressed?: boolean | undefined;
  /** For how long clients may use a file without asking again, in milliseconds. 0 by default: they always ask. */
  readonly maxAgeMs?: number | undefined;
  /** Tell clients that a file never changes within `maxAgeMs`. False by default. */
  readonly immutable?: boolean | undefined;
  /** Serve what a symbolic link leads to also when that is outside of the root. False by default. */
  readonly followSymlinks?: boolean | undefined;
  /** Serve files, and from directories, whose names begin with a dot. False by default. */
  readonly dotfiles?: boolean | undefined;
}

/** Answers requests for files. */
export type StaticFiles = (request: Request) => Coroutine<Response>;

/** By how well they compress. */
const ENCODINGS = [
  { name: "br", suffix: ".br" },
  { name: "zstd", suffix: ".zst" },
  { name: "gzip", suffix: ".gz" },
] as const;

/**
 * Serves the files of a directory: aiohttp's `add_static()`. It knows ranges, conditional requests, HEAD, and directories by
 * their index. What is not there, or not to be seen, is answered with 404; other methods than GET and HEAD with 405.
 *
 * A file is opened when its answer is sent, and closed when that has been sent or the client has gone. For several ranges
 * at once the whole file is sent.
 *
 * @param root the directory; relative to the working directory of now.
 * @throws ValueError when `prefix` does not begin with a slash.
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { serve, staticFiles } from "@asyncio-ts/http/server";
 * import { Hono } from "hono";
 *
 * const files = staticFiles(".", { prefix: "/files" });
 * const app = new Hono().get("/files/*", async (c) => await files(c.req.raw));
 * await run(async () => {
 *   await using server = await serve(app, { port: 0 });
 *   const response = await fetch(`${server.url}/files/package.json`, { headers: { Range: "bytes=0-0" } });
 *   console.log(response.status, await response.text()); // 206 {
 * });
 * ```
 */
export function staticFiles(root: string | URL, options: StaticFilesOptions = {}): StaticFiles {
  const directory = resolve(typeof root === "string" ? root : fileURLToPath(root));
  const { prefix = "/" } = options;
  if (!prefix.startsWith("/")) throw new ValueError(`staticFiles(): prefix must begin with "/", got ${prefix}`);
  const files = new Directory(directory, prefix.endsWith("/") ? prefix : `${prefix}/`, options);
  return coroutine(function* staticFile(request: Request) {
    return yield* files.answer(request);
  });
}

/** What the library for sending files has found. */
type Found = Pick<SendResult, "type" | "statusCode" | "headers"> & { readonly path?: string };

/** A file that must not be seen, or is none. */
class Hidden extends Error {}

class Directory {
  readonly #root: string;
  readonly #prefix: string;
  readonly #options: StaticFilesOptions;

  constructor(root: string, prefix: string, options: StaticFilesOptions) {
    this.#root = root;
    this.#prefix = prefix;
    this.#options = options;
  }

  *answer(request: Request): CoroutineGenerator<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, { allow: "GET, HEAD" });
    const { pathname, search } = new URL(request.url);
    // A slash within a name would be one that routers and middlewares have not seen.
    if (!pathname.startsWith(this.#prefix) || /%(2f|5c)/i.test(pathname)) return plain(404);
    const path = pathname.slice(this.#prefix.length - 1);
    const found = yield* wrapFuture(this.#find(request, path));
    if (found.type === "directory") return plain(301, { location: `/${pathname.replace(/^\/+/, "")}/${search}` });
    if (found.path === undefined) return plain(found.statusCode, found.statusCode === 416 ? found.headers : {});
    const file = { ...found, path: found.path };
    return this.#options.precompressed ? yield* this.#encoded(request, file) : fileResponse(request, file);
  }

  /** It is asked as for a HEAD, so that it opens nothing. */
  async #find(request: Request, path: string, more: SendOptions = {}): Promise<Found> {
    const { index = "index.html", maxAgeMs = 0, immutable = false, dotfiles = false } = this.#options;
    const headers = Object.fromEntries(request.headers);
    // RFC 9110, 14.2: ranges are for GET.
    if (request.method === "HEAD") delete headers.range;
    try {
      const result = await send({ method: "HEAD", headers } as unknown as Readable, path, {
        root: this.#root,
        index,
        maxAge: maxAgeMs,
        immutable,
        dotfiles: dotfiles ? "allow" : "ignore",
        onFile: async (file, stat) => {
          await this.#checkSeen(file, stat);
          // RFC 9110, 14.1.2: more than there is, is all.
          const last = /^ *bytes=-(\d+)$/.exec(headers.range ?? "");
          if (last !== null && Number(last[1]) > stat.size && stat.size > 0) headers.range = "bytes=0-";
        },
        ...more,
      });
      return result.type === "file" ? { ...result, path: result.metadata.path } : result;
    } catch (error) {
      if (error instanceof Hidden) return { type: "error", statusCode: 404, headers: {} };
      throw error;
    }
  }

  /** @throws Hidden for what is no file, may not be read, has just gone, or is outside. */
  async #checkSeen(file: string, stat: Stats): Promise<void> {
    const [root, target] = await Promise.all([
      realpath(this.#root),
      realpath(file),
      access(file, constants.R_OK),
    ]).catch((cause: unknown) => {
      throw new Hidden("", { cause });
    });
    const isInside = this.#options.followSymlinks === true || target.startsWith(root + sep);
    if (!stat.isFile() || !isInside) throw new Hidden();
  }

  /** The file, or one beside it that is the same and smaller, if the client takes it. */
  *#encoded(request: Request, file: FileFound): CoroutineGenerator<Response> {
    const path = relative(this.#root, file.path).split(sep).map(encodeURIComponent).join("/");
    for (const { name, suffix } of ENCODINGS) {
      if (!accepts(request, name)) continue;
      const found = yield* wrapFuture(this.#find(request, `/${path}${suffix}`, { contentType: false }));
      if (found.path === undefined) continue;
      const more = {
        "content-type": file.headers["Content-Type"] ?? "",
        "content-encoding": name,
        vary: "accept-encoding",
      };
      return fileResponse(request, { ...found, path: found.path }, more);
    }
    return fileResponse(request, file, { vary: "accept-encoding" });
  }
}

type FileFound = Found & { readonly path: string };

function fileResponse(
  request: Request,
  { statusCode, headers, path }: FileFound,
  more: Record<string, string> = {},
): Response {
  const all = new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]));
  for (const [name, value] of Object.entries(more)) all.set(name, value);
  const length = Number(all.get("content-length"));
  const start = Number(/^bytes (\d+)-/.exec(all.get("content-range") ?? "")?.[1] ?? 0);
  const isEmpty = request.method === "HEAD" || statusCode === 304 || length === 0;
  return new Response(isEmpty ? null : fileBody({ path, start, length }), { status: statusCode, headers: all });
}

function accepts(request: Request, encoding: string): boolean {
  const accepted = parseAccept(request.headers.get("accept-encoding") ?? "");
  return accepted.some(({ type, q }) => type.toLowerCase() === encoding && q > 0);
}

function plain(status: number, headers: Record<string, string> = {}): Response {
  return new Response(`${status}: ${STATUS_CODES[status]}`, {
    status,
    headers: { ...headers, "content-type": "text/plain" },
  });
}
