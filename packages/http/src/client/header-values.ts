/** What a Content-Type says. */
export interface ContentTypeValue {
  readonly type: string;
  readonly charset: string | null;
}

/** What a Content-Disposition says. */
export interface ContentDisposition {
  /** `"attachment"`, `"inline"`, `"form-data"`. */
  readonly type: string;
  /** The name of the file: of `filename*` if it is given, else of `filename`. */
  readonly filename: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A parameter: a name, and a value that may stand in quotes. */
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g;

function parametersOf(value: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [, name = "", quoted, plain = ""] of value.matchAll(PARAMETER)) {
    parameters[name.toLowerCase()] ??= quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1");
  }
  return parameters;
}

function typeOf(value: string): string {
  return (value.split(";", 1)[0] ?? "").trim().toLowerCase();
}

export function parseContentType(value: string | null): ContentTypeValue {
  if (value === null) return { type: "application/octet-stream", charset: null };
  return {
    type: typeOf(value) || "application/octet-stream",
    charset: parametersOf(value).charset?.toLowerCase() ?? null,
  };
}

export function parseContentDisposition(value: string | null): ContentDisposition | null {
  if (value === null) return null;
  const parameters = parametersOf(value);
  return {
    type: typeOf(value),
    filename: extended(parameters["filename*"]) ?? parameters.filename ?? null,
    parameters,
  };
}

/** A value with its encoding before it: `utf-8''na%C3%AFve.txt`. */
function extended(value: string | undefined): string | null {
  const [charset, , text] = value?.split("'") ?? [];
  if (charset?.toLowerCase() !== "utf-8" || text === undefined) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A link: its URL, and its parameters. */
export type Link = { readonly url: URL } & Readonly<Record<string, string | URL>>;

export function parseLinks(values: readonly string[], base: URL): Record<string, Link> {
  const links: Record<string, Link> = {};
  for (const value of values) {
    for (const [, target = "", rest = ""] of value.matchAll(/<([^<>]*)>((?:\s*;[^,"]*(?:"(?:[^"\\]|\\.)*")?)*)/g)) {
      const url = URL.parse(target, base.href);
      if (url === null) continue;
      const parameters = parametersOf(rest);
      links[parameters.rel ?? target] = { ...parameters, url };
    }
  }
  return links;
}
