import { runningLoop } from "./current-loop.ts";
import { ensureFuture } from "./ensure-future.ts";
import type { current } from "./frame.ts";
import { isfuture } from "./future.ts";
import type { EventLoop } from "./loop.ts";

/**
 * Makes futures of what is awaited outside of every task: on the loop of the task that is finished, on the loop that runs,
 * else on one that runs by itself, so that the library also works at top level and in an Express handler.
 *
 * @internal
 */
export function futuresOutside(makeLoop: () => EventLoop): typeof current.toFuture {
  let ambient: EventLoop | undefined;
  const ambientLoop = (): EventLoop => {
    if (ambient === undefined) {
      ambient = makeLoop();
      ambient._runAmbient();
    }
    return ambient;
  };
  return (source, finished) => {
    if (isfuture(source)) return source;
    const home = finished?._loop;
    const loop = home !== undefined && !home.isClosed() ? home : (runningLoop() ?? ambientLoop());
    return ensureFuture(source, { loop });
  };
}
