import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BasicAuth } from "./basic-auth.ts";

/** The logins of a `.netrc` file, by host. */
export type Netrc = ReadonlyMap<string, BasicAuth>;

/** The host that the entry `default` stands for: any. */
export const DEFAULT = "";

/**
 * Reads a file; without a name `~/.netrc`, which need not be there.
 *
 * @throws Node's error when a file that was named can't be read.
 */
export function readNetrc(named: string | undefined): Netrc {
  const path = named ?? join(homedir(), process.platform === "win32" ? "_netrc" : ".netrc");
  try {
    return parseNetrc(readFileSync(path, "utf8"));
  } catch (error) {
    if (named !== undefined) throw error;
    return new Map();
  }
}

/** Words, of which some are in quotes; a comment goes to the end of its line, but a value may begin as one. */
const WORDS = /(?<!\b(?:login|user|account|password)[ \t]+)#[^\n]*|"((?:\\.|[^"\\])*)"|(\S+)/g;

export function parseNetrc(text: string): Netrc {
  const words = wordsOf(text.replace(/^\s*macdef\b.*(?:\n.+)*/gm, ""));
  const logins = new Map<string, BasicAuth>();
  let host: string | null = null;
  let entry = { login: "", password: "" };
  const finish = (): void => {
    if (host !== null && !logins.has(host)) logins.set(host, new BasicAuth(entry.login, entry.password));
    entry = { login: "", password: "" };
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "machine" || word === "default") {
      finish();
      host = word === "default" ? DEFAULT : (words[++at] ?? "");
    } else if (word === "login" || word === "user") entry.login = words[++at] ?? "";
    else if (word === "password") entry.password = words[++at] ?? "";
    else if (word === "account") at++;
  }
  finish();
  return logins;
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of text.matchAll(WORDS)) {
    if (quoted !== undefined) words.push(quoted.replace(/\\(.)/g, "$1"));
    else if (plain !== undefined) words.push(plain);
  }
  return words;
}
