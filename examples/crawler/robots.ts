import type { ClientSession } from "@asyncio-ts/http";
import robotsParser from "robots-parser";
import { reasonOf } from "./reasons.ts";
import type { Outcome } from "./visit.ts";

interface Robots {
  isAllowed(url: string, agent: string): boolean | undefined;
  getCrawlDelay(agent: string): number | undefined;
}

/** The package's types are those of another kind of module than it is. */
const parseRobots = robotsParser as unknown as (url: string, text: string) => Robots;

/** What a host asks of crawlers. */
export interface Rules {
  /** Between two requests; 0 for none. */
  readonly delayMs: number;
  /** What comes of a link that is not to be followed; null for the others. */
  refusal(address: string): Outcome | null;
}

const EVERYTHING: Rules = { delayMs: 0, refusal: () => null };

/** No robots.txt is as long as this; RFC 9309 wants half a megabyte read. */
const MAX_BYTES = 512 * 1024;

/** Reads the robots.txt of hosts, as RFC 9309 says. */
export class RobotsReader {
  readonly #session: ClientSession;
  readonly #agent: string;

  /** @param agent the name that a robots.txt knows the crawler by. */
  constructor(session: ClientSession, agent: string) {
    this.#session = session;
    this.#agent = agent;
  }

  async read(origin: string): Promise<Rules> {
    const url = `${origin}/robots.txt`;
    try {
      await using response = await this.#session.get(url);
      // Who has no robots.txt allows everything; who can't tell now allows nothing.
      if (response.status >= 500) return nothing(`status ${response.status}`);
      if (!response.ok) return EVERYTHING;
      const text = new TextDecoder().decode(await response.content.read(MAX_BYTES));
      return this.#rulesOf(url, text);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      return nothing(reason);
    }
  }

  #rulesOf(url: string, text: string): Rules {
    const robots = parseRobots(url, text);
    return {
      delayMs: (robots.getCrawlDelay(this.#agent) ?? 0) * 1000,
      // It has no opinion on the addresses of other hosts.
      refusal: (address) => (robots.isAllowed(address, this.#agent) === false ? { kind: "forbidden" } : null),
    };
  }
}

function nothing(reason: string): Rules {
  const outcome: Outcome = { kind: "error", error: `no robots.txt: ${reason}`, status: null, mayPass: true };
  return { delayMs: 0, refusal: () => outcome };
}
