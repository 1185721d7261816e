import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How many links of each kind the site has. {@link serveSite} spreads them over its pages. */
export const SITE = {
  /** Pages that answer 200 after 20 to 80 ms. */
  pages: 1000,
  /** Of these, pages that answer 503 the first time they are asked. */
  flaky: 8,
  /** Redirects. Each leads to a page that no other link leads to. */
  moved: 20,
  /** Links to pages that do not exist: 404. */
  missing: 12,
  /** Pages that always answer 500. */
  broken: 6,
  /** Pages that never end: half of them send nothing, half of them stop in the middle. */
  hanging: 4,
  /** Pages that cut the connection. */
  resetting: 4,
  /** Pages that robots.txt asks not to visit. */
  forbidden: 5,
} as const;

export interface Site extends AsyncDisposable {
  /** The address of the first page; every other one can be reached from there. */
  readonly url: string;
}

export interface SiteOptions {
  /** Two sites with the same seed have the same links and the same delays. */
  readonly seed?: number;
  /** Where it listens; by default on any port that is free. */
  readonly port?: number;
}

/** Serves a web site to be crawled: a real HTTP server on a free port of the loopback interface. */
export async function serveSite({ seed = 1, port: wantedPort = 0 }: SiteOptions = {}): Promise<Site> {
  const answers = planSite(makeRandom(seed));
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? "") ?? withStatus(404);
    answer(response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wantedPort, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // also those of the pages that hang
      }),
  };
}

type Answer = (response: ServerResponse) => void;
type Random = () => number;

/**
 * Which path answers what.
 *
 * The pages are a tree: page 0 links to pages 1 to 12, page 1 to 13 to 24, and so on, so each can be reached, and a
 * crawler soon has enough links for all its workers. The troublesome links are on the first pages: what hangs is found
 * early, and is waited for while all else is fetched.
 */
function planSite(random: Random): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  const linksOf = Array.from({ length: SITE.pages }, (_, page) => treeLinks(page, random));

  const add = (kind: string, count: number, makeAnswer: (n: number) => Answer): void => {
    for (let n = 1; n <= count; n++) {
      answers.set(`/${kind}/${n}`, makeAnswer(n));
      linksOf[pick(random, 1 + BRANCHES)]?.push(`/${kind}/${n}`);
    }
  };
  add("missing", SITE.missing, () => withStatus(404));
  add("broken", SITE.broken, () => withStatus(500));
  add("hanging", SITE.hanging, (n) => (n % 2 === 0 ? withNothing : withHalfAPage));
  add("resetting", SITE.resetting, () => withReset);
  add("forbidden", SITE.forbidden, () => withStatus(403));
  answers.set("/robots.txt", withText("User-agent: *\nDisallow: /forbidden/\n"));

  // The parents of the last pages link to them by their old address: see `addressOf`.
  for (let n = 1; n <= SITE.moved; n++) {
    answers.set(`/moved/${n}`, withRedirect(`/pages/${SITE.pages - n}`));
  }
  for (const [page, links] of linksOf.entries()) {
    const answer = withPage(makeHtml(page, links), 20 + pick(random, 61));
    const isFlaky = page % 100 === 42 && page < SITE.flaky * 100;
    answers.set(page === 0 ? "/" : `/pages/${page}`, isFlaky ? onceUnavailable(answer) : answer);
  }
  return answers;
}

const BRANCHES = 12;

function treeLinks(page: number, random: Random): string[] {
  const children: string[] = [];
  for (let child = page * BRANCHES + 1; child <= (page + 1) * BRANCHES && child < SITE.pages; child++) {
    children.push(addressOf(child));
  }
  const elsewhere = pick(random, SITE.pages - SITE.moved);
  // Links that a crawler has to see through: known pages by other names, and pages that aren't the site's.
  return [...children, "/", `${addressOf(elsewhere)}#top`, "https://example.com/", "mailto:me@example.com"];
}

function addressOf(page: number): string {
  if (page === 0) return "/";
  return page < SITE.pages - SITE.moved ? `/pages/${page}` : `/moved/${SITE.pages - page}`;
}

function makeHtml(page: number, links: readonly string[]): string {
  const items = links.map((link) => `<li><a href="${link}">${link}</a></li>`);
  return `<!doctype html><title>Page ${page}</title><h1 id="top">Page ${page}</h1><ul>${items.join("")}</ul>`;
}

function withPage(html: string, delayMs: number): Answer {
  return (response) => {
    setTimeout(() => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html), delayMs);
  };
}

function withText(text: string): Answer {
  return (response) => response.writeHead(200, { "content-type": "text/plain" }).end(text);
}

function withStatus(status: number): Answer {
  return (response) => response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}

function withRedirect(to: string): Answer {
  return (response) => response.writeHead(301, { location: to }).end();
}

function onceUnavailable(answer: Answer): Answer {
  const answers = [withStatus(503)];
  return (response) => (answers.pop() ?? answer)(response);
}

const withNothing: Answer = () => {};

const withHalfAPage: Answer = (response) => {
  response.writeHead(200, { "content-type": "text/html" }).write("<!doctype html><title>The beg");
};

const withReset: Answer = (response) => {
  response.socket?.resetAndDestroy();
};

/** A small random generator with a seed (mulberry32): `Math.random()` can't be seeded. */
function makeRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer from 0 up to, and not including, `end`. */
function pick(random: Random, end: number): number {
  return Math.floor(random() * end);
}
