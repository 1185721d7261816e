import type {
  AsyncGeneratorSpec,
  Awaitable,
  AwaitableKind,
  Block,
  ErrorSpec,
  PoolEntry,
  Program,
  Statement,
  StatementKind,
} from "./ast.ts";

/** A program as text that reads like Python, each statement behind its id; `?` means that its own errors end there. */
export function print(program: Program): string {
  const pool = program.pool.map((entry) => `     ${entry.name} = ${PRINT_ENTRY[entry.type](entry as never)}`);
  const factory = program.eagerFactory ? ["     loop.set_task_factory(eager_task_factory)"] : [];
  return [...pool, ...factory, "     async def main():", ...printBlock(program.main)]
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Lines with an id in front, as {@link print} has them, one level deeper. */
function printBlock(block: Block): string[] {
  return block.length > 0 ? block.flatMap(printStatement).map(indent) : [indent("     pass")];
}

function printStatement(statement: Statement): string[] {
  const [first = "", ...rest] = PRINT[statement.kind](statement as never);
  return [`${String(statement.id).padStart(3)}${statement.guard ? "?" : " "} ${first}`, ...rest];
}

function indent(line: string): string {
  return `${line.slice(0, 5)}    ${line.slice(5)}`;
}

function headed(head: string, block: Block): string[] {
  return [head, ...printBlock(block)];
}

function continued(head: string, block: Block): string[] {
  return [`     ${head}`, ...printBlock(block)];
}

type OfKind<K extends StatementKind> = Extract<Statement, { kind: K }>;

const PRINT: { readonly [K in StatementKind]: (s: OfKind<K>) => string[] } = {
  await: (s) => withBodies(`await ${printAwaitable(s.of)}`, s.of),
  try: (s) => [
    ...headed("try:", s.body),
    ...s.handlers.flatMap((handler) => {
      const then = typeof handler.then === "string" ? handler.then : `raise ${printError(handler.then)}`;
      return continued(`except ${handler.catches}:  # then ${then}`, handler.body);
    }),
    ...(s.cleanup ? continued("finally:", s.cleanup) : []),
  ],
  timeout: (s) => headed(`async with ${s.at ? "timeout_at(now + " : "timeout("}${s.ms}) as ${s.timeout}:`, s.body),
  group: (s) => headed(`async with TaskGroup() as ${s.group}:`, s.body),
  with: (s) => headed(`async with ${s.what}:`, s.body),
  withVar: (s) => headed(`with ${s.variable}.set(${printValue(s.value)}):`, s.body),
  repeat: (s) => headed(`for _ in range(${s.times}):`, s.body),
  forAsync: (s) => [
    ...headed(`async for item in aclosing(agen${s.source.id}()):${stop(s.stopAfter)}`, s.body),
    ...printGenerator(s.source),
  ],
  forLines: (s) => headed(`async for line in ${s.reader}:${stop(s.stopAfter)}`, s.body),
  stepAsync: (s) => [
    `${s.close ? "" : "never closed: "}agen${s.source.id}(): ${s.steps.join(", ")}`,
    ...printGenerator(s.source),
  ],
  asCompleted: (s) => {
    const head = s.form === "async" ? "async for future in" : "for coroutine in";
    return withBodies(`${head} as_completed(${printAll(s.of)}, timeout=${s.ms}):${stop(s.stopAfter)}`, ...s.of);
  },
  spawn: (s) => {
    const context = s.context ? `, context=${s.context}` : "";
    return withBodies(`${s.task} = create_task(${printAwaitable(s.of)}${context}${printEager(s.eager)})`, s.of);
  },
  spawnIn: (s) => withBodies(`${s.task} = ${s.group}.create_task(${printAwaitable(s.of)}${printEager(s.eager)})`, s.of),
  cancel: (s) => [`${s.target}.cancel(${s.message === null ? "" : printValue(s.message)})`],
  uncancel: (s) => [`${s.target}.uncancel()`],
  rename: (s) => [`${s.target}.set_name(${printValue(s.to)})`],
  inspect: (s) => [`inspect ${s.target}`],
  allTasks: () => ["all_tasks()"],
  setResult: (s) => [`${s.target}.set_result(${printValue(s.value)})`],
  setException: (s) => [`${s.target}.set_exception(${printError(s.error)})`],
  renew: (s) => [`${s.future} = loop.create_future()`],
  addCallback: (s) => headed(`${s.target}.add_done_callback(${s.callback}):`, s.body),
  removeCallback: (s) => [`${s.target}.remove_done_callback(${s.callback})`],
  call: (s) => {
    const how = { soon: "call_soon(", later: `call_later(${s.ms}`, at: `call_at(now + ${s.ms}` }[s.when];
    return headed(`${s.handle} = loop.${how}${s.context ? `, context=${s.context}` : ""}):`, s.body);
  },
  cancelHandle: (s) => [`${s.handle}.cancel()`],
  inspectHandle: (s) => [`inspect ${s.handle}`],
  raise: (s) => [`raise ${printError(s.error)}`],
  return: (s) => [`return ${printValue(s.value)}`],
  set: (s) => [`${s.event}.set()`],
  clear: (s) => [`${s.event}.clear()`],
  release: (s) => [`${s.what}.release()`],
  notify: (s) => [s.count === null ? `${s.condition}.notify_all()` : `${s.condition}.notify(${s.count})`],
  putNow: (s) => [`${s.queue}.put_nowait(${s.item})`],
  getNow: (s) => [`${s.queue}.get_nowait()`],
  taskDone: (s) => [`${s.queue}.task_done()`],
  shutdown: (s) => [`${s.queue}.shutdown(${s.immediate ? "immediate=True" : ""})`],
  feedData: (s) => [`${s.reader}.feed_data(${printValue(s.data)})`],
  feedEof: (s) => [`${s.reader}.feed_eof()`],
  failReader: (s) => [`${s.reader}.set_exception(${printError(s.error)})`],
  renewReader: (s) => [`${s.reader} = StreamReader(same limit)`],
  state: (s) => [`inspect ${s.of}`],
  count: (s) => [`${s.counter} += ${s.by}`],
  setVar: (s) => [`${s.token} = ${s.variable}.set(${printValue(s.value)})`],
  getVar: (s) => [`${s.variable}.get()`],
  resetVar: (s) => [`${s.variable}.reset(${s.token})`],
  capture: (s) => [`${s.context} = copy_context()`],
  readContext: (s) => [`${s.context}.get(${s.variable})`],
  runIn: (s) => headed(`${s.context}.run():`, s.body),
  reschedule: (s) => [`${s.timeout}.reschedule(${s.ms === null ? "None" : `now + ${s.ms}`})`],
  inspectTimeout: (s) => [`inspect ${s.timeout}`],
  report: (s) => [`loop.call_exception_handler(${printValue(s.message)})`],
};

type AwaitableOf<K extends AwaitableKind> = Extract<Awaitable, { kind: K }>;

const PRINT_AWAITABLE: { readonly [K in AwaitableKind]: (a: AwaitableOf<K>) => string } = {
  coro: (a) => `coro${a.body[0]?.id ?? ""}()`,
  task: (a) => a.task,
  future: (a) => a.future,
  sleep: (a) => (a.value === null ? `sleep(${a.ms})` : `sleep(${a.ms}, ${printValue(a.value)})`),
  gather: (a) => `gather(${printAll(a.of)}${a.returnExceptions ? ", return_exceptions=True" : ""})`,
  again: (a) => `<argument ${a.index} again>`,
  shield: (a) => `shield(${printAwaitable(a.of)})`,
  waitFor: (a) => `wait_for(${printAwaitable(a.of)}, ${a.ms})`,
  wait: (a) => `wait([${printAll(a.of)}], timeout=${a.ms}, return_when=${a.until})`,
  acquire: (a) => `${a.what}.acquire()`,
  eventWait: (a) => `${a.event}.wait()`,
  conditionWait: (a) => `${a.condition}.wait()`,
  conditionWaitFor: (a) => `${a.condition}.wait_for(lambda: ${a.counter} >= ${a.atLeast})`,
  barrierWait: (a) => `${a.barrier}.wait()`,
  barrierReset: (a) => `${a.barrier}.reset()`,
  barrierAbort: (a) => `${a.barrier}.abort()`,
  get: (a) => `${a.queue}.get()`,
  put: (a) => `${a.queue}.put(${a.item})`,
  join: (a) => `${a.queue}.join()`,
  read: (a) => `${a.reader}.read(${a.size})`,
  readline: (a) => `${a.reader}.readline()`,
  readexactly: (a) => `${a.reader}.readexactly(${a.size})`,
  readuntil: (a) => `${a.reader}.readuntil(${a.separators.map(printValue).join(" or ")})`,
};

function printAwaitable(awaitable: Awaitable): string {
  return PRINT_AWAITABLE[awaitable.kind](awaitable as never);
}

function printAll(awaitables: readonly Awaitable[]): string {
  return awaitables.map(printAwaitable).join(", ");
}

/** The coroutines that a line names follow it: `coro7` is the one whose first statement is 7. */
function withBodies(line: string, ...awaitables: readonly Awaitable[]): string[] {
  return [line, ...awaitables.flatMap(printBodies)];
}

function printBodies(awaitable: Awaitable): string[] {
  if (awaitable.kind === "coro") return continued(`  coro${awaitable.body[0]?.id ?? ""}:`, awaitable.body);
  if (!("of" in awaitable)) return [];
  const inner: readonly Awaitable[] = "kind" in awaitable.of ? [awaitable.of] : awaitable.of;
  return inner.flatMap(printBodies);
}

function printGenerator(source: AsyncGeneratorSpec): string[] {
  const items = source.items.flatMap((item) => [
    ...item.before.flatMap(printStatement).map(indent),
    `         yield ${printValue(item.value)}${item.catches ? `  # catches ${item.catches}` : ""}`,
  ]);
  const cleanup = source.cleanup.length > 0 ? continued("  at its end:", source.cleanup) : [];
  return [`     agen${source.id}:`, ...items, ...cleanup];
}

function printError(error: ErrorSpec): string {
  if (error.type !== "ExceptionGroup") return `${error.type}(${printValue(error.message)})`;
  return `ExceptionGroup(${printValue(error.message)}, [${error.errors.map(printError).join(", ")}])`;
}

function printEager(eager: boolean | null): string {
  return eager === null ? "" : `, eager_start=${eager ? "True" : "False"}`;
}

function stop(after: number | null): string {
  return after === null ? "" : `  # breaks after ${after}`;
}

function printValue(value: unknown): string {
  return value === null ? "None" : JSON.stringify(value);
}

type EntryOf<T extends PoolEntry["type"]> = Extract<PoolEntry, { type: T }>;

const PRINT_ENTRY: { readonly [T in PoolEntry["type"]]: (entry: EntryOf<T>) => string } = {
  lock: () => "Lock()",
  event: () => "Event()",
  future: () => "loop.create_future()",
  counter: () => "0",
  condition: (entry) => `Condition(${entry.lock ?? ""})`,
  semaphore: (entry) => `${entry.bounded ? "BoundedSemaphore" : "Semaphore"}(${entry.value})`,
  barrier: (entry) => `Barrier(${entry.parties})`,
  queue: (entry) => {
    return `${{ fifo: "Queue", lifo: "LifoQueue", priority: "PriorityQueue" }[entry.order]}(${entry.maxsize})`;
  },
  reader: (entry) => `StreamReader(${entry.limit}), transport: ${entry.transport}`,
  variable: (entry) => `ContextVar(${entry.initial === null ? "" : `default=${entry.initial}`})`,
};
