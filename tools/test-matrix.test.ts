import { expect, test } from "vitest";
import { describe, type Report } from "./test-matrix.ts";

const passed: Report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, testResults: [] };

test("describe() gives one line of counts when all went well", () => {
  const line = describe({ runtime: "Node 24.1.0", report: passed, exitCode: 0, stderr: "" });
  expect(line).toBe("Node 24.1.0    7 passed, 0 failed, 1 skipped");
});

test("describe() names each failed test, and files that did not load", () => {
  const report: Report = {
    ...passed,
    numFailedTests: 1,
    testResults: [
      {
        name: "lock.test.ts",
        status: "failed",
        message: "",
        assertionResults: [
          { fullName: "Lock locks", status: "failed", failureMessages: ["Error: it did not\n    at lock.ts"] },
          { fullName: "Lock is new", status: "passed", failureMessages: [] },
        ],
      },
      { name: "broken.test.ts", status: "failed", message: "SyntaxError: what", assertionResults: [] },
    ],
  };
  expect(describe({ runtime: "Node 20.1.0", report, exitCode: 1, stderr: "" }).split("\n")).toEqual([
    "Node 20.1.0    7 passed, 1 failed, 1 skipped",
    "  Lock locks: Error: it did not",
    "  broken.test.ts: SyntaxError: what",
  ]);
});

test("describe() does not call a run good that ended with an error outside of the tests, or never began", () => {
  const outside = describe({ runtime: "Node 22.1.0", report: passed, exitCode: 1, stderr: "\nUnhandled Rejection\n" });
  expect(outside).toContain("exit code 1: Unhandled Rejection");
  const never = describe({ runtime: "Deno 2.0.0", exitCode: 70, stderr: "panic" });
  expect(never).toBe("Deno 2.0.0     vitest did not run (exit code 70): panic");
});
