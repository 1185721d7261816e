export { BinaryFile } from "./binary-file.ts";
export { type FileBase, SEEK_CUR, SEEK_END, SEEK_SET, type Whence } from "./file-base.ts";
export type { BinaryMode, TextMode } from "./mode.ts";
export { type EncodingOptions, type FilePath, type OpenFileOptions, openFile } from "./open-file.ts";
export {
  TemporaryDirectory,
  type TemporaryDirectoryOptions,
  temporaryDirectory,
} from "./temporary-directory.ts";
export {
  type NamedTemporaryFileOptions,
  namedTemporaryFile,
  type TemporaryFileOptions,
  temporaryFile,
} from "./temporary-file.ts";
export type { TemporaryNameOptions } from "./temporary-names.ts";
export { TextFile } from "./text-file.ts";
export type { EncodingErrors } from "./text-format.ts";
