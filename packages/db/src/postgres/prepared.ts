import { IGNORING, type Submittable, type Wire } from "./wire.ts";

/** Prepares a statement. pg keeps its text under `name`, and will not parse it again. */
export function parseStatement(
  name: string,
  text: string,
  done: (error: unknown) => void,
): Submittable & { readonly name: string; readonly text: string } {
  return {
    ...IGNORING,
    name,
    text,
    submit: (wire) => {
      wire.parse({ name, text, types: [] }, true);
      wire.sync();
    },
    handleReadyForQuery: () => done(null),
    handleError: done,
  };
}

/** Lets go of a prepared statement: by a message, which unlike DEALLOCATE also works in a transaction that has failed. */
export function closeStatement(name: string, done: (error: unknown) => void): Submittable {
  return {
    ...IGNORING,
    submit: (wire: Wire) => {
      delete wire.parsedStatements[name];
      wire.close({ type: "S", name }, true);
      wire.sync();
    },
    handleReadyForQuery: () => done(null),
    handleError: done,
  };
}
