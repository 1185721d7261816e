import { createSubprocessExec, createSubprocessShell, PIPE, STDOUT, taskGroup } from "asyncio-ts";
import { expect, vi } from "vitest";
import { testNative } from "./support.ts";

// A hundred a second is what a busy machine does.
vi.setConfig({ testTimeout: 60_000 });

testNative("createSubprocessExec() leaves nothing of 1,000 processes in a row", async () => {
  for (let i = 0; i < 1000; i++) {
    const process = await createSubprocessExec("true", [], {
      stdin: PIPE,
      stdout: PIPE,
      stderr: i % 10 === 0 ? STDOUT : PIPE,
    });
    expect(await process.communicate()).toHaveLength(2);
    expect(process.returncode).toBe(0);
  }
});

testNative("createSubprocessShell() runs 100 processes at once", async () => {
  const codes: (number | null)[] = [];
  await taskGroup(async (group) => {
    for (let i = 0; i < 100; i++) {
      group.createTask(async () => {
        await using process = await createSubprocessShell(`cat; exit ${i}`, { stdin: PIPE, stdout: PIPE });
        const [stdout] = await process.communicate(`${i}`);
        expect(String(stdout)).toBe(`${i}`);
        codes[i] = process.returncode;
      });
    }
  });
  expect(codes).toEqual(Array.from({ length: 100 }, (_, i) => i));
});
