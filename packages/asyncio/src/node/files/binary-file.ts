import type { Coroutine } from "../../core/coroutine.ts";
import { FileBase } from "./file-base.ts";
import { bytesFormat } from "./format.ts";
import type { OpenedFile } from "./raw-file.ts";

/** A file that gives and takes bytes. What it gives are Buffers, and yours to keep. See {@link openFile}. */
export class BinaryFile extends FileBase<Uint8Array> {
  /** @internal */
  constructor(opened: OpenedFile) {
    super(opened, bytesFormat);
  }

  /** Reads into memory of the caller, and gives how many bytes: fewer than there is room only at the end of the file. */
  readinto(target: Uint8Array): Coroutine<number> {
    bytesFormat.check(target);
    return this._operation("readinto", () => this._reading(() => this._reader.into(target)));
  }
}
