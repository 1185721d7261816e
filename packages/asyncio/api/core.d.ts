// dist/core/index.d.ts
export { type AbortableOptions, abortable } from "./abortable.ts";
export { type AsCompleted, type AsCompletedOptions, asCompleted, type Completed } from "./as-completed.ts";
export { asyncGenerator, type CoroutineAsyncGenerator, type Emit } from "./async-generator.ts";
export { type Aclosing, aclosing } from "./asyncgens.ts";
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./awaited-by.ts";
export { Barrier } from "./barrier.ts";
export { type CallGraphOptions, captureCallGraph, FrameCallGraphEntry, FutureCallGraph, formatCallGraph, printCallGraph, } from "./call-graph.ts";
export { CancelScope, type CancelScopeOptions, cancelScope, currentEffectiveDeadline, failAfter, moveOnAfter, } from "./cancel-scope.ts";
export { Condition } from "./condition.ts";
export { Context, ContextVar, copyContext, Token } from "./context.ts";
export { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
export { getEventLoop, getRunningLoop, setEventLoop } from "./current-loop.ts";
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from "./eager.ts";
export { ensureFuture } from "./ensure-future.ts";
export { BrokenBarrierError, CancelledError, DeadlockError, InvalidStateError, KeyboardInterrupt, LookupError, QueueEmpty, QueueFull, QueueShutDown, RuntimeError, rethrowIfCancelled, TimeoutError, ValueError, } from "./errors.ts";
export { Event } from "./event.ts";
export { type ErrorCondition, ExceptionGroup } from "./exception-group.ts";
export type { ExceptionContext, ExceptionHandler } from "./exception-handler.ts";
export type { Frame } from "./frame.ts";
export { Future, isfuture } from "./future.ts";
export { type GatherOptions, gather, type ResultOf, type ResultsOf } from "./gather.ts";
export { coroutine } from "./generator-coroutine.ts";
export { Handle, TimerHandle } from "./handle.ts";
export type { Hold, Releasable } from "./hold.ts";
export type { CapturedFrame, FrameStorage, Host } from "./host.ts";
export type { Instrument } from "./instrument.ts";
export { LifoQueue } from "./lifo-queue.ts";
export { Lock } from "./lock.ts";
export { type CallOptions, EventLoop, type EventLoopOptions, newEventLoop, type TaskFactory, } from "./loop.ts";
export { type MapConcurrentOptions, mapConcurrent } from "./map-concurrent.ts";
export { type Abort, park, type Wait } from "./park.ts";
export { type Compare, PriorityQueue } from "./priority-queue.ts";
export { Queue } from "./queue.ts";
export { race } from "./race.ts";
export { Runner, type RunnerOptions, run } from "./runner.ts";
export type { Body } from "./scope.ts";
export { BoundedSemaphore, Semaphore } from "./semaphore.ts";
export { type ShieldOptions, shield } from "./shield.ts";
export { sleep } from "./sleep.ts";
export { type Awaitable, iscoroutine, iscoroutinefunction, type TaskSource } from "./source.ts";
export type { FrameInfo } from "./stack.ts";
export { currentTask, Task, type TaskOptions } from "./task.ts";
export { TaskGroup, taskGroup } from "./task-group.ts";
export { allTasks, createTask } from "./tasks.ts";
export { Timeout, timeout, timeoutAt } from "./timeout.ts";
export { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, type WaitOptions, type WaitResult, wait, } from "./wait.ts";
export { waitFor } from "./wait-for.ts";
export { wrapFuture } from "./wrap-future.ts";

// dist/core/abortable.d.ts
import type { Coroutine } from "./coroutine.ts";
export interface AbortableOptions {
    readonly onCancel?: "wait" | "abandon";
    readonly graceMs?: number;
}
export declare function abortable<T>(start: (signal: AbortSignal) => PromiseLike<T>, options?: AbortableOptions): Coroutine<T>;

// dist/core/coroutine.d.ts
import type { Future } from "./future.ts";
export type Suspension = Future<unknown> | undefined;
export type CoroutineGenerator<T> = Generator<Suspension, T, unknown>;
export declare abstract class Coroutine<T> implements PromiseLike<T> {
    constructor();
    get name(): string;
    abstract [Symbol.iterator](): Iterator<Suspension, T, unknown>;
    then<A = T, B = never>(onfulfilled?: ((value: T) => A | PromiseLike<A>) | null, onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PromiseLike<A | B>;
    toString(): string;
    close(): void;
}

// dist/core/future.d.ts
import { type Context } from "./context.ts";
import type { Suspension } from "./coroutine.ts";
import type { EventLoop } from "./loop.ts";
export declare class Future<T = unknown> implements PromiseLike<T> {
    #private;
    constructor(options?: {
        readonly loop?: EventLoop;
    });
    getLoop(): EventLoop;
    done(): boolean;
    cancelled(): boolean;
    result(): T;
    exception(): unknown;
    setResult(value: T): void;
    setException(error: unknown): void;
    cancel(message?: unknown): boolean;
    addDoneCallback(fn: (future: this) => unknown, options?: {
        readonly context?: Context;
    }): void;
    removeDoneCallback(fn: (future: this) => unknown): number;
    then<A = T, B = never>(onfulfilled?: ((value: T) => A | PromiseLike<A>) | null, onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PromiseLike<A | B>;
    [Symbol.iterator](): Iterator<Suspension, T, unknown>;
    toString(): string;
}
export declare function isfuture(value: unknown): value is Future<unknown>;

// dist/core/context.d.ts
export declare class Context {
    #private;
    constructor();
    run<A extends readonly unknown[], T>(fn: (...args: A) => T, ...args: A): T;
    copy(): Context;
    get<T>(variable: ContextVar<T>): T | undefined;
    get<T, D>(variable: ContextVar<T>, fallback: D): T | D;
    has(variable: ContextVar<never> | ContextVar<unknown>): boolean;
    get size(): number;
    keys(): IterableIterator<ContextVar<unknown>>;
    values(): IterableIterator<unknown>;
    items(): IterableIterator<[
        ContextVar<unknown>,
        unknown
    ]>;
    [Symbol.iterator](): IterableIterator<ContextVar<unknown>>;
}
export declare function copyContext(): Context;
declare const MISSING: unique symbol;
export declare class Token<T> {
    static readonly MISSING: typeof MISSING;
    readonly var: ContextVar<T>;
    readonly oldValue: T | typeof MISSING;
    [Symbol.dispose](): void;
}
export declare class ContextVar<T> {
    #private;
    readonly name: string;
    constructor(name: string, options?: {
        readonly default?: T;
    });
    get(): T;
    get<D>(fallback: D): T | D;
    set(value: T): Token<T>;
    reset(token: Token<T>): void;
}
export {};

// dist/core/loop.d.ts
import { type Context } from "./context.ts";
import type { Coroutine } from "./coroutine.ts";
import { type ExceptionContext, type ExceptionHandler } from "./exception-handler.ts";
import { Future } from "./future.ts";
import { Handle, TimerHandle } from "./handle.ts";
import type { Host } from "./host.ts";
import { type Instrument } from "./instrument.ts";
import { type Awaitable, type TaskSource } from "./source.ts";
import { Task, type TaskOptions } from "./task.ts";
export interface CallOptions<A extends readonly unknown[]> {
    readonly args?: A;
    readonly context?: Context;
}
export type TaskFactory = <T>(loop: EventLoop, source: TaskSource<T>, options: TaskOptions) => Task<T>;
export interface EventLoopOptions {
    readonly host?: Host;
    readonly debug?: boolean;
    readonly instrument?: Instrument;
}
export declare class EventLoop {
    #private;
    slowCallbackDuration: number;
    swallowedCancellations: number;
    constructor(options?: EventLoopOptions);
    runForever(): Promise<void>;
    runUntilComplete<T>(awaitable: Awaitable<T>): Promise<T>;
    runSync<T>(awaitable: Awaitable<T>): T;
    stop(): void;
    isRunning(): boolean;
    isClosed(): boolean;
    close(): void;
    time(): number;
    callSoon<A extends readonly unknown[]>(fn: (...args: A) => unknown, options?: CallOptions<A>): Handle;
    callLater<A extends readonly unknown[]>(delay: number, fn: (...args: A) => unknown, options?: CallOptions<A>): TimerHandle;
    callAt<A extends readonly unknown[]>(when: number, fn: (...args: A) => unknown, options?: CallOptions<A>): TimerHandle;
    createFuture<T>(): Future<T>;
    createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
    setTaskFactory(factory: TaskFactory | null): void;
    getTaskFactory(): TaskFactory | null;
    shutdownAsyncgens(): Coroutine<void>;
    setExceptionHandler(handler: ExceptionHandler | null): void;
    getExceptionHandler(): ExceptionHandler | null;
    defaultExceptionHandler(context: ExceptionContext): void;
    callExceptionHandler(context: ExceptionContext): void;
    getDebug(): boolean;
    setDebug(on: boolean): void;
}
export declare function newEventLoop(options?: EventLoopOptions): EventLoop;

// dist/core/exception-handler.d.ts
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import type { Task } from "./task.ts";
export interface ExceptionContext {
    readonly message: string;
    readonly exception?: unknown;
    readonly future?: Future<unknown>;
    readonly task?: Task<unknown>;
    readonly handle?: Handle;
    readonly asyncgen?: unknown;
    readonly original?: ExceptionContext;
    readonly sourceTraceback?: string;
}
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

// dist/core/handle.d.ts
import type { Context } from "./context.ts";
export declare class Handle {
    #private;
    readonly context: Context;
    get task(): null;
    cancel(): void;
    cancelled(): boolean;
    getContext(): Context;
    [Symbol.dispose](): void;
    toString(): string;
}
export declare class TimerHandle extends Handle {
    when(): number;
    cancel(): void;
    toString(): string;
}

// dist/core/task.d.ts
import { Context } from "./context.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type TaskSource } from "./source.ts";
import { type FrameInfo } from "./stack.ts";
export interface TaskOptions {
    readonly name?: string | undefined;
    readonly context?: Context | undefined;
    readonly eagerStart?: boolean | undefined;
}
export declare class Task<T = unknown> extends Future<T> {
    #private;
    constructor(source: TaskSource<T>, options?: TaskOptions & {
        readonly loop?: EventLoop;
    });
    get context(): Context;
    getName(): string;
    setName(name: string): void;
    getCoro(): TaskSource<T> | null;
    getContext(): Context;
    cancel(message?: unknown): boolean;
    cancelling(): number;
    uncancel(): number;
    get signal(): AbortSignal;
    getStack(options?: {
        readonly limit?: number;
    }): FrameInfo[];
    printStack(options?: {
        readonly limit?: number;
        readonly write?: (text: string) => void;
    }): void;
    setResult(_value: T): void;
    setException(_error: unknown): void;
    toString(): string;
}
export declare function currentTask(loop?: EventLoop): Task<unknown> | null;

// dist/core/source.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export type TaskSource<T> = Coroutine<T> | CoroutineGenerator<T> | (() => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>);
export type Awaitable<T> = TaskSource<T> | PromiseLike<T>;
export declare function iscoroutine(value: unknown): value is Coroutine<unknown> | CoroutineGenerator<unknown>;
export declare function iscoroutinefunction(value: unknown): value is (...args: never[]) => unknown;

// dist/core/stack.d.ts
export interface FrameInfo {
    readonly functionName: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly async: boolean;
}

// dist/core/host.d.ts
import type { Frame } from "./frame.ts";
export interface Host {
    time(): number;
    readonly debug: boolean;
    readonly resolution: number;
    wake(turn: () => void): void;
    idle(until: number | undefined, foreign: boolean, turn: () => void): void;
    rest(): void;
    readonly drain?: (() => void) | undefined;
    afterDrain(turn: () => void): void;
    bind(turn: () => void): () => void;
    watch(stuck: () => void): () => void;
    onInterrupt?(interrupt: () => void): (ended: boolean) => void;
    runSync?(): void;
    report(text: string): void;
}
export interface CapturedFrame {
    runInAsyncScope<T>(fn: () => T): T;
}
export interface FrameStorage {
    get(): Frame | undefined;
    run<T>(frame: Frame, fn: () => T): T;
    capture(frame: Frame): CapturedFrame;
    resume?(frame: Frame): void;
    reset?(): void;
}

// dist/core/frame.d.ts
import type { CancelScope } from "./cancel-scope.ts";
import type { Context } from "./context.ts";
import type { Task } from "./task.ts";
export interface Frame {
    readonly task: Task<unknown> | null;
    readonly context: Context;
    scope: CancelScope | null;
}

// dist/core/cancel-scope.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
export interface CancelScopeOptions {
    readonly deadline?: number | null;
    readonly shield?: boolean;
}
export declare class CancelScope {
    #private;
    constructor(options?: CancelScopeOptions);
    get cancelCalled(): boolean;
    get cancelledCaught(): boolean;
    get deadline(): number | null;
    set deadline(when: number | null);
    get shield(): boolean;
    set shield(on: boolean);
    cancel(reason?: unknown): void;
}
export declare function cancelScope<T>(body: Body<CancelScope, T>, options?: CancelScopeOptions): Coroutine<T | undefined>;
export declare function moveOnAfter<T>(delay: number | null, body: Body<CancelScope, T>): Coroutine<T | undefined>;
export declare function failAfter<T>(delay: number, body: Body<CancelScope, T>): Coroutine<T>;
export declare function currentEffectiveDeadline(): number;

// dist/core/scope.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export type Body<S, T> = (scope: S) => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>;

// dist/core/instrument.d.ts
import type { Task } from "./task.ts";
export interface Instrument {
    parked?(task: Task<unknown>): void;
    woken?(task: Task<unknown>): void;
}

// dist/core/as-completed.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { Future } from "./future.ts";
import { type Awaitable } from "./source.ts";
export interface AsCompletedOptions {
    readonly timeout?: number | null;
}
export declare class Completed<T> {
    readonly future: Future<T>;
    result(): T;
    exception(): unknown;
    cancelled(): boolean;
}
export declare class AsCompleted<T> implements AsyncIterable<Completed<T>>, Iterable<Coroutine<T>> {
    #private;
    next(): Coroutine<IteratorResult<Completed<T>, undefined>>;
    stop(): void;
    [Symbol.asyncIterator](): AsyncIterator<Completed<T>, undefined>;
    [Symbol.iterator](): IterableIterator<Coroutine<T>>;
}
export declare function asCompleted<T>(awaitables: Iterable<Awaitable<T>>, options?: AsCompletedOptions): AsCompleted<T>;

// dist/core/async-generator.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
export type Emit<T> = (value: T) => CoroutineGenerator<void>;
export declare class CoroutineAsyncGenerator<T> implements AsyncIterable<T>, AsyncDisposable {
    #private;
    next(): Coroutine<IteratorResult<T, undefined>>;
    return(): Coroutine<IteratorResult<T, undefined>>;
    throw(error: unknown): Coroutine<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function asyncGenerator<T, A extends readonly unknown[]>(fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<void>): (...args: A) => CoroutineAsyncGenerator<T>;

// dist/core/asyncgens.d.ts
export declare class Aclosing<T> implements AsyncIterable<T>, AsyncDisposable {
    #private;
    next(): Promise<IteratorResult<T, undefined>>;
    throw(error: unknown): Promise<IteratorResult<T, undefined>>;
    return(): Promise<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function aclosing<T>(generator: AsyncGenerator<T, unknown, undefined>): Aclosing<T>;

// dist/core/awaited-by.d.ts
import { Future } from "./future.ts";
import type { Task } from "./task.ts";
export declare function futureAddToAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void;
export declare function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void;

// dist/core/barrier.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Barrier {
    #private;
    constructor(parties: number);
    get parties(): number;
    get nWaiting(): number;
    get broken(): boolean;
    wait(): Coroutine<number>;
    reset(): Coroutine<void>;
    abort(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/call-graph.d.ts
import { Future } from "./future.ts";
import { type FrameInfo } from "./stack.ts";
export declare class FrameCallGraphEntry {
    readonly frame: FrameInfo;
    constructor(frame: FrameInfo);
}
export declare class FutureCallGraph {
    readonly future: Future<unknown>;
    readonly callStack: readonly FrameCallGraphEntry[];
    readonly awaitedBy: readonly FutureCallGraph[];
    constructor(future: Future<unknown>, callStack: readonly FrameCallGraphEntry[], awaitedBy: readonly FutureCallGraph[]);
}
export interface CallGraphOptions {
    readonly depth?: number;
    readonly limit?: number | null;
}
export declare function captureCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions): FutureCallGraph | null;
export declare function formatCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions): string;
export declare function printCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions & {
    readonly write?: (text: string) => void;
}): void;

// dist/core/condition.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
import { Lock } from "./lock.ts";
export declare class Condition {
    #private;
    constructor(lock?: Lock);
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
    wait(): Coroutine<true>;
    waitFor<T>(predicate: () => T): Coroutine<T>;
    notify(n?: number): void;
    notifyAll(): void;
}

// dist/core/hold.d.ts
import type { Coroutine } from "./coroutine.ts";
export interface Releasable {
    acquire(): Coroutine<true>;
    release(): void;
}
export declare class Hold implements Disposable, AsyncDisposable {
    #private;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/lock.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
export declare class Lock {
    #private;
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/current-loop.d.ts
import type { EventLoop } from "./loop.ts";
export declare function getRunningLoop(): EventLoop;
export declare function getEventLoop(): EventLoop;
export declare function setEventLoop(loop: EventLoop | null): void;

// dist/core/eager.d.ts
import type { EventLoop, TaskFactory } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import { Task, type TaskOptions } from "./task.ts";
export type TaskConstructor = <T>(source: TaskSource<T>, options: TaskOptions & {
    readonly loop?: EventLoop;
}) => Task<T>;
export declare function createEagerTaskFactory(make: TaskConstructor): TaskFactory;
export declare const eagerTaskFactory: TaskFactory;

// dist/core/ensure-future.d.ts
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type Awaitable } from "./source.ts";
export declare function ensureFuture<T>(awaitable: Awaitable<T>, options?: {
    readonly loop?: EventLoop;
}): Future<T>;

// dist/core/errors.d.ts
export declare class CancelledError extends Error {
}
export declare class TimeoutError extends Error {
}
export declare class InvalidStateError extends Error {
}
export declare class ValueError extends Error {
}
export declare class LookupError extends Error {
}
export declare class QueueEmpty extends Error {
}
export declare class QueueFull extends Error {
}
export declare class QueueShutDown extends Error {
}
export declare class KeyboardInterrupt extends Error {
}
export declare class RuntimeError extends Error {
}
export declare class BrokenBarrierError extends RuntimeError {
}
export declare class DeadlockError extends RuntimeError {
}
export declare function rethrowIfCancelled(error: unknown): void;

// dist/core/event.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Event {
    #private;
    isSet(): boolean;
    set(): void;
    clear(): void;
    wait(): Coroutine<true>;
}

// dist/core/exception-group.d.ts
export type ErrorCondition = (abstract new (...args: never[]) => unknown) | readonly (abstract new (...args: never[]) => unknown)[] | ((error: unknown) => boolean);
export declare class ExceptionGroup extends AggregateError {
    #private;
    constructor(message: string, errors: Iterable<unknown>);
    get exceptions(): readonly unknown[];
    derive(errors: Iterable<unknown>): ExceptionGroup;
    subgroup(condition: ErrorCondition): ExceptionGroup | null;
    split(condition: ErrorCondition): [
        ExceptionGroup | null,
        ExceptionGroup | null
    ];
}

// dist/core/gather.d.ts
import { Future } from "./future.ts";
import type { Awaitable } from "./source.ts";
export interface GatherOptions {
    readonly returnExceptions?: boolean;
    readonly cancelOnError?: boolean;
}
export type ResultOf<A> = A extends Awaitable<infer T> ? T : never;
export type ResultsOf<A extends readonly unknown[]> = {
    -readonly [K in keyof A]: ResultOf<A[K]>;
};
export declare function gather<const A extends readonly Awaitable<unknown>[]>(awaitables: A, options?: GatherOptions): Future<ResultsOf<A>>;

// dist/core/generator-coroutine.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export declare function coroutine<A extends unknown[], T, This = void>(fn: (this: This, ...args: A) => CoroutineGenerator<T>): (this: This, ...args: A) => Coroutine<T>;

// dist/core/lifo-queue.d.ts
import { Queue } from "./queue.ts";
export declare class LifoQueue<T = unknown> extends Queue<T> {
}

// dist/core/queue.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Queue<T = unknown> implements AsyncIterable<T> {
    #private;
    constructor(maxsize?: number);
    get maxsize(): number;
    qsize(): number;
    empty(): boolean;
    full(): boolean;
    put(item: T): Coroutine<void>;
    putNowait(item: T): void;
    get(): Coroutine<T>;
    getNowait(): T;
    taskDone(): void;
    join(): Coroutine<void>;
    shutdown(options?: {
        readonly immediate?: boolean;
    }): void;
    [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

// dist/core/map-concurrent.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
export interface MapConcurrentOptions {
    readonly limit?: number;
}
type Mapper<T, R> = (item: T, index: number) => PromiseLike<R> | Coroutine<R> | CoroutineGenerator<R>;
export declare function mapConcurrent<T, R>(items: Iterable<T> | AsyncIterable<T>, fn: Mapper<T, R>, options?: MapConcurrentOptions): Coroutine<R[]>;
export {};

// dist/core/park.d.ts
import type { Coroutine } from "./coroutine.ts";
export type Abort = (message: unknown) => "done" | "wait";
export interface Wait<T> {
    resolve(value: T): void;
    reject(error: unknown): void;
}
export declare function park<T>(start: (wait: Wait<T>) => Abort): Coroutine<T>;

// dist/core/priority-queue.d.ts
import { Queue } from "./queue.ts";
export type Compare<T> = (a: T, b: T) => number;
export declare class PriorityQueue<T = unknown> extends Queue<T> {
    #private;
    constructor(maxsize?: number, options?: {
        readonly compare?: Compare<T>;
    });
}

// dist/core/race.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { ResultOf } from "./gather.ts";
import { type Awaitable } from "./source.ts";
export declare function race<const A extends readonly Awaitable<unknown>[]>(awaitables: A): Coroutine<ResultOf<A[number]>>;

// dist/core/runner.d.ts
import { type Context } from "./context.ts";
import { type EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
export interface RunnerOptions {
    readonly debug?: boolean;
    readonly loopFactory?: () => EventLoop;
}
export declare class Runner implements AsyncDisposable {
    #private;
    constructor(options?: RunnerOptions);
    getLoop(): EventLoop;
    run<T>(main: TaskSource<T>, options?: {
        readonly context?: Context;
    }): Promise<T>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function run<T>(main: TaskSource<T>, options?: RunnerOptions): Promise<T>;

// dist/core/semaphore.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
export declare class Semaphore {
    #private;
    constructor(value?: number);
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare class BoundedSemaphore extends Semaphore {
    #private;
    constructor(value?: number);
    release(): void;
}

// dist/core/shield.d.ts
import { Future } from "./future.ts";
import type { Awaitable } from "./source.ts";
export interface ShieldOptions {
    readonly withinMs?: number;
}
export declare function shield<T>(awaitable: Awaitable<T>, options?: ShieldOptions): Future<T>;

// dist/core/sleep.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare function sleep(delay: number): Coroutine<undefined>;
export declare function sleep<T>(delay: number, result: T): Coroutine<T>;

// dist/core/task-group.d.ts
import { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
import { type TaskSource } from "./source.ts";
import { type Task, type TaskOptions } from "./task.ts";
export declare class TaskGroup {
    #private;
    createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
    cancel(message?: unknown): void;
}
export declare function taskGroup<T>(body: Body<TaskGroup, T>): Coroutine<T>;

// dist/core/tasks.d.ts
import type { EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import { type Task, type TaskOptions } from "./task.ts";
export declare function createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
export declare function allTasks(loop?: EventLoop): Set<Task<unknown>>;

// dist/core/timeout.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
export declare class Timeout {
    #private;
    when(): number | null;
    reschedule(when: number | null): void;
    expired(): boolean;
}
export declare function timeout<T>(delay: number | null, body: Body<Timeout, T>): Coroutine<T>;
export declare function timeoutAt<T>(when: number | null, body: Body<Timeout, T>): Coroutine<T>;

// dist/core/wait.d.ts
import type { Coroutine } from "./coroutine.ts";
import { Future } from "./future.ts";
export declare const FIRST_COMPLETED = "FIRST_COMPLETED";
export declare const FIRST_EXCEPTION = "FIRST_EXCEPTION";
export declare const ALL_COMPLETED = "ALL_COMPLETED";
export interface WaitOptions {
    readonly timeout?: number | null | undefined;
    readonly returnWhen?: typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED | undefined;
}
export interface WaitResult<F> {
    readonly done: Set<F>;
    readonly pending: Set<F>;
}
export declare function wait<F extends Future<unknown>>(futures: Iterable<F>, options?: WaitOptions): Coroutine<WaitResult<F>>;

// dist/core/wait-for.d.ts
import { Coroutine } from "./coroutine.ts";
import { type Awaitable } from "./source.ts";
export declare function waitFor<T>(awaitable: Awaitable<T>, delay: number | null): Coroutine<T>;

// dist/core/wrap-future.d.ts
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
export declare function wrapFuture<T>(promise: PromiseLike<T>, options?: {
    readonly loop?: EventLoop;
}): Future<T>;
