import { type Future, getRunningLoop, Queue, QueueShutDown, shield } from "asyncio-ts";
import type { Store } from "./store/store.ts";
import type { Visit } from "./visit.ts";

/** How long the last visits may take to be saved when the crawl is stopped. */
const LAST_WRITE_MS = 5_000;

interface Entry {
  readonly visit: Visit;
  readonly saved: Future<void>;
}

/**
 * Saves visits, all that have come meanwhile in one transaction: a disk can be asked some hundred times a second whether it
 * has them, and there are more pages than that.
 */
export class Recorder {
  readonly #store: Store;
  readonly #queue = new Queue<Entry>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns when the visit is on the disk. */
  async save(visit: Visit): Promise<void> {
    const saved = getRunningLoop().createFuture<void>();
    this.#queue.putNowait({ visit, saved });
    await saved;
  }

  /** Saves what comes, until {@link end}. When it is cancelled, what it has is saved first: pages that are here are kept. */
  async run(): Promise<void> {
    try {
      while (true) await this.#write([await this.#queue.get(), ...this.#takeAll()]);
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
    } finally {
      await this.#write(this.#takeAll());
    }
  }

  end(): void {
    this.#queue.shutdown();
  }

  #takeAll(): Entry[] {
    const entries: Entry[] = [];
    while (!this.#queue.empty()) entries.push(this.#queue.getNowait());
    return entries;
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    await shield(() => this.#store.save(entries.map(({ visit }) => visit)), { withinMs: LAST_WRITE_MS });
    for (const { saved } of entries) if (!saved.done()) saved.setResult(undefined);
  }
}
