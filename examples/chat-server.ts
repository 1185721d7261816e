// A chat: what one types, all others see. Usage: chat-server.ts [PORT], then `nc 127.0.0.1 PORT` in some terminals.
import {
  KeyboardInterrupt,
  Queue,
  QueueFull,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
  taskGroup,
} from "asyncio-ts";

/** How many messages may wait for a guest who does not read. */
const PATIENCE = 100;

/** Everybody who is in the room, by name, with the messages that wait for them. */
const room = new Map<string, Queue<string>>();

function tellOthers(name: string, message: string): void {
  console.log(message);
  for (const [other, inbox] of room) {
    if (other === name) continue;
    try {
      inbox.putNowait(message);
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      inbox.shutdown({ immediate: true }); // too slow: shown out
    }
  }
}

/** From the guest to the room, until the guest hangs up. */
async function listen(name: string, reader: StreamReader): Promise<void> {
  for await (const line of reader) tellOthers(name, `${name}: ${String(line).trimEnd()}`);
}

/** From the room to the guest, until the inbox is shut down. */
async function speak(inbox: Queue<string>, writer: StreamWriter): Promise<void> {
  for await (const message of inbox) {
    writer.write(`${message}\n`);
    await writer.drain();
  }
}

async function welcome(reader: StreamReader, writer: StreamWriter): Promise<void> {
  await using _ = writer;
  writer.write("Your name? ");
  const name = String(await reader.readline()).trim();
  if (name === "" || room.has(name)) return;
  const inbox = new Queue<string>(PATIENCE);
  room.set(name, inbox);
  tellOthers(name, `${name} comes in`);
  try {
    // Two tasks a guest. Whichever ends first, the guest has gone or was shown out, and the other has nothing left to do.
    await taskGroup(async (group) => {
      group.createTask(async () => {
        await listen(name, reader);
        group.cancel();
      });
      group.createTask(async () => {
        await speak(inbox, writer);
        group.cancel();
      });
    });
  } finally {
    room.delete(name);
    tellOthers(name, `${name} leaves`);
  }
}

async function main(): Promise<void> {
  await using server = await startServer(welcome, "127.0.0.1", Number(process.argv[2] ?? 0));
  console.log(`listening on port ${server.port}`);
  await server.serveForever();
}

try {
  await run(main);
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
}
