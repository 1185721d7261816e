/** Whether each package, as it would be published, is put together well (publint) and has types for everyone (attw). */
import { spawnSync } from "node:child_process";
import { packageFolders } from "./doors.ts";

function passes(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

const results = packageFolders.map(
  (folder) =>
    passes("publint", "run", "--strict", folder) &&
    passes("attw", "--pack", folder, "--profile", "esm-only", "--format", "ascii", "--no-summary"),
);
if (results.includes(false)) process.exitCode = 1;
