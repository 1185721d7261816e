import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { canRunPrograms, startServerProgram } from "./run-program.ts";

/** Starts the server; connections may take so many milliseconds to finish. */
function startServer(grace: number): ReturnType<typeof startServerProgram> {
  return startServerProgram("graceful-shutdown.ts", "0", `${grace}`);
}

function client(port: number): Socket {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  return socket;
}

// Needs a Node that runs TypeScript with `using`: 24 or later.
describe.skipIf(!canRunPrograms)("graceful-shutdown.ts (Node 24 and up)", () => {
  test("lets a connection finish on SIGTERM, takes no other, and ends", async () => {
    const { program, port } = await startServer(60_000);
    const socket = client(port);
    socket.write("this\n");
    await program.seen("working on this");
    program.child.kill("SIGTERM");
    await program.seen("SIGTERM: no more connections");
    const [refused] = (await once(client(port), "error")) as [NodeJS.ErrnoException];
    // Reset, if the system had taken it before the server was closed.
    expect(refused.code).toMatch(/^ECONN(REFUSED|RESET)$/);
    expect(await once(socket, "data")).toEqual(["done with this\n"]);
    socket.end();
    const { code, stdout, stderr } = await program.ended;
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(1)).toEqual([
      "working on this",
      "SIGTERM: no more connections",
      "all connections have ended",
      "",
    ]);
    expect(code).toBe(0);
  });

  test("cuts the connections that have not ended in time, also on Ctrl-C", async () => {
    const { program, port } = await startServer(50);
    const idle = client(port);
    idle.write("that\n");
    await program.seen("working on that");
    expect(await once(idle, "data")).toEqual(["done with that\n"]);
    program.child.kill("SIGINT");
    await once(idle, "close");
    const { code, stdout, stderr } = await program.ended;
    expect(stderr).toBe("");
    expect(stdout).toContain("SIGINT: no more connections\nall connections have ended\n");
    expect(code).toBe(0);
  });
});
