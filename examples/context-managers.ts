// Async context managers. Python's `async with` is `await using`: what is opened in a block is closed at its end.
import { Lock, run, sleep, taskGroup } from "asyncio-ts";

/** A connection that takes its time to open and to close. Any object with `Symbol.asyncDispose` will do. */
class Connection implements AsyncDisposable {
  readonly #name: string;

  static async open(name: string): Promise<Connection> {
    await sleep(10);
    console.log(`${name} is open`);
    return new Connection(name);
  }

  private constructor(name: string) {
    this.#name = name;
  }

  send(text: string): void {
    console.log(`${this.#name} sends ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sleep(10);
    console.log(`${this.#name} is closed`);
  }
}

async function closesAtTheEnd(): Promise<void> {
  await using first = await Connection.open("first");
  await using second = await Connection.open("second");
  first.send("hello");
  second.send("hello");
  // Closed from the last to the first, as each may need those before it.
}

async function closesAfterAnError(): Promise<void> {
  try {
    await using connection = await Connection.open("third");
    connection.send("something wrong");
    throw new Error("something went wrong");
  } catch (error) {
    console.log(String(error)); // by now the connection is closed
  }
}

/** A lock is held for the rest of the block. Two tasks that take it work one after the other. */
async function takesTurns(): Promise<void> {
  const lock = new Lock();
  const work = async (name: string): Promise<void> => {
    await using _ = await lock.hold();
    console.log(`${name} has the lock`);
    await sleep(10);
    console.log(`${name} gives it back`);
  };
  await taskGroup(async (group) => {
    group.createTask(() => work("one"));
    group.createTask(() => work("two"));
  });
}

async function main(): Promise<void> {
  await closesAtTheEnd();
  await closesAfterAnError();
  await takesTurns();
}

await run(main);
