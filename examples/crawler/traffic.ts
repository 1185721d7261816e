/** Counts the requests, and how long they were waited for. */
export class Traffic {
  requests = 0;
  inFlight = 0;
  /** The most requests that were in flight at once. */
  peak = 0;
  /** The sum of all waits: what the crawl would have taken with one request after the other. */
  waitedMs = 0;

  /** Counts a request in; disposing of what it returns counts it out. */
  begin(): Disposable {
    const began = performance.now();
    this.requests++;
    this.inFlight++;
    this.peak = Math.max(this.peak, this.inFlight);
    return {
      [Symbol.dispose]: () => {
        this.inFlight--;
        this.waitedMs += performance.now() - began;
      },
    };
  }
}
