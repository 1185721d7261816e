import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Whether nothing refers to the object any more. Called outside of every loop. */
export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  // What a WeakRef was asked for lives to the end of the platform's turn.
  await runVirtual(() => sleep(0));
  collectGarbage();
  return reference.deref() === undefined;
}
