/**
 * The language of the programs: plain JSON, so that the same program can be walked in Python and in TypeScript.
 *
 * Everything has a name in one flat pool (`t0` a task, `L0` a lock, `Q0` a queue …) and any statement of any task may
 * refer to it. What does not exist yet (a task that nobody has spawned) is logged as missing and skipped.
 */
export type Name = string;
export type Value = number | string | null;

/** Milliseconds here, "seconds" in Python: whole numbers, so that no two floats can differ. */
export type Delay = number;

export type ErrorSpec =
  | { readonly type: PlainErrorType; readonly message: string }
  | { readonly type: "ExceptionGroup"; readonly message: string; readonly errors: readonly ErrorSpec[] };

export type PlainErrorType = "Boom" | "ValueError" | "RuntimeError" | "TimeoutError" | "CancelledError";

/** What an `except` clause names. `Exception` is every error but a cancellation, `any` is both. */
export type Catches = "Boom" | "TimeoutError" | "CancelledError" | "ExceptionGroup" | "Exception" | "any";

/** What can be awaited, and given to gather, shield, waitFor … */
export type Awaitable =
  | { readonly kind: "coro"; readonly body: Block }
  | { readonly kind: "task"; readonly task: Name }
  | { readonly kind: "future"; readonly future: Name }
  | { readonly kind: "sleep"; readonly ms: Delay; readonly value: Value }
  | { readonly kind: "gather"; readonly of: readonly Awaitable[]; readonly returnExceptions: boolean }
  /** Inside gather and asCompleted: the argument at `index` once more, the same object. */
  | { readonly kind: "again"; readonly index: number }
  | { readonly kind: "shield"; readonly of: Awaitable }
  | { readonly kind: "waitFor"; readonly of: Awaitable; readonly ms: Delay | null }
  | {
      readonly kind: "wait";
      readonly of: readonly Reference[];
      readonly ms: Delay | null;
      readonly until: "FIRST_COMPLETED" | "FIRST_EXCEPTION" | "ALL_COMPLETED";
    }
  | { readonly kind: "acquire"; readonly what: Name }
  | { readonly kind: "eventWait"; readonly event: Name }
  | { readonly kind: "conditionWait"; readonly condition: Name }
  | { readonly kind: "conditionWaitFor"; readonly condition: Name; readonly counter: Name; readonly atLeast: number }
  | { readonly kind: "barrierWait"; readonly barrier: Name }
  | { readonly kind: "barrierReset"; readonly barrier: Name }
  | { readonly kind: "barrierAbort"; readonly barrier: Name }
  | { readonly kind: "get"; readonly queue: Name }
  | { readonly kind: "put"; readonly queue: Name; readonly item: number }
  | { readonly kind: "join"; readonly queue: Name }
  | { readonly kind: "read"; readonly reader: Name; readonly size: number }
  | { readonly kind: "readline"; readonly reader: Name }
  | { readonly kind: "readexactly"; readonly reader: Name; readonly size: number }
  /** Several separators are a tuple in Python. */
  | { readonly kind: "readuntil"; readonly reader: Name; readonly separators: readonly string[] };

export type Reference = Extract<Awaitable, { kind: "task" | "future" }>;

export type Block = readonly Statement[];
export type SyncBlock = readonly SyncStatement[];

interface Numbered {
  /** Unique in its program, in the order of the text. Shrinking keeps it, so traces before and after can be compared. */
  readonly id: number;
  /** An ordinary error of this statement is logged and ends there; a cancellation always goes on. */
  readonly guard?: boolean;
}

/** Statements that may wait. */
export type WaitingStatement = Numbered &
  (
    | { readonly kind: "await"; readonly of: Awaitable }
    | {
        readonly kind: "try";
        readonly body: Block;
        readonly handlers: readonly Handler[];
        readonly cleanup: Block | null;
      }
    | {
        readonly kind: "timeout";
        readonly timeout: Name;
        readonly ms: Delay | null;
        /** `timeoutAt(now + ms)` instead of `timeout(ms)`. */
        readonly at: boolean;
        readonly body: Block;
      }
    | { readonly kind: "group"; readonly group: Name; readonly body: Block }
    | { readonly kind: "with"; readonly what: Name; readonly body: Block }
    | { readonly kind: "withVar"; readonly variable: Name; readonly value: Value; readonly body: Block }
    | { readonly kind: "repeat"; readonly times: number; readonly body: Block }
    | {
        readonly kind: "forAsync";
        readonly source: AsyncGeneratorSpec;
        readonly body: Block;
        readonly stopAfter: number | null;
      }
    | {
        readonly kind: "forLines";
        readonly reader: Name;
        readonly body: Block;
        readonly stopAfter: number | null;
      }
    | {
        readonly kind: "stepAsync";
        readonly source: AsyncGeneratorSpec;
        readonly steps: readonly ("next" | "throw")[];
        /** Otherwise it is left to the shutdown of the loop. */
        readonly close: boolean;
      }
    | {
        readonly kind: "asCompleted";
        readonly of: readonly Awaitable[];
        readonly ms: Delay | null;
        readonly form: "async" | "plain";
        readonly stopAfter: number | null;
      }
  );

/** Statements that never wait: also the ones that callbacks are made of. */
export type SyncStatement = Numbered &
  (
    | {
        readonly kind: "spawn";
        readonly task: Name;
        readonly of: Awaitable;
        readonly eager: boolean | null;
        readonly context: Name | null;
      }
    | {
        readonly kind: "spawnIn";
        readonly group: Name;
        readonly task: Name;
        readonly of: Awaitable;
        readonly eager: boolean | null;
      }
    /** `target` is a task, a future or `self`. */
    | { readonly kind: "cancel"; readonly target: Name; readonly message: string | null }
    | { readonly kind: "uncancel"; readonly target: Name }
    | { readonly kind: "rename"; readonly target: Name; readonly to: string }
    | { readonly kind: "inspect"; readonly target: Name }
    | { readonly kind: "allTasks" }
    | { readonly kind: "setResult"; readonly target: Name; readonly value: Value }
    | { readonly kind: "setException"; readonly target: Name; readonly error: ErrorSpec }
    /** Puts a fresh future in the place of an old one. */
    | { readonly kind: "renew"; readonly future: Name }
    | { readonly kind: "addCallback"; readonly target: Name; readonly callback: Name; readonly body: SyncBlock }
    | { readonly kind: "removeCallback"; readonly target: Name; readonly callback: Name }
    | {
        readonly kind: "call";
        readonly when: "soon" | "later" | "at";
        readonly ms: Delay;
        readonly handle: Name;
        readonly context: Name | null;
        readonly body: SyncBlock;
      }
    | { readonly kind: "cancelHandle"; readonly handle: Name }
    | { readonly kind: "inspectHandle"; readonly handle: Name }
    | { readonly kind: "raise"; readonly error: ErrorSpec }
    | { readonly kind: "return"; readonly value: Value }
    | { readonly kind: "set"; readonly event: Name }
    | { readonly kind: "clear"; readonly event: Name }
    | { readonly kind: "release"; readonly what: Name }
    /** `count: null` is notifyAll. */
    | { readonly kind: "notify"; readonly condition: Name; readonly count: number | null }
    | { readonly kind: "putNow"; readonly queue: Name; readonly item: number }
    | { readonly kind: "getNow"; readonly queue: Name }
    | { readonly kind: "taskDone"; readonly queue: Name }
    | { readonly kind: "shutdown"; readonly queue: Name; readonly immediate: boolean }
    | { readonly kind: "feedData"; readonly reader: Name; readonly data: string }
    | { readonly kind: "feedEof"; readonly reader: Name }
    | { readonly kind: "failReader"; readonly reader: Name; readonly error: ErrorSpec }
    /** Puts a fresh reader in the place of an old one. */
    | { readonly kind: "renewReader"; readonly reader: Name }
    /** Logs all that can be seen of a lock, event, condition, semaphore, barrier, queue or reader. */
    | { readonly kind: "state"; readonly of: Name }
    | { readonly kind: "count"; readonly counter: Name; readonly by: number }
    | { readonly kind: "setVar"; readonly variable: Name; readonly value: Value; readonly token: Name }
    | { readonly kind: "getVar"; readonly variable: Name }
    | { readonly kind: "resetVar"; readonly variable: Name; readonly token: Name }
    | { readonly kind: "capture"; readonly context: Name }
    | { readonly kind: "readContext"; readonly context: Name; readonly variable: Name }
    | { readonly kind: "runIn"; readonly context: Name; readonly body: SyncBlock }
    | { readonly kind: "reschedule"; readonly timeout: Name; readonly ms: Delay | null }
    | { readonly kind: "inspectTimeout"; readonly timeout: Name }
    | { readonly kind: "report"; readonly message: string }
  );

export type Statement = WaitingStatement | SyncStatement;
export type StatementKind = Statement["kind"];
export type AwaitableKind = Awaitable["kind"];

export interface Handler {
  readonly catches: Catches;
  readonly body: Block;
  readonly then: "swallow" | "reraise" | ErrorSpec;
}

/** An async generator: before each value some statements, after the last (or at a close) the clean-up. */
export interface AsyncGeneratorSpec {
  readonly id: number;
  readonly items: readonly {
    readonly before: Block;
    readonly value: Value;
    /** What it catches of the errors that `throw()` brings in at this `yield`. */
    readonly catches: Catches | null;
  }[];
  readonly cleanup: Block;
}

/** A StreamReader, and whether its transport can be paused; what is done to that is logged. */
export type ReaderEntry = {
  readonly type: "reader";
  readonly limit: number;
  readonly transport: "pausable" | "unpausable" | "none";
};

export type PoolEntry = { readonly name: Name } & (
  | { readonly type: "lock" | "event" | "future" }
  | { readonly type: "counter" }
  | { readonly type: "condition"; readonly lock: Name | null }
  | { readonly type: "semaphore"; readonly value: number; readonly bounded: boolean }
  | { readonly type: "barrier"; readonly parties: number }
  | { readonly type: "queue"; readonly order: "fifo" | "lifo" | "priority"; readonly maxsize: number }
  | ReaderEntry
  /** `initial: null` is a variable without a default. */
  | { readonly type: "variable"; readonly initial: Value }
);

export interface Program {
  /** What it is called in the corpus; others are known by their seed. */
  readonly name?: string;
  readonly seed: number;
  /** The loop makes its tasks with `eagerTaskFactory`. */
  readonly eagerFactory: boolean;
  /** In an order in which each refers only to earlier ones. */
  readonly pool: readonly PoolEntry[];
  readonly main: Block;
}
