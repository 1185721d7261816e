import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Channel, type ChannelEvents, workerFile } from "./channel.ts";
import type { Reply, Request } from "./messages.ts";

/** How long a statement that is to stop may take to end by itself: to start another process takes about as long. */
const PATIENCE_MS = 30;

/** A process of its own: the one place in which any statement can be stopped. */
export class ProcessChannel implements Channel {
  readonly #child: ChildProcess;
  /** The request that is being done; 0 for none. */
  #current = 0;

  constructor(events: ChannelEvents) {
    let cause: unknown;
    this.#child = fork(fileURLToPath(workerFile()), { serialization: "advanced" })
      .on("message", (message) => {
        if ("id" in (message as Reply)) this.#current = 0;
        events.reply(message as Reply);
      })
      .on("error", (error) => {
        cause = error;
        // It has not even started, and will not exit.
        if (this.#child.pid === undefined) events.ended("its process could not be started", error);
      })
      .on("exit", (code, signal) =>
        events.ended(`its process has ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`, cause),
      );
  }

  post(request: Request): void {
    this.#current = request.id;
    this.#child.send(request, () => {
      // A process that has gone tells so by its exit.
    });
  }

  interrupt(id: number): void {
    setTimeout(() => {
      if (this.#current === id) this.kill();
    }, PATIENCE_MS);
  }

  setBusy(busy: boolean): void {
    if (busy) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
