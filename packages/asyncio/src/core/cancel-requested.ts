import { currentFrame } from "./frame.ts";

/**
 * Whether the next wait of the code that runs is going to be cancelled. What can't be stopped must not begin then: a loop
 * of such operations could never be cancelled.
 *
 * @internal
 */
export function cancelRequested(): boolean {
  const frame = currentFrame();
  return frame?.task?._mustCancel === true || (frame?.scope?._cancelled() ?? null) !== null;
}
