import type { ChildProcess } from "node:child_process";
import { copyContext } from "../../core/context.ts";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { ProcessLookupError } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import { startParked, type Wait } from "../../core/park.ts";
import type { BaseProtocol, SubprocessProtocol } from "../../core/protocols.ts";
import { type BaseTransport, type ExtraInfo, SubprocessTransport } from "../../core/transports.ts";
import { LoopEvent } from "../loop-event.ts";
import { osError } from "../os-error.ts";
import { type PipeOwner, ReadPipeProtocol, WritePipeProtocol } from "./pipe-protocols.ts";
import { ReadPipe } from "./read-pipe.ts";
import { returncodeOf, signalNumber } from "./signal-number.ts";
import type { Spawned } from "./spawn.ts";
import { WritePipe } from "./write-pipe.ts";

/** A process and its pipes: one transport, whose end is that of all of them. */
export class ProcessTransport extends SubprocessTransport implements PipeOwner, OpenResource {
  readonly #loop: EventLoop;
  readonly #frame: Frame = { task: null, context: copyContext(), scope: null };
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #stdin: WritePipe | null;
  readonly #outputs: ReadonlyMap<number, ReadPipe>;
  readonly #openPipes = new Set<number>();
  #protocol: SubprocessProtocol;
  #returncode: number | null = null;
  readonly #ending: Wait<void>[] = [];
  #ended = false;
  #closed = false;
  /** It belongs to another user: nobody can say when it ends. */
  #unkillable = false;

  constructor(loop: EventLoop, protocol: SubprocessProtocol, spawned: Spawned) {
    super();
    this.#loop = loop;
    this.#protocol = protocol;
    this.#child = spawned.child;
    this.#pid = spawned.pid;
    const { context } = this.#frame;
    this.#stdin =
      spawned.stdin && new WritePipe(spawned.stdin, { loop, context, protocol: new WritePipeProtocol(this, 0) });
    if (this.#stdin !== null) this.#openPipes.add(0);
    const outputs = new Map<number, ReadPipe>();
    for (const [fd, socket] of [
      [1, spawned.stdout],
      [2, spawned.stderr],
    ] as const) {
      if (socket === null) continue;
      outputs.set(fd, new ReadPipe(socket, { loop, context, protocol: new ReadPipeProtocol(this, fd) }));
      this.#openPipes.add(fd);
    }
    this.#outputs = outputs;
    this.#listen();
    loop._open.add(this);
  }

  #listen(): void {
    this.#child.once("exit", (code, signal) => {
      this.#stdin?.processEnded();
      this.#loop._runEvent(new LoopEvent(this.#loop, this.#frame, () => this.#exited(returncodeOf(code, signal))));
    });
    // Of what others do with the ChildProcess: its own kill().
    this.#child.on("error", (exception) => {
      this.#loop.callExceptionHandler({ message: "Error of a subprocess", exception, transport: this });
    });
  }

  /** Tells the protocol, begins to read, then calls `opened`: in the next iteration, as CPython does. */
  open(opened: () => void): void {
    this.#loop._enqueue(
      new LoopEvent(this.#loop, this.#frame, () => {
        this.#tell("connectionMade", () => this.#protocol.connectionMade(this));
        for (const pipe of this.#outputs.values()) pipe.start();
        opened();
      }),
    );
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────────

  #exited(returncode: number): void {
    this.#returncode = returncode;
    this.#tell("processExited", () => this.#protocol.processExited());
    this.#tryFinish();
  }

  /** @internal */
  _pipeDataReceived(fd: number, data: Uint8Array): void {
    this.#tell("pipeDataReceived", () => this.#protocol.pipeDataReceived(fd, data));
  }

  /** @internal */
  _pipeConnectionLost(fd: number, error: unknown): void {
    this.#openPipes.delete(fd);
    this.#tell("pipeConnectionLost", () => this.#protocol.pipeConnectionLost(fd, error));
    this.#tryFinish();
  }

  /** @internal */
  _pauseWriting(): void {
    this.#protocol.pauseWriting();
  }

  /** @internal */
  _resumeWriting(): void {
    this.#protocol.resumeWriting();
  }

  /** The end is when the process has ended and its pipes are closed, whichever comes last. */
  #tryFinish(): void {
    if (this.#returncode === null || this.#openPipes.size > 0) return;
    this.#closed = true;
    this.#loop._open.delete(this);
    // In the next iteration, as in CPython: what the events before have made ready comes first.
    this.#loop._enqueue(
      new LoopEvent(this.#loop, this.#frame, () => {
        this.#ended = true;
        this.#tell("connectionLost", () => this.#protocol.connectionLost(null));
        for (const wait of this.#ending) wait.resolve();
      }),
    );
  }

  /** An error of one method must not cost the protocol the calls that follow. */
  #tell(method: string, call: () => void): void {
    try {
      call();
    } catch (exception) {
      const message = `Exception in SubprocessProtocol.${method}()`;
      this.#loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#protocol });
    }
  }

  // ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────

  getPid(): number {
    return this.#pid;
  }

  getReturncode(): number | null {
    return this.#returncode;
  }

  getPipeTransport(fd: number): BaseTransport | null {
    return fd === 0 ? this.#stdin : (this.#outputs.get(fd) ?? null);
  }

  sendSignal(signal: string | number): void {
    this.#send("sendSignal", signal);
  }

  terminate(): void {
    this.#send("terminate", "SIGTERM");
  }

  kill(): void {
    this.#send("kill", "SIGKILL");
  }

  #send(method: string, signal: string | number): void {
    const number = signalNumber(signal);
    if (this.#returncode !== null) {
      throw new ProcessLookupError(`${method}(): the process ${this.#pid} has ended`, {
        code: "ESRCH",
        syscall: "kill",
      });
    }
    // Node has reaped it already, which is about to be told: the number may belong to another process by now.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(this.#pid, number);
    } catch (error) {
      throw osError(error);
    }
  }

  /**
   * Waits until the process has ended and its pipes are closed, after {@link close}. This wait can't be cancelled, and need
   * not be: the process was killed. One that can't be killed is not waited for.
   */
  *ended(): CoroutineGenerator<void> {
    if (this.#ended || this.#unkillable) return;
    yield* startParked<void>(this.#loop, (wait) => {
      this.#ending.push(wait);
      return () => "wait";
    });
  }

  // ── the transport ────────────────────────────────────────────────────────────────────────────────────────────────

  isClosing(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stdin?.close();
    for (const pipe of this.#outputs.values()) pipe.close();
    if (this.#returncode !== null) return;
    try {
      this.kill();
    } catch {
      this.#unkillable = true;
    }
  }

  /** @internal */
  _release(): void {
    this.close();
  }

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): unknown {
    return name === "subprocess" ? this.#child : fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#protocol = protocol as SubprocessProtocol;
  }

  getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  override toString(): string {
    const state = this.#returncode === null ? "running" : `returncode=${this.#returncode}`;
    return `<SubprocessTransport ${this.#closed ? "closed " : ""}pid=${this.#pid} ${state}>`;
  }
}
