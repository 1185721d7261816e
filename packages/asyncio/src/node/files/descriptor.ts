import { close, closeSync, unlink, unlinkSync } from "node:fs";

/** An open file of the operating system, and what is to happen when it is closed. */
export interface Descriptor {
  readonly fd: number;
  /** What it is called in reports. */
  readonly label: string;
  /** Closing the file closes it. */
  readonly owned: boolean;
  /** Closes it, in place of the system's `close()`. */
  readonly close?: ((done: (error?: Error | null) => void) => void) | undefined;
  /** A temporary file that goes with it. */
  readonly remove?: string | undefined;
}

/** Closes it. The file that goes with it is gone then, too. */
export function closeDescriptor(descriptor: Descriptor, done: (error: Error | null | undefined) => void): void {
  const { remove } = descriptor;
  const closed = (error?: Error | null): void => {
    if (remove === undefined) done(error);
    // Somebody else may have removed it: that is what was wanted.
    else unlink(remove, () => done(error));
  };
  if (!descriptor.owned) closed();
  else if (descriptor.close === undefined) close(descriptor.fd, closed);
  else descriptor.close(closed);
}

/** Closes, on the spot, one that nobody will ever use. */
export function dropDescriptor(descriptor: Descriptor): void {
  quietly(() => (descriptor.close === undefined ? closeSync(descriptor.fd) : descriptor.close(() => {})));
  const { remove } = descriptor;
  if (remove !== undefined) quietly(() => unlinkSync(remove));
}

/** Somebody else may have done it. */
function quietly(fn: () => void): void {
  try {
    fn();
  } catch {
    // So be it.
  }
}

interface Forgotten {
  readonly warning: string;
  readonly cleanUp: () => void;
}

/** What was forgotten: it is cleaned up, with a warning, once the platform has collected its owner. */
const forgotten = new FinalizationRegistry<Forgotten>(({ warning, cleanUp }) => {
  process.emitWarning(warning, "ResourceWarning");
  cleanUp();
});

/** `cleanUp` must not refer to the owner. */
export function watchForgotten(owner: object, warning: string, cleanUp: () => void): void {
  forgotten.register(owner, { warning, cleanUp }, owner);
}

export function unwatchForgotten(owner: object): void {
  forgotten.unregister(owner);
}
