import { configDefaults, defineConfig } from "vitest/config";
import { doctest } from "./tools/doctest.ts";

// Tests import the packages by name and get their sources, so nothing has to be built. Setting the list replaces
// vite's own, hence the rest of it.
const conditions = ["@asyncio-ts/source", "module", "node", "development|production"];

const major = Number.parseInt(process.versions.node, 10);
const canRunSources = major >= 24;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // The floor that the package promises. It makes `using` run where the parser does not know it yet.
  oxc: { target: "node20" },
  test: {
    // Processes and not threads: signals, exit codes and `beforeExit` only exist in a process of one's own.
    pool: "forks",
    // One core is not kept for anything else: many tests wait for servers and processes.
    maxWorkers: "100%",
    // One line at the end that counts; console output only of what failed.
    reporters: ["dot"],
    silent: "passed-only",
    // Threads and processes that tests start run the sources too: types and `using`, which Node can from 24 on.
    execArgv: canRunSources ? [] : ["--import", new URL("./tools/strip-types.js", import.meta.url).href],
    testTimeout: 10_000,
    hookTimeout: 10_000,
    teardownTimeout: 5_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          exclude: [...configDefaults.exclude, ...(major < 22 ? ["packages/{http,db}/**", "examples/**"] : [])],
          include: ["{packages/*/test,examples,conformance,bench,tools}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        // Every fence of the guide and of the doc comments, as a test.
        plugins: [
          doctest([
            "README.md",
            "docs",
            "packages/asyncio/src",
            "packages/http/README.md",
            "packages/http/src",
            "packages/db/README.md",
            "packages/db/src",
          ]),
        ],
        test: {
          name: "docs",
          include: ["tools/doctest.suite.ts"],
        },
      },
    ],
  },
});
