/**
 * Runs the tests on every Node that the package promises, and on Deno: `npm run test:matrix [-- 20 deno]`.
 *
 * The runtimes come from npm into a cache, so a second run starts at once. What runs is what users get (packages,
 * examples, documentation); tools and benchmarks only ever run on the Node of this repository. A failing Node fails the
 * command. Deno is reported as it is and fails nothing: vitest itself does not promise to run there. It runs the core's
 * tests only, since over its own sockets and processes some of the others never end.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const versions = { node20: "20.20.2", node22: "22.23.3", node24: "24.21.0", node26: "26.10.0", deno: "2.9.6" };
type Runtime = keyof typeof versions;

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache/test-matrix");
const filters = ["packages/", "examples/", "doctest.suite"];
const denoFilters = ["packages/asyncio/test/core", "packages/asyncio/test/testing"];
const minutes = 10;

/** What vitest's JSON report tells; the parts that are used here. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

export interface Outcome {
  readonly runtime: string;
  /** Absent when vitest did not get as far as writing one. */
  readonly report?: Report | undefined;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** One line of counts, then one for each thing that failed. */
export function describe({ runtime, report, exitCode, stderr }: Outcome): string {
  const head = `${runtime.padEnd(14)} `;
  if (report === undefined) return `${head}vitest did not run (exit code ${exitCode}): ${firstLine(stderr)}`;
  const counts = `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests} skipped`;
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [`  ${name}: ${firstLine(message)}`] : [];
    return failed.map((test) => `  ${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? "")}`);
  });
  // All passed and yet an error: something was thrown outside of any test.
  if (failures.length === 0 && exitCode !== 0) failures.push(`  exit code ${exitCode}: ${firstLine(stderr)}`);
  return [head + counts, ...failures].join("\n");
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

/** One small project that holds all runtimes, each under a name of its own. */
function install(): void {
  const manifest = JSON.stringify({
    private: true,
    allowScripts: { node: true, deno: true },
    dependencies: Object.fromEntries(
      Object.entries(versions).map(([name, version]) => [name, name === "deno" ? version : `npm:node@${version}`]),
    ),
  });
  const file = join(cache, "package.json");
  const there = Object.keys(versions).every((name) => existsSync(binary(name as Runtime)));
  if (there && existsSync(file) && readFileSync(file, "utf8") === manifest) return;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, manifest);
  const { status } = spawnSync("npm", ["install", "--prefix", cache, "--no-audit", "--no-fund"], { stdio: "inherit" });
  if (status !== 0) throw new Error(`npm install failed in ${cache}`);
}

function binary(runtime: Runtime): string {
  return join(cache, "node_modules", ...(runtime === "deno" ? [".bin/deno"] : [runtime, "bin/node"]));
}

/** vitest starts its workers with the runtime that it runs on itself, so that is all there is to choose. */
function run(runtime: Runtime): Outcome {
  const file = join(cache, `${runtime}.json`);
  rmSync(file, { force: true });
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json", `--outputFile=${file}`];
  const args = runtime === "deno" ? ["run", "--allow-all", ...vitest, ...denoFilters] : [...vitest, ...filters];
  const timeout = minutes * 60_000;
  const { status, stderr } = spawnSync(binary(runtime), args, { cwd: root, encoding: "utf8", timeout });
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined;
  const name = runtime === "deno" ? "Deno" : "Node";
  return { runtime: `${name} ${versions[runtime]}`, report, exitCode: status, stderr };
}

function main(): void {
  const wanted = process.argv.slice(2);
  const runtimes = Object.keys(versions) as Runtime[];
  const chosen = runtimes.filter(
    (name) => wanted.length === 0 || wanted.includes(name) || wanted.includes(name.slice(4)),
  );
  install();
  for (const runtime of chosen) {
    const outcome = run(runtime);
    console.log(describe(outcome));
    if (runtime !== "deno" && outcome.exitCode !== 0) process.exitCode = 1;
  }
}

if (import.meta.main) main();
