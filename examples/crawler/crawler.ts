import { Event, type TaskGroup, taskGroup } from "asyncio-ts";
import type { Clock } from "./clock.ts";
import { Lane } from "./lane.ts";
import { type PageContent, readPage } from "./links.ts";
import type { PageFetcher } from "./page-fetcher.ts";
import type { Recorder } from "./recorder.ts";
import type { RobotsReader } from "./robots.ts";
import type { Scope } from "./scope.ts";
import type { Frontier } from "./store/store.ts";
import type { Link, Outcome, Visit } from "./visit.ts";

export interface CrawlerOptions {
  readonly scope: Scope;
  readonly fetcher: PageFetcher;
  readonly robots: RobotsReader;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** How many requests one host gets at once. */
  readonly perHost: number;
  /** How long one host is left alone between two of them, in milliseconds. */
  readonly delayMs: number;
  /** How many links to follow in all. */
  readonly maxLinks: number;
}

/** Crawls a site: every link that can be reached from the first one and belongs to its scope, each once. */
export class Crawler {
  readonly #options: CrawlerOptions;
  /** All links that were ever found, also in earlier runs. */
  readonly #found: Set<string>;
  readonly #waiting: readonly Link[];
  readonly #lanes = new Map<string, Lane>();
  readonly #finished = new Event();
  /** How many links led to an error, in this run. */
  failed = 0;

  /** How many links are still to be followed. */
  #open: number;

  constructor(frontier: Frontier, options: CrawlerOptions) {
    this.#options = options;
    this.#found = new Set(frontier.known);
    this.#waiting = frontier.waiting;
    this.#open = frontier.waiting.length;
  }

  /** How many links were found so far. */
  get found(): number {
    return this.#found.size;
  }

  /** How many of them are done with. */
  get done(): number {
    return this.#found.size - this.#open;
  }

  /**
   * A task group with a lane for each host.
   *
   * The group is why nothing is ever left running: `taskGroup` returns when its last task has ended. When this task is
   * cancelled (Ctrl-C), or a lane fails, it cancels the others first.
   */
  async run(): Promise<void> {
    await taskGroup(async (group) => {
      for (const link of this.#waiting) this.#laneOf(link, group).add(link);
      if (this.#open > 0) await this.#finished.wait();
      for (const lane of this.#lanes.values()) lane.end();
    });
  }

  /** The lane of a link's host, which begins with its first link. */
  #laneOf({ address }: Link, group: TaskGroup): Lane {
    const { origin } = new URL(address);
    const known = this.#lanes.get(origin);
    if (known !== undefined) return known;
    const lane = new Lane(origin, this.#options);
    this.#lanes.set(origin, lane);
    group.createTask(() => lane.run((link) => this.#visit(link, lane, group)), { name: `lane ${origin}` });
    return lane;
  }

  async #visit(link: Link, lane: Lane, group: TaskGroup): Promise<void> {
    const visit = await this.#fetch(link, lane);
    // Only what is saved counts: a crawl that is killed here asks for this page again, and for none that is saved.
    await this.#options.recorder.save(visit);
    for (const found of visit.found) this.#laneOf(found, group).add(found);
    if (visit.outcome.kind === "error") this.failed += 1;
    this.#open -= 1;
    if (this.#open === 0) this.#finished.set();
  }

  async #fetch(link: Link, lane: Lane): Promise<Visit> {
    const { fetcher, clock } = this.#options;
    const refusal = lane.refusal(link.address);
    if (refusal !== null) return { link, outcome: refusal, requests: [], at: clock.now(), found: [] };
    const { outcome, requests } = await fetcher.fetch(link.address, lane);
    const content = outcome.kind === "page" ? readPage(outcome.html, link.address) : undefined;
    const found = this.#find(link, outcome, content);
    return { link, outcome, requests, at: clock.now(), content, found };
  }

  /** The links of a page, or the one of a redirect, that are new and belong to the crawl. */
  #find(from: Link, outcome: Outcome, content: PageContent | undefined): Link[] {
    const { scope } = this.#options;
    if (outcome.kind === "redirect") {
      if (from.address === scope.root) scope.moveTo(outcome.to);
      return this.#fresh([outcome.to], from.depth);
    }
    return this.#fresh(content?.links ?? [], from.depth + 1);
  }

  #fresh(addresses: readonly string[], depth: number): Link[] {
    const { scope, maxLinks } = this.#options;
    const links: Link[] = [];
    for (const address of addresses) {
      if (this.#found.size >= maxLinks) break;
      if (this.#found.has(address) || !scope.includes(address, depth)) continue;
      this.#found.add(address);
      this.#open += 1;
      links.push({ address, depth });
    }
    return links;
  }
}
