import { openConnection, run, type StreamReader, type StreamWriter } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { canRunPrograms, runProgram, startServerProgram } from "./run-program.ts";

/** A guest of the chat: what the server sends, line by line. */
interface Guest {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
}

async function enter(port: number, name: string): Promise<Guest> {
  const [reader, writer] = await openConnection("127.0.0.1", port);
  await reader.readuntil("? ");
  writer.write(`${name}\n`);
  return { reader, writer };
}

async function line({ reader }: Guest): Promise<string> {
  return String(await reader.readline()).trimEnd();
}

// Needs a Node that runs TypeScript with `using`: 24 or later.
describe.skipIf(!canRunPrograms)("programs with sockets (Node 24 and up)", () => {
  test("echo-client.ts gets its lines back from echo-server.ts, which ends on Ctrl-C", async () => {
    const { program, port } = await startServerProgram("echo-server.ts");
    const client = await runProgram("echo-client.ts", `${port}`, "one", "two");
    expect(client).toEqual({ code: 0, signal: null, stdout: "one → one\ntwo → two\n", stderr: "" });
    await program.seen("has gone");
    program.child.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    expect(
      stdout
        .replaceAll(/\d+\.\d+\.\d+\.\d+:\d+/g, "client")
        .split("\n")
        .slice(1),
    ).toEqual(["client is there", "client has gone", "closed", ""]);
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  });

  test("echo-client.ts says so when nobody listens", async () => {
    const { program, port } = await startServerProgram("echo-server.ts");
    program.child.kill("SIGINT");
    await program.ended;
    const { code, stderr } = await runProgram("echo-client.ts", `${port}`);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `nobody listens on port ${port}: start echo-server.ts first\n`,
    });
  });

  test("chat-server.ts tells each guest what the others do", async () => {
    const { program, port } = await startServerProgram("chat-server.ts");
    await run(async () => {
      const ann = await enter(port, "ann");
      await program.seen("ann comes in");
      const bob = await enter(port, "bob");
      expect(await line(ann)).toBe("bob comes in");
      bob.writer.write("hello\n");
      expect(await line(ann)).toBe("bob: hello");
      ann.writer.write("hi\n");
      expect(await line(bob)).toBe("ann: hi");
      bob.writer.close();
      expect(await line(ann)).toBe("bob leaves");
      ann.writer.close();
    });
    await program.seen("ann leaves");
    program.child.kill("SIGINT");
    const { stdout, stderr } = await program.ended;
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(1)).toEqual([
      "ann comes in",
      "bob comes in",
      "bob: hello",
      "ann: hi",
      "bob leaves",
      "ann leaves",
      "",
    ]);
  });

  test("three-pages.ts gets the fastest page first, and all in the time of the slowest", async () => {
    const { code, stdout } = await runProgram("three-pages.ts");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "127.0.0.1/100 has answered",
      "127.0.0.1/200 has answered",
      "127.0.0.1/300 has answered",
      "127.0.0.1/300: HTTP/1.0 200 OK, 25 bytes",
      "127.0.0.1/200: HTTP/1.0 200 OK, 25 bytes",
      "127.0.0.1/100: HTTP/1.0 200 OK, 25 bytes",
    ]);
  });

  test("port-scanner.ts finds the port that is open", async () => {
    const { program, port } = await startServerProgram("echo-server.ts");
    const { code, stdout, stderr } = await runProgram("port-scanner.ts", "127.0.0.1", `${port}`, `${port}`);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `127.0.0.1:${port} is open\n1 open, 0 closed, 0 silent\n`,
      stderr: "",
    });
    program.child.kill("SIGINT");
    expect(await runProgram("port-scanner.ts")).toMatchObject({ code: 0, stderr: "" });
  });
});
