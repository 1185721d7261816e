import type { Writable } from "node:stream";
import type { Coroutine } from "../../core/coroutine.ts";
import { park } from "../../core/park.ts";
import { osError } from "../os-error.ts";

/** Waits until everything that was written has been sent. */
export function flushed(stream: Writable): Coroutine<void> {
  return park((wait) => {
    stream.write("", (error) => {
      if (error) wait.reject(osError(error));
      else wait.resolve(undefined);
    });
    return () => "done";
  });
}
