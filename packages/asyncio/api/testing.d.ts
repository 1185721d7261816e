// dist/testing/index.d.ts
export { VirtualHost, type VirtualHostOptions } from "./host-virtual.ts";
export { runVirtual, runVirtualSync, type VirtualOptions } from "./run-virtual.ts";
export { type SweepOutcome, type SweepReport, type SweepScenario, sweepCancel } from "./sweep-cancel.ts";

// dist/testing/host-virtual.d.ts
import { type Host } from "../core/index.ts";
export interface VirtualHostOptions {
    readonly sync?: boolean;
    readonly foreignLimit?: number;
}
export declare class VirtualHost implements Host {
    #private;
    readonly debug = false;
    readonly resolution = 0;
    readonly drain: (() => void) | undefined;
    constructor(options?: VirtualHostOptions);
    time(): number;
    advance(ms: number): void;
    runSync(): void;
    wake(turn: () => void): void;
    idle(until: number | undefined, foreign: boolean, turn: () => void): void;
    rest(): void;
    afterDrain(turn: () => void): void;
    bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
    watch(stuck: () => void): () => void;
    report(text: string): void;
}

// dist/testing/run-virtual.d.ts
import { type Coroutine, type CoroutineGenerator, type TaskSource } from "../core/index.ts";
export interface VirtualOptions {
    readonly debug?: boolean;
    readonly foreignLimit?: number;
}
export declare function runVirtual<T>(main: TaskSource<T>, options?: VirtualOptions): Promise<T>;
export declare function runVirtualSync<T>(main: Coroutine<T> | CoroutineGenerator<T> | (() => CoroutineGenerator<T>)): T;

// dist/testing/sweep-cancel.d.ts
import { type TaskSource } from "../core/index.ts";
export type SweepOutcome<T> = {
    readonly state: "result";
    readonly result: T;
} | {
    readonly state: "error";
    readonly error: unknown;
} | {
    readonly state: "cancelled";
};
export interface SweepScenario<T> {
    readonly operation: TaskSource<T>;
    readonly beside?: readonly TaskSource<unknown>[];
    readonly check?: (outcome: SweepOutcome<T>) => unknown;
}
export interface SweepReport {
    readonly awaitPoints: number;
    readonly runs: number;
}
export declare function sweepCancel<T>(setup: () => SweepScenario<T>): Promise<SweepReport>;
