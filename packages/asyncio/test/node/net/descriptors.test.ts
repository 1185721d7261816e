import { expect, test } from "vitest";
import { runProgram } from "../../support/program.ts";

test.skipIf(process.platform === "win32")(
  "Server that runs out of file descriptors goes on accepting afterwards",
  async () => {
    const { stdout, stderr } = await runProgram("emfile");
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    // What happens to the connection that can't be accepted is up to libuv.
    expect(lines.at(-2)).toMatch(/^early: (waits|nothing|ConnectionResetError)$/);
    expect(lines.at(-1)).toBe("late: hello");
  },
);
