import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  FileNotFoundError,
  getRunningLoop,
  OSError,
  PermissionError,
  PIPE,
  type Process,
  STDOUT,
  type Stdio,
  type StreamReader,
  type StreamWriter,
  SubprocessProtocol,
  ValueError,
} from "asyncio-ts";
import { afterAll, expect, expectTypeOf } from "vitest";
import { awaiting, type Steps } from "../../support/spellings.ts";
import { errorOf, testNative, testProcesses, textOf } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "asyncio-ts-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function* outputOf(process: Process): Steps<string | null> {
  return textOf((yield* awaiting(process.communicate()))[0]);
}

testProcesses("createSubprocessExec() hands the arguments on as they are", function* () {
  const args = ["%s|", "a b", '"', "$HOME", "*", "", "ü"];
  const process = yield* awaiting(createSubprocessExec("printf", args, { stdout: PIPE }));
  expect(yield* outputOf(process)).toBe('a b|"|$HOME|*||ü|');
  expect(process.returncode).toBe(0);
});

testProcesses("createSubprocessShell() runs a line of the shell", function* () {
  const process = yield* awaiting(createSubprocessShell("echo b a | tr ' ' '\\n' | sort; exit 3", { stdout: PIPE }));
  expect(yield* outputOf(process)).toBe("a\nb\n");
  expect(process.returncode).toBe(3);
});

testProcesses("createSubprocessExec() starts nothing before it is awaited", function* () {
  const file = join(folder, "touched");
  createSubprocessExec("touch", [file]).close();
  const process = yield* awaiting(createSubprocessExec("test", ["-e", file]));
  expect(yield* awaiting(process.wait())).toBe(1);
});

testProcesses("createSubprocessExec() runs in cwd, with the environment env and no other", function* () {
  mkdirSync(join(folder, "inner"), { recursive: true });
  const process = yield* awaiting(
    createSubprocessShell('pwd; echo "$ONE/$TWO/$HOME"', {
      stdout: PIPE,
      cwd: join(folder, "inner"),
      env: { ONE: "1", TWO: undefined },
    }),
  );
  expect(yield* outputOf(process)).toBe(`${join(folder, "inner")}\n1//\n`);
});

testProcesses("createSubprocessExec() with startNewSession makes the leader of a session", function* () {
  const line = "read -r pid name state parent group session rest < /proc/$$/stat; echo $pid $session";
  const plain = yield* awaiting(createSubprocessShell(line, { stdout: PIPE }));
  const [pid, session] = ((yield* outputOf(plain)) ?? "").trim().split(" ");
  expect(session).not.toBe(pid);
  const leader = yield* awaiting(createSubprocessShell(line, { stdout: PIPE, startNewSession: true }));
  expect(yield* outputOf(leader)).toBe(`${leader.pid} ${leader.pid}\n`);
});

testProcesses("createSubprocessExec() leaves the streams as they are by default", function* () {
  const process = yield* awaiting(createSubprocessExec("readlink", ["/proc/self/fd/2"], { stdout: PIPE }));
  expect([process.stdin, process.stderr]).toEqual([null, null]);
  expect(yield* outputOf(process)).toBe(`${readlinkSync("/proc/self/fd/2")}\n`);
});

testProcesses("createSubprocessExec() reads from and writes to file descriptors", function* () {
  writeFileSync(join(folder, "in"), "b\na\n");
  const input = openSync(join(folder, "in"), "r");
  const output = openSync(join(folder, "out"), "w");
  const process = yield* awaiting(
    createSubprocessShell("sort; echo error >&2; echo end", { stdin: input, stdout: output, stderr: STDOUT }),
  );
  closeSync(input);
  closeSync(output);
  expect(yield* awaiting(process.communicate())).toEqual([null, null]);
  expect(readFileSync(join(folder, "out"), "utf8")).toBe("a\nb\nerror\nend\n");
});

testProcesses("createSubprocessExec() with DEVNULL reads nothing and drops what is written", function* () {
  const process = yield* awaiting(
    createSubprocessShell("cat; echo lost >&2; echo kept", { stdin: DEVNULL, stdout: PIPE, stderr: DEVNULL }),
  );
  expect(yield* outputOf(process)).toBe("kept\n");
  const lost = yield* awaiting(createSubprocessShell("echo lost; echo lost >&2", { stdout: DEVNULL, stderr: STDOUT }));
  expect(yield* awaiting(lost.communicate())).toEqual([null, null]);
});

testProcesses("createSubprocessExec() with stderr STDOUT keeps the order of what is written to both", function* () {
  const line = "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
  const process = yield* awaiting(createSubprocessShell(line, { stdout: PIPE, stderr: STDOUT }));
  expect(process.stderr).toBe(null);
  const expected = Array.from({ length: 300 }, (_, i) => `out ${i}\nerr ${i}\n`).join("");
  expect(yield* outputOf(process)).toBe(expected);
});

testProcesses("createSubprocessExec() keeps stdout and stderr apart", function* () {
  const process = yield* awaiting(createSubprocessShell("echo out; echo err >&2", { stdout: PIPE, stderr: PIPE }));
  const [stdout, stderr] = yield* awaiting(process.communicate());
  expect([textOf(stdout), textOf(stderr)]).toEqual(["out\n", "err\n"]);
});

testNative("createSubprocessExec() names the program that there is not", async () => {
  const error = await createSubprocessExec("no-such-program", ["x"], {
    stdout: PIPE,
    stderr: STDOUT,
    stdin: PIPE,
  }).then(undefined, (raised: unknown) => raised);
  expect(error).toBeInstanceOf(FileNotFoundError);
  expect(error).toMatchObject({
    message: 'cannot start "no-such-program": there is no such program',
    code: "ENOENT",
    cause: { syscall: "spawn no-such-program" },
  });
  expect(await errorOf(createSubprocessExec(""))).toBe('FileNotFoundError(cannot start "": there is no such program)');
});

testNative("createSubprocessExec() tells an error about cwd from one about the program", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(await errorOf(createSubprocessExec("true", [], { cwd: "/no/such/folder" }))).toBe(
    'FileNotFoundError(cannot start "true": there is no such folder: "/no/such/folder", given as cwd)',
  );
  const error = await createSubprocessExec("true", [], { cwd: file }).then(undefined, (raised: unknown) => raised);
  expect(error).toBeInstanceOf(OSError);
  expect(error).toMatchObject({
    code: "ENOTDIR",
    message: `cannot start "true": the folder can't be entered: ${JSON.stringify(file)}, given as cwd`,
  });
  expect(await errorOf(createSubprocessExec("no-such-program", [], { cwd: folder }))).toBe(
    'FileNotFoundError(cannot start "no-such-program": there is no such program)',
  );
});

testNative("createSubprocessExec() raises PermissionError for what may not be executed", async () => {
  const file = join(folder, "not-executable");
  writeFileSync(file, "", { mode: 0o644 });
  const error = await createSubprocessExec(file).then(undefined, (raised: unknown) => raised);
  expect(error).toBeInstanceOf(PermissionError);
  expect(error).toMatchObject({
    code: "EACCES",
    message: `cannot start ${JSON.stringify(file)}: it may not be executed`,
  });
});

testNative("createSubprocessExec() raises OSError for an argument that is too long for the system", async () => {
  const error = await createSubprocessExec("true", ["x".repeat(4_000_000)], {
    stdin: PIPE,
    stdout: PIPE,
    stderr: STDOUT,
  }).then(undefined, (raised: unknown) => raised);
  expect(error).toBeInstanceOf(OSError);
  expect(error).toMatchObject({ code: "E2BIG" });
});

testNative("createSubprocessExec() refuses at the call what it can't use", async () => {
  const bad = (value: unknown) => value as never;
  const calls: [() => unknown, string][] = [
    [
      () => createSubprocessExec(bad(1)),
      "TypeError(createSubprocessExec(): program must be a string, got a number (1))",
    ],
    [
      () => createSubprocessExec("a", bad("b")),
      'TypeError(createSubprocessExec(): args must be a list of strings, got a string ("b"))',
    ],
    [
      () => createSubprocessExec("a", ["b", bad(null)]),
      "TypeError(createSubprocessExec(): args[1] must be a string, got null)",
    ],
    [
      () => createSubprocessExec("a\0"),
      "ValueError(createSubprocessExec(): program must not contain a null character)",
    ],
    [
      () => createSubprocessExec("a", [], { cwd: bad(1) }),
      "TypeError(createSubprocessExec(): cwd must be a string, got a number (1))",
    ],
    [
      () => createSubprocessExec("a", [], bad(null)),
      "TypeError(createSubprocessExec(): the options must be an object, got null)",
    ],
    [
      () => createSubprocessShell(bad(["a"])),
      "ValueError(createSubprocessShell(): cmd must be a string, got a value of class Array)",
    ],
    [
      () => createSubprocessShell("a", { stdin: bad("pipe") }),
      'ValueError(createSubprocessShell(): stdin must be PIPE, DEVNULL, null or a file descriptor, got a string ("pipe"))',
    ],
    [
      () => createSubprocessShell("a", { stdout: STDOUT }),
      "ValueError(createSubprocessShell(): stdout must be PIPE, DEVNULL, null or a file descriptor, got STDOUT)",
    ],
    [
      () => createSubprocessShell("a", { stderr: -1 }),
      "ValueError(createSubprocessShell(): stderr must be PIPE, STDOUT, DEVNULL, null or a file descriptor, got a number (-1))",
    ],
    [() => createSubprocessShell("a", { limit: 0 }), "ValueError(Limit cannot be <= 0)"],
    [
      () => getRunningLoop().subprocessExec(() => new SubprocessProtocol(), bad(1)),
      "TypeError(subprocessExec(): program must be a string, got a number (1))",
    ],
    [
      () => getRunningLoop().subprocessShell(() => new SubprocessProtocol(), bad(1)),
      "ValueError(subprocessShell(): cmd must be a string, got a number (1))",
    ],
  ];
  for (const [call, expected] of calls) expect(await errorOf(call)).toBe(expected);
});

testNative("createSubprocessExec() refuses a file descriptor that is not open", async () => {
  const none: Stdio = 999;
  const error = await createSubprocessExec("true", [], { stdin: none }).then(undefined, (raised: unknown) => raised);
  expect(error).toBeInstanceOf(OSError);
  expect(error).not.toBeInstanceOf(ValueError);
});

testNative("createSubprocessExec() knows by its options which pipes there are", async () => {
  const all = await createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
  expectTypeOf(all.stdin).toEqualTypeOf<StreamWriter>();
  expectTypeOf(all.stdout).toEqualTypeOf<StreamReader>();
  expectTypeOf(all.stderr).toEqualTypeOf<StreamReader>();
  await all.communicate();
  const some = await createSubprocessShell("exit 0", { stdin: DEVNULL, stdout: PIPE, stderr: STDOUT });
  expectTypeOf(some.stdin).toEqualTypeOf<StreamWriter | null>();
  expectTypeOf(some.stdout).toEqualTypeOf<StreamReader>();
  expectTypeOf(some.stderr).toEqualTypeOf<StreamReader | null>();
  await some.communicate();
  const none = await createSubprocessExec("true");
  expectTypeOf(none.stdin).toEqualTypeOf<StreamWriter | null>();
  expectTypeOf(none).toExtend<Process>();
  await none.wait();
});

testNative("createSubprocessExec() with stderr STDOUT leaves nothing in the folder for temporary files", async () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = mkdtempSync(join(folder, "tmp-"));
  try {
    const merged = await createSubprocessExec("true", [], { stdout: PIPE, stderr: STDOUT });
    await merged.communicate();
    expect(readdirSync(process.env.TMPDIR)).toEqual([]);
    process.env.TMPDIR = join(folder, "no-such-folder");
    const error = await createSubprocessExec("true", [], { stdout: PIPE, stderr: STDOUT }).then(
      undefined,
      (raised: unknown) => raised,
    );
    expect(error).toBeInstanceOf(FileNotFoundError);
    expect(error).toMatchObject({ syscall: "mkdtemp" });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
