// A pipeline of three processes, `awk | sort | uniq`, whose bytes pass through here. No process runs ahead of the next one,
// and none is left when something goes wrong: `await using` kills what still runs.
import { createSubprocessExec, PIPE, run, type StreamReader, type StreamWriter, taskGroup } from "asyncio-ts";

const MEGABYTE = 1_000_000;
const CHUNK = 64 * 1024;

const VISITS = 'BEGIN { for (i = 0; i < 300000; i++) print "visitor", i % 7 }';

async function copy(from: StreamReader, to: StreamWriter, passed: (bytes: number) => void = () => {}): Promise<void> {
  for (;;) {
    const chunk = await from.read(CHUNK);
    if (chunk.length === 0) break;
    to.write(chunk);
    await to.drain(); // waits while the process behind is busy, and so does the one before
    passed(chunk.length);
  }
  to.close();
  await to.waitClosed();
}

function eachMegabyte(tell: (megabytes: number) => void): (bytes: number) => void {
  let total = 0;
  return (bytes) => {
    const before = Math.floor(total / MEGABYTE);
    total += bytes;
    for (let i = before + 1; i <= total / MEGABYTE; i++) tell(i);
  };
}

async function print(lines: StreamReader): Promise<void> {
  for await (const line of lines) console.log(String(line).trim().replace(/\s+/g, " "));
}

async function main(): Promise<void> {
  await using generate = await createSubprocessExec("awk", [VISITS], { stdout: PIPE });
  await using sort = await createSubprocessExec("sort", [], { stdin: PIPE, stdout: PIPE });
  await using count = await createSubprocessExec("uniq", ["-c"], { stdin: PIPE, stdout: PIPE });

  await taskGroup(async (group) => {
    const progress = eachMegabyte((megabytes) => console.log(`${megabytes} MB generated`));
    group.createTask(() => copy(generate.stdout, sort.stdin, progress));
    group.createTask(() => copy(sort.stdout, count.stdin));
    group.createTask(() => print(count.stdout));
  });

  const codes = [await generate.wait(), await sort.wait(), await count.wait()];
  console.log(`exit codes ${codes.join(", ")}`);
}

await run(main);
