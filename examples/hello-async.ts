// Hello world as an async function: what most programs are written in.
import { run, sleep } from "asyncio-ts";

async function helloWorld(): Promise<string> {
  console.log("Hello world!");
  await sleep(100);
  console.log("Hello again!");
  return "Goodbye.";
}

// An async function starts as soon as it is called. So `run` gets the function itself: the loop will call it.
const words = await run(helloWorld);
console.log(words);
