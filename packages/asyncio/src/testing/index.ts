export { VirtualHost, type VirtualHostOptions } from "./host-virtual.ts";
export { runVirtual, runVirtualSync, type VirtualOptions } from "./run-virtual.ts";
export { type SweepOutcome, type SweepReport, type SweepScenario, sweepCancel } from "./sweep-cancel.ts";
