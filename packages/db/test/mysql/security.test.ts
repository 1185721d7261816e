import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { NotSupportedError, OperationalError } from "@asyncio-ts/db";
import { connect } from "@asyncio-ts/db/mysql";
import { run } from "asyncio-ts";
import { expect, test } from "vitest";
import { Proxy } from "../support/proxy.ts";
import { describeMysql, mysqlUrl } from "../support/servers.ts";
import { PrivateServer } from "./support/private-server.ts";

const LOAD = "LOAD DATA LOCAL INFILE '/asyncio/ts' INTO TABLE t";

function openssl(directory: string, ...args: string[]): void {
  execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
}

/** A certificate for `localhost`, its authority, and another authority. */
function makeCertificates(directory: string): void {
  const fresh = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["ca", "other"]) {
    openssl(
      directory,
      "req",
      "-x509",
      ...fresh,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  }
  openssl(directory, "req", ...fresh, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
  openssl(
    directory,
    "x509",
    "-req",
    "-in",
    "server.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-days",
    "2",
    "-out",
    "server.pem",
  );
  execFileSync("chmod", ["-R", "a+rX", directory]);
}

await describeMysql("MySQL: security", () => {
  test("query() refuses LOAD DATA LOCAL, unless the program gives the file", async () => {
    await run(async () => {
      await using plain = await connect(mysqlUrl);
      await plain.query("CREATE TEMPORARY TABLE t (n INT)");
      await expect(async () => await plain.query(LOAD)).rejects.toThrow(NotSupportedError);
      expect(await plain.queryValue("SELECT COUNT(*) FROM t")).toBe(0);
      const asked: string[] = [];
      const infileStreamFactory = (path: string) => {
        asked.push(path);
        return Readable.from([Buffer.from("1\n2\n3\n")]);
      };
      await using allowed = await connect(mysqlUrl, { mysql2: { infileStreamFactory } });
      await allowed.query("CREATE TEMPORARY TABLE t (n INT)");
      expect((await allowed.query(LOAD)).rowCount).toBe(3);
      expect(asked).toEqual(["/asyncio/ts"]);
    });
  });

  test("query() sends no file to a server that asks for one, and the connection stays in step", async () => {
    const path = Buffer.from("/etc/hostname");
    const wanted = Buffer.concat([Buffer.from([path.length + 1, 0, 0, 1, 0xfb]), path]);
    const ok = Buffer.from([7, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]);
    const sent: Buffer[] = [];
    await using proxy = await Proxy.to(mysqlUrl, 3306);
    proxy.intercept = (request) => {
      if (request.includes("'evil'")) return wanted;
      if (request[3] !== 2) return null;
      sent.push(request);
      return ok;
    };
    await run(async () => {
      await using connection = await connect(proxy.url);
      await expect(async () => await connection.query("SELECT 'evil'")).rejects.toThrow(
        "server wants to read /etc/hostname",
      );
      expect(sent).toEqual([Buffer.from([0, 0, 0, 2])]);
      expect(await connection.queryValue("SELECT 'good'")).toBe("good");
    });
  });

  test.skipIf(!PrivateServer.available && process.env["CI"] !== "true")(
    "connect() with ssl encrypts, and refuses a server whose certificate is not to be trusted",
    { timeout: 30_000 },
    async () => {
      const directory = mkdtempSync(join(tmpdir(), "asyncio-ts-tls-"));
      try {
        makeCertificates(directory);
        const file = (name: string): string => join(directory, name);
        await using server = await PrivateServer.start([
          `--ssl-ca=${file("ca.pem")}`,
          `--ssl-cert=${file("server.pem")}`,
          `--ssl-key=${file("server.key")}`,
        ]);
        const url = server.url.replace("127.0.0.1", "localhost");
        const [ca, other] = [readFileSync(file("ca.pem"), "utf8"), readFileSync(file("other.pem"), "utf8")];
        await run(async () => {
          await using secure = await connect(url, { ssl: { ca } });
          expect(await secure.queryRow("SHOW STATUS LIKE 'Ssl_version'")).toMatchObject({
            Value: expect.stringMatching(/^TLSv1/),
          });
          let rows = 0;
          for await (const _ of secure.stream("SELECT seq FROM seq_1_to_50000")) rows++;
          expect(rows).toBe(50_000);
          await using plain = await connect(url);
          expect(await plain.queryRow("SHOW STATUS LIKE 'Ssl_version'")).toMatchObject({ Value: "" });
          for (const ssl of [true, { ca: other }]) {
            await expect(async () => await connect(url, { ssl })).rejects.toThrow(/certificate/);
            await expect(async () => await connect(url, { ssl })).rejects.toThrow(OperationalError);
          }
          await using address = await connect(server.url, { ssl: { ca, verifyIdentity: false } });
          expect(await address.queryValue("SELECT 1")).toBe(1);
        });
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});
