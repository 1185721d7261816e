/** What a server asks for in a `WWW-Authenticate` header. */
export interface AuthChallenge {
  /** In lower case: `"digest"`. */
  readonly scheme: string;
  /** By their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `name=value`, `name="value"`, or a word alone, which begins a challenge. */
const ITEM = /([^\s,="]+)(?:\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,"]*)))?/g;

/** The challenges of a header, of which there can be several, parted by the same commas as their parameters. */
export function parseChallenges(header: string): AuthChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name = "", quoted, bare] of header.matchAll(ITEM)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? bare;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
