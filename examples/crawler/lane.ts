import { Queue, sleep, taskGroup } from "asyncio-ts";
import type { RobotsReader, Rules } from "./robots.ts";
import type { Link, Outcome } from "./visit.ts";

export interface LaneOptions {
  readonly robots: RobotsReader;
  readonly perHost: number;
  readonly delayMs: number;
}

/**
 * The links of one host, and the workers that follow them: so many at once and not one after the other without a pause, as
 * the host's robots.txt asks for. Other hosts have lanes of their own and need not wait for a slow one.
 */
export class Lane {
  readonly origin: string;
  readonly #options: LaneOptions;
  readonly #queue = new Queue<Link>();
  #rules: Rules | undefined;
  #nextAt = 0;

  constructor(origin: string, options: LaneOptions) {
    this.origin = origin;
    this.#options = options;
  }

  add(link: Link): void {
    this.#queue.putNowait(link); // a queue without a limit is never full
  }

  /** There are no more links: the workers end when they have followed those that are there. */
  end(): void {
    this.#queue.shutdown();
  }

  async run(visit: (link: Link) => Promise<void>): Promise<void> {
    this.#rules = await this.#options.robots.read(this.origin);
    await taskGroup(async (group) => {
      for (let n = 1; n <= this.#options.perHost; n++) {
        group.createTask(() => this.#work(visit), { name: `worker ${n} of ${this.origin}` });
      }
    });
  }

  /** What comes of a link that the host's robots.txt does not let us follow; null for the others. */
  refusal(address: string): Outcome | null {
    return this.#rules?.refusal(address) ?? null;
  }

  /** Waits until the host may be asked again. */
  async turn(): Promise<void> {
    const pause = Math.max(this.#options.delayMs, this.#rules?.delayMs ?? 0);
    if (pause === 0) return;
    const at = Math.max(this.#nextAt, performance.now());
    this.#nextAt = at + pause;
    await sleep(at - performance.now());
  }

  async #work(visit: (link: Link) => Promise<void>): Promise<void> {
    for await (const link of this.#queue) await visit(link);
  }
}
