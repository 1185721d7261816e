// Hello world as a generator coroutine. `yield*` is Python's `yield from`: it waits, and other tasks run meanwhile.
import { coroutine, run, sleep } from "asyncio-ts";

const helloWorld = coroutine(function* () {
  console.log("Hello world!");
  // Waits for another coroutine, sleep(100), which takes 0.1 seconds.
  yield* sleep(100);
  console.log("Hello again!");
});

// Calling a coroutine function only makes a coroutine. It starts when it is run, awaited or made a task.
const hello = helloWorld();
console.log("Nothing has happened yet.");
await run(hello);
