/** The places of code in a test file, to compare those with that the library reports. */
export class Places {
  readonly #lines = new Map<string, string>();

  /** Hands `value` through, and calls the line on which that happens `name`. */
  mark<T>(name: string, value: T): T {
    const caller = new Error().stack?.split("\n")[2] ?? "";
    this.#lines.set(name, /\(?([^()\s]+:\d+):\d+\)?$/.exec(caller)?.[1] ?? caller);
    return value;
  }

  /** `file:line` of what was marked so. */
  of(name: string): string {
    return this.#lines.get(name) ?? `nothing was marked "${name}"`;
  }

  /** As a line of a call graph says it: `File 'file', line 12`. */
  inGraph(name: string): string {
    const [, file, line] = /^(.*):(\d+)$/.exec(this.of(name)) ?? [];
    return `File '${file}', line ${line}`;
  }
}
