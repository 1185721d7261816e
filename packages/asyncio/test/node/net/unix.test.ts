import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createNodeServer } from "node:net";
import { FileNotFoundError, OSError, openUnixConnection, Protocol, startUnixServer } from "asyncio-ts";
import { expect } from "vitest";
import { errorOf, failureOf, fileFor, Recorder, testNet } from "./support.ts";

testNet("createUnixServer() listens at a path, and removes the file at the end", async ({ loop }) => {
  const path = fileFor("a.sock");
  const peer = new Recorder();
  const server = await loop.createUnixServer(() => peer, path);
  expect(server.sockets.map((socket) => socket.getsockname())).toEqual([path]);
  expect(statSync(path).isSocket()).toBe(true);
  const client = new Recorder();
  const [transport] = await loop.createUnixConnection(() => client, path);
  expect(transport.getExtraInfo("peername")).toBe(path);
  transport.write("hello");
  await peer.until((self) => self.count === 5);
  peer.transport.write("there");
  peer.transport.close();
  await client.untilLost();
  expect(client.events).toEqual(["made", "data there", "eof", "lost null"]);
  server.close();
  await server.waitClosed();
  expect(existsSync(path)).toBe(false);
});

testNet("createUnixServer() takes the place of a server that is dead", async ({ loop }) => {
  const path = fileFor("stale.sock");
  const other = fileFor("other.sock");
  const dead = createNodeServer();
  await new Promise<void>((resolve) => dead.listen(other, resolve));
  renameSync(other, path);
  await new Promise((resolve) => dead.close(resolve));
  expect(statSync(path).isSocket()).toBe(true);
  const server = await loop.createUnixServer(() => new Protocol(), path);
  const [transport] = await loop.createUnixConnection(() => new Recorder(), path);
  transport.close();
  server.close();
  await server.waitClosed();
  expect(existsSync(path)).toBe(false);
});

testNet("createUnixServer() leaves a file alone that is no socket", async ({ loop }) => {
  const path = fileFor("file.txt");
  writeFileSync(path, "precious");
  const error = (await failureOf(loop.createUnixServer(() => new Protocol(), path))) as OSError;
  expect(error).toBeInstanceOf(OSError);
  expect(error.code).toBe("EADDRINUSE");
  expect(readFileSync(path, "utf8")).toBe("precious");
  expect(existsSync(`${path}.${process.pid}`)).toBe(false);
});

testNet("createUnixServer() with cleanupSocket false leaves the file", async ({ loop }) => {
  const path = fileFor("stays.sock");
  const server = await loop.createUnixServer(() => new Protocol(), path, { cleanupSocket: false });
  const { ino } = statSync(path);
  server.close();
  await server.waitClosed();
  expect(statSync(path).ino).toBe(ino);
  rmSync(path);
});

testNet("Server.close() leaves the file of whoever has taken the path meanwhile", async ({ loop }) => {
  const path = fileFor("taken.sock");
  const first = await loop.createUnixServer(() => new Protocol(), path);
  const peer = new Recorder();
  const second = await loop.createUnixServer(() => peer, path);
  first.close();
  await first.waitClosed();
  const [transport] = await loop.createUnixConnection(() => new Recorder(), path);
  transport.close();
  second.close();
  await second.waitClosed();
  expect(existsSync(path)).toBe(false);
});

testNet("Server.close() does not mind that the file is gone", async ({ loop }) => {
  const path = fileFor("gone.sock");
  const server = await loop.createUnixServer(() => new Protocol(), path);
  rmSync(path);
  server.close();
  await server.waitClosed();
});

testNet("createUnixServer() fails where the folder is missing", async ({ loop }) => {
  const path = fileFor("no-folder/a.sock");
  const error = (await failureOf(loop.createUnixServer(() => new Protocol(), path))) as OSError;
  expect(error).toBeInstanceOf(OSError);
  expect(error.syscall).toBe("listen");
});

testNet("createUnixConnection() fails when nobody is there", async ({ loop }) => {
  const missing = loop.createUnixConnection(() => new Protocol(), fileFor("nobody.sock"));
  expect(await failureOf(missing)).toBeInstanceOf(FileNotFoundError);
});

testNet(
  "createUnixConnection() and createUnixServer() check their arguments with CPython's texts",
  async ({ loop }) => {
    const factory = () => new Protocol();
    const sock = createNodeServer();
    expect(await errorOf(() => loop.createUnixConnection(factory, null))).toBe(
      "ValueError(no path and sock were specified)",
    );
    expect(await errorOf(() => loop.createUnixConnection(factory, "a", { sock }))).toBe(
      "ValueError(path and sock can not be specified at the same time)",
    );
    expect(await errorOf(() => loop.createUnixConnection(factory, "a", { ssl: true }))).toBe(
      "ValueError(you have to pass server_hostname when using ssl)",
    );
    expect(await errorOf(() => loop.createUnixConnection(factory, "a", { serverHostname: "b" }))).toBe(
      "ValueError(server_hostname is only meaningful with ssl)",
    );
    expect(await errorOf(() => loop.createUnixServer(factory, null))).toBe(
      "ValueError(path was not specified, and no sock specified)",
    );
    expect(await errorOf(() => loop.createUnixServer(factory, "a", { sock }))).toBe(
      "ValueError(path and sock can not be specified at the same time)",
    );
    expect(await errorOf(() => loop.createUnixServer(factory, 1 as never))).toBe(
      "TypeError(createUnixServer(): the path must be a string or null, got a number (1))",
    );
  },
);

testNet("startUnixServer() and openUnixConnection() give streams", async () => {
  const path = fileFor("streams.sock");
  const server = await startUnixServer(async (reader, writer) => {
    for await (const line of reader) writer.write(`got ${String(line)}`);
    writer.close();
  }, path);
  const [reader, writer] = await openUnixConnection(path);
  writer.write("a\nb\n");
  writer.writeEof();
  expect(String(await reader.read())).toBe("got a\ngot b\n");
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});
