import { open } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Coroutine } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { BinaryFile } from "./binary-file.ts";
import { type BinaryMode, type ParsedMode, parseMode, type TextMode } from "./mode.ts";
import { type FileSource, opening } from "./opening.ts";
import type { OpenedFile } from "./raw-file.ts";
import { TextFile } from "./text-file.ts";
import { type EncodingErrors, textFormat } from "./text-format.ts";

/** What can be opened: a path, or what is open already, as a file descriptor or a FileHandle of Node. */
export type FilePath = string | URL | Uint8Array | number | FileHandle;

/** How text is written as bytes. */
export interface EncodingOptions {
  /** utf-8, utf-8-sig, utf-16-le, latin-1, ascii, or what TextDecoder knows; by default utf-8. */
  readonly encoding?: string | undefined;
  /** What to do with bytes that are no text, and with characters that the encoding does not have: by default `"strict"`. */
  readonly errors?: EncodingErrors | undefined;
}

/** For {@link openFile}. */
export interface OpenFileOptions extends EncodingOptions {
  /** False leaves a file descriptor that was given open when the file is closed. */
  readonly closefd?: boolean | undefined;
}

/**
 * Opens a file, in a mode of Python: "r", "w", "a" or "x", with "b" for bytes, with "+" for reading and writing.
 *
 * It has to be closed: `await using` does that. A text file leaves newlines as they are.
 *
 * @throws TypeError, ValueError and LookupError for wrong arguments; from the wait FileNotFoundError, FileExistsError,
 * PermissionError, OSError with the code EISDIR for a directory, and others.
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { run } from "asyncio-ts";
 * import { openFile, temporaryDirectory } from "asyncio-ts/files";
 *
 * await run(async () => {
 *   await using folder = await temporaryDirectory();
 *   const path = join(folder.name, "a.txt");
 *   {
 *     await using file = await openFile(path, "w");
 *     await file.write("one\ntwo\n");
 *   }
 *   await using file = await openFile(path);
 *   for await (const line of file) console.log(line.trimEnd()); // one, two
 * });
 * ```
 */
export function openFile(path: FilePath, mode?: TextMode, options?: OpenFileOptions): Coroutine<TextFile>;
export function openFile(path: FilePath, mode: BinaryMode, options?: OpenFileOptions): Coroutine<BinaryFile>;
export function openFile(path: FilePath, mode: string, options?: OpenFileOptions): Coroutine<TextFile | BinaryFile>;
export function openFile(
  path: FilePath,
  mode = "r",
  options: OpenFileOptions = {},
): Coroutine<TextFile> | Coroutine<BinaryFile> | Coroutine<TextFile | BinaryFile> {
  const parsed = parseMode(mode);
  const make = fileMaker(parsed, options);
  return opening(sourceOf(path, parsed, options.closefd ?? true), make);
}

/** @throws ValueError for an encoding of bytes; LookupError for an unknown one. */
export function fileMaker(mode: ParsedMode, options: EncodingOptions): (opened: OpenedFile) => TextFile | BinaryFile {
  const { encoding, errors } = options;
  if (!mode.binary) {
    const format = textFormat(encoding ?? "utf-8", errors ?? "strict");
    return (opened) => new TextFile(opened, format);
  }
  if (encoding !== undefined) throw new ValueError("binary mode doesn't take an encoding argument");
  if (errors !== undefined) throw new ValueError("binary mode doesn't take an errors argument");
  return (opened) => new BinaryFile(opened);
}

function sourceOf(path: FilePath, mode: ParsedMode, closefd: boolean): FileSource {
  if (typeof path === "number") return descriptorSource(path, mode, closefd);
  if (isFileHandle(path)) return handleSource(path, mode, closefd);
  if (!closefd) throw new ValueError("Cannot use closefd=False with file name");
  return pathSource(path, mode);
}

const PERMISSIONS = 0o666;

function pathSource(path: string | URL | Uint8Array, mode: ParsedMode): FileSource {
  const name = nameOf(path);
  const target = path instanceof Uint8Array ? Buffer.from(path) : name;
  const label = `'${name}' mode='${mode.text}'`;
  return {
    label: name,
    mode,
    given: false,
    open: (done) =>
      open(target, mode.flags, PERMISSIONS, (error, fd) =>
        done(error, { name, descriptor: { fd, label, owned: true } }),
      ),
  };
}

function nameOf(path: unknown): string {
  if (typeof path === "string") return path;
  if (path instanceof URL) return fileURLToPath(path);
  if (path instanceof Uint8Array) return Buffer.from(path).toString();
  throw new TypeError(
    `openFile() needs a path (a string, URL or Buffer), a file descriptor or a FileHandle, got ${describeValue(path)}`,
  );
}

function descriptorSource(fd: number, mode: ParsedMode, owned: boolean): FileSource {
  if (!Number.isInteger(fd))
    throw new TypeError(`openFile(): a file descriptor is an integer, got ${describeValue(fd)}`);
  if (fd < 0) throw new ValueError("negative file descriptor");
  const descriptor = { fd, label: `${fd} mode='${mode.text}'`, owned };
  return { label: String(fd), mode, given: true, open: (done) => done(null, { name: fd, descriptor }) };
}

/** Node closes a handle that is collected, so the descriptor refers to it. */
function handleSource(handle: FileHandle, mode: ParsedMode, owned: boolean): FileSource {
  const { fd } = handle;
  const close = (done: (error?: Error | null) => void): void => void handle.close().then(() => done(), done);
  const descriptor = { fd, label: `${fd} mode='${mode.text}'`, owned, close };
  return { label: String(fd), mode, given: true, open: (done) => done(null, { name: fd, descriptor }) };
}

function isFileHandle(path: unknown): path is FileHandle {
  const handle = path as Partial<FileHandle> | null;
  return typeof handle === "object" && typeof handle?.fd === "number" && typeof handle.close === "function";
}
