import type { Name, PoolEntry } from "../language/ast.ts";
import type { Random } from "./random.ts";

const TASKS = 6;
const LOOSE = { handle: "H", token: "K", context: "X", timeout: "M", group: "G", callback: "cb" } as const;
type Loose = keyof typeof LOOSE;

/** The names of one program: what its pool holds, and what its text has made so far. */
export class Names {
  /** How many statements may still be written. */
  budget: number;
  readonly pool: readonly PoolEntry[];
  readonly eager: boolean;
  readonly #random: Random;
  readonly #made = new Map<string, Name[]>();
  #fresh = 0;
  #lonely = 0;

  constructor(random: Random, budget: number, eager: boolean) {
    this.#random = random;
    this.budget = budget;
    this.eager = eager;
    this.pool = makePool(random);
  }

  fresh(prefix: string): string {
    return `${prefix}${this.#fresh++}`;
  }

  /** A thing of the pool. */
  of(...types: readonly PoolEntry["type"][]): Name {
    return this.#random.pick(this.pool.filter((entry) => types.includes(entry.type))).name;
  }

  /** A queue that can be full, mostly. */
  boundedQueue(): Name {
    const bounded = this.pool.filter((entry) => entry.type === "queue" && entry.maxsize > 0);
    return this.#random.chance(0.9) ? this.#random.pick(bounded).name : this.of("queue");
  }

  newTask(): Name {
    // Mostly a name that is still free: a task that loses its name can only be reached through others.
    const free = Array.from({ length: TASKS }, (_, i) => `t${i}`).filter((name) => !this.tasks().includes(name));
    const name = free.length > 0 && this.#random.chance(0.85) ? this.#random.pick(free) : `t${this.#random.int(TASKS)}`;
    this.#note("task", name);
    return name;
  }

  /**
   * A task that no other waits for. One that awaits itself leaves CPython's future marked as being awaited, and whoever
   * awaits it next gets "await wasn't used with future".
   */
  lonelyTask(): Name {
    return `t${TASKS + this.#lonely++}`;
  }

  tasks(): readonly Name[] {
    return this.#made.get("task") ?? [];
  }

  /** A task that can be waited for, or undefined; now and then one that may not be there yet. */
  waitableTask(lowest: number): Name | undefined {
    const known = this.tasks().filter((name) => numberOf(name) >= lowest);
    if (known.length > 0 && this.#random.chance(0.95)) return this.#random.pick(known);
    return lowest < TASKS && this.#random.chance(0.2) ? `t${this.#random.between(lowest, TASKS - 1)}` : undefined;
  }

  make(kind: Loose): Name {
    const name = `${LOOSE[kind]}${this.#random.int(kind === "group" || kind === "timeout" ? 100 : 3)}`;
    this.#note(kind, name);
    return name;
  }

  made(kind: Loose): Name | undefined {
    const made = this.#made.get(kind) ?? [];
    return made.length > 0 ? this.#random.pick(made) : undefined;
  }

  #note(kind: string, name: Name): void {
    const made = this.#made.get(kind) ?? [];
    if (!made.includes(name)) this.#made.set(kind, [...made, name]);
  }
}

export function numberOf(task: Name): number {
  return Number(task.slice(1));
}

function makePool(random: Random): PoolEntry[] {
  return [
    { name: "L0", type: "lock" },
    { name: "L1", type: "lock" },
    { name: "E0", type: "event" },
    { name: "E1", type: "event" },
    { name: "C0", type: "condition", lock: null },
    { name: "C1", type: "condition", lock: "L0" },
    { name: "S0", type: "semaphore", value: random.int(3), bounded: false },
    { name: "S1", type: "semaphore", value: random.between(1, 2), bounded: true },
    { name: "B0", type: "barrier", parties: 2 },
    { name: "B1", type: "barrier", parties: random.between(1, 3) },
    { name: "Q0", type: "queue", order: "fifo", maxsize: random.between(1, 2) },
    { name: "Q1", type: "queue", order: random.pick(["fifo", "lifo"]), maxsize: random.int(2) },
    { name: "Q2", type: "queue", order: "priority", maxsize: random.pick([0, 0, 1, 2]) },
    { name: "R0", type: "reader", limit: random.between(1, 4), transport: "pausable" },
    {
      name: "R1",
      type: "reader",
      limit: random.between(1, 8),
      transport: random.pick(["pausable", "unpausable", "none"]),
    },
    { name: "F0", type: "future" },
    { name: "F1", type: "future" },
    { name: "F2", type: "future" },
    { name: "V0", type: "variable", initial: 0 },
    { name: "V1", type: "variable", initial: null },
    { name: "N0", type: "counter" },
  ];
}
