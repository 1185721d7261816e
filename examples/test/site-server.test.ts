import { afterEach, expect, test } from "vitest";
import { readPage } from "../crawler/links.ts";
import { SITE, type Site, type SiteOptions, serveSite } from "../crawler/site/site-server.ts";

const sites: Site[] = [];

async function openSite(options?: SiteOptions): Promise<Site> {
  const site = await serveSite(options);
  sites.push(site);
  return site;
}

afterEach(async () => {
  for (const site of sites.splice(0)) await site[Symbol.asyncDispose]();
});

async function htmlOf(site: Site, path: string): Promise<string> {
  const response = await fetch(new URL(path, site.url));
  return await response.text();
}

test("serveSite() serves the same site for the same seed, and another for another", async () => {
  const [one, two, other] = [await openSite(), await openSite({ seed: 1 }), await openSite({ seed: 2 })];
  for (const path of ["/", "/pages/1", "/pages/979"]) {
    expect(await htmlOf(one, path)).toBe(await htmlOf(two, path));
    expect(await htmlOf(one, path)).not.toBe(await htmlOf(other, path));
  }
});

test("serveSite() answers each kind of link in its way", async () => {
  const site = await openSite();
  const ask = (path: string): Promise<Response> => fetch(new URL(path, site.url), { redirect: "manual" });

  expect((await ask("/pages/1")).status).toBe(200);
  expect((await ask("/missing/1")).status).toBe(404);
  expect((await ask("/anything/else")).status).toBe(404);
  expect((await ask("/broken/1")).status).toBe(500);
  expect((await ask("/pages/42")).status).toBe(503);
  expect((await ask("/pages/42")).status).toBe(200);
  const moved = await ask("/moved/1");
  expect([moved.status, moved.headers.get("location")]).toEqual([301, "/pages/999"]);
  await expect(ask("/resetting/1")).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
});

test("serveSite() has pages that hang, and closes them when it is closed", async () => {
  const site = await openSite();
  const half = await fetch(new URL("/hanging/1", site.url));
  const none = fetch(new URL("/hanging/2", site.url));
  const bodies = Promise.allSettled([half.text(), none]);
  await site[Symbol.asyncDispose]();
  expect((await bodies).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("serveSite() links to every page, and to each of the last ones through a redirect only", async () => {
  const site = await openSite();
  const found = new Set([site.url]);
  // Follows the links level by level, each with all its pages at once.
  for (let level = [site.url]; level.length > 0; ) {
    const pages = await Promise.all(
      level.map(async (address) => {
        if (/hanging|resetting/.test(address)) return [];
        const response = await fetch(address);
        const html = response.status === 503 ? await htmlOf(site, address) : await response.text();
        return [...readPage(html, address).links, response.url];
      }),
    );
    const next = new Set(pages.flat().filter((link) => link.startsWith(site.url)));
    level = [...next].filter((link) => !found.has(link));
    for (const link of next) found.add(link);
  }
  const paths = [...found].map((address) => new URL(address).pathname);
  const count = (start: string): number => paths.filter((path) => path.startsWith(start)).length;
  expect(1 + count("/pages/")).toBe(SITE.pages);
  expect(count("/moved/")).toBe(SITE.moved);
  expect(count("/missing/")).toBe(SITE.missing);
  expect(count("/broken/")).toBe(SITE.broken);
  expect(count("/hanging/")).toBe(SITE.hanging);
  expect(count("/resetting/")).toBe(SITE.resetting);
  expect(count("/forbidden/")).toBe(SITE.forbidden);
});

test("serveSite() listens where it is told to", async () => {
  const first = await openSite();
  const port = Number(new URL(first.url).port);
  await first[Symbol.asyncDispose]();
  expect((await openSite({ port })).url).toBe(first.url);
});

test("serveSite() has a robots.txt that forbids some of its pages", async () => {
  const site = await openSite();
  expect(await htmlOf(site, "/robots.txt")).toBe("User-agent: *\nDisallow: /forbidden/\n");
});
