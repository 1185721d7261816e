import type { PlatformIO } from "../core/platform.ts";
import { createDatagramEndpoint } from "./datagram/create-endpoint.ts";
import { getaddrinfo, getnameinfo } from "./dns.ts";
import { ThreadPoolExecutor } from "./executors/thread-pool-executor.ts";
import { connectAcceptedSocket, createConnection, createUnixConnection } from "./net/create-connection.ts";
import { createServer } from "./net/create-server.ts";
import { createUnixServer } from "./net/create-unix-server.ts";
import { sendfile } from "./net/sendfile.ts";
import { startTls } from "./net/start-tls.ts";
import { connectReadPipe, connectWritePipe } from "./pipes/connect-pipe.ts";
import { checkSignal, onSignal } from "./signals.ts";
import { subprocess } from "./subprocess/open-subprocess.ts";

/** All that {@link PlatformIO} asks for, on Node. Each method has a file. */
export const io: PlatformIO = {
  checkSignal,
  connectAcceptedSocket,
  connectReadPipe,
  connectWritePipe,
  createConnection,
  createDatagramEndpoint,
  createExecutor: () => new ThreadPoolExecutor(),
  createServer,
  createUnixConnection,
  createUnixServer,
  getaddrinfo,
  getnameinfo,
  onSignal,
  sendfile,
  startTls,
  subprocess,
} as Partial<PlatformIO> as PlatformIO;
