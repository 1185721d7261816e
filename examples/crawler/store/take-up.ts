import { type Options, UsageError } from "../options.ts";
import type { SavedCrawl, Store } from "./store.ts";

/** What decides which links belong to a crawl, and so must not change in the middle of it. */
interface Settings {
  readonly embedded: boolean;
  readonly scope: string;
  readonly maxDepth: number | null;
  readonly maxLinks: number | null;
}

/**
 * Goes on with the crawl in the store, or begins one: when there is none, or it came to its end.
 *
 * @throws UsageError when the one there is another: it is not to be lost by a slip of the hand.
 */
export async function takeUp(
  store: Store,
  saved: SavedCrawl | null,
  url: string,
  options: Options,
): Promise<SavedCrawl> {
  const settings = JSON.stringify(settingsOf(options));
  if (saved === null || saved.finished) {
    await store.begin(url, settings);
    return { start: url, root: url, settings, elapsedMs: 0, finished: false };
  }
  if (saved.start !== url) {
    throw new UsageError(`${options.store} has an unfinished crawl of ${saved.start}: use another --store, or --fresh`);
  }
  if (saved.settings !== settings) {
    throw new UsageError(`${options.store} has an unfinished crawl with ${saved.settings}: use the same, or --fresh`);
  }
  return saved;
}

/** The embedded site has to be where it was for its crawl to go on; 0 when there is none. */
export function portOfUnfinished(saved: SavedCrawl | null): number {
  if (saved === null || saved.finished) return 0;
  const { embedded } = JSON.parse(saved.settings) as Settings;
  return embedded ? Number(new URL(saved.start).port) : 0;
}

function settingsOf({ url, scope, maxDepth, maxLinks }: Options): Settings {
  return { embedded: url === undefined, scope, maxDepth: limitOf(maxDepth), maxLinks: limitOf(maxLinks) };
}

/** JSON has no Infinity. */
function limitOf(n: number): number | null {
  return n === Infinity ? null : n;
}
