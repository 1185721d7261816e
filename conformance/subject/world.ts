import {
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  Context,
  ContextVar,
  currentTask,
  Event,
  type EventLoop,
  type ExceptionContext,
  ExceptionGroup,
  eagerTaskFactory,
  Future,
  getRunningLoop,
  IncompleteReadError,
  LifoQueue,
  LimitOverrunError,
  Lock,
  PriorityQueue,
  Queue,
  type ReadTransport,
  RuntimeError,
  Semaphore,
  StreamReader,
  Task,
  type TaskGroup,
  type Timeout,
  TimeoutError,
  type Token,
  ValueError,
} from "asyncio-ts";
import { type Detail, type Entry, type ErrorDetail, LOOP, TRANSPORT } from "../compare/trace.ts";
import type { Catches, ErrorSpec, Name, PoolEntry, Program, ReaderEntry, Value } from "../language/ast.ts";
import type { Spelling } from "./spelling.ts";

/** The error of the programs themselves. */
export class Boom extends Error {
  static {
    this.prototype.name = "Boom";
  }
}

/** A statement refers to something that does not exist yet. */
export class Missing extends Error {}

/** Mistakes to make on purpose, to see that the comparison finds them. */
export type Sabotage = "cancels forget their message" | "sleeps of 2 take 3";

const ERRORS = { Boom, ValueError, RuntimeError, TimeoutError, CancelledError };

/** What CPython reports at a garbage collection, this library one turn after the end: there is no common time. */
const AT_COLLECTION = ["was never retrieved", "was destroyed but it is pending"];
/** What only the debug mode of this library reports. */
const IN_DEBUG_MODE = ["was never awaited", "swallowed a cancellation"];
/** What the exception handler is told, up to where the description of an object begins. */
const STABLE_MESSAGES = [
  "Exception in callback",
  "unhandled exception during asyncio.run() shutdown",
  "an error occurred during closing of asynchronous generator",
];

/** What all statements of one program share: the pool of named things, the trace, and how values are written down. */
export class World {
  readonly program: Program;
  readonly spelling: Spelling;
  readonly sabotage: Sabotage | undefined;
  readonly trace: Entry[] = [];
  readonly things = new Map<Name, unknown>();
  readonly groups = new Map<Name, TaskGroup>();
  readonly timeouts = new Map<Name, Timeout>();
  readonly tokens = new Map<Name, Token<Value>>();
  readonly counters = new Map<Name, number>();
  readonly callbacks = new Map<Name, (future: Future<unknown>) => void>();
  readonly #spawned = new Map<Name, number>();
  /** What is logged after the end of the program does not count. */
  open = true;
  #loop: EventLoop | undefined;
  #firstName = 0;
  #watched: ContextVar<Value> | undefined;

  constructor(program: Program, spelling: Spelling, sabotage?: Sabotage) {
    this.program = program;
    this.spelling = spelling;
    this.sabotage = sabotage;
  }

  /** Called by the main task as its first act. */
  setUp(): void {
    const task = currentTask();
    if (task === null) throw new Error("main runs outside of a task");
    this.#loop = getRunningLoop();
    this.#loop.setExceptionHandler((_, context) => this.#onLoopError(context));
    if (this.program.eagerFactory) this.#loop.setTaskFactory(eagerTaskFactory);
    // The counter of task names goes on from program to program.
    this.#firstName = Number(task.getName().replace("Task-", ""));
    this.things.set("main", task);
    for (const entry of this.program.pool) {
      if (entry.type === "counter") this.counters.set(entry.name, 0);
      else this.things.set(entry.name, this.#make(entry));
    }
  }

  get loop(): EventLoop {
    if (this.#loop === undefined) throw new Error("the program has not started");
    return this.#loop;
  }

  #make(entry: Exclude<PoolEntry, { type: "counter" }>): unknown {
    switch (entry.type) {
      case "lock":
        return new Lock();
      case "event":
        return new Event();
      case "future":
        return this.loop.createFuture();
      case "condition":
        return entry.lock === null ? new Condition() : new Condition(this.get(entry.lock, Lock));
      case "semaphore":
        return entry.bounded ? new BoundedSemaphore(entry.value) : new Semaphore(entry.value);
      case "barrier":
        return new Barrier(entry.parties);
      case "queue":
        return new { fifo: Queue, lifo: LifoQueue, priority: PriorityQueue }[entry.order](entry.maxsize);
      case "reader":
        return this.#makeReader(entry);
      default:
        return this.#makeVariable(entry.name, entry.initial);
    }
  }

  #makeReader(entry: PoolEntry & ReaderEntry): StreamReader {
    const reader = new StreamReader({ limit: entry.limit, loop: this.loop });
    const pausable = {
      pauseReading: () => this.log(TRANSPORT, "pause", entry.name),
      resumeReading: () => this.log(TRANSPORT, "resume", entry.name),
    };
    if (entry.transport === "pausable") reader.setTransport(pausable as unknown as ReadTransport);
    if (entry.transport === "unpausable") reader.setTransport({} as ReadTransport);
    return reader;
  }

  renewReader(name: Name): void {
    const entry = this.program.pool.find((each) => each.name === name);
    if (entry?.type !== "reader") throw new TypeError(`${name} is no reader`);
    this.things.set(name, this.#makeReader(entry));
  }

  #makeVariable(name: Name, initial: Value): ContextVar<Value> {
    const variable = initial === null ? new ContextVar<Value>(name) : new ContextVar<Value>(name, { default: initial });
    this.#watched ??= variable;
    return variable;
  }

  /** The thing of that name. @throws Missing */
  get<T>(name: Name, type: abstract new (...args: never[]) => T): T {
    const thing = name === "self" ? currentTask() : this.things.get(name);
    if (thing === undefined || thing === null) missing(name);
    if (!(thing instanceof type)) throw new TypeError(`${name} is no ${type.name}`);
    return thing;
  }

  group(name: Name): TaskGroup {
    return this.groups.get(name) ?? missing(name);
  }

  timeout(name: Name): Timeout {
    return this.timeouts.get(name) ?? missing(name);
  }

  token(name: Name): Token<Value> {
    return this.tokens.get(name) ?? missing(name);
  }

  holdable(name: Name): Lock | Semaphore | Condition {
    const thing = this.things.get(name);
    if (thing instanceof Lock || thing instanceof Semaphore || thing instanceof Condition) return thing;
    throw new TypeError(`${name} can't be held`);
  }

  variable(name: Name): ContextVar<Value> {
    return this.get(name, ContextVar) as ContextVar<Value>;
  }

  /** The context that a statement names, as the option that asyncio takes. */
  contextOption(name: Name | null): { context?: Context } {
    return name === null ? {} : { context: this.get(name, Context) };
  }

  /** The second task that is spawned as `t0` is called `t0#2` in the trace. */
  freshName(name: Name): string {
    const count = (this.#spawned.get(name) ?? 0) + 1;
    this.#spawned.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  }

  log(statement: number, event: string, ...details: Detail[]): void {
    if (!this.open) return;
    const task = currentTask();
    this.trace.push([this.loop.time(), task === null ? "-" : this.taskName(task), statement, event, ...details]);
  }

  cancelling(): number {
    return currentTask()?.cancelling() ?? 0;
  }

  taskName(task: Task<unknown>): string {
    const name = task.getName();
    if (!name.startsWith("Task-")) return name;
    return `Task-${Number(name.replace("Task-", "")) - this.#firstName + 1}`;
  }

  describe(value: unknown): Detail {
    if (value === undefined || value === null) return null;
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
    if (value instanceof Uint8Array) return `bytes ${new TextDecoder().decode(value)}`;
    if (value instanceof Error) return describeError(value);
    if (value instanceof Task) return { task: this.taskName(value) };
    if (value instanceof Future) return { future: this.#nameOf(value) };
    if (value instanceof Set || Array.isArray(value)) return [...value].map((each) => this.describe(each));
    // What wait() gives: a tuple in Python.
    return Object.values(value).map((each) => this.describe(each));
  }

  /** What `result()` says, whether the future is ready or not. */
  outcome(future: Future<unknown>): Detail {
    try {
      return this.describe(future.result());
    } catch (error) {
      return describeError(error);
    }
  }

  #nameOf(thing: unknown): string | null {
    for (const [name, other] of this.things) if (other === thing) return name;
    return null;
  }

  #onLoopError(context: ExceptionContext): void {
    if ([...AT_COLLECTION, ...IN_DEBUG_MODE].some((part) => context.message.includes(part))) return;
    let message = STABLE_MESSAGES.find((stable) => context.message.startsWith(stable)) ?? context.message;
    if (message.includes(" has errored out but its parent task ")) message = "child errored after its parent";
    const seen = this.#watched?.get(null) ?? null;
    this.log(LOOP, "handler", message, this.describe(context.exception), seen);
  }
}

function missing(name: Name): never {
  throw new Missing(name);
}

export function describeError(error: unknown): ErrorDetail {
  if (!(error instanceof Error)) return { error: "no error", message: String(error) };
  if (error instanceof IncompleteReadError) {
    return { error: error.name, message: `${error.message}: ${new TextDecoder().decode(error.partial)}` };
  }
  if (error instanceof LimitOverrunError) {
    return { error: error.name, message: `${error.message}: ${error.consumed}` };
  }
  if (!(error instanceof ExceptionGroup)) return { error: error.name, message: error.message };
  return { error: error.name, message: error.message, errors: error.exceptions.map(describeError) };
}

export function makeError(spec: ErrorSpec): Error {
  if (spec.type === "ExceptionGroup") return new ExceptionGroup(spec.message, spec.errors.map(makeError));
  return new ERRORS[spec.type](spec.message);
}

/** `except` for one class. */
export function matches(catches: Catches, error: unknown): boolean {
  switch (catches) {
    case "any":
      return true;
    case "Exception":
      return !(error instanceof CancelledError);
    case "ExceptionGroup":
      return error instanceof ExceptionGroup;
    default:
      return error instanceof ERRORS[catches];
  }
}
