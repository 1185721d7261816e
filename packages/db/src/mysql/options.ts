import { isIP } from "node:net";
import { ValueError } from "asyncio-ts";
import type { ConnectionOptions, SslOptions } from "mysql2";

/** Where the server is, and how sessions are set up; shared by all of a pool's connections. */
export interface MysqlOptions {
  /** A Unix socket, instead of host and port. */
  readonly socketPath?: string | undefined;
  /**
   * TLS. `true` checks the server's certificate, and that it is made out to the host; mysql2's object, of which
   * `verifyIdentity` is true unless it is given, has certificates of one's own. By default none.
   */
  readonly ssl?: boolean | SslOptions | undefined;
  /**
   * Which zone's time DATETIME columns have, and the zone of the session: "Z", the default, or "+02:00". So a Date comes
   * back as it was stored, TIMESTAMP columns included, and `NOW()` is in this zone. "local" is the process's zone, and
   * leaves the session as the server has it: right only if both are the same, and never for the hour that exists twice.
   */
  readonly timezone?: string | undefined;
  /** Variables of each session, set when it is connected and after each reset: `{ sql_mode: "ANSI", net_write_timeout: 600 }`. */
  readonly serverSettings?: Readonly<Record<string, string | number | boolean>> | undefined;
  /**
   * More of mysql2's own, for authentication and types. With an `infileStreamFactory`, which is given the path that the
   * server asks for, `LOAD DATA LOCAL` works; else it is refused.
   */
  readonly mysql2?: Pick<ConnectionOptions, Passed> | undefined;
}

/** Those of mysql2's options that are passed on. */
type Passed =
  | "authPlugins"
  | "compress"
  | "connectAttributes"
  | "dateStrings"
  | "decimalNumbers"
  | "disableEval"
  | "enableCleartextPlugin"
  | "infileStreamFactory"
  | "jsonStrings"
  | "localAddress"
  | "password2"
  | "password3"
  | "typeCast";

const PASSED: Readonly<Record<Passed, true>> = {
  authPlugins: true,
  compress: true,
  connectAttributes: true,
  dateStrings: true,
  decimalNumbers: true,
  disableEval: true,
  enableCleartextPlugin: true,
  infileStreamFactory: true,
  jsonStrings: true,
  localAddress: true,
  password2: true,
  password3: true,
  typeCast: true,
};

/** What to connect with, and the statement that sets up a session. */
export interface Address {
  readonly config: ConnectionOptions;
  readonly setup: string;
}

/** @throws ValueError for an address or an option that can't be. */
export function addressOf(url: string, options: MysqlOptions): Address {
  const parsed = parse(url);
  const { socketPath, ssl = false, timezone = "Z", mysql2 = {} } = { ...optionsOf(parsed), ...defined(options) };
  const host = decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, "") || "localhost";
  checkTimezone(timezone);
  for (const name of Object.keys(mysql2)) {
    if (Object.hasOwn(PASSED, name)) continue;
    throw new ValueError(`mysql2: ${name} can't be set; accepted are ${Object.keys(PASSED).join(", ")}`);
  }
  const database = decodeURIComponent(parsed.pathname.slice(1));
  const config: ConnectionOptions = {
    ...mysql2,
    host,
    port: parsed.port === "" ? 3306 : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    ...(database === "" ? {} : { database }),
    timezone,
    supportBigNumbers: true,
    // A reset sets IGNORE_SPACE back, so it must not be set in the beginning.
    flags: ["-IGNORE_SPACE", ...(mysql2.infileStreamFactory === undefined ? ["-LOCAL_FILES"] : [])],
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(ssl === false ? {} : { ssl: tlsOf(ssl === true ? {} : ssl, host) }),
  };
  return { config, setup: setupOf(timezone, options.serverSettings ?? {}) };
}

/** mysql2 would check the certificate of an address against the name localhost. */
function tlsOf(ssl: SslOptions, host: string): SslOptions {
  const { verifyIdentity = ssl.rejectUnauthorized !== false } = ssl;
  if (verifyIdentity && isIP(host) !== 0) {
    throw new ValueError(
      `ssl: certificates are checked against names; give the name of ${host}, or verifyIdentity: false`,
    );
  }
  return { ...ssl, verifyIdentity };
}

function parse(url: unknown): URL {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^(mysql|mariadb):$/.test(parsed.protocol)) return parsed;
  throw new ValueError(`the address must be as mysql://user:password@host:3306/database, got ${JSON.stringify(url)}`);
}

function optionsOf(url: URL): MysqlOptions {
  return Object.fromEntries(
    [...url.searchParams].map(([name, value]) => {
      if (name === "socketPath") return [name, value];
      if (name === "timezone") return [name, value.replace(" ", "+")]; // as an unescaped + arrives
      if (name === "ssl" && /^(true|false)$/.test(value)) return [name, value === "true"];
      throw new ValueError(
        `${name}=${value} in the address: accepted are socketPath, timezone, ssl=true and ssl=false`,
      );
    }),
  );
}

function defined(options: MysqlOptions): MysqlOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function checkTimezone(timezone: unknown): void {
  if (typeof timezone === "string" && /^(Z|local|[+-]\d\d:\d\d)$/.test(timezone)) return;
  throw new ValueError(`timezone must be "Z", "local" or an offset such as "+02:00", got ${JSON.stringify(timezone)}`);
}

function setupOf(timezone: string, settings: NonNullable<MysqlOptions["serverSettings"]>): string {
  const zone = timezone === "local" ? [] : [["time_zone", timezone === "Z" ? "+00:00" : timezone] as const];
  const assignments = [...zone, ...Object.entries(settings)].map(([name, value]) => {
    if (!/^[a-z_]\w*$/i.test(name))
      throw new ValueError(`serverSettings: ${JSON.stringify(name)} is no variable's name`);
    return `${name} = ${quoted(name, value)}`;
  });
  return `SET ${["NAMES utf8mb4", ...assignments].join(", ")}`;
}

/** Quotes are doubled and backslashes refused, which every sql_mode reads in the same way. */
function quoted(name: string, value: unknown): string {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string" && !value.includes("\\")) return `'${value.replaceAll("'", "''")}'`;
  throw new ValueError(
    `serverSettings: ${name} must be a number, a boolean or a string without backslashes, got ${JSON.stringify(value)}`,
  );
}
