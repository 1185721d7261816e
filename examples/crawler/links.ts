import { Parser } from "htmlparser2";

/** What the crawler wants to know of a page's HTML. */
export interface PageContent {
  readonly title: string;
  /** Where its `<a href>` lead, as full addresses, each once, in the order of the page. */
  readonly links: readonly string[];
}

/**
 * Reads a page's title and links.
 *
 * The HTML of the web is full of mistakes, entities, comments and scripts that contain tags: a parser sees through
 * them, a regular expression does not.
 */
export function readPage(html: string, address: string): PageContent {
  const links = new Set<string>();
  let base = address;
  let title = "";
  let inTitle = false;

  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "title") inTitle = title === "";
      const { href } = attributes;
      if (href === undefined) return;
      if (tag === "base") base = toAddress(href, address) ?? base;
      if (tag === "a" || tag === "area") {
        const link = toAddress(href, base);
        if (link !== undefined) links.add(link);
      }
    },
    ontext(text) {
      if (inTitle) title += text;
    },
    onclosetag(tag) {
      if (tag === "title") inTitle = false;
    },
  });
  parser.end(html);

  return { title: title.trim().replaceAll(/\s+/g, " "), links: [...links] };
}

/**
 * The address that a link means, in the one form that all its spellings share: absolute, and without the `#part`, which
 * is a place in the page and not another page. `undefined` when the link makes no address.
 */
export function toAddress(href: string, base: string): string | undefined {
  if (!URL.canParse(href, base)) return undefined;
  const url = new URL(href, base);
  url.hash = "";
  return url.href;
}
