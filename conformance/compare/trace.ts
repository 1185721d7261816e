/**
 * One step as it was seen: virtual time, the task that ran (`-` for none), the id of the statement, what happened, and
 * what was seen then. Id -1 is the loop's exception handler, id -2 a transport that is paused or resumed, id 0 the end of
 * the program.
 */
export type Entry = readonly [
  time: number | null,
  task: string,
  statement: number,
  event: string,
  ...details: Detail[],
];

export type Trace = readonly Entry[];

export type Detail =
  | string
  | number
  | boolean
  | null
  | readonly Detail[]
  | ErrorDetail
  | { readonly task: string }
  | { readonly future: string | null };

export interface ErrorDetail {
  readonly error: string;
  readonly message: string;
  readonly errors?: readonly ErrorDetail[];
}

export const LOOP = -1;
export const TRANSPORT = -2;
export const PROGRAM = 0;

export function isError(detail: Detail | undefined): detail is ErrorDetail {
  return typeof detail === "object" && detail !== null && "error" in detail;
}
