import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort, listens } from "../../support/network.ts";

const places = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
const find = (program: string): string | undefined =>
  places.map((place) => join(place, program)).find((path) => existsSync(path));

const mariadbd = find("mariadbd");
/** MariaDB refuses to run as root. */
const user = process.getuid?.() === 0 ? ["--user=mysql"] : [];

/** A MariaDB server of the test's own, which it may kill. */
export class PrivateServer implements AsyncDisposable {
  static readonly available = mariadbd !== undefined;
  readonly port: number;
  readonly directory: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number, options: readonly string[]) {
    this.directory = directory;
    this.port = port;
    this.#options = options;
  }

  static async start(options: readonly string[] = []): Promise<PrivateServer> {
    const directory = await mkdtemp(join(tmpdir(), "asyncio-ts-mariadb-"));
    // Databases are directories. Without the tables of users, and so without asking for any, there is nothing to install.
    await mkdir(join(directory, "data", "test"), { recursive: true });
    if (user.length > 0) execFileSync("chown", ["-R", "mysql", directory]);
    const server = new PrivateServer(directory, await freePort(), options);
    try {
      await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}/test`;
  }

  get socketPath(): string {
    return join(this.directory, "server.sock");
  }

  async start(): Promise<void> {
    this.#process = spawn(
      mariadbd!,
      [
        "--no-defaults",
        ...user,
        `--datadir=${join(this.directory, "data")}`,
        `--port=${this.port}`,
        `--socket=${this.socketPath}`,
        "--bind-address=127.0.0.1",
        "--skip-grant-tables",
        "--innodb-buffer-pool-size=8M",
        "--innodb-log-file-size=4M",
        "--innodb-flush-log-at-trx-commit=2",
        ...this.#options,
      ],
      { stdio: "ignore" },
    );
    const child = this.#process;
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    while (!(await listens(this.port))) {
      if (ended(child)) throw new Error(`mariadbd ended with ${child.exitCode ?? child.signalCode}`);
    }
  }

  /** As a crash. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || ended(child)) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
