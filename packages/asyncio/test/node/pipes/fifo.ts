import { execFileSync } from "node:child_process";
import { constants, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The two ends of a new pipe, as file descriptors: whoever is given them closes them. */
export function makePipe(): [reader: number, writer: number] {
  const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-pipe-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  rmSync(folder, { recursive: true });
  return [reader, writer];
}

/** Whether it is the number of an open file. */
export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
