/** 1,234 */
export function number(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** 1 page, 2 pages */
export function counted(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** 1.2 s */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The pages of each second that the crawl took. */
export function perSecond(pages: number, elapsedMs: number): string {
  return number(elapsedMs > 0 ? (pages / elapsedMs) * 1000 : 0);
}
