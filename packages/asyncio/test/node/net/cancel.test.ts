import { truncateSync, writeFileSync } from "node:fs";
import { createServer as createNodeServer, Socket } from "node:net";
import {
  type Coroutine,
  createTask,
  EventLoop,
  type Instrument,
  openConnection,
  Runner,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  type Task,
  type Transport,
  wait,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { describeError } from "../../support/events.ts";
import { authority, certificate, connect, fileFor, leavesNothing, Recorder } from "./support.ts";

const ca = authority();
const own = certificate("server");

/** One run of an operation that is swept, on fresh objects. */
interface Scenario {
  readonly operation: Coroutine<unknown>;
  /** Gives back what the operation has given. */
  readonly undo?: (result: never) => unknown;
  /** Gives back what was there before. */
  readonly cleanUp?: () => unknown;
}

/** At which wait to cancel: when it has begun, or when it is over and the task has not been told yet. */
interface Moment {
  readonly point: number;
  readonly when: "before" | "after";
}

class Canceller implements Instrument {
  task: Task<unknown> | undefined;
  points = 0;
  readonly #moment: Moment | null;

  constructor(moment: Moment | null) {
    this.#moment = moment;
  }

  parked(task: Task<unknown>): void {
    if (task !== this.task) return;
    this.points++;
    this.#cancelAt("before");
  }

  woken(task: Task<unknown>): void {
    if (task === this.task) this.#cancelAt("after");
  }

  #cancelAt(when: Moment["when"]): void {
    if (this.#moment?.when === when && this.points === this.#moment.point && this.task?.cancelling() === 0) {
      this.task.cancel();
    }
  }
}

/** Runs it, and gives how often it waited. */
async function runOnce(setup: (loop: EventLoop) => PromiseLike<Scenario>, moment: Moment | null): Promise<number> {
  const instrument = new Canceller(moment);
  const reports: string[] = [];
  await using runner = new Runner({
    loopFactory: () => {
      const loop = new EventLoop({ instrument });
      loop.setExceptionHandler((_loop, { message, exception }) =>
        reports.push(`${message} ${describeError(exception)}`),
      );
      return loop;
    },
  });
  await runner.run(async () => {
    const { operation, undo, cleanUp } = await setup(runner.getLoop());
    const task = createTask(operation, { name: "swept" });
    instrument.task = task;
    await wait([task]);
    if (!task.cancelled()) await undo?.(task.result() as never);
    await cleanUp?.();
  });
  expect(reports).toEqual([]);
  return instrument.points;
}

/** Cancels an operation at each of its waits, before and after the wake-up; each time nothing may be left. */
function testSweep(title: string, setup: (loop: EventLoop) => PromiseLike<Scenario>): void {
  test(title, async () => {
    let points = 0;
    await leavesNothing(async () => {
      points = await runOnce(setup, null);
    });
    expect(points).toBeGreaterThan(0);
    for (let point = 1; point <= points; point++) {
      for (const when of ["before", "after"] as const) {
        await leavesNothing(async () => void (await runOnce(setup, { point, when }))).catch((error: unknown) => {
          throw new Error(`cancelled ${when} the wake-up of wait ${point} of ${points}: ${describeError(error)}`, {
            cause: error,
          });
        });
      }
    }
  });
}

function closeServer(server: Server): () => Promise<void> {
  return async () => {
    server.close();
    server.abortClients();
    await server.waitClosed();
  };
}

const closeTransport = ([transport]: [Transport]): void => transport.close();

testSweep("createConnection() that is cancelled leaves nothing", async (loop) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  return {
    operation: loop.createConnection(() => new Recorder(), "localhost", server.port),
    undo: closeTransport,
    cleanUp: closeServer(server),
  };
});

testSweep("createConnection() with Happy Eyeballs that is cancelled leaves nothing", async (loop) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  return {
    operation: loop.createConnection(() => new Recorder(), null, server.port, {
      happyEyeballsDelay: 5,
      localAddr: ["127.0.0.1", 0],
    }),
    undo: closeTransport,
    cleanUp: closeServer(server),
  };
});

testSweep("createConnection() with ssl that is cancelled leaves nothing", async (loop) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0, { ssl: own });
  return {
    operation: loop.createConnection(() => new Recorder(), "127.0.0.1", server.port, { ssl: { ca } }),
    undo: closeTransport,
    cleanUp: closeServer(server),
  };
});

testSweep("createConnection() with a socket that is cancelled leaves the socket as it was", async (loop) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
  const sock = new Socket().connect(server.port, "127.0.0.1");
  return {
    operation: loop.createConnection(() => new Recorder(), null, null, { sock }),
    cleanUp: async () => {
      sock.destroy();
      await closeServer(server)();
    },
  };
});

testSweep("createUnixConnection() that is cancelled leaves nothing", async (loop) => {
  const path = fileFor("cancel.sock");
  const server = await loop.createUnixServer(() => new Recorder(), path);
  return {
    operation: loop.createUnixConnection(() => new Recorder(), path),
    undo: closeTransport,
    cleanUp: closeServer(server),
  };
});

testSweep("connectAcceptedSocket() with ssl that is cancelled leaves nothing", async (loop) => {
  const listening = createNodeServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  const accepted = new Promise<Socket>((resolve) => listening.once("connection", resolve));
  await new Promise((resolve) => listening.once("listening", resolve));
  const { port } = listening.address() as { port: number };
  const connecting = createTask(() => loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca } }));
  const sock = await accepted;
  return {
    operation: loop.connectAcceptedSocket(() => new Recorder(), sock, { ssl: own }),
    undo: closeTransport,
    cleanUp: async () => {
      sock.destroy();
      connecting.cancel();
      await wait([connecting]);
      if (!connecting.cancelled() && connecting.exception() === null) connecting.result()[0].abort();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
});

testSweep("createServer() that is cancelled leaves nothing", async (loop) => ({
  operation: loop.createServer(() => new Recorder(), ["127.0.0.1", "127.0.0.2", "localhost"], 0),
  undo: (server: Server) => server.close(),
}));

testSweep("createUnixServer() that is cancelled leaves nothing", async (loop) => ({
  operation: loop.createUnixServer(() => new Recorder(), fileFor("cancel2.sock")),
  undo: (server: Server) => server.close(),
}));

testSweep("Server.serveForever() that is cancelled leaves nothing", async (loop) => {
  const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0, { startServing: false });
  loop.callLater(10, () => server.close());
  const operation = server.serveForever();
  return { operation, cleanUp: closeServer(server) };
});

testSweep("Server.shutdown() that is cancelled leaves nothing", async (loop) => {
  const { server, client } = await connect(new Recorder(), new Recorder());
  void loop;
  return {
    operation: server.shutdown(5),
    cleanUp: async () => {
      client.transport.abort();
      await closeServer(server)();
    },
  };
});

for (const serverSide of [false, true]) {
  testSweep(
    `startTls() that is cancelled leaves nothing${serverSide ? ", on the server's side" : ""}`,
    async (loop) => {
      const { client, peer, transport, peerTransport, server } = await connect(new Recorder(), new Recorder());
      const starts = [
        () => loop.startTls(transport, client, { ca }, { serverHostname: "localhost" }),
        () => loop.startTls(peerTransport, peer, own, { serverSide: true }),
      ] as const;
      const other = createTask(async () => {
        try {
          return await starts[serverSide ? 0 : 1]();
        } catch {
          return null;
        }
      });
      return {
        operation: starts[serverSide ? 1 : 0](),
        undo: (secured: Transport) => secured.abort(),
        cleanUp: async () => {
          await client.untilLost();
          (await other)?.abort();
          await peer.untilLost();
          await server.waitClosed();
        },
      };
    },
  );
}

const file = fileFor("cancel.bin");
writeFileSync(file, "");
truncateSync(file, 3_000_000);

testSweep("sendfile() that is cancelled leaves nothing", async (loop) => {
  const { server, client, peer, transport } = await connect(new Recorder(), new Recorder());
  return {
    operation: loop.sendfile(transport, file),
    cleanUp: async () => {
      expect(transport.getProtocol()).toBe(client);
      transport.close();
      await client.untilLost();
      await peer.untilLost();
      await server.waitClosed();
    },
  };
});

testSweep("openConnection() that is cancelled leaves nothing", async () => {
  const server = await startServer((_reader, writer) => writer.close(), "127.0.0.1", 0);
  return {
    operation: openConnection("127.0.0.1", server.port),
    undo: ([, writer]: [StreamReader, StreamWriter]) => writer.close(),
    cleanUp: closeServer(server),
  };
});

testSweep("StreamReader.read() that is cancelled leaves the connection as it was", async () => {
  const server = await startServer(async (reader, writer) => writer.write(await reader.readline()), "127.0.0.1", 0);
  const [reader, writer] = await openConnection("127.0.0.1", server.port);
  writer.write("line\n");
  return {
    operation: reader.readexactly(5),
    cleanUp: async () => {
      writer.close();
      await writer.waitClosed();
      await closeServer(server)();
    },
  };
});
