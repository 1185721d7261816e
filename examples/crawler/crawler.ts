import { Queue, taskGroup } from "asyncio-ts";
import { isOnSite, type PageContent, readPage } from "./links.ts";
import type { Fetched, PageFetcher } from "./page-fetcher.ts";

export interface CrawlerOptions {
  /** How many tasks take links from the queue. */
  readonly workers: number;
  readonly fetcher: PageFetcher;
  /** Told of every link as soon as it is done with. */
  readonly onVisit: (visit: Visit) => void;
}

/** One link that was followed, and what came of it. */
export interface Visit extends Fetched {
  readonly address: string;
  /** What the page says, when the link led to one. */
  readonly content?: PageContent;
}

/** Crawls a site: every page that can be reached from the first one, each once. */
export class Crawler {
  /** How many links were done with. */
  done = 0;

  readonly #options: CrawlerOptions;
  /** The links that are still to be followed. */
  readonly #queue = new Queue<string>();
  /** All links that ever were in the queue. */
  readonly #found = new Set<string>();
  #start: string;

  constructor(start: string, options: CrawlerOptions) {
    this.#start = start;
    this.#options = options;
  }

  /** How many links were found so far. */
  found(): number {
    return this.#found.size;
  }

  /**
   * A task group of workers, and a queue that they empty and fill.
   *
   * The group is why nothing is ever left running: `taskGroup` returns when its last task has ended. When this task is
   * cancelled (Ctrl-C), or a worker fails, it cancels the other workers first.
   */
  async run(): Promise<void> {
    this.#follow(this.#start);
    await taskGroup(async (group) => {
      for (let n = 1; n <= this.#options.workers; n++) {
        group.createTask(() => this.#work(), { name: `worker ${n}` });
      }
      // An empty queue is not the end, as a page that is being fetched may have more links. `join` waits until every
      // link that was put in has been marked as done.
      await this.#queue.join();
      this.#queue.shutdown(); // ends the workers' loops
    });
  }

  async #work(): Promise<void> {
    for await (const address of this.#queue) {
      try {
        await this.#visit(address);
      } finally {
        this.#queue.taskDone();
      }
    }
  }

  async #visit(address: string): Promise<void> {
    const { fetcher, onVisit } = this.#options;
    const fetched = await fetcher.fetch(address);
    // From here on there is no `await`: once a page is here, no cancellation can come between it and the results.
    this.done++;
    const content = this.#followLinks(address, fetched);
    onVisit(content === undefined ? { ...fetched, address } : { ...fetched, address, content });
  }

  /** Puts the links that a page or a redirect leads to into the queue. */
  #followLinks(address: string, { outcome }: Fetched): PageContent | undefined {
    if (outcome.kind === "redirect") {
      // Where the first address leads is the site: http://example.com may be known as https://www.example.com.
      if (address === this.#start) this.#start = outcome.to;
      this.#follow(outcome.to);
    }
    if (outcome.kind !== "page") return undefined;

    const content = readPage(outcome.html, address);
    for (const link of content.links) this.#follow(link);
    return content;
  }

  #follow(link: string): void {
    if (this.#found.has(link) || !isOnSite(link, this.#start)) return;
    this.#found.add(link);
    this.#queue.putNowait(link); // a queue without a limit is never full
  }
}
