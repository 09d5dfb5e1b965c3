/**
 * Two threads that take turns, as they are: each has its own view of the memory that they share, and coroutines that do
 * one thing after the other.
 *
 * @module
 */
import { type Co, Coroutine, CoroutineError, type WaitOptions } from "../../../mod.ts";
import { ALIVE } from "../../../src/lockfree/life.ts";
import { FRESH } from "../../../src/lockfree/pool.ts";
import { NOTIFIED } from "../../../src/lockfree/signal.ts";
import { LIFE, RECORD, SIGNAL } from "../../../src/lockfree/words.ts";
import { type Commons, joinCommons, leaveCommons } from "../../../src/shared/_commons.ts";
import { contexts, freshMemory, type Memory, POOL, RECORDS } from "../../../src/shared/_layout.ts";
import { firstOf, names } from "../../specs/core/_names.ts";
import { said, type Thread, threadOf, THREADS, type Turns } from "../../specs/shared/_turns.ts";
import { Timeout } from "../core/_limit.ts";

/** The records that both threads have at hand, together. */
const RECORDS_AT_HAND = 16;
/** The bits of a lock by which those who wait are counted. */
const CROWD = 0xffff;

/** One memory for all replays: to make one takes longer than a replay. */
let memory: Memory | undefined;
let fresh: Int32Array | undefined;

/** It is as it was in the beginning, but for the words of locks and queues: see {@linkcode Making}. */
function clean(): Memory {
  memory ??= freshMemory();
  fresh ??= memory.slice(0, contexts[THREADS.length]);
  memory.set(fresh);
  memory.fill(0, RECORDS, RECORDS + RECORDS_AT_HAND * RECORD);
  memory[POOL + FRESH] = RECORDS + RECORDS_AT_HAND * RECORD;
  return memory;
}

/** What a lock or a queue is made of. */
export interface Making<L> {
  /** What the first thread has made, for the second one. */
  readonly first: L | undefined;
  /** The next record that is taken. */
  readonly record: number;
  /** So many words from here on are as they are in a new lock or queue. */
  clear(at: number, words: number): void;
}

/** What one does; what it comes to is told. */
export type Doing = (options: WaitOptions | undefined) => Co<string>;

/** One coroutine, which does what it is told. */
class Player {
  readonly co: Coroutine<void>;
  /** By what its waits are limited. */
  readonly limit: Timeout | undefined;
  #doing: Doing | undefined;
  #cancelled = false;

  constructor(
    name: string,
    limit: Timeout | undefined,
    tell: (what: unknown) => void,
    giveBack: () => void,
  ) {
    this.limit = limit;
    const live = (): Co => this.#live(tell, giveBack);
    this.co = Coroutine.named(name, live);
    this.co.done.catch(() => {});
    this.co.enter();
  }

  do(doing: Doing | undefined): void {
    this.#doing = doing;
    this.co.enter();
  }

  cancel(): void {
    this.#cancelled = true;
    this.co.cancel();
  }

  *#live(tell: (what: unknown) => void, giveBack: () => void): Co {
    for (;;) {
      yield;
      const doing = this.#doing;
      if (doing === undefined) return;
      try {
        tell(yield* doing(this.limit?.options));
      } catch (error) {
        tell(error);
      }
      if (!this.#cancelled) continue;
      if (this.co.locksHeld > 0) giveBack();
      return;
    }
  }
}

/** What a thread has made of what both share. */
export interface Theirs<L> {
  readonly commons: Commons;
  readonly locks: L;
}

/** The two threads and their coroutines. */
export class Turn<L> {
  readonly memory: Memory = clean();
  readonly threads: Readonly<Record<Thread, Theirs<L>>>;
  /** The coroutines, each with its thread. */
  readonly coroutines: readonly (readonly [Coroutine<void>, Thread])[];
  readonly #players = new Map<string, Player>();
  readonly #atHand: number[] = [];
  /** What each comes to, in their order. */
  #log: [who: string, what: unknown][] = [];
  readonly #stays: Record<Thread, boolean> = { t1: false, t2: false };
  readonly #n: number;
  dead = false;

  /**
   * @param make What a thread makes of what both share.
   * @param giveBack How one gives back what it has.
   */
  constructor(
    { coroutines, timed = 0, crowd = Infinity }: {
      readonly coroutines: number;
      readonly timed?: number;
      readonly crowd?: number;
    },
    make: (making: Making<L>) => L,
    giveBack: (locks: L) => void,
  ) {
    this.#n = coroutines;
    for (let i = 0; i < RECORDS_AT_HAND; i++) this.#atHand.push(RECORDS + i * RECORD);
    let first: L | undefined;
    const threads = THREADS.map((thread, t) => {
      // INVARIANT: two of 256.
      const context = contexts[t]!;
      this.memory[context + LIFE] = ALIVE;
      const commons = joinCommons(this.memory, context, {
        atomics: Atomics,
        report: (error) => {
          throw error;
        },
        stayUp: () => {
          this.#stays[thread] = true;
          return () => void (this.#stays[thread] = false);
        },
        spins: 2,
        crowd,
        atHand: this.#atHand,
      });
      const locks = make({
        first,
        // INVARIANT: there are more than are taken here.
        record: this.#atHand.at(-1)!,
        clear: (at, words) => void this.memory.fill(0, at, at + words),
      });
      first ??= locks;
      return { commons, locks };
    });
    leaveCommons();
    // INVARIANT: there are two.
    this.threads = { t1: threads[0]!, t2: threads[1]! };
    const isTimed = firstOf(coroutines, timed);
    for (const name of names(coroutines)) {
      this.#players.set(
        name,
        new Player(
          name,
          isTimed(name) ? new Timeout() : undefined,
          (what) => void this.#log.push([name, what]),
          () => giveBack(this.locksOf(name)),
        ),
      );
    }
    this.coroutines = [...this.#players].map(([who, { co }]) => [co, threadOf(coroutines, who)]);
  }

  #player(who: string): Player {
    const player = this.#players.get(who);
    if (player === undefined) throw new Error(`[internal] There is no coroutine ${who}`);
    return player;
  }

  locksOf(who: string): L {
    return this.threads[threadOf(this.#n, who)].locks;
  }

  /** What has come to something since it was asked last. */
  #told(): readonly [who: string, what: unknown][] {
    const log = this.#log;
    this.#log = [];
    return log;
  }

  /** One does something; answers what that comes to. What it is refused is thrown. */
  do(
    who: string,
    doing: (locks: L, options: WaitOptions | undefined) => Co<string | void>,
  ): string | undefined {
    const locks = this.locksOf(who);
    this.#player(who).do(function* (options) {
      // What is worth nothing is nothing in the answer, too.
      return (yield* doing(locks, options)) as string;
    });
    return this.#whatOf(who);
  }

  #whatOf(who: string): string | undefined {
    const [own, ...others] = this.#told();
    if (own === undefined) return "waits";
    if (own[0] !== who || others.length > 0) throw new Error(`Others go on, too: ${own[0]}`);
    if (own[1] instanceof Error) throw own[1];
    return own[1] as string | undefined;
  }

  /** It comes to its end. */
  end(who: string): string {
    try {
      this.#player(who).do(undefined);
      return "ended";
    } catch (error) {
      return codeOf(error);
    }
  }

  /** The same, where one may give up at once. */
  now(who: string, doing: (locks: L) => Co<string>): string | undefined {
    return this.do(who, function* (locks) {
      try {
        return yield* doing(locks);
      } catch (error) {
        if (error instanceof CoroutineError && error.code === "timeout") return error.code;
        throw error;
      }
    });
  }

  /** One would wait where a word has no room to count it. */
  inCrowd(at: number, who: string, doing: (locks: L) => Co): string {
    const { memory } = this;
    // INVARIANT: it is in the memory.
    const before = memory[at]!;
    memory[at] = before | CROWD;
    try {
      return this.do(who, doing) ?? "has it";
    } catch (error) {
      if (error instanceof RangeError) return "too many";
      throw error;
    } finally {
      memory[at] = memory[at]! & ~CROWD | before & CROWD;
    }
  }

  /** Whether it has a lock. */
  holds(who: string): boolean {
    return this.#player(who).co.locksHeld > 0;
  }

  /** What comes of a wait that ends without what it waited for. */
  #after(who: string): string {
    const [own, ...others] = this.#told();
    if (own === undefined) return "waits";
    if (own[0] !== who || others.length > 0) throw new Error(`Others go on, too: ${own[0]}`);
    return codeOf(own[1]);
  }

  giveUp(who: string): string {
    this.#player(who).limit?.ring();
    return this.#after(who);
  }

  cancel(who: string): string {
    this.#player(who).cancel();
    return this.#after(who);
  }

  look(thread: Thread): string {
    const found = this.threads[thread].commons.look();
    return said(found, this.#told().map(([who, what]) => [who, codeOf(what)]));
  }

  /** The second thread is dead, and the first one buries it. */
  die(): void {
    this.dead = true;
    const { lives, records } = this.threads.t1.commons;
    const one = { at: this.threads.t2.commons.context, life: 0 };
    lives.leave(one);
    lives.bury(one, records);
  }

  /** How many records are in use. */
  get used(): number {
    if (new Set(this.#atHand).size < this.#atHand.length) throw new Error("a record is free twice");
    return RECORDS_AT_HAND - this.#atHand.length;
  }

  /**
   * Writes what can be seen of all such threads.
   *
   * @param waits Whether one more waits in a thread than those that are known here.
   */
  view(s: Turns, waits: (thread: Thread) => boolean = () => false): void {
    s.dead = this.dead;
    for (const thread of THREADS) {
      const lives = thread === "t1" || !this.dead;
      const { commons } = this.threads[thread];
      if (!lives) continue;
      s.told.set(thread, this.memory[commons.context + SIGNAL] === NOTIFIED);
      const waiting = this.coroutines.some(([{ waitingOn }, where]) =>
        where === thread && waitingOn !== undefined
      );
      if ((waiting || waits(thread)) !== this.#stays[thread]) {
        throw new Error("it stays up, or does not, wrongly");
      }
    }
    for (const [co, thread] of this.coroutines) {
      const over = co.status === "terminated" || thread === "t2" && this.dead;
      s.ended.set(co.name, over);
    }
  }
}

function codeOf(what: unknown): string {
  if (what instanceof CoroutineError) return what.code;
  if (what instanceof Error) throw what;
  return `${what}`;
}

/** What one is told who calls something outside any coroutine. */
export function outside(what: () => unknown): string {
  try {
    return `${what()}`;
  } catch (error) {
    return codeOf(error);
  }
}
