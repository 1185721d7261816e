import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { freePort, listens } from "../../support/network.ts";

const execute = promisify(execFile);

/** Where PostgreSQL's programs may be: on the PATH, else where Debian puts them. */
function programs(): string | undefined {
  const root = "/usr/lib/postgresql";
  const debian = existsSync(root) ? readdirSync(root).map((version) => join(root, version, "bin")) : [];
  return [...(process.env["PATH"] ?? "").split(delimiter), ...debian].find((place) =>
    existsSync(join(place, "initdb")),
  );
}

/** PostgreSQL refuses to run as root. */
async function owner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { stdout } = await execute("sh", ["-c", "id -u postgres; id -g postgres"]);
  const [uid = 0, gid = 0] = stdout.split("\n").map(Number);
  return { uid, gid };
}

/** A PostgreSQL server of the test's own, which it may kill. */
export class PrivateServer implements AsyncDisposable {
  static readonly available: boolean = programs() !== undefined;
  readonly port: number;
  readonly #directory: string;
  readonly #user: { uid: number; gid: number } | undefined;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(
    directory: string,
    port: number,
    user: { uid: number; gid: number } | undefined,
    options: readonly string[],
  ) {
    this.#directory = directory;
    this.port = port;
    this.#user = user;
    this.#options = options;
  }

  /** `files` are put into the directory of the server, which is where relative paths of its options lead to. */
  static async start(
    options: readonly string[] = [],
    files: Readonly<Record<string, string>> = {},
  ): Promise<PrivateServer> {
    const directory = await mkdtemp(join(tmpdir(), "asyncio-ts-postgres-"));
    const user = await owner();
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    const data = join(directory, "data");
    await execute(
      join(programs()!, "initdb"),
      ["--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"],
      { ...user, cwd: directory },
    );
    for (const [name, content] of Object.entries(files)) {
      const file = join(data, name);
      await writeFile(file, content, { mode: 0o600 });
      if (user !== undefined) await chown(file, user.uid, user.gid);
    }
    const server = new PrivateServer(directory, await freePort(), user, options);
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get socketUrl(): string {
    return `postgres://postgres@/postgres?host=${encodeURIComponent(this.#directory)}&port=${this.port}`;
  }

  async start(): Promise<void> {
    const settings = [
      "fsync=off",
      `unix_socket_directories=${this.#directory}`,
      "listen_addresses=127.0.0.1",
      ...this.#options,
    ];
    this.#process = spawn(
      join(programs()!, "postgres"),
      ["-D", join(this.#directory, "data"), "-p", String(this.port), ...settings.flatMap((setting) => ["-c", setting])],
      { ...this.#user, stdio: "ignore", cwd: this.#directory },
    );
    while (!(await listens(this.port))) {
      if (this.#process.exitCode !== null) throw new Error(`postgres ended with code ${this.#process.exitCode}`);
    }
  }

  /** As a crash: every session is gone at once. */
  async kill(): Promise<void> {
    await this.#end("SIGQUIT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGQUIT");
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, "exit");
  }
}
