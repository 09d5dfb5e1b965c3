/**
 * What all primitives together must do, in plain JavaScript: who stands in which line, who holds
 * what, who is about to run, and with what. It shares no code with the runtime. The side of each
 * wait is a generator, whose `yield` is where the coroutine must be suspended.
 *
 * @module
 */

/** What is wrong: the runtime does something else than what is said here. */
export class Mismatch extends Error {}

/** What a wait must throw: the code of an error, or "aborted", or "any". */
export class Verdict {
  constructor(readonly tag: string) {}
}

/** The side of a wait. */
export type Wait = Generator<void, boolean | void>;

/** How a coroutine ended; `cancelled` if with the error of its cancellation. */
export type End = "returned" | "cancelled" | "failed";

/** Where a coroutine is; `free` if anybody may enter it. */
export type Place = "free" | "entered" | "woken" | "ended" | Somewhere;

/** Where one waits. */
export interface Somewhere {
  readonly text: string;
  leave(actor: Actor): void;
}

export function refuse(tag: string): never {
  throw new Verdict(tag);
}

/** A wait that must be refused. */
export function* refused(tag: string): Wait {
  refuse(tag);
}

/** An abort signal, as far as it matters here. */
export interface Sig {
  readonly aborted: boolean;
}

/** The limits of one wait. */
export class Limit {
  armed = true;
  late: string | undefined;
  constructor(readonly line: Line, public ns: number, public signal: Sig | undefined) {}
}

/** One coroutine, or the code outside any. */
export class Actor {
  place: Place = "free";
  /** It has never suspended. */
  fresh = true;
  cancelled: "no" | "pending" | "yes" = "no";
  /** What is thrown to it when it goes on. */
  expected: string | undefined;
  limit: Limit | null = null;
  /** The signal that cancels it. */
  follows: Sig | null = null;
  owner: { ended(child: Actor, how: End): void } | null = null;
  end: End | undefined;
  /** Told of its end. */
  onEnd: (how: End) => void = () => {};
  readonly locks = new Set<Mutex | Rw>();

  constructor(readonly name: string, readonly leader = false) {
    if (leader) this.place = "entered";
  }

  /** What entering it must throw. */
  get refusal(): string {
    const { place } = this;
    if (place === "free") return "ok";
    if (place === "entered") return "recursive-entry";
    if (place === "woken") return "already-woken";
    if (place === "ended") return "terminated";
    return place instanceof Nap ? "already-scheduled" : "waiting";
  }

  /** What it waits for, as the runtime says it. */
  get waitingOn(): string | undefined {
    return typeof this.place === "string" ? undefined : this.place.text;
  }

  /** It is to run. */
  grant(tag?: string): void {
    this.place = "woken";
    this.expected = tag;
  }

  /** It runs. */
  resumed(): void {
    if (this.leader) return;
    if (this.place !== "woken" && this.place !== "entered") {
      throw new Mismatch(`${this.name} runs, but must be ${this.waitingOn ?? this.place}`);
    }
    this.place = "entered";
  }

  /** It has begun a wait, or yielded: now is the time for a cancellation that could not be delivered. */
  suspends(): void {
    this.fresh = false;
    if (this.cancelled !== "pending" || this.place === "woken") return;
    if (!(this.place instanceof Ticket && this.place.shielded)) this.#deliver();
  }

  cancel(): void {
    if (this.place === "ended" || this.cancelled !== "no") return;
    const { place, fresh } = this;
    const kept = place === "entered" ||
      (place instanceof Ticket && place.shielded) ||
      (place === "woken" && !fresh);
    this.cancelled = "pending";
    if (kept) return;
    if (place === "free" && fresh) {
      this.cancelled = "yes";
      this.ended("cancelled");
    } else this.#deliver();
  }

  #deliver(): void {
    this.cancelled = "yes";
    this.leave();
    this.grant("cancelled");
  }

  /** It leaves the place where it waits. */
  leave(): void {
    const { place } = this;
    if (typeof place !== "string") place.leave(this);
  }

  ended(how: End): void {
    this.place = "ended";
    this.end = this.locks.size > 0 ? "failed" : how;
    for (const lock of this.locks) lock.abandon();
    this.follows = this.limit = null;
    this.owner?.ended(this, this.end);
    this.onEnd(this.end);
  }

  /** Its time is over, or its signal was aborted. */
  giveUp(limit: Limit, tag: string): void {
    if (!limit.armed) {
      throw new Mismatch(`${this.name} is told of a limit of a wait that is over`);
    }
    // Neither comes twice.
    if (tag === "aborted") limit.signal = undefined;
    else limit.ns = Infinity;
    const { place } = this;
    if (place instanceof Ticket && place.line === limit.line && !place.shielded) {
      limit.armed = false;
      this.leave();
      this.grant(tag);
    } else limit.late ??= tag;
  }
}

/** Who stands in a line. */
export class Ticket {
  constructor(
    readonly actor: Actor,
    readonly line: Line,
    readonly want: number,
    readonly what: string,
    readonly shielded: boolean,
  ) {}
  get text(): string {
    return this.line.text + this.what;
  }
  leave(): void {
    this.line.tickets.splice(this.line.tickets.indexOf(this), 1);
    this.line.moveUp();
  }
}

/** First come, first served. */
export class Line {
  readonly tickets: Ticket[] = [];
  /** @param admit Gives the first one what it waits for, if that is there. */
  constructor(readonly text: string, readonly admit: (ticket: Ticket) => boolean = () => false) {}

  *stand(
    actor: Actor,
    { want = 1, what = "", shielded = false, front = false } = {},
    then = (): void => {},
  ): Wait {
    const ticket = new Ticket(actor, this, want, what, shielded);
    if (front) this.tickets.unshift(ticket);
    else this.tickets.push(ticket);
    actor.place = ticket;
    then();
    try {
      yield;
    } catch (error) {
      // One that must not go on without it has had its error already.
      if (!shielded) throw error;
    }
  }

  moveUp(): void {
    for (
      let first;
      (first = this.tickets[0]) !== undefined && this.admit(first);
    ) this.tell();
  }

  tell(): boolean {
    const first = this.tickets.shift();
    first?.actor.grant();
    return first !== undefined;
  }

  tellAll(): void {
    while (this.tell());
  }
}

export class Mutex {
  holder: Actor | null = null;
  abandoned = false;
  readonly line: Line;

  constructor(text: string) {
    this.line = new Line(text, ({ actor }) => this.holder === null && this.take(actor));
  }

  take(actor: Actor): true {
    this.holder = actor;
    actor.locks.add(this);
    return true;
  }

  *lock(actor: Actor): Wait {
    if (this.holder === actor) refuse("relock");
    yield* this.regain(actor, false);
  }

  *regain(actor: Actor, shielded = true): Wait {
    if (this.abandoned) refuse("abandoned");
    if (this.holder === null) this.take(actor);
    else yield* this.line.stand(actor, { shielded });
    if (this.abandoned) refuse("abandoned");
    if (this.holder !== actor) {
      throw new Mismatch(`${actor.name} runs without its mutex`);
    }
  }

  /** What `tryLock` must come to. */
  attempt(actor: Actor): string | boolean {
    if (actor.leader) return "not-in-coroutine";
    if (this.abandoned) return "abandoned";
    return this.holder === null && this.take(actor);
  }

  /** What doing this with what it must hold comes to. */
  asHolder(actor: Actor): string {
    if (actor.leader) return "not-in-coroutine";
    if (this.holder === null) return "not-locked";
    return this.holder === actor ? "ok" : "not-holder";
  }

  unlock(): void {
    this.holder?.locks.delete(this);
    this.holder = null;
    this.line.moveUp();
  }

  abandon(): void {
    this.abandoned = true;
    this.line.tellAll();
  }
}

export class Queue {
  readonly line: Line;
  constructor(text: string) {
    this.line = new Line(text);
  }

  *wait(actor: Actor, mutex: Mutex | undefined, front: boolean): Wait {
    const code = mutex?.asHolder(actor) ?? "ok";
    if (code !== "ok") refuse(code);
    try {
      yield* this.line.stand(actor, { front }, () => mutex?.unlock());
    } finally {
      if (mutex !== undefined) yield* mutex.regain(actor);
    }
  }
}

export class Rw {
  writer: Actor | null = null;
  readonly readers = new Set<Actor>();
  abandoned = false;
  readonly line: Line;

  constructor(text: string) {
    this.line = new Line(text, ({ actor, want }) => {
      const can = this.writer === null &&
        (want === 1 || this.readers.size === 0);
      return can && this.take(actor, want);
    });
  }

  take(actor: Actor, as: number): true {
    actor.locks.add(this);
    if (as === 1) this.readers.add(actor);
    else this.writer = actor;
    return true;
  }

  owns(actor: Actor): boolean {
    return this.writer === actor || this.readers.has(actor);
  }

  get free(): boolean {
    return this.writer === null && this.readers.size === 0;
  }

  *lock(actor: Actor, as: number, shielded = false): Wait {
    if (this.abandoned) refuse("abandoned");
    if (this.owns(actor)) refuse("relock");
    if (this.#can(as)) this.take(actor, as);
    else {yield* this.line.stand(actor, {
        want: as,
        what: as === 1 ? READ : " (to write)",
        shielded,
      });}
    // One that had been let in before the lock was abandoned has it.
    if (this.abandoned && !this.owns(actor)) refuse("abandoned");
    if (!this.owns(actor)) {
      throw new Mismatch(`${actor.name} runs without its rw lock`);
    }
  }

  attempt(actor: Actor, as: number): string | boolean {
    if (actor.leader) return "not-in-coroutine";
    if (this.abandoned) return "abandoned";
    return !this.owns(actor) && this.#can(as) && this.take(actor, as);
  }

  #can(as: number): boolean {
    return this.free ||
      (as === 1 && this.writer === null && this.line.tickets.length === 0);
  }

  /** What unlocking must come to. */
  asOwner(actor: Actor): string {
    if (actor.leader) return "not-in-coroutine";
    if (this.free) return "not-locked";
    return this.owns(actor) ? "ok" : "not-holder";
  }

  asWriter(actor: Actor): string {
    const code = this.asOwner(actor);
    return code === "ok" && this.writer !== actor ? "not-holder" : code;
  }

  *upgrade(actor: Actor): Wait {
    if (this.abandoned) refuse("abandoned");
    const code = this.asOwner(actor);
    if (code !== "ok") refuse(code);
    if (this.writer === actor) refuse("relock");
    if (this.readers.size === 1 && this.line.tickets.length === 0) {
      this.readers.delete(actor);
      this.take(actor, -1);
      return;
    }
    try {
      const ticket = { want: -1, what: " (to upgrade)" };
      yield* this.line.stand(actor, ticket, () => this.unlock(actor));
    } catch (error) {
      yield* this.lock(actor, 1, true);
      throw error;
    }
    if (this.abandoned && this.writer !== actor) refuse("abandoned");
    if (this.writer !== actor) {
      throw new Mismatch(`${actor.name} runs without having upgraded`);
    }
  }

  downgrade(actor: Actor): void {
    this.writer = null;
    this.readers.add(actor);
    this.line.moveUp();
  }

  unlock(actor: Actor): void {
    actor.locks.delete(this);
    this.readers.delete(actor);
    if (this.writer === actor) this.writer = null;
    this.line.moveUp();
  }

  abandon(): void {
    this.abandoned = true;
    this.line.tellAll();
  }
}

const READ = " (to read)";

export class Sem {
  available: number;
  /** Granted to somebody who has not gone on yet. */
  promised = 0;
  taken = 0;
  readonly line: Line;

  constructor(readonly total: number, text: string) {
    this.available = total;
    this.line = new Line(text, ({ want }) => {
      if (this.available < want) return false;
      this.available -= want;
      this.promised += want;
      return true;
    });
  }

  *acquire(actor: Actor, n: number): Wait {
    if (this.attempt(n) === true) return;
    yield* this.line.stand(actor, {
      want: n,
      what: n === 1 ? "" : ` (${n} permits)`,
    });
    this.promised -= n;
    this.taken += n;
  }

  attempt(n: number): string | boolean {
    if (n > this.total) return "too-many";
    if (this.available < n || this.line.tickets.length > 0) return false;
    this.available -= n;
    this.taken += n;
    return true;
  }

  release(n: number): void {
    this.taken -= n;
    this.available += n;
    this.line.moveUp();
  }
}

/** Where one sleeps by a CoSleep. */
export class Bed {
  nap: Nap | null = null;

  *sleep(actor: Actor, ns: number): Wait {
    if (this.nap !== null) refuse("waiting");
    return yield* nap(actor, ns, this);
  }
}

export class Nap {
  over = false;
  early = false;
  constructor(readonly actor: Actor, readonly ns: number, readonly bed: Bed | null) {}

  get text(): string {
    return `sleep(${this.ns} ns, virtual)`;
  }

  leave(): void {
    this.over = true;
    if (this.bed !== null) this.bed.nap = null;
  }

  finish(early: boolean): void {
    if (this.over) {
      throw new Mismatch(`${this.actor.name} is woken by an alarm that is over`);
    }
    this.early = early;
    this.leave();
    this.actor.grant();
  }
}

/** A sleep; worth whether it was ended early. */
export function* nap(actor: Actor, ns: number, bed: Bed | null = null): Wait {
  if (actor.leader) refuse("yield-to-no-one");
  const place = new Nap(actor, ns, bed);
  if (bed !== null) bed.nap = place;
  actor.place = place;
  yield;
  return bed === null ? undefined : place.early;
}
