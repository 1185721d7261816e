import { expect, test } from "vitest";
import { readPage, toAddress } from "../crawler/links.ts";

const PAGE = "http://site.test/docs/page?q=1";

function linksOf(html: string): readonly string[] {
  return readPage(html, PAGE).links;
}

test("readPage() finds the title and the links", () => {
  const html = `<!doctype html><title> A &amp; B\n page </title><body><a href="/x">x</a> <a class=y href='y'>y</a>`;
  expect(readPage(html, PAGE)).toEqual({
    title: "A & B page",
    links: ["http://site.test/x", "http://site.test/docs/y"],
  });
});

test("readPage() resolves every form of link", () => {
  const html = `<a href="?p=2&amp;q=3"></a><a href="//other.test/z"></a><a href="../up"></a><a href=" /space "></a><a href="">self</a>
    <area href="map"><a href="mailto:a@b.test"></a>`;
  expect(linksOf(html)).toEqual([
    "http://site.test/docs/page?p=2&q=3",
    "http://other.test/z",
    "http://site.test/up",
    "http://site.test/space",
    "http://site.test/docs/page?q=1",
    "http://site.test/docs/map",
    "mailto:a@b.test",
  ]);
});

test("readPage() gives links that differ in spelling or in their #part only once", () => {
  const html = `<a href="/x">1</a><a href="/x#a">2</a><a href="HTTP://SITE.test:80/x">3</a><a href="./../x#">4</a>`;
  expect(linksOf(html)).toEqual(["http://site.test/x"]);
});

test("readPage() is not fooled by what only looks like a link", () => {
  const html = `<!-- <a href="/comment"> --><script>const a = '<a href="/script">';</script>
    <style>/* <a href="/style"> */</style><p>&lt;a href="/text"&gt;</p><a name="anchor">no href</a><a href="http://[">bad</a>
    <link href="/sheet.css"><textarea><a href="/textarea"></textarea>`;
  expect(linksOf(html)).toEqual([]);
});

test("readPage() resolves links against <base>", () => {
  expect(linksOf(`<base href="/deep/er/"><a href="x">x</a>`)).toEqual(["http://site.test/deep/er/x"]);
});

test("readPage() takes the page's title, not that of a picture in it", () => {
  expect(readPage("<title>page</title><svg><title>picture</title></svg>", PAGE).title).toBe("page");
});

test("readPage() reads broken HTML as far as it goes", () => {
  expect(readPage(`<title>t</title><a href="/x"><div><a href="/y`, PAGE)).toEqual({
    title: "t",
    links: ["http://site.test/x"],
  });
});

test("toAddress() gives undefined for what makes no address", () => {
  expect(toAddress("http://", PAGE)).toBeUndefined();
  expect(toAddress("/x#y", PAGE)).toBe("http://site.test/x");
});
