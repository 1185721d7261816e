import {
  Event,
  type EventLoop,
  getRunningLoop,
  Protocol,
  run,
  type Server,
  type Transport,
  wrapFuture,
} from "asyncio-ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { authority, certificate, fileFor, leavesNothing } from "./support.ts";

/** What a sender or a receiver does next. */
type Step =
  | { readonly kind: "write"; readonly size: number }
  | { readonly kind: "writelines"; readonly sizes: readonly number[] }
  | { readonly kind: "turn" }
  | { readonly kind: "poll" }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" };

const size = fc.oneof({ weight: 5, arbitrary: fc.nat(300) }, fc.nat(40_000), fc.nat(300_000));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), size }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("writelines" as const), sizes: fc.array(size, { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "turn" } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: "poll" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "pause" } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: "resume" } as const) },
);
const steps: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 25 });

/** The bytes of one direction: which one, and where in it. */
function bytesAt(position: number, length: number, salt: number): Buffer {
  const data = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) data[i] = ((position + i) * 31 + ((position + i) >> 8) + salt) & 255;
  return data;
}

/** One end of a connection: sends known bytes, and checks what it receives. */
class End extends Protocol {
  transport!: Transport;
  sent = 0;
  received = 0;
  /** Where the first wrong byte was; -1 if there is none. */
  wrongAt = -1;
  ended = false;
  lost = false;
  whilePaused = 0;
  readonly changed = new Event();
  readonly #salt: number;

  constructor(salt: number) {
    super();
    this.#salt = salt;
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.changed.set();
  }

  override dataReceived(data: Uint8Array): void {
    if (!this.transport.isReading()) this.whilePaused++;
    const expected = bytesAt(this.received, data.length, 1 - this.#salt);
    if (this.wrongAt < 0 && !expected.equals(data)) this.wrongAt = this.received;
    this.received += data.length;
    this.changed.set();
  }

  override eofReceived(): boolean {
    this.ended = true;
    this.changed.set();
    return true;
  }

  override connectionLost(): void {
    this.lost = true;
    this.changed.set();
  }

  next(length: number): Buffer {
    const data = bytesAt(this.sent, length, this.#salt);
    this.sent += length;
    return data;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.changed.clear();
      await this.changed.wait();
    }
  }
}

async function perform(end: End, { kind, ...rest }: Step): Promise<void> {
  const { size: length, sizes } = rest as { size: number; sizes: readonly number[] };
  if (kind === "write") end.transport.write(end.next(length));
  else if (kind === "writelines") end.transport.writelines(sizes.map((n) => end.next(n)));
  else if (kind === "pause") end.transport.pauseReading();
  else if (kind === "resume") end.transport.resumeReading();
  else if (kind === "turn") await wrapFuture(Promise.resolve());
  else await wrapFuture(new Promise(setImmediate));
}

async function play(ends: readonly [End, End], plans: readonly [Step[], Step[]]): Promise<void> {
  const length = Math.max(plans[0].length, plans[1].length);
  for (let i = 0; i < length; i++) {
    for (const side of [0, 1] as const) {
      const next = plans[side][i];
      if (next !== undefined) await perform(ends[side], next);
    }
  }
  for (const { transport } of ends) transport.resumeReading();
  const [first, second] = ends;
  await first.until(() => first.received >= second.sent || first.lost);
  await second.until(() => second.received >= first.sent || second.lost);
  first.transport.close();
  await second.until(() => second.ended || second.lost);
  second.transport.close();
  await first.until(() => first.lost);
  await second.until(() => second.lost);
  expect([first.wrongAt, second.wrongAt, first.whilePaused, second.whilePaused]).toEqual([-1, -1, 0, 0]);
  expect([first.received, second.received]).toEqual([second.sent, first.sent]);
}

interface Kind {
  serve(loop: EventLoop, end: () => End): PromiseLike<Server>;
  connect(loop: EventLoop, end: () => End, server: Server): PromiseLike<unknown>;
}

const path = fileFor("bytes.sock");
const kinds: Record<string, Kind> = {
  TCP: {
    serve: (loop, end) => loop.createServer(end, "127.0.0.1", 0),
    connect: (loop, end, server) => loop.createConnection(end, "127.0.0.1", server.port),
  },
  "Unix sockets": {
    serve: (loop, end) => loop.createUnixServer(end, path),
    connect: (loop, end) => loop.createUnixConnection(end, path),
  },
  TLS: {
    serve: (loop, end) => loop.createServer(end, "127.0.0.1", 0, { ssl: certificate("server") }),
    connect: (loop, end, server) => loop.createConnection(end, "127.0.0.1", server.port, { ssl: { ca: authority() } }),
  },
};

for (const [name, { serve, connect }] of Object.entries(kinds)) {
  test(`Transport delivers exactly the bytes that were written, in order, by ${name}`, () =>
    leavesNothing(() =>
      fc.assert(
        fc.asyncProperty(steps, steps, (mine, theirs) =>
          run(async () => {
            const loop = getRunningLoop();
            const ends = [new End(0), new End(1)] as const;
            const server = await serve(loop, () => ends[1]);
            await connect(loop, () => ends[0], server);
            await ends[1].until(() => ends[1].transport !== undefined);
            server.close();
            await play(ends, [mine, theirs]);
            await server.waitClosed();
          }),
        ),
        { numRuns: 25 },
      ),
    ));
}
