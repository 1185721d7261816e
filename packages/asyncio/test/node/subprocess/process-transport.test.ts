import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  type BaseTransport,
  ContextVar,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  PIPE,
  type ReadTransport,
  run,
  STDOUT,
  SubprocessProtocol,
  type SubprocessTransport,
  sleep,
  type WriteTransport,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { noteReports } from "../../support/events.ts";
import { awaiting, type Steps } from "../../support/spellings.ts";
import { errorOf, stopped, testProcesses } from "./support.ts";

/** Notes all that happens to a process. Data that comes in several pieces counts as one. */
class Notes extends SubprocessProtocol {
  readonly events: string[] = [];
  readonly ended: Future<void> = getRunningLoop().createFuture();
  readonly exited: Future<void> = getRunningLoop().createFuture();

  override connectionMade(transport: BaseTransport): void {
    this.events.push(`made ${(transport as SubprocessTransport).getReturncode()}`);
  }

  override pipeDataReceived(fd: number, data: Uint8Array): void {
    const last = this.events.at(-1);
    if (last?.startsWith(`data ${fd} `)) this.events[this.events.length - 1] = `${last}${String(data)}`;
    else this.events.push(`data ${fd} ${String(data)}`);
  }

  override pipeConnectionLost(fd: number, error: unknown): void {
    this.events.push(`pipe ${fd} lost ${String(error)}`);
  }

  override processExited(): void {
    this.events.push("exited");
    this.exited.setResult();
  }

  override connectionLost(error: unknown): void {
    this.events.push(`lost ${String(error)}`);
    this.ended.setResult();
  }

  override pauseWriting(): void {
    this.events.push("pause");
  }

  override resumeWriting(): void {
    this.events.push("resume");
  }
}

type Options = Parameters<ReturnType<typeof getRunningLoop>["subprocessShell"]>[2];

function* open(line: string, options: Options = {}): Steps<[SubprocessTransport, Notes]> {
  return yield* awaiting(getRunningLoop().subprocessShell(() => new Notes(), line, options));
}

testProcesses("EventLoop.subprocessExec() tells the protocol in CPython's order", function* () {
  const loop = getRunningLoop();
  const [transport, protocol] = yield* awaiting(loop.subprocessExec(() => new Notes(), "echo", ["hello"]));
  expect(protocol.events).toEqual(["made null"]);
  expect(transport.getProtocol()).toBe(protocol);
  yield* awaiting(protocol.ended);
  const { events } = protocol;
  expect(events[0]).toBe("made null");
  expect(events[1]).toBe("data 1 hello\n");
  // The end of the process and those of its pipes come in any order.
  expect(events.slice(2, -1).sort()).toEqual(["exited", "pipe 0 lost null", "pipe 1 lost null", "pipe 2 lost null"]);
  expect(events.at(-1)).toBe("lost null");
  expect([transport.isClosing(), transport.getReturncode()]).toEqual([true, 0]);
});

testProcesses(
  "SubprocessTransport delivers what came before the end, before it says that the pipe is lost",
  function* () {
    const [, protocol] = yield* open("head -c 50000 /dev/zero | tr '\\0' x; echo error >&2; exit 9");
    yield* awaiting(protocol.ended);
    const { events } = protocol;
    for (const [fd, data] of [
      [1, "x".repeat(50_000)],
      [2, "error\n"],
    ] as const) {
      const received = events.filter((event) => event.startsWith(`data ${fd} `)).map((event) => event.slice(7));
      expect(received.join("")).toBe(data);
      expect(events.findLastIndex((event) => event.startsWith(`data ${fd} `))).toBeLessThan(
        events.indexOf(`pipe ${fd} lost null`),
      );
    }
  },
);

testProcesses("SubprocessTransport.getPipeTransport() has the pipes, and none where there is no pipe", function* () {
  const [all, first] = yield* open("cat");
  const stdin = all.getPipeTransport(0) as WriteTransport;
  const stdout = all.getPipeTransport(1) as ReadTransport;
  expect([stdin.canWriteEof(), stdout.isReading(), all.getPipeTransport(3)]).toEqual([true, true, null]);
  expect(stdin.getWriteBufferLimits()).toEqual([16_384, 65_536]);
  stdin.writelines(["a", Buffer.from("b")]);
  stdin.writeEof();
  expect(() => stdin.write("c")).toThrow("Cannot call write() after writeEof()");
  yield* awaiting(first.ended);
  expect(first.events).toContain("data 1 ab");
  const [none, second] = yield* open("true", { stdin: null, stdout: null, stderr: null });
  expect([0, 1, 2].map((fd) => none.getPipeTransport(fd))).toEqual([null, null, null]);
  yield* awaiting(second.ended);
  expect(second.events).toEqual(["made null", "exited", "lost null"]);
  const [merged, third] = yield* open("echo a; echo b >&2", { stdin: null, stdout: PIPE, stderr: STDOUT });
  expect([merged.getPipeTransport(0), merged.getPipeTransport(2)]).toEqual([null, null]);
  yield* awaiting(third.ended);
  expect(third.events).toContain("data 1 a\nb\n");
});

testProcesses(
  "SubprocessTransport.getExtraInfo() gives Node's own object, and a pipe's transport the pipe",
  function* () {
    const [transport, protocol] = yield* open("cat");
    expect(transport.getExtraInfo("subprocess")).toMatchObject({ pid: transport.getPid(), spawnfile: "/bin/sh" });
    expect(transport.getExtraInfo("peername", "none")).toBe("none");
    expect(transport.getPipeTransport(0)?.getExtraInfo("pipe")).toHaveProperty("writableLength");
    expect(transport.getPipeTransport(1)?.getExtraInfo("pipe")).toHaveProperty("readableLength");
    transport.close();
    yield* awaiting(protocol.ended);
  },
);

testProcesses("SubprocessTransport.close() closes the pipes and kills the process", function* () {
  const [transport, protocol] = yield* open("exec sleep 100");
  expect(transport.isClosing()).toBe(false);
  transport.close();
  transport.close();
  expect(transport.isClosing()).toBe(true);
  yield* awaiting(protocol.ended);
  expect(transport.getReturncode()).toBe(-9);
  expect(protocol.events.filter((event) => event === "lost null" || event === "exited")).toEqual([
    "exited",
    "lost null",
  ]);
});

testProcesses("SubprocessTransport.close() lets go of pipes that a grandchild holds", function* () {
  const [transport, protocol] = yield* open("sleep 100 & echo $!");
  yield* awaiting(protocol.exited);
  // The end of the process alone is not that of the transport.
  while (!protocol.events.some((event) => event.startsWith("data 1"))) yield* awaiting(sleep(0));
  expect(transport.isClosing()).toBe(false);
  transport.close();
  yield* awaiting(protocol.ended);
  const [pid] = protocol.events.filter((event) => event.startsWith("data 1 ")).map((event) => Number(event.slice(7)));
  process.kill(pid as number, "SIGKILL");
});

testProcesses("ReadTransport.pauseReading() of a process's output holds back its data and its end", function* () {
  const [transport, protocol] = yield* open("read -r line; echo $line", { stderr: null });
  const stdout = transport.getPipeTransport(1) as ReadTransport;
  stdout.pauseReading();
  stdout.pauseReading();
  expect(stdout.isReading()).toBe(false);
  (transport.getPipeTransport(0) as WriteTransport).write("hello\n");
  yield* awaiting(protocol.exited);
  for (let i = 0; i < 5; i++) yield* awaiting(sleep(1));
  expect(protocol.events).not.toContain("data 1 hello\n");
  expect(protocol.events).not.toContain("pipe 1 lost null");
  stdout.resumeReading();
  yield* awaiting(protocol.ended);
  expect(protocol.events.filter((event) => event.includes(" 1 "))).toEqual(["data 1 hello\n", "pipe 1 lost null"]);
});

testProcesses("WriteTransport of a process's input pauses and resumes the protocol in turns", function* () {
  const [transport, protocol] = yield* open("kill -STOP $$; exec cat >/dev/null", { stdout: null, stderr: null });
  yield* stopped(transport.getPid());
  const stdin = transport.getPipeTransport(0) as WriteTransport;
  stdin.setWriteBufferLimits({ high: 100_000, low: 50_000 });
  for (let i = 0; i < 20; i++) stdin.write(Buffer.alloc(100_000));
  expect(stdin.getWriteBufferSize()).toBeGreaterThan(100_000);
  expect(protocol.events).toEqual(["made null", "pause"]);
  transport.sendSignal("SIGCONT");
  while (protocol.events.length < 3) yield* awaiting(sleep(1));
  expect(protocol.events).toEqual(["made null", "pause", "resume"]);
  expect(stdin.getWriteBufferSize()).toBeLessThanOrEqual(50_000);
  stdin.close();
  yield* awaiting(protocol.ended);
});

testProcesses("WriteTransport.abort() of a process's input drops what is not sent", function* () {
  const [transport, protocol] = yield* open("read -r line; cat | wc -c", { stderr: null });
  const stdin = transport.getPipeTransport(0) as WriteTransport;
  stdin.write("\n");
  for (let i = 0; i < 100; i++) stdin.write(Buffer.alloc(100_000));
  stdin.abort();
  yield* awaiting(protocol.ended);
  expect(protocol.events).toContain("pipe 0 lost null");
  const [read] = protocol.events.filter((event) => event.startsWith("data 1 ")).map((event) => Number(event.slice(7)));
  expect(read).toBeLessThan(10_000_000);
});

testProcesses("SubprocessTransport tells why stdin is lost", function* () {
  const [transport, protocol] = yield* open("exit 0", { stdout: null, stderr: null });
  (transport.getPipeTransport(0) as WriteTransport).write(Buffer.alloc(4_000_000));
  yield* awaiting(protocol.ended);
  expect(protocol.events.find((event) => event.startsWith("pipe 0"))).toMatch(/BrokenPipeError|ConnectionResetError/);
});

testProcesses("SubprocessTransport closes stdin with the process, also when a grandchild has it", function* () {
  const [transport, protocol] = yield* open("exec 3<&0; sleep 100 <&3 3<&- & echo $!; read -r line", { stderr: null });
  (transport.getPipeTransport(0) as WriteTransport).write(`\n${"x".repeat(4_000_000)}`);
  yield* awaiting(protocol.exited);
  while (!protocol.events.some((event) => event.startsWith("pipe 0"))) yield* awaiting(sleep(0));
  expect(protocol.events).toContain("pipe 0 lost BrokenPipeError: the process has ended without reading all its input");
  transport.close();
  yield* awaiting(protocol.ended);
  const [pid] = protocol.events.filter((event) => event.startsWith("data 1 ")).map((event) => Number(event.slice(7)));
  process.kill(pid as number, "SIGKILL");
});

testProcesses("SubprocessTransport calls the protocol in no task, in the context of the start", function* () {
  const variable = new ContextVar<string>("variable");
  const seen: unknown[] = [];
  class Looks extends Notes {
    override pipeDataReceived(): void {
      seen.push(["data", currentTask(), variable.get("none")]);
    }
    override processExited(): void {
      seen.push(["exited", currentTask(), variable.get("none")]);
      super.processExited();
    }
  }
  variable.set("at the start");
  const [, protocol] = yield* awaiting(getRunningLoop().subprocessExec(() => new Looks(), "echo", ["x"]));
  variable.set("later");
  yield* awaiting(protocol.ended);
  expect(seen.sort()).toEqual([
    ["data", null, "at the start"],
    ["exited", null, "at the start"],
  ]);
});

testProcesses("SubprocessTransport reports what a method of the protocol throws, and calls the others", function* () {
  const reports: string[] = [];
  noteReports((report) => reports.push(report));
  class Throws extends Notes {
    override connectionMade(): void {
      throw new Error("connectionMade");
    }
    override pipeDataReceived(): void {
      throw new Error("pipeDataReceived");
    }
    override processExited(): void {
      throw new Error("processExited");
    }
  }
  const [, protocol] = yield* awaiting(getRunningLoop().subprocessExec(() => new Throws(), "echo", ["x"]));
  yield* awaiting(protocol.ended);
  expect(reports.sort()).toEqual(
    ["connectionMade", "pipeDataReceived", "processExited"].map(
      (method) => `report: Exception in SubprocessProtocol.${method}()`,
    ),
  );
  expect(protocol.events.at(-1)).toBe("lost null");
});

testProcesses("EventLoop.subprocessExec() raises what the factory throws, and starts nothing", function* () {
  const fail = (): SubprocessProtocol => {
    throw new Error("no protocol");
  };
  const opening = createTask(() => errorOf(getRunningLoop().subprocessExec(fail, "sleep", ["100"])));
  expect(yield* awaiting(opening)).toBe("Error(no protocol)");
});

testProcesses("SubprocessTransport.setProtocol() makes another one the protocol", function* () {
  const [transport, first] = yield* open("read -r line; echo $line", { stderr: null });
  const second = new Notes();
  transport.setProtocol(second);
  (transport.getPipeTransport(0) as WriteTransport).write("x\n");
  yield* awaiting(second.ended);
  expect(first.events).toEqual(["made null"]);
  expect(second.events).toContain("data 1 x\n");
});

test("run() kills the processes that still run at its end, and tells in debug mode", async () => {
  const reports: string[] = [];
  const main = async (): Promise<ChildProcess> => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message }) => reports.push(message));
    const endless = ["-e", "setInterval(() => {}, 1e6)"];
    const [transport] = await loop.subprocessExec(() => new SubprocessProtocol(), process.execPath, endless);
    return transport.getExtraInfo("subprocess") as ChildProcess;
  };
  for (const debug of [false, true]) {
    const child = await run(main, { debug });
    if (child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
  }
  expect(reports).toEqual([expect.stringMatching(/^unclosed <SubprocessTransport pid=\d+ running>$/)]);
});
