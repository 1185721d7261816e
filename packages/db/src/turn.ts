import type { Wait } from "asyncio-ts";
import type { Command, Link } from "./link.ts";
import type { LinkPool } from "./link-pool.ts";
import type { QueryOptions, QueryResult } from "./query.ts";
import type { Grant } from "./waiters.ts";

/**
 * A statement that waits for a link, and begins in the moment in which one is given back: the link is not idle until the
 * task has been woken, and the task need not be woken for it.
 */
export class Turn<R> {
  /** The link that it has got, on which it runs or has run. */
  link: Link | null = null;
  /** Instead of a link: the permission to open one, and until when. */
  slot: { readonly deadline: number } | null = null;
  readonly #links: LinkPool<Link>;
  readonly #command: Command;
  readonly #options: QueryOptions | undefined;
  #abort: ((message: unknown) => "wait") | null = null;

  constructor(links: LinkPool<Link>, command: Command, options: QueryOptions | undefined) {
    this.#links = links;
    this.#command = command;
    this.#options = options;
  }

  /** For `park()`: ends with the result; with null when it has got a slot. */
  begin(wait: Wait<QueryResult<R> | null>): (message: unknown) => "done" | "wait" {
    const leave = this.#links.enqueue(
      (grant, deadline) => this.#granted(grant, deadline, wait),
      (error) => wait.reject(error),
    );
    return (message) => {
      if (this.#abort !== null) return this.#abort(message);
      leave();
      return "done";
    };
  }

  #granted(grant: Grant<Link>, deadline: number, wait: Wait<QueryResult<R> | null>): void {
    if (grant === "slot") {
      this.slot = { deadline };
      wait.resolve(null);
      return;
    }
    this.link = grant;
    try {
      this.#abort = grant._query<R>(this.#command, wait, this.#options);
    } catch (error) {
      wait.reject(error);
    }
  }
}
