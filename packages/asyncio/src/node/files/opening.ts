import { fstat, readFileSync, type Stats } from "node:fs";
import type { Coroutine } from "../../core/coroutine.ts";
import { OSError } from "../../core/errors.ts";
import { Acquiring } from "./acquiring.ts";
import { closeDescriptor, type Descriptor, dropDescriptor } from "./descriptor.ts";
import type { Done } from "./fs-call.ts";
import type { ParsedMode } from "./mode.ts";
import type { OpenedFile } from "./raw-file.ts";

/** Where an open file comes from. */
export interface FileSource {
  /** What to call it in reports and errors. */
  readonly label: string;
  readonly mode: ParsedMode;
  /** It was open before, so a failure leaves it so. */
  readonly given: boolean;
  readonly open: (done: Done<Found>) => void;
}

/** An open file, before anything is known of it. */
export interface Found {
  readonly descriptor: Descriptor;
  readonly name: string | number;
}

/** Opens a file, and makes what stands for it. */
export function opening<F>(source: FileSource, make: (opened: OpenedFile) => F): Coroutine<F> {
  return new Acquiring<OpenedFile, F>({
    name: "openFile",
    start: (done) => openAndLook(source, done),
    finish: make,
    discard: ({ descriptor }, done) => (source.given ? done() : closeDescriptor(descriptor, done)),
    drop: ({ descriptor }) => source.given || dropDescriptor(descriptor),
  });
}

function openAndLook(source: FileSource, done: Done<OpenedFile>): void {
  const fail = done as (error: Error) => void;
  source.open((failure, found) => {
    if (failure) {
      fail(failure);
      return;
    }
    fstat(found.descriptor.fd, (error, stats) => {
      const problem = error ?? refusal(source, stats);
      if (problem === null) done(null, { ...found, mode: source.mode, position: placeIn(source, found, stats) });
      else if (source.given) fail(problem);
      else closeDescriptor(found.descriptor, () => fail(problem));
    });
  });
}

function refusal(source: FileSource, stats: Stats): OSError | null {
  if (!stats.isDirectory()) return null;
  const message = `EISDIR: illegal operation on a directory, open '${source.label}'`;
  return new OSError(message, { code: "EISDIR", errno: -21, syscall: "open" });
}

/** Where a file begins that has places. */
function placeIn(source: FileSource, { descriptor }: Found, stats: Stats): number | null {
  if (!stats.isFile() && !stats.isBlockDevice()) return null;
  if (source.mode.append) return stats.size;
  return source.given ? systemPlace(descriptor.fd) : 0;
}

/** Where the system is in a file, which on Node nothing tells. Linux writes it down. */
function systemPlace(fd: number): number {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
    return Number(/^pos:\s*(\d+)/m.exec(info)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
