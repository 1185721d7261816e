import type { WriteStream } from "node:tty";
import { sleep } from "asyncio-ts";

/** Where the bar is drawn: `process.stderr`, as `process.stdout` may be a file or a pipe that wants the summary alone. */
export type Screen = Pick<WriteStream, "isTTY" | "columns"> & { write(text: string): unknown };

/** What the progress bar shows, read each time that it is drawn. */
export interface Progress {
  readonly done: number;
  /** The links found so far: it grows while the crawl goes on. */
  readonly found: number;
  readonly inFlight: number;
  readonly errors: number;
}

/** Shows the progress until it is cancelled: a bar on a terminal, else (in a log, say) a plain line every second. */
export async function showProgress(read: () => Progress, screen: Screen = process.stderr): Promise<never> {
  return await (screen.isTTY ? showBar(read, screen) : showLines(read, screen));
}

async function showBar(read: () => Progress, screen: Screen): Promise<never> {
  try {
    while (true) {
      screen.write(drawBar(read(), screen.columns));
      await sleep(50);
    }
  } finally {
    // Cancelling throws a CancelledError out of `sleep`, so here the bar gets its last state and its end of line.
    screen.write(`${drawBar(read(), screen.columns)}\n`);
  }
}

async function showLines(read: () => Progress, screen: Screen): Promise<never> {
  while (true) {
    await sleep(1000);
    screen.write(`${inWords(read())}\n`);
  }
}

const BAR_WIDTH = 30;

function drawBar(progress: Progress, columns: number): string {
  const filled = Math.floor((progress.done / progress.found) * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const line = `${bar} ${inWords(progress)}`.slice(0, (columns || 80) - 1); // a line that wraps can't be drawn over
  return `\r\x1b[K${line}`;
}

function inWords({ done, found, inFlight, errors }: Progress): string {
  const number = (n: number): string => n.toLocaleString("en");
  return `${number(done)} of ${number(found)} links, ${inFlight} in flight, ${errors} failed`;
}
