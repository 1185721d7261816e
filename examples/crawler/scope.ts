/** How far a crawl goes from the address that it starts at. */
export type ScopeKind = "path" | "host" | "domain";

export const SCOPES: readonly ScopeKind[] = ["path", "host", "domain"];

export interface ScopeLimits {
  readonly kind: ScopeKind;
  /** How many links away from the first page. */
  readonly maxDepth: number;
}

/** Which links belong to the crawl. */
export class Scope {
  readonly #limits: ScopeLimits;
  #root: URL;

  constructor(root: string, limits: ScopeLimits) {
    this.#root = new URL(root);
    this.#limits = limits;
  }

  get root(): string {
    return this.#root.href;
  }

  /** Where the first address leads is the site: http://example.com may be known as https://www.example.com. */
  moveTo(root: string): void {
    this.#root = new URL(root);
  }

  /** `mailto:` and the like never belong to it. */
  includes(address: string, depth: number): boolean {
    return depth <= this.#limits.maxDepth && this.#isNear(new URL(address));
  }

  #isNear(url: URL): boolean {
    if (this.#limits.kind === "domain") return isWeb(url) && isWithin(url.hostname, domainOf(this.#root));
    if (url.origin !== this.#root.origin) return false;
    return this.#limits.kind === "host" || url.pathname.startsWith(folderOf(this.#root));
  }
}

function isWeb({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** example.com, of www.example.com too. */
function domainOf({ hostname }: URL): string {
  return hostname.replace(/^www\./, "");
}

/** /docs/ for /docs/intro.html. */
function folderOf({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf("/") + 1);
}
