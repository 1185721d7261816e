// What the light objects of `@hono/node-server` know of themselves, but the package does not export. Its version is pinned;
// without these a response takes the way of a streamed one, and `request.signal` knows of nothing but the connection's end.

type Marked = { readonly [mark: symbol]: unknown };

/** Of a response, as long as nobody has looked at its body: `[status, body, headers]`. */
let cache: symbol | undefined;
/** Of a request: aborts its signal. */
let abort: symbol | undefined;

/** Whether the adapter can write the response at once. @internal */
export function isAtHand(response: Response): boolean {
  cache ??= markOf(response, "cache");
  const known = cache === undefined ? undefined : (response as unknown as Marked)[cache];
  if (!Array.isArray(known)) return false;
  const body: unknown = known[1];
  return body === null || typeof body === "string" || body instanceof Uint8Array;
}

/** Aborts `request.signal`. @internal */
export function abortRequest(request: Request, reason: unknown): void {
  abort ??= markOf(Object.getPrototypeOf(request) as object, "abortRequest");
  const fn = abort === undefined ? undefined : (request as unknown as Marked)[abort];
  if (typeof fn === "function") fn.call(request, reason);
}

function markOf(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}
