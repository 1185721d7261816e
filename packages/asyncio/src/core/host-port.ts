import type { ByteTools, FrameStorage, Host } from "./host.ts";
import type { PlatformIO } from "./platform.ts";

// What a platform's `#host` module exports. package.json chooses the module; this one gives the types to all of them.

/** A host for a new loop. */
export declare function createHost(): Host;

/** Undefined where the platform tracks no asynchronous context. */
export declare const storage: FrameStorage | undefined;

/** Undefined where the platform has no sockets and no processes. */
export declare const io: PlatformIO | undefined;

/** Memory for bytes. */
export declare const bytes: ByteTools;
