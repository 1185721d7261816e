import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { Closing, FlowControl, type StreamProtocol } from "../../core/flow-control.ts";
import type { EventLoop } from "../../core/loop.ts";
import { type Abort, startParked, type Wait } from "../../core/park.ts";
import { SubprocessProtocol } from "../../core/protocols.ts";
import { StreamReader } from "../../core/stream-reader.ts";
import { StreamWriter } from "../../core/stream-writer.ts";
import type { BaseTransport, ReadTransport, SubprocessTransport, WriteTransport } from "../../core/transports.ts";

/** Those who wait for something that happens once. They are woken in the order in which they came. */
class Milestone {
  readonly #loop: EventLoop;
  readonly #waits = new Set<Wait<void>>();
  #reached = false;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  reach(): void {
    this.#reached = true;
    for (const wait of this.#waits) wait.resolve();
    this.#waits.clear();
  }

  /** `onCancel` says whether a cancellation ends the wait. */
  *wait(onCancel: ReturnType<Abort>): CoroutineGenerator<void> {
    if (this.#reached) return;
    yield* startParked<void>(this.#loop, (wait) => {
      this.#waits.add(wait);
      return () => {
        if (onCancel === "done") this.#waits.delete(wait);
        return onCancel;
      };
    });
  }
}

/** The streams of a process, over its transport. */
export class SubprocessStreamProtocol extends SubprocessProtocol implements StreamProtocol {
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  /** The process has ended; its pipes may still be open, if it has handed them on. */
  readonly exited: Milestone;
  /** The process has ended, and its pipes are closed. */
  readonly ended: Milestone;
  /** @internal */
  readonly _flow: FlowControl;
  /** @internal */
  readonly _serverSide = false;
  readonly #loop: EventLoop;
  readonly #limit: number;
  readonly #stdinClosing: Closing;
  readonly #openOutputs = new Set<number>();
  #transport: SubprocessTransport | null = null;
  #hasExited = false;

  constructor(loop: EventLoop, limit: number) {
    super();
    this.#loop = loop;
    this.#limit = limit;
    this.exited = new Milestone(loop);
    this.ended = new Milestone(loop);
    this._flow = new FlowControl(loop);
    this.#stdinClosing = new Closing(loop);
  }

  override connectionMade(transport: BaseTransport): void {
    const made = transport as SubprocessTransport;
    this.#transport = made;
    this.stdout = this.#readerOf(made, 1);
    this.stderr = this.#readerOf(made, 2);
    const stdin = made.getPipeTransport(0) as WriteTransport | null;
    if (stdin !== null) this.stdin = new StreamWriter(stdin, this, null, this.#loop);
  }

  #readerOf(transport: SubprocessTransport, fd: number): StreamReader | null {
    const pipe = transport.getPipeTransport(fd) as ReadTransport | null;
    if (pipe === null) return null;
    this.#openOutputs.add(fd);
    const reader = new StreamReader({ limit: this.#limit, loop: this.#loop });
    reader.setTransport(pipe);
    return reader;
  }

  override pipeDataReceived(fd: number, data: Uint8Array): void {
    this.#output(fd)?.feedData(data);
  }

  override pipeConnectionLost(fd: number, error: unknown): void {
    if (fd === 0) this.#stdinLost(error);
    else this.#outputLost(fd, error);
  }

  #stdinLost(error: unknown): void {
    this.stdin?.close();
    this._flow.connectionLost(error);
    this.#stdinClosing.end(error);
  }

  #outputLost(fd: number, error: unknown): void {
    const reader = this.#output(fd);
    if (error === null) reader?.feedEof();
    else reader?._connectionLost(error);
    this.#openOutputs.delete(fd);
    this.#closeIfOver();
  }

  override processExited(): void {
    this.#hasExited = true;
    this.exited.reach();
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    if (this.#hasExited && this.#openOutputs.size === 0) this.#transport?.close();
  }

  override connectionLost(error: unknown): void {
    this._flow.connectionLost(error);
    this.#stdinClosing.end(error);
    this.ended.reach();
  }

  override pauseWriting(): void {
    this._flow.pause();
  }

  override resumeWriting(): void {
    this._flow.resume();
  }

  #output(fd: number): StreamReader | null {
    return fd === 1 ? this.stdout : this.stderr;
  }

  /** @internal */
  _closingOf(): Closing {
    return this.#stdinClosing;
  }
}
