import { readFile, writeFile } from "node:fs/promises";
import type { Store } from "../store/store.ts";
import type { Count, Figures } from "./figures.ts";
import { latencies, type Plot, pagesOverTime } from "./plots.ts";
import { number, perSecond, seconds } from "./words.ts";

/** Writes the report: one file with all that it needs, to be opened in a browser, sent by mail, or kept. */
export async function writeReport(file: string, store: Store, figures: Figures): Promise<void> {
  const html = pageOf(figures, {
    time: await pagesOverTime(store, figures.elapsedMs),
    latency: await latencies(store),
    script: await readFile(new URL(import.meta.resolve("uplot/dist/uPlot.iife.min.js")), "utf8"),
    style: await readFile(new URL(import.meta.resolve("uplot/dist/uPlot.min.css")), "utf8"),
    draw: await readFile(new URL("draw.js", import.meta.url), "utf8"),
    look: await readFile(new URL("report.css", import.meta.url), "utf8"),
  });
  await writeFile(file, html);
}

interface Parts {
  readonly time: Plot;
  readonly latency: Plot;
  readonly script: string;
  readonly style: string;
  readonly draw: string;
  readonly look: string;
}

function pageOf(figures: Figures, { time, latency, script, style, draw, look }: Parts): string {
  const { start, finished, elapsedMs, hosts } = figures;
  const state = finished ? `done in ${seconds(elapsedMs)}` : `stopped after ${seconds(elapsedMs)}`;
  const slowestHosts = hosts.map(({ host, requests, meanMs, maxMs }) => ({
    name: host,
    value: meanMs,
    label: `${number(meanMs)} ms, at most ${number(maxMs)} ms, ${number(requests)} requests`,
  }));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Crawl of ${escape(start)}</title>
<style>${style}${look}</style>
<h1>Crawl of <a href="${escape(start)}">${escape(start)}</a></h1>
<p>${state}</p>
${tiles(figures)}
<h2>Pages over time</h2>
<div class="plot" id="time"></div>
<h2>How long the requests took</h2>
<div class="plot" id="latency"></div>
<h2>Answers</h2>
${bars(countBars(figures.statuses))}
<h2>Slowest hosts</h2>
${bars(slowestHosts)}
${figures.errors.length > 0 ? `<h2>Errors</h2>\n${bars(countBars(figures.errors))}` : ""}
<h2>Slowest pages</h2>
${bars(figures.slowest.map(({ url, ms }) => ({ name: url, value: ms, label: `${number(ms)} ms` })))}
<script>${script}</script>
<script type="application/json" id="data">${embed({ time, latency })}</script>
<script>${draw}</script>
</html>
`;
}

function tiles(figures: Figures): string {
  const { pages, files, redirects, forbidden, failed, waiting, requests, retries, bytes, waitedMs, elapsedMs } =
    figures;
  const all: [string, string][] = [
    [number(pages), "pages"],
    [perSecond(pages, elapsedMs), "pages a second"],
    [number(files), "other files"],
    [number(redirects), "redirects"],
    [number(forbidden), "forbidden by robots.txt"],
    [number(failed), "errors"],
    [number(waiting), "links not followed yet"],
    [number(requests), `requests, ${number(retries)} of them again`],
    [`${(bytes / 1e6).toFixed(1)} MB`, "of HTML"],
    [seconds(waitedMs), "of waiting"],
  ];
  return `<dl>${all.map(([value, what]) => `<div><dd>${value}</dd><dt>${what}</dt></div>`).join("")}</dl>`;
}

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
}

function countBars(counts: readonly Count[]): Bar[] {
  return counts.map(({ name, count }) => ({ name, value: count, label: number(count) }));
}

/** A row for each, with a bar as long as its value. */
function bars(all: readonly Bar[]): string {
  if (all.length === 0) return "<p>none</p>";
  const longest = Math.max(...all.map(({ value }) => value));
  const rows = all.map(({ name, value, label }) => {
    const width = ((100 * value) / longest).toFixed(1);
    return `<tr><th>${escape(name)}</th><td><i style="width:${width}%"></i></td><td>${label}</td></tr>`;
  });
  return `<table class="bars">${rows.join("\n")}</table>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** Inside of a script nothing is escaped, so that what would end it must not be there. */
function embed(data: object): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
