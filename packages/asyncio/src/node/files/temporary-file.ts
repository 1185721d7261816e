import { constants, open, unlink } from "node:fs";
import type { Coroutine } from "../../core/coroutine.ts";
import type { BinaryFile } from "./binary-file.ts";
import type { Done } from "./fs-call.ts";
import { type BinaryMode, type ParsedMode, parseMode, type TextMode } from "./mode.ts";
import { type EncodingOptions, fileMaker } from "./open-file.ts";
import { type FileSource, type Found, opening } from "./opening.ts";
import { makeUnderFreeName, type TemporaryNameOptions } from "./temporary-names.ts";
import type { TextFile } from "./text-file.ts";

/** For {@link temporaryFile}. */
export interface TemporaryFileOptions<M extends string = string> extends EncodingOptions, TemporaryNameOptions {
  /** As for `openFile()`; by default "w+b". */
  readonly mode?: M | undefined;
}

/** For {@link namedTemporaryFile}. */
export interface NamedTemporaryFileOptions<M extends string = string> extends TemporaryFileOptions<M> {
  /** False keeps the file when it is closed. */
  readonly delete?: boolean | undefined;
}

/**
 * A file without a name, only for its owner, that is gone when it is closed, also when the process dies.
 *
 * @throws as `openFile()`.
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { temporaryFile } from "asyncio-ts/files";
 *
 * await run(async () => {
 *   await using file = await temporaryFile({ mode: "w+" });
 *   await file.write("hello");
 *   await file.seek(0);
 *   console.log(await file.read()); // hello
 * });
 * ```
 */
export function temporaryFile(
  options: TemporaryFileOptions<TextMode> & { readonly mode: TextMode },
): Coroutine<TextFile>;
export function temporaryFile(options?: TemporaryFileOptions<BinaryMode>): Coroutine<BinaryFile>;
export function temporaryFile(options: TemporaryFileOptions = {}): Coroutine<TextFile> | Coroutine<BinaryFile> {
  return openTemporary(options, openNameless) as Coroutine<TextFile> | Coroutine<BinaryFile>;
}

/**
 * A file only for its owner, that is removed when it is closed; its path is `file.name`.
 *
 * @throws as `openFile()`.
 * @example
 * ```ts
 * import { existsSync } from "node:fs";
 * import { run } from "asyncio-ts";
 * import { namedTemporaryFile } from "asyncio-ts/files";
 *
 * await run(async () => {
 *   const file = await namedTemporaryFile({ suffix: ".json" });
 *   console.log(existsSync(file.name)); // true
 *   await file.close();
 *   console.log(existsSync(file.name)); // false
 * });
 * ```
 */
export function namedTemporaryFile(
  options: NamedTemporaryFileOptions<TextMode> & { readonly mode: TextMode },
): Coroutine<TextFile & { readonly name: string }>;
export function namedTemporaryFile(
  options?: NamedTemporaryFileOptions<BinaryMode>,
): Coroutine<BinaryFile & { readonly name: string }>;
export function namedTemporaryFile(
  options: NamedTemporaryFileOptions = {},
): Coroutine<TextFile & { readonly name: string }> | Coroutine<BinaryFile & { readonly name: string }> {
  const removed = options.delete ?? true;
  return openTemporary(options, (name, mode, done) => openNamed({ name, mode, removed }, done)) as
    | Coroutine<TextFile & { readonly name: string }>
    | Coroutine<BinaryFile & { readonly name: string }>;
}

type OpenTemporary = (name: TemporaryNameOptions, mode: ParsedMode, done: Done<Found>) => void;

function openTemporary(options: TemporaryFileOptions, openIt: OpenTemporary): Coroutine<TextFile | BinaryFile> {
  const mode = parseMode(options.mode ?? "w+b");
  const source: FileSource = {
    label: "a temporary file",
    mode,
    given: false,
    open: (done) => openIt(options, mode, done),
  };
  return opening(source, fileMaker(mode, options));
}

interface NamedFile {
  readonly name: TemporaryNameOptions;
  readonly mode: ParsedMode;
  readonly removed: boolean;
}

function openNamed({ name, mode, removed }: NamedFile, done: Done<Found>): void {
  const fail = done as (error: Error) => void;
  const openNew = (path: string, opened: Done<number>): void =>
    open(path, mode.flags | constants.O_CREAT | constants.O_EXCL, 0o600, opened);
  makeUnderFreeName(name, openNew, (error, made) => {
    if (error) {
      fail(error);
      return;
    }
    const { path, made: fd } = made;
    const label = `'${path}' mode='${mode.text}'`;
    done(null, { name: path, descriptor: { fd, label, owned: true, remove: removed ? path : undefined } });
  });
}

/** The system keeps a file without a name for as long as it is open. */
function openNameless(name: TemporaryNameOptions, mode: ParsedMode, done: Done<Found>): void {
  const fail = done as (error: Error) => void;
  openNamed({ name, mode, removed: true }, (error, found) => {
    if (error) {
      fail(error);
      return;
    }
    const { fd, label, remove } = found.descriptor;
    const nameless = { name: fd, descriptor: { fd, label, owned: true } };
    // Where the system does not allow it, the name goes when the file is closed.
    unlink(remove as string, (failure) => done(null, failure === null ? nameless : found));
  });
}
