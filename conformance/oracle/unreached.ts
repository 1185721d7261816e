interface Exception {
  /** `module: function: line`, as {@link Oracle.unreached} gives them. */
  readonly lines: RegExp;
  readonly reason: string;
}

/** What the programs do not reach of asyncio's own sources, and why. Everything else they have to. */
export const MAY_BE_UNREACHED: readonly Exception[] = [
  {
    lines: /raise (Type|Value)Error\(|expects an iterable of awaitables|The future belongs to a different loop/,
    reason: "arguments that are refused: a matter for the library's own tests",
  },
  {
    lines: /has (not|already) been entered|TaskGroup\.__aenter__|create_task: coro\.close\(\)|used inside a task/,
    reason: "scopes that are entered twice, never, or outside of a task: a body can't do that",
  },
  {
    lines: /_base_error|^taskgroups: TaskGroup\._aexit: (try:|exc = None)$/,
    reason: "SystemExit and KeyboardInterrupt",
  },
  {
    lines: /^taskgroups: TaskGroup\._on_task_done: |^locks: Lock\._wake_up_first: /,
    reason: "safeguards: CPython itself has no way to get there",
  },
  { lines: /^locks: Barrier\.__a(enter|exit)__$/, reason: "`async with barrier` is `await barrier.wait()`" },
  { lines: /^queues: Queue\.(__str__|_format)$/, reason: "text for people" },
  {
    lines: /^tasks: (ensure_future|run_coroutine_threadsafe|create_eager_task_factory)\b/,
    reason: "awaitables that are no coroutines, threads, other classes of tasks",
  },
  { lines: /^streams: (?!StreamReader\.)/, reason: "connections: tested with sockets" },
  { lines: /^streams: StreamReader\.__init__: self\._loop = /, reason: "the programs say which loop it is" },
  { lines: /source_traceback|sys\._getframe/, reason: "debug mode" },
];
