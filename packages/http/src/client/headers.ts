/** What headers can be given as: names and values; several values make several lines. */
export type HeadersInit =
  | HttpHeaders
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * Headers: names without regard to case, in the order of their coming, each as often as it came. aiohttp's CIMultiDict.
 *
 * Not the web's `Headers`, which joins what came twice, lowers the names, and costs ten times as much.
 *
 * @example
 * ```ts
 * import { HttpHeaders } from "@asyncio-ts/http";
 *
 * const headers = new HttpHeaders({ Accept: "text/html" });
 * headers.append("accept", "text/plain");
 * console.log(headers.get("ACCEPT"), headers.getAll("accept")); // text/html [ 'text/html', 'text/plain' ]
 * ```
 */
export class HttpHeaders implements Iterable<[name: string, value: string]> {
  #names: string[] = [];
  /** The names in lower case, by which they are looked up. */
  #keys: string[] = [];
  #values: string[] = [];
  /** The lists belong to a copy too: they are copied before the first change, which most requests never make. */
  #shared = false;
  #flat: readonly string[] | null = null;

  constructor(init?: HeadersInit) {
    if (init !== undefined) this.extend(init);
  }

  /** How many lines there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The first value of that name; null if there is none. */
  get(name: string): string | null {
    const at = this.#keys.indexOf(name.toLowerCase());
    return at < 0 ? null : (this.#values[at] as string);
  }

  /** All values of that name, in their order. */
  getAll(name: string): string[] {
    const key = name.toLowerCase();
    return this.#values.filter((_, at) => this.#keys[at] === key);
  }

  /** Whether there is a line of that name. */
  has(name: string): boolean {
    return this.#keys.includes(name.toLowerCase());
  }

  /** Adds a line. */
  append(name: string, value: string): void {
    this.#beforeChange();
    this.#names.push(name);
    this.#keys.push(name.toLowerCase());
    this.#values.push(value);
  }

  /** Puts one line in place of all of that name. */
  set(name: string, value: string): void {
    const at = this.#keys.indexOf(name.toLowerCase());
    if (at < 0) {
      this.append(name, value);
      return;
    }
    this.#beforeChange();
    this.#values[at] = value;
    this.#deleteFrom(at + 1, name.toLowerCase());
  }

  /** Sets it, unless there is one. */
  setDefault(name: string, value: string): void {
    if (!this.has(name)) this.append(name, value);
  }

  /** Takes all lines of that name away; says whether there were any. */
  delete(name: string): boolean {
    return this.#deleteFrom(0, name.toLowerCase());
  }

  /** Sets everything of `init`: its names replace those of the same name here. */
  update(init: HeadersInit): void {
    const other = new HttpHeaders(init);
    for (const key of new Set(other.#keys)) this.delete(key);
    this.extend(other);
  }

  /**
   * Adds everything of `init`.
   *
   * @throws TypeError for something that is not headers.
   */
  extend(init: HeadersInit): void {
    if (typeof init !== "object" || init === null) {
      throw new TypeError(`headers must be an object or pairs of name and value, got ${String(init)}`);
    }
    if (Symbol.iterator in init) {
      for (const [name, value] of init as Iterable<readonly [string, string]>) this.append(name, value);
      return;
    }
    for (const [name, value] of Object.entries(init)) {
      if (value === undefined) continue;
      if (Array.isArray(value)) for (const one of value as readonly string[]) this.append(name, one);
      else this.append(name, String(value));
    }
  }

  /** A copy, which can be changed by itself. */
  copy(): HttpHeaders {
    const copy = new HttpHeaders();
    copy.#names = this.#names;
    copy.#keys = this.#keys;
    copy.#values = this.#values;
    copy.#flat = this.#flat;
    copy.#shared = true;
    this.#shared = true;
    return copy;
  }

  /** Names and values in turn, as Node and undici take them. */
  toFlat(): readonly string[] {
    if (this.#flat !== null) return this.#flat;
    const flat: string[] = [];
    for (const [at, name] of this.#names.entries()) flat.push(name, this.#values[at] as string);
    this.#flat = flat;
    return flat;
  }

  /** Names and values, line by line. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const [at, name] of this.#names.entries()) yield [name, this.#values[at] as string];
  }

  /** The names, as they came. */
  keys(): IterableIterator<string> {
    return this.#names.values();
  }

  /** The values, line by line. */
  values(): IterableIterator<string> {
    return this.#values.values();
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.entries();
  }

  toString(): string {
    return `<HttpHeaders(${this.#names.map((name, at) => `${name}: ${this.#values[at]}`).join(", ")})>`;
  }

  #beforeChange(): void {
    this.#flat = null;
    if (!this.#shared) return;
    this.#shared = false;
    this.#names = [...this.#names];
    this.#keys = [...this.#keys];
    this.#values = [...this.#values];
  }

  #deleteFrom(from: number, key: string): boolean {
    let found = false;
    for (let at = this.#keys.length - 1; at >= from; at--) {
      if (this.#keys[at] !== key) continue;
      this.#beforeChange();
      for (const list of [this.#names, this.#keys, this.#values]) list.splice(at, 1);
      found = true;
    }
    return found;
  }
}
