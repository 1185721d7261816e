export { VirtualHost, type VirtualHostOptions } from "./host-virtual.ts";
export { runVirtual, runVirtualSync, type VirtualOptions } from "./run-virtual.ts";
