import { UnsupportedOperation, ValueError } from "../../core/errors.ts";
import { FileBase, SEEK_CUR, SEEK_END, SEEK_SET, type Whence } from "./file-base.ts";
import type { OpenedFile } from "./raw-file.ts";
import type { TextFormat } from "./text-format.ts";

/** A file that gives and takes text. Sizes are counted in characters (code points), places in bytes. See {@link openFile}. */
export class TextFile extends FileBase<string> {
  /** As Python calls it: `"utf-8"`. */
  readonly encoding: string;

  /** @internal */
  constructor(opened: OpenedFile, format: TextFormat) {
    super(opened, format);
    this.encoding = format.name;
  }

  /** Bytes can be in the middle of a character, so only places are allowed that are known not to be. @internal */
  override _checkSeek(offset: number, whence: Whence): void {
    if (whence === SEEK_CUR && offset !== 0) throw new UnsupportedOperation("can't do nonzero cur-relative seeks");
    if (whence === SEEK_END && offset !== 0) throw new UnsupportedOperation("can't do nonzero end-relative seeks");
    if (whence === SEEK_SET && offset < 0) throw new ValueError(`negative seek position ${offset}`);
  }
}
