/**
 * What coroutines that run others, and waits with limits, must do: see `_everything_locks.ts`.
 *
 * @module
 */
import {
  type Actor,
  type End,
  Limit,
  Line,
  Mismatch,
  refuse,
  Sem,
  type Sig,
  Ticket,
  type Wait,
} from "./_everything_locks.ts";

/** The children of `all`, `race` and `scope`. */
export class Group {
  readonly running = new Set<Actor>();
  readonly #all: Actor[] = [];
  parent: Actor | null = null;
  stopped = false;
  #winner: Actor | undefined;

  constructor(readonly mode: "all" | "race" | "scope", readonly maker: Actor) {}

  get text(): string {
    const n = this.running.size;
    return `${this.mode} (${n} ${n === 1 ? "coroutine" : "coroutines"})`;
  }

  /** A child is there, and about to run. */
  adopt(child: Actor): void {
    child.owner = this;
    this.#all.push(child);
    this.running.add(child);
    child.grant();
    if (this.stopped) child.cancel();
  }

  leave(): void {
    this.parent = null;
  }

  cancel(): void {
    this.stopped = true;
    for (const child of this.running) child.cancel();
  }

  ended(child: Actor, how: End): void {
    const { mode } = this;
    if (mode === "race" && how !== "cancelled" && this.#winner === undefined) {
      this.#winner = child;
      this.cancel();
    }
    const fatal = mode === "all" || child === this.#all[0] ? how !== "returned" : how === "failed";
    if (mode !== "race" && fatal) this.cancel();
    this.running.delete(child);
    if (this.running.size === 0) this.parent?.grant();
    if (this.running.size === 0) this.parent = null;
  }

  *wait(actor: Actor): Wait {
    const park = () => {
      this.parent = actor;
      actor.place = this;
    };
    park();
    try {
      yield;
    } catch {
      this.cancel();
      while (this.running.size > 0) {
        park();
        try {
          yield;
        } catch {
          // By what has been thrown before.
        }
      }
      refuse("any");
    }
    if (this.running.size > 0) {
      throw new Mismatch(`${actor.name} goes on before its children end`);
    }
    const ends = this.#all.map(({ end }) => end);
    const deciding = this.mode === "all"
      ? ends
      : [this.mode === "race" ? this.#winner?.end : ends[0]];
    if (deciding.some((end) => end !== "returned") || ends.includes("failed")) {
      refuse("any");
    }
  }
}

export class Pool {
  readonly running = new Set<Actor>();
  failures = 0;
  readonly slots: Sem;
  readonly one: Line;
  readonly all: Line;
  /** For whom those wait who wait for all. */
  readonly #awaited = new Map<Actor, Set<Actor>>();

  constructor(size: number, text: string) {
    this.slots = new Sem(size, `CoSemaphore "slots of ${text}"`);
    this.one = new Line(text);
    this.all = new Line(text, ({ actor }) => this.#awaited.get(actor)?.size === 0);
  }

  *start(actor: Actor, child: Actor): Wait {
    yield* this.slots.acquire(actor, 1);
    child.owner = this;
    const task = this.#taskOf(actor);
    this.running.add(child);
    for (const awaited of this.#awaited.values()) {
      if (task !== undefined && awaited.has(task)) awaited.add(child);
    }
    child.grant();
  }

  /** The task that one is, or within which it runs. */
  #taskOf(actor: Actor): Actor | undefined {
    for (let one: Actor | undefined = actor; one !== undefined && one.end === undefined;) {
      if (this.running.has(one)) return one;
      one = one.owner instanceof Group ? one.owner.maker : undefined;
    }
    return undefined;
  }

  *waitOne(actor: Actor): Wait {
    if (this.running.size === 0) refuse("no-tasks");
    yield* this.one.stand(actor);
  }

  *waitAll(actor: Actor): Wait {
    if (this.running.has(actor)) refuse("deadlock");
    if (this.running.size > 0) {
      this.#awaited.set(actor, new Set(this.running));
      yield* this.all.stand(actor);
    }
    if (this.failures > 0) refuse("any");
  }

  ended(child: Actor, how: End): void {
    if (how === "failed") this.failures++;
    this.slots.release(1);
    this.running.delete(child);
    for (const awaited of this.#awaited.values()) awaited.delete(child);
    this.one.tellAll();
    this.all.moveUp();
  }
}

/** A wait with limits. */
export function* limited(actor: Actor, wait: Wait, ns: number, signal: Sig | undefined): Wait {
  if (signal?.aborted === true) refuse("aborted");
  let result = wait.next();
  if (result.done === true) return;
  if (!(actor.place instanceof Ticket)) {
    throw new Mismatch("[internal] It stands in no line");
  }
  const limit = actor.limit = new Limit(actor.place.line, ns, signal);
  if (ns === 0) actor.giveUp(limit, "timeout");
  try {
    while (result.done !== true) {
      let thrown: { readonly error: unknown } | undefined;
      try {
        yield;
      } catch (error) {
        thrown = { error };
        limit.armed = false;
      }
      result = thrown === undefined ? wait.next() : wait.throw(thrown.error);
      const { place } = actor;
      if (!(place instanceof Ticket && place.line === limit.line)) {
        limit.armed = false;
      }
      if (limit.armed && limit.late !== undefined) {
        actor.giveUp(limit, limit.late);
      }
    }
  } finally {
    limit.armed = false;
  }
}
