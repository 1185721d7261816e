// The benchmark: our library beside its peers, each contestant in a process of its own. See README.md.
import { relative } from "node:path";
import type { Contest } from "./contest.ts";
import { chooseLibrary } from "./library.ts";
import { describeMachine, machineLines } from "./machine.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { summaryLines, type Verdict } from "./report/goals.ts";
import { openResults } from "./results.ts";

await main(parseOptions(process.argv.slice(2)));

async function main(options: Options): Promise<void> {
  if (options.help) {
    print([USAGE]);
    return;
  }
  const library = chooseLibrary(options.library);
  const machine = await describeMachine(library);
  print(machineLines(machine));
  if (options.scale) {
    for (const bench of options.benches) print((await bench.scaleLines?.(options, library)) ?? []);
    return;
  }
  const results = openResults(machine);
  await compare({ options, machine, library, onStart: showProgress, onRun: results.add });
  print([`Every run: ${relative(process.cwd(), results.file)}`]);
}

async function compare(contest: Contest): Promise<void> {
  const verdicts: Verdict[] = [];
  for (const bench of contest.options.benches) {
    const report = await bench.measure(contest);
    verdicts.push(...report.verdicts);
    report.sections.forEach(print);
    if (report.failed) process.exitCode = 1;
  }
  print(summaryLines(verdicts));
  if (contest.options.quick) print(["--quick: runs this short are judged for a look only."]);
}

/** To standard error, so that the tables can be kept in a file. */
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}

function print(lines: readonly string[]): void {
  if (lines.length === 0) return;
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  console.log(`${lines.join("\n")}\n`);
}
