/**
 * Threads that run coroutines on shared locks: what is explored is `src/shared` as it runs, on a memory of which
 * just those words are there that it touches.
 *
 * A call of a thread makes all that a thread has anew, runs coroutines until all have ended, and keeps what records
 * it has left for its next call. It is run again and again, up to one operation further each time; then it is stopped
 * in the middle, and whatever it has left behind is run off without memory.
 *
 * @module
 */
import { type Co, core, Coroutine } from "../../../src/core/coroutine.ts";
import { ALIVE } from "../../../src/lockfree/life.ts";
import type { Place } from "../../../src/core/_place.ts";
import {
  type AtomicWords,
  CONTEXT_WORDS,
  IDLE,
  LIFE,
  RECORD,
  stateOf,
} from "../../../src/lockfree/words.ts";
import { type Commons, joinCommons, leaveCommons } from "../../../src/shared/_commons.ts";
import {
  allocate,
  contexts,
  CROWDS,
  freshMemory,
  GHOSTS,
  GRAVES,
  type Memory,
  POOL,
  RECORDS,
  type SharedKind,
} from "../../../src/shared/_layout.ts";
import { FRESH } from "../../../src/lockfree/pool.ts";
import { Death, mortal } from "../lockfree/_stage.ts";
import type { Atomics32, ThreadCall } from "../../interleave/types.ts";

/** The memory: the words that are explored by their names, and all others as they are in the beginning. */
export class Commoned {
  /** After so many waits that are given up the holder's thread is told. */
  crowd = Infinity;
  /** The explored words, and what they are at the beginning. */
  readonly words: Record<string, number> = {};
  readonly whole: Memory = freshMemory();
  /** Where a word of the memory is among those that are explored. */
  readonly #places = new Map<number, number>();
  #size = 0;

  /** A word of the memory is explored. */
  #explore(name: string, at: number, value: number): void {
    this.whole[at] = value;
    this.words[name] = value;
    this.#places.set(at, this.#size++);
  }

  /** A word that is not in the memory of the runtime; answers where it is. */
  add(name: string): number {
    this.words[name] = 0;
    return this.#size++;
  }

  /**
   * The context of a thread, which is alive.
   *
   * @param more Which words are explored beside those of each: its life, if it may end.
   */
  context(t: number, ...more: readonly ("life" | "work" | "delivering" | "parent")[]): number {
    // INVARIANT: a few of 256.
    const at = contexts[t]!;
    this.whole[at + LIFE] = ALIVE;
    const words = ["head", "signal", "life", "work", "delivering", "parent"] as const;
    const explored: readonly string[] = ["head", "signal", ...more];
    for (const [i, word] of words.entries()) {
      if (explored.includes(word)) this.#explore(`${word}${t}`, at + i, this.whole[at + i]!);
    }
    return at;
  }

  /** Whoever gives up tells the thread of the holder at once. */
  tellsOfCrowds(): void {
    this.crowd = 1;
    this.#explore("crowds", CROWDS, 0);
  }

  /** Somebody may die. */
  mourn(): void {
    this.#explore("ghosts", GHOSTS, 0);
    this.#explore("graves", GRAVES, 0);
  }

  /** A lock or queue; answers where it is. */
  lock(kind: SharedKind, ...words: readonly string[]): number {
    const at = allocate(this.whole, kind, words.length);
    for (const [i, word] of words.entries()) this.#explore(word, at + i, 0);
    return at;
  }

  /** A record that a thread has at hand. */
  record(name: string, k: number, generation: number): number {
    const at = RECORDS + k * RECORD;
    this.whole[POOL + FRESH] = Math.max(this.whole[POOL + FRESH]!, at + RECORD);
    for (const [i, word] of ["state", "next", "context", "lock"].entries()) {
      this.#explore(`${name}.${word}`, at + i, i === 0 ? stateOf(generation, IDLE) : 0);
    }
    return at;
  }

  /** What a word that is explored is at the beginning. */
  set(name: string, value: number): void {
    this.words[name] = value;
  }

  /** Where a word of the memory is among those that are explored. */
  placeOf(at: number): number {
    const place = this.#places.get(at);
    if (place === undefined) throw new Error(`nobody has said that word ${at} is explored`);
    return place;
  }

  /** The operations of a thread on the whole memory. */
  atomics(
    memory: Int32Array,
    atomics: Atomics32,
    guard: <T>(operation: () => T) => T,
  ): AtomicWords {
    const { whole } = this;
    const place = (at: number): number => this.placeOf(at);
    const isThere = (at: number): boolean => this.#places.has(at);
    /** Those of threads that are not there are told in vain. */
    const isOther = (at: number): boolean =>
      !isThere(at) && at >= contexts[0]! && at < contexts[0]! + contexts.length * CONTEXT_WORDS;
    return {
      load: (_, at) =>
        // INVARIANT: what is not explored is in the memory.
        isThere(at) ? guard(() => atomics.load(memory, place(at))) : whole[at]!,
      store: (_, at, value) =>
        isOther(at) ? value : guard(() => atomics.store(memory, place(at), value)),
      add: (_, at, value) => guard(() => atomics.add(memory, place(at), value)),
      sub: (_, at, value) => guard(() => atomics.sub(memory, place(at), value)),
      exchange: (_, at, value) => guard(() => atomics.exchange(memory, place(at), value)),
      compareExchange: (_, at, expected, value) =>
        // INVARIANT: as above.
        !isThere(at) && whole[at]! !== expected
          ? whole[at]!
          : guard(() => atomics.compareExchange(memory, place(at), expected, value)),
      wait: (_, at, value, timeout) => guard(() => atomics.wait(memory, place(at), value, timeout)),
      notify: (_, at, count) =>
        isOther(at) ? 0 : guard(() => atomics.notify(memory, place(at), count)),
    };
  }
}

/** What the coroutines of a thread do besides. */
export interface Here {
  readonly commons: Commons;
  /** So many records are the thread's as long as it lives, or may never come, as another one has died. */
  lasts(n: number): void;
  /** Plain accesses to words of the program's own, which race if nothing orders them. */
  read(at: number): number;
  write(at: number, value: number): void;
  /** Atomic ones. */
  add(at: number, value: number): number;
  load(at: number): number;
  /** Sleeps until a word is no longer 0, or another value, … */
  wait(at: number, value?: number): void;
  /** … and lets those go on: it is 1 now, … */
  signal(at: number): void;
  /** … or was changed before. */
  notify(at: number): void;
  /** Coroutines that run side by side. */
  start(body: () => Co<unknown>): Coroutine<unknown>;
  /** Starts one that is to fail: with what, is its own affair. */
  fails(body: () => Co<unknown>): void;
  /** What happens when the thread has looked, and found nothing: answers whether anything did. */
  whenIdle(tick: () => boolean): void;
  /** The thread dies. */
  die(): never;
  /** What is asked when all have ended, with the records that are at hand then. */
  atEnd(end: (atHand: readonly number[]) => void): void;
}

const { dropHold, flush, grant, heard, locksOf, put, throwInto } = core;

/** Is thrown at whoever goes on when its thread was stopped. */
const STOPPED = new Error("its thread was stopped");

/** In the local words: how many records are at hand, and which. */
export const LOCAL = 14;

/**
 * A call of a thread: starts coroutines, and looks what has come until all have ended.
 *
 * @param atHand The records that it has at the beginning of its first call.
 */
export function threadCall(
  name: string,
  commoned: Commoned,
  context: number,
  atHand: readonly number[],
  body: (here: Here) => void,
): ThreadCall {
  const call: ThreadCall = (memory, atomics, { local }) => {
    // 1 more than there are, as 0 stands for the beginning.
    const records = local[0] === 0 ? [...atHand] : [...local.subarray(1, local[0])];
    let stopped: { readonly by: unknown } | undefined;
    const guard = <T>(operation: () => T): T => {
      if (stopped !== undefined) throw STOPPED;
      try {
        return operation();
      } catch (error) {
        stopped = { by: error };
        throw error;
      }
    };
    const started: Coroutine<unknown>[] = [];
    try {
      const commons = joinCommons(commoned.whole, context, {
        atomics: commoned.atomics(memory, atomics, guard),
        report: (error) => {
          throw error;
        },
        stayUp: () => () => {},
        spins: 0,
        crowd: commoned.crowd,
        atHand: records,
      });
      let lasting = 0;
      const ticks: (() => boolean)[] = [];
      const ends: ((atHand: readonly number[]) => void)[] = [];
      body({
        lasts: (n) => void (lasting = n),
        die: () =>
          guard(() => {
            throw new Death();
          }),
        atEnd: (end) => void ends.push(end),
        whenIdle: (tick) => void ticks.push(tick),
        commons,
        read: (at) => guard(() => memory[at]!),
        write: (at, value) => guard(() => void (memory[at] = value)),
        add: (at, value) => guard(() => atomics.add(memory, at, value)),
        load: (at) => guard(() => atomics.load(memory, at)),
        signal: (at) => {
          guard(() => atomics.store(memory, at, 1));
          guard(() => atomics.notify(memory, at));
        },
        notify: (at) => guard(() => void atomics.notify(memory, at)),
        wait: (at, value = 0) => guard(() => void atomics.wait(memory, at, value)),
        start: (body) => {
          const co = Coroutine.create(body);
          started.push(co);
          co.enter();
          return co;
        },
        fails: (body) => {
          const co = Coroutine.create(body);
          started.push(co);
          co.done.catch(() => {});
          try {
            co.enter();
          } catch (error) {
            if (stopped !== undefined) throw error;
          }
        },
      });
      // What was granted to one that has given up comes late, and is seen to.
      const { receivers } = commons.records;
      while (receivers.size > lasting || started.some((co) => co.status !== "terminated")) {
        if (commons.look()) continue;
        // INVARIANT: some tick is the last one that finds something to do.
        if (ticks.some((tick) => tick())) continue;
        if (commons.mayRest()) commons.rest(Infinity);
      }
      for (const end of ends) end(records);
    } catch (error) {
      if (stopped === undefined) throw error;
    } finally {
      const over = stopped;
      stopped ??= { by: STOPPED };
      runOff(started);
      leaveCommons();
      // deno-lint-ignore no-unsafe-finally -- what has stopped it is more than what came of that.
      if (over !== undefined) throw over.by;
    }
    if (new Set(records).size < records.length) throw new Error("a record is at hand twice");
    local.fill(0);
    local[0] = 1 + records.length;
    local.set(records, 1);
  };
  return Object.defineProperty(call, "name", { value: name });
}

/**
 * All coroutines of a thread that was stopped end now, as it has no memory any more. (Left as they are, they would be
 * kept until the exploration ends: the runtime knows them weakly, and that is no less as long as nothing awaits.)
 */
function runOff(started: readonly Coroutine<unknown>[]): void {
  // What they hold is in no memory any more: nobody can be told that it is abandoned.
  for (const co of started) for (const hold of locksOf(co)) dropHold(co, hold);
  attempt(flush);
  for (const co of started) {
    // Its clean-up may wait.
    for (let i = 0; i < 3 && co.status !== "terminated"; i++) {
      attempt(() => {
        put(co, NOWHERE);
        throwInto(co, STOPPED);
        grant(co);
        flush();
      });
    }
  }
  // What they have failed with is not to be told to those of the next call.
  heard();
}

/** Where one waits who has nothing to leave. */
const NOWHERE: Place = { refusal: "waiting" };

/** It may fail. */
function attempt(what: () => void): void {
  try {
    what();
  } catch {
    // There is no memory any more.
  }
}

/** The first thread dies anywhere, or is killed, and another one buries it. */
export class Burial {
  /** What that one does. */
  readonly calls: readonly ThreadCall[];
  /** The last of that: when the first one is dead. */
  readonly bury: ThreadCall;
  /** Is 1 when that is done. */
  readonly buried: number;
  readonly #fate: number;
  readonly #dead: number;
  readonly #goesOn: boolean;

  /** @param goesOn It is killed and buried at any time, and goes on until it finds out. */
  constructor(commoned: Commoned, contexts: readonly number[], goesOn: boolean = false) {
    this.#goesOn = goesOn;
    const fate = this.#fate = commoned.add("fate");
    const dead = this.#dead = commoned.add("dead");
    const buried = this.buried = commoned.add("buried");
    const die: ThreadCall = function die(memory, atomics) {
      atomics.store(memory, fate, 1);
    };
    const context = commoned.context(contexts.length);
    this.bury = threadCall("bury", commoned, context, [], (here) => {
      if (!goesOn) here.wait(dead);
      const { lives, records } = here.commons;
      // INVARIANT: there is a first thread.
      const one = { at: contexts[0]!, life: 0 };
      if (!goesOn) lives.leave(one);
      lives.bury(one, records);
      here.signal(buried);
    });
    this.calls = goesOn ? [this.bury] : [die, this.bury];
  }

  /**
   * A call of the thread that dies as soon as it is its fate: in the middle of anything.
   *
   * @param byItself It dies where it says so, and nowhere else.
   */
  of(call: ThreadCall, byItself: boolean = false): ThreadCall {
    const dying: ThreadCall = (memory, atomics, self) => {
      const words = byItself || this.#goesOn
        ? atomics
        : { ...atomics, ...mortal(memory, this.#fate, atomics) };
      try {
        call(memory, words, self);
      } catch (error) {
        if (!(error instanceof Death)) throw error;
      }
      atomics.store(memory, this.#dead, 1);
      atomics.notify(memory, this.#dead);
    };
    return Object.defineProperty(dying, "name", { value: call.name });
  }
}
