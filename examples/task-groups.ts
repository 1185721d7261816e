// Task groups: several tasks as one. When the group is over, none of them is left running.
import { ExceptionGroup, run, sleep, taskGroup } from "asyncio-ts";

async function fetchUser(name: string, ms: number): Promise<string> {
  console.log(`${name} is asked for`);
  try {
    await sleep(ms);
  } finally {
    console.log(`${name} is over`);
  }
  if (name === "bob") throw new Error("bob is unknown");
  return `user ${name}`;
}

async function allWell(): Promise<void> {
  const users = await taskGroup(async (group) => [
    group.createTask(() => fetchUser("ann", 50)),
    group.createTask(() => fetchUser("cem", 10)),
  ]);
  console.log(users.map((task) => task.result())); // the group has waited for them
}

/** When a task fails, the group cancels the others, waits for them, and throws the errors of all in one group. */
async function oneFails(): Promise<void> {
  try {
    await taskGroup(async (group) => {
      group.createTask(() => fetchUser("ann", 10_000));
      group.createTask(() => fetchUser("bob", 50));
    });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    console.log(error.exceptions.map(String));
  }
}

async function main(): Promise<void> {
  await allWell();
  await oneFails();
}

await run(main);
