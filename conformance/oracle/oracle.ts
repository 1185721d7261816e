import { readdir, readFile } from "node:fs/promises";
import { loadPyodide, type PyodideAPI } from "pyodide";
import type { Trace } from "../compare/trace.ts";
import type { Program } from "../language/ast.ts";

const FOLDER = "/home/pyodide/conformance";

/** CPython itself, in WebAssembly, with the programs' interpreter loaded. */
export class Oracle {
  readonly version: string;
  readonly #pyodide: PyodideAPI;
  readonly #runBatch: (programs: string) => string;

  private constructor(pyodide: PyodideAPI) {
    this.#pyodide = pyodide;
    this.version = pyodide.runPython("sys.version.split()[0]") as string;
    this.#runBatch = pyodide.runPython("interpreter.run_batch") as (programs: string) => string;
  }

  static async load(): Promise<Oracle> {
    // In a worker thread the streams of the process have no file descriptor, and pyodide wants one.
    const pyodide = await loadPyodide({ stdout: console.log, stderr: console.error });
    pyodide.FS.mkdirTree(FOLDER);
    for (const file of await readdir(import.meta.dirname)) {
      if (!file.endsWith(".py")) continue;
      pyodide.FS.writeFile(`${FOLDER}/${file}`, await readFile(`${import.meta.dirname}/${file}`, "utf8"));
    }
    pyodide.runPython(`import sys; sys.path.insert(0, "${FOLDER}"); import interpreter`);
    return new Oracle(pyodide);
  }

  /** What CPython does in each of the programs. */
  run(programs: readonly Program[]): Trace[] {
    return JSON.parse(this.#runBatch(JSON.stringify(programs))) as Trace[];
  }

  /** From now on, notes which lines of asyncio's sources run. */
  measureCoverage(): void {
    this.#pyodide.runPython("import coverage; coverage.start()");
  }

  /** Those that have not run since {@link measureCoverage}. */
  unreached(): string[] {
    return JSON.parse(this.#pyodide.runPython("import json; json.dumps(coverage.unreached())") as string) as string[];
  }
}
