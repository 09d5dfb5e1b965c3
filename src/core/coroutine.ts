/**
 * Coroutines: made, entered, suspended, woken, ended. This file is the only one that resumes
 * a generator; all that suspends in the others does so by {@linkcode park}. It is long, as it is one
 * class: what a coroutine is made of is private to it, and what others need of that, `core` gives them.
 *
 * @module
 */
import type { AioContext } from "./_above.ts";
import type { Core, Frame } from "./_core.ts";
import type { CoroutineError } from "./errors.ts";
import { cancelledBy, endedHolding, failureOf } from "./_failures.ts";
import { enrol } from "./_copies.ts";
import { Fate } from "./_fate.ts";
import { abandonAll, type Hold, holdsOf } from "./_holds.ts";
import type { Home } from "./_home.ts";
import { type Cohort, Registry } from "./_registry.ts";
import type { Place } from "./_place.ts";
import { contexts as asyncContexts } from "./async_context.ts";
import { bodyOf, givenName, isGenerator, mustBeSignal, nameOf, notGenerator } from "./_given.ts";
import {
  cannotCancel,
  cannotLock,
  cannotPark,
  cannotYield,
  refused,
  type Verb,
} from "./_refusals.ts";
import { listen, type Listener, unlisten } from "./_signals.ts";
import { makeSureOfStack } from "./_stack.ts";
import { apart, emit, tracing as imported } from "./trace.ts";

/**
 * What a coroutine function returns: a generator. Its bare `yield` gives control back to
 * whoever entered the coroutine; what is yielded is never looked at.
 */
export type Co<T = void> = Generator<void, T, unknown>;

/**
 * What `yield*` takes, for the waits of this module: `T` is what the expression is worth
 * once the wait is over. It may be kept, and `yield*` of it again waits again; several coroutines may do
 * so, at once too.
 */
export interface Suspension<T> {
  /** Begins the wait. */
  [Symbol.iterator](): Iterator<void, T, unknown>;
}

/**
 * Where a coroutine stands.
 *
 * | status | it |
 * |---|---|
 * | `created` | has never run |
 * | `running` | runs |
 * | `normal` | has entered another one, which runs or has itself entered another |
 * | `suspended` | has yielded, or waits for something |
 * | `terminated` | has ended |
 */
export type CoroutineStatus = "created" | "running" | "normal" | "suspended" | "terminated";

type AnyCo = Coroutine<unknown>;

/** It runs, or has entered the one that runs. */
const ENTERED: Place = { refusal: "recursive-entry" };
/** It is entered, and what it has just begun to wait for is there already. */
const GRANTED: Place = { refusal: "recursive-entry" };
/** It is in a wake-up list. */
const WOKEN: Place = { refusal: "already-woken" };
/** It has terminated. */
const ENDED: Place = { refusal: "terminated" };
/** It has terminated by an error. */
const FAILED: Place = { refusal: "terminated" };

/** What a resumed `yield` is worth: never undefined, so that a wait knows its end from its beginning. */
const RESUME: unknown = Object.freeze({ toString: () => "resumed" });

/** What a wait answers when it has parked its coroutine. */
const SUSPENDED: IteratorResult<void, never> = Object.freeze({ done: false, value: undefined });

/** What a wait answers that is over, and worth nothing. */
const DONE: IteratorResult<void, void> = Object.freeze({ done: true, value: undefined });

/** What all generator functions inherit from. */
const GENERATORS: unknown = Object.getPrototypeOf(function* () {});

/** Nested enters and calls that go unchecked; each one deeper first makes sure of the stack. */
const SAFE_DEPTH = 64;
/** What the leader and those who have ended hold, who can hold nothing: so taking a lock for them leaves the fast path. */
const NONE: Hold = { below: null, above: null, abandon() {} };

const registry = new Registry<AnyCo, Home>();

/**
 * Who runs as soon as the one that runs yields or ends, linked, from `first` on: those whom it has woken
 * since it was entered, up to `last`, and then those who were woken before. They are not in the coroutine
 * itself, as only those who are entered have any.
 */
const woken: { first: AnyCo | null; last: AnyCo | null } = { first: null, last: null };
/** The same of one that has entered another one: that one begins with none. */
interface Aside {
  readonly by: AnyCo;
  readonly first: AnyCo | null;
  readonly last: AnyCo | null;
  /** See `failures`. */
  readonly failures: AnyCo | null;
  readonly below: Aside | null;
}
/** Of all who have, the innermost first. */
let asides: Aside | null = null;

/** Those who have failed since the one that runs was entered, the last one first: whoever entered them is to be told. */
let failures: AnyCo | null = null;

/** Enters and calls that are on the native stack now. */
let depth = 0;

// An imported name is looked up at each use; a constant of the file becomes part of the machine
// code. So what fast paths use of another file is made such a constant, here and elsewhere.
const tracing = imported;
const contexts = asyncContexts;

// A field that is declared first and set later was undefined in between: compiled code tests what is
// in it at each use. One that has an initial value, or that is only `declare`d and then set by the
// constructor, is known to hold one kind of object. So those of fast paths are made like that.

/** See {@linkcode Core}; no part of the public surface. */
export let core: Core;

/** Whoever constructs one has this: nobody elsewhere does. */
const HERE = Symbol();

/**
 * A coroutine: a function that can stop in the middle, give control back to whoever entered
 * it, and go on from there when it is entered again (QEMU's `Coroutine`).
 *
 * **Failures.** An error that leaves the body goes to whoever last entered the coroutine:
 * `enter()` throws it. Coroutines that were woken run in the loop of some `enter()`, so
 * theirs go to the caller of that one. The loop first runs all the others. If one has
 * failed, its error is thrown as it is; if several have, an `AggregateError` has them all,
 * in the order in which they failed.
 *
 * @typeParam T What the body returns.
 *
 * @example
 * ```ts
 * import { Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const out: string[] = [];
 * const co = Coroutine.create(function* count(to: number) {
 *   for (let i = 1; i <= to; i++) {
 *     out.push(`${i}`);
 *     yield;
 *   }
 * }, 2);
 * co.enter();
 * out.push("between");
 * co.enter();
 * assertEquals(out, ["1", "between", "2"]);
 * assertEquals(co.status, "suspended");
 * ```
 */
export class Coroutine<T = unknown> {
  // One monomorphic class, few fields: a suspended coroutine must stay below 250 bytes, and
  // the generator alone takes 120.
  /** The function that runs or will run next; null when terminated. */
  #top: Co<unknown> | null;
  /** Those that have called it by `call`, innermost first. */
  #frames: Frame | null = null;
  /** Whoever entered it. INVARIANT: not null iff it is entered and not the leader. */
  #caller: AnyCo | null = null;
  /** What keeps it from being entered, other than being entered. */
  #place: Place | null = null;
  /** The link of the one list that it is in. */
  #next: AnyCo | null = null;
  /** Who stands before it, if that is a wait list. */
  #before: AnyCo | null = null;
  /** The lock that it took last. */
  #held: Hold | null = null;
  /** Until it ends, null or its Fate; then that, or what it returned or failed with. */
  #outcome: unknown = null;
  /** Its name, or the function that it is named after: reading a function's name is slow. */
  readonly #label: string | { readonly name: string };
  /** Where `dump()` finds it, from its first suspension to its end. */
  #cohort: Cohort<AnyCo, Home> | null = null;
  /** Its slot there. Negative if it must be seen to when it suspends: it has none yet, or, `~slot`,
   * it is to be cancelled. */
  #slot = -1;

  private constructor(
    body: Co<unknown> | null,
    label: string | { readonly name: string },
    here: typeof HERE,
  ) {
    if (here !== HERE) {
      throw new TypeError("Cannot construct a coroutine: make it by Coroutine.create(entry)");
    }
    this.#top = body;
    this.#label = label;
  }

  /**
   * Makes a coroutine. Nothing runs before it is entered or woken; one that never is may
   * simply be dropped (`qemu_coroutine_create`).
   *
   * @param entry The body: a generator function, or one that returns a wait, such as `sleep`. The
   * coroutine is named after it.
   * @param args What to call it with.
   * @returns The coroutine, `created`.
   * @throws {TypeError} If `entry` is no function, or returns anything else.
   *
   * @example
   * ```ts
   * import { Coroutine } from "@cofn/coroutine";
   * import { assertEquals } from "@std/assert";
   *
   * const co = Coroutine.create(function* double(n: number) {
   *   return 2 * n;
   * }, 21);
   * assertEquals(co.status, "created");
   * co.enter();
   * assertEquals(await co.done, 42);
   * ```
   */
  static create<A extends unknown[], T>(
    entry: (...args: A) => Suspension<T>,
    ...args: A
  ): Coroutine<T> {
    if (typeof entry !== "function") throw notGenerator("create coroutine", entry);
    const made = entry(...args);
    // INVARIANT: what a generator function makes is a generator.
    let body = Object.getPrototypeOf(entry) === GENERATORS || isGenerator(made)
      ? made as Co<T>
      : bodyOf("create coroutine", entry, made);
    if (contexts.keep !== null) body = contexts.keep(body);
    const co = new Coroutine<T>(body, entry, HERE);
    if (tracing.listener !== null) emit({ type: "create", coroutine: co });
    return co;
  }

  /**
   * Makes a coroutine as {@linkcode Coroutine.create} does, with a name of its own.
   *
   * @param name What errors, traces and `dump()` call it.
   * @param entry The body: a generator function, or one that returns a wait.
   * @param args What to call it with.
   * @returns The coroutine, `created`.
   * @throws {TypeError} If `entry` is no function, or returns anything else.
   *
   * @example
   * ```ts
   * import { Coroutine } from "@cofn/coroutine";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Coroutine.named("reader 7", function* () {}).name, "reader 7");
   * ```
   */
  static named<A extends unknown[], T>(
    name: string,
    entry: (...args: A) => Suspension<T>,
    ...args: A
  ): Coroutine<T> {
    if (typeof entry !== "function") throw notGenerator("create coroutine", entry);
    const made = entry(...args);
    // INVARIANT: what a generator function makes is a generator.
    let body = Object.getPrototypeOf(entry) === GENERATORS || isGenerator(made)
      ? made as Co<T>
      : bodyOf("create coroutine", entry, made);
    if (contexts.keep !== null) body = contexts.keep(body);
    const co = new Coroutine<T>(body, givenName("create coroutine", name), HERE);
    if (tracing.listener !== null) emit({ type: "create", coroutine: co });
    return co;
  }

  /**
   * The coroutine that runs; outside any, the leader, which stands for the code there
   * (`qemu_coroutine_self`).
   *
   * @returns It, always.
   */
  static self(): Coroutine {
    return cpu.current;
  }

  /**
   * Whether a coroutine runs (`qemu_in_coroutine`).
   *
   * @returns False outside any coroutine.
   */
  static inCoroutine(): boolean {
    return cpu.current !== leader;
  }

  /**
   * Runs the coroutine until it yields or ends, and then all that it woke, and all that
   * those woke, depth first; then returns (`qemu_coroutine_enter`).
   *
   * What one coroutine woke runs in the order in which it woke them, before what had been
   * woken earlier. This takes constant stack, however long the chain.
   *
   * @throws What the coroutine, or one that ran because of it, failed with.
   * @throws {CoroutineError} `recursive-entry`, `already-woken`, `already-scheduled`,
   * `waiting`, `terminated`, `too-deep`: it cannot be entered now, and nothing has changed.
   */
  enter(): void {
    if (this.#place !== null || this.#caller !== null) {
      throw refused(core, "enter", this, this.#place ?? ENTERED);
    }
    const from = cpu.current;
    if (from !== leader) enterNested(this, from);
    else {
      step(this, from);
      if (woken.first !== null || failures !== null) finish(from);
    }
  }

  /**
   * Enters the coroutine as {@linkcode Coroutine.enter} does, unless it is entered already:
   * then nothing happens (`qemu_coroutine_enter_if_inactive`).
   *
   * @throws What `enter` throws, but for `recursive-entry`.
   */
  enterIfInactive(): void {
    if (!this.entered) this.enter();
  }

  /**
   * Lets the coroutine go on, in the context where it ran last: if that is the one that runs, inside
   * a coroutine as soon as that one yields or ends; outside, at once, as by
   * {@linkcode Coroutine.enter}. If it is another one, it is scheduled there, as by
   * {@linkcode AioContext.schedule} (`aio_co_wake`).
   *
   * @throws {CoroutineError} `wake-self`, `recursive-entry`, `already-woken`,
   * `already-scheduled`, `waiting`, `terminated`: it cannot be woken now, and nothing has
   * changed.
   * @throws Outside a coroutine, what `enter` throws.
   */
  wake(): void {
    if (this.#place !== null || this.#caller !== null) {
      throw refused(core, "wake", this, this.#place ?? ENTERED);
    }
    const cohort = this.#cohort;
    if (cohort !== null && cohort.home !== cpu.home && cohort.home?.receive(this) === true) return;
    if (cpu.current === leader) this.enter();
    else wakeLater(this);
  }

  /** The name that it was given, or its function's. */
  get name(): string {
    return nameOf(this.#label);
  }

  /** Where it stands; see {@linkcode CoroutineStatus}. */
  get status(): CoroutineStatus {
    if (this === cpu.current) return "running";
    if (this.entered) return "normal";
    if (this.#top === null) return "terminated";
    return this.#cohort === null ? "created" : "suspended";
  }

  /**
   * Whether it has been entered and has neither yielded nor ended since: it runs, or is in
   * the middle of entering another one (`qemu_coroutine_entered`).
   */
  get entered(): boolean {
    return this.#caller !== null || this === leader;
  }

  /**
   * The context that it runs in, or ran in last: `wake()` lets it go on there. Undefined if it has
   * not run yet, or has ended (`qemu_coroutine_get_aio_context`).
   */
  get context(): AioContext | undefined {
    const home = this.entered ? cpu.home : this.#cohort?.home;
    return home?.context;
  }

  /** Who will resume it, such as `until`, if that is not up to its user. */
  get scheduledBy(): string | undefined {
    return this.#place?.scheduledBy;
  }

  /** What it waits for, such as `CoMutex "disk"`; undefined if any `enter` may resume it. */
  get waitingOn(): string | undefined {
    return this.#place?.waitingOn;
  }

  /** How many locks it holds. Zero once it has ended. */
  get locksHeld(): number {
    let n = 0;
    for (let lock = this.#top === null ? null : this.#held; lock !== null; lock = lock.below) {
      if (lock.granted !== true) n++;
    }
    return n;
  }

  /**
   * Settles when the coroutine ends: with what its body returned, or with what it failed
   * with. Made on first use, so that it costs nothing to those who never ask. A failure is
   * thrown to whoever entered the coroutine all the same; where that was the host (after
   * `until`), it goes to `done` if anybody has asked for it and is uncaught otherwise.
   */
  get done(): Promise<T> {
    // INVARIANT: it is settled with what the body returned, a T.
    return fateOf(this).promise as Promise<T>;
  }

  /**
   * Makes the coroutine end early: where it is suspended, a `CoroutineError` `cancelled` is thrown,
   * whose `cause` is `reason`. So its `finally` blocks and `using` guards run, innermost first, and
   * give back what it holds. It has left the list that it stood in by then, and those behind it
   * have moved up. Its clean-up may suspend; to cancel it once more does nothing.
   *
   * When that happens depends on where it stands:
   *
   * | status | it |
   * |---|---|
   * | `created` | ends, without ever having run; one that was woken does so at its turn |
   * | `suspended` | goes on as one that was woken: at once outside any coroutine, as soon as the one that runs yields or ends inside |
   * | `suspended`, but woken or about to have its lock back | keeps what it was woken for, and is cancelled when it suspends next |
   * | `running`, `normal` | is cancelled when it suspends next |
   * | `terminated` | is as it was |
   *
   * `done` is rejected with that error, unless the body catches it and ends in another way. Nobody
   * else is told, unless the clean-up itself fails. One that is cleaning up already, as it has failed
   * or returned, is interrupted all the same, and that failure is lost then.
   *
   * @param reason Why; any value.
   * @throws {CoroutineError} `not-in-coroutine` for the leader, which cannot be cancelled.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   *
   * @example
   * ```ts
   * import { CoMutex, Coroutine } from "@cofn/coroutine";
   * import { assertEquals } from "@std/assert";
   *
   * const disk = new CoMutex("disk");
   * const co = Coroutine.create(function* () {
   *   using _ = yield* disk.lock();
   *   yield;
   * });
   * co.enter();
   * co.cancel("no longer needed");
   * assertEquals([co.status, disk.locked], ["terminated", false]);
   * ```
   */
  cancel(reason?: unknown): void {
    cancel(this, reason);
    flush();
  }

  /**
   * Cancels the coroutine when `signal` is aborted, with its reason; at once if it is already.
   * The signal is let go of when the coroutine ends.
   *
   * @param signal What to follow; a second one replaces the first.
   * @throws {TypeError} If it is no AbortSignal.
   * @throws {CoroutineError} `not-in-coroutine` for the leader.
   *
   * @example
   * ```ts
   * import { Coroutine } from "@cofn/coroutine";
   * import { assertEquals } from "@std/assert";
   *
   * const controller = new AbortController();
   * const co = Coroutine.create(function* () {
   *   yield;
   * });
   * co.cancelOn(controller.signal);
   * co.enter();
   * controller.abort();
   * assertEquals(co.status, "terminated");
   * ```
   */
  cancelOn(signal: AbortSignal): void {
    mustBeSignal("cancel on a signal", signal);
    if (this === leader) throw cannotCancel();
    if (this.#top === null) return;
    if (signal.aborted) return this.cancel(signal.reason);
    const fate = fateOf(this);
    const follower: Listener = {
      aborted: (reason) => {
        cancel(this, reason);
        flushByHost();
      },
    };
    const before = fate.unfollow;
    // First, as it may throw: then nothing has changed.
    listen(signal, follower);
    fate.unfollow = () => unlisten(signal, follower);
    before?.();
  }

  /**
   * Aborted when the coroutine is cancelled, with the error that it is given: for what it has
   * asked of others, as in `fetch(url, { signal: Coroutine.self().signal })`.
   */
  get signal(): AbortSignal {
    return fateOf(this).signal;
  }

  /** Its name and status, for people. */
  toString(): string {
    return `Coroutine "${this.name}" (${this.status})`;
  }

  static {
    const leader: AnyCo = new Coroutine(null, "leader", HERE);
    leader.#place = ENTERED;
    leader.#held = NONE;

    const step = (co: AnyCo, from: AnyCo): void => {
      co.#caller = from;
      cpu.current = co;
      co.#place = null;
      if (tracing.listener !== null) emit({ type: "enter", coroutine: co, by: from });
      // INVARIANT(coroutine: "who has ended never runs again"): #top is null only then.
      const body = co.#top!;
      try {
        try {
          const result = body.next(RESUME);
          if (result.done === true) {
            if (co.#frames === null) end(co, false, result.value);
            else unwind(co, body, false, result);
          }
        } catch (error) {
          unwind(co, body, true, error);
        }
        if (co.#top !== null) {
          if (co.#slot < 0) seeTo(co);
          // INVARIANT: who has suspended is in a cohort.
          if (co.#cohort!.home !== cpu.home) moveIn(co);
          // What it waits for came before it could suspend: it wakes itself.
          if (co.#place === GRANTED) wakeLater(co);
        }
      } finally {
        // At the very end of the stack even the cleaning up may overflow: not so this.
        cpu.current = from;
        co.#caller = null;
      }
      if (tracing.listener !== null) emitStop(co, from);
    };

    const drain = (from: AnyCo): void => {
      let strayed = false;
      let stray: unknown;
      for (let co; (co = woken.first) !== null;) {
        // Whom it wakes goes before those who were woken earlier.
        const rest: AnyCo | null = co.#next;
        woken.first = rest;
        woken.last = null;
        if (rest !== null) co.#next = null;
        try {
          step(co, from);
        } catch (error) {
          // The stack has overflowed. The others must run all the same.
          strayed = true;
          stray = error;
          // It has not begun, nor woken itself: there is no room here. They run when somebody is entered, or flushes, next.
          if (co.#place === WOKEN && woken.last !== co) {
            co.#next = woken.first;
            woken.first = co;
            break;
          }
        }
      }
      if (strayed) throw stray;
    };

    const wakeLater = (co: AnyCo): void => {
      co.#place = WOKEN;
      const { last } = woken;
      const next = last === null ? woken.first : last.#next;
      if (next !== null) co.#next = next;
      if (last === null) woken.first = co;
      else last.#next = co;
      woken.last = co;
      if (tracing.listener !== null && cpu.current !== leader) {
        emit({ type: "wake", coroutine: co, by: cpu.current });
      }
    };

    const enterNested = (co: AnyCo, from: AnyCo): void => {
      // EQUIVALENT(depth >= SAFE_DEPTH -> true): to make sure sooner costs time alone.
      if (depth >= SAFE_DEPTH) makeSureOfStack(`enter coroutine "${co.name}"`, depth);
      const aside = setAside(from);
      depth++;
      try {
        step(co, from);
        if (woken.first !== null || failures !== null) finish(from);
      } finally {
        depth--;
        if (aside !== null) {
          // It has them again, behind those for whom the stack had no room: there may be none for a call either.
          asides = aside.below;
          woken.last = aside.last;
          let last = woken.first as AnyCo | null;
          while (last !== null && last.#next !== null) last = last.#next;
          if (last === null) woken.first = aside.first;
          else last.#next = aside.first;
          failures = aside.failures;
        }
      }
    };

    /** Whoever is called now lets others run, but not those whom `by` has woken, and does not hear of their failures. */
    const setAside = (by: AnyCo): Aside | null => {
      if (woken.first === null && failures === null) return null;
      const { first, last } = woken;
      asides = { by, first, last, failures, below: asides };
      failures = woken.first = woken.last = null;
      return asides;
    };

    // Outside any coroutine, what a listener does lets others run.
    apart.tell = (listener, event) => {
      const aside = cpu.current === leader ? setAside(leader) : null;
      try {
        listener(event);
      } finally {
        if (aside !== null) {
          asides = aside.below;
          const left = woken.first;
          woken.first = aside.first;
          woken.last = aside.last;
          failures = aside.failures;
          // For whom the stack had no room.
          for (let co: AnyCo | null = left; co !== null;) {
            const next: AnyCo | null = co.#next;
            co.#next = woken.first;
            woken.first = co;
            co = next;
          }
        }
      }
    };

    /** The function on top has ended: its outcome goes down from caller to caller, until one suspends. */
    const unwind = (co: AnyCo, ended: Co<unknown>, failed: boolean, outcome: unknown): void => {
      // Somebody has run a wait by hand, which has put others above the one that has ended.
      for (let frame = co.#frames; co.#top !== ended && frame !== null; frame = frame.below) {
        co.#top = frame.body;
        co.#frames = frame.below;
      }
      for (;;) {
        const frame = co.#frames;
        if (frame === null) {
          // INVARIANT: an outcome that is no failure is the result of a generator.
          if (failed) end(co, true, outcome);
          else end(co, false, (outcome as IteratorResult<void, unknown>).value);
          return;
        }
        co.#top = frame.body;
        co.#frames = frame.below;
        try {
          const result = failed ? frame.body.throw(outcome) : frame.body.next(outcome);
          if (result.done !== true) return;
          failed = false;
          outcome = result;
        } catch (error) {
          failed = true;
          outcome = error;
        }
      }
    };

    /** The body has ended. What it woke and told runs afterwards, from the loop of its enterer. */
    const end = (co: AnyCo, failed: boolean, outcome: unknown): void => {
      co.#top = null;
      co.#place?.forget?.(co);
      if (co.#held !== null) {
        outcome = endedHolding(co, abandonAll(co.#held, co), failed, outcome);
        failed = true;
      }
      co.#held = NONE;
      co.#place = failed ? FAILED : ENDED;
      // INVARIANT: before the end, #outcome is null or a Fate.
      const fate = co.#outcome as Fate | null;
      if (fate === null) {
        co.#outcome = outcome;
        if (failed) failTo(co);
      }
      const cohort = co.#cohort;
      if (cohort !== null) {
        co.#cohort = null;
        leave(co, cohort);
      }
      if (fate === null) return;
      if (fate.settle(co, failed, outcome)) co.#place = ENDED;
      else if (failed) failTo(co);
    };

    /** Whoever has entered it is to be told. */
    const failTo = (co: AnyCo): void => {
      co.#next = failures;
      failures = co;
    };

    /** Takes one out of its cohort, whose last one takes its slot, so that the open cohort lasts. */
    const leave = (co: AnyCo, { members }: Cohort<AnyCo, Home>): void => {
      // INVARIANT: it is in its cohort, which is not empty then.
      const last = members.pop()!;
      if (last === co) return;
      const slot = co.#slot < 0 ? ~co.#slot : co.#slot;
      members[slot] = last;
      // EQUIVALENT(< -> <=): the last of several is not the first.
      last.#slot = last.#slot < 0 ? ~slot : slot;
    };

    /** It has suspended for the first time, or is to be cancelled. */
    const seeTo = (co: AnyCo): void => {
      if (co.#cohort === null) enlist(co);
      else co.#slot = ~co.#slot;
      const fate = co.#outcome;
      if (!Fate.is(fate) || fate.cancelled === null || fate.delivered) return;
      const place = co.#place;
      if (place === GRANTED || place?.shielded === true) co.#slot = ~co.#slot;
      else {
        throwInto(co, fate.cancelled);
        fate.delivered = true;
        co.#place = GRANTED;
      }
    };

    const fateOf = (co: AnyCo): Fate => {
      const outcome = co.#outcome;
      if (Fate.is(outcome)) return outcome;
      const fate = new Fate();
      co.#outcome = fate;
      if (co.#top === null && co !== leader) fate.settle(co, co.#place === FAILED, outcome);
      return fate;
    };

    const cancel = (co: AnyCo, reason: unknown): void => {
      if (co === leader) throw cannotCancel();
      if (co.#top === null) return;
      const fate = fateOf(co);
      if (fate.cancelled !== null) return;
      const error = cancelledBy(co, reason);
      fate.cancelled = error;
      try {
        deliver(co, fate, error, reason);
      } catch (failed) {
        // The end of the stack: unless it has been thrown the error, it may be cancelled again.
        if (!fate.delivered) fate.cancelled = null;
        throw failed;
      }
    };

    /** The rest of `cancel`: from here on listeners run. */
    const deliver = (co: AnyCo, fate: Fate, error: CoroutineError, reason: unknown): void => {
      emit({ type: "cancel", coroutine: co, by: cpu.current, reason });
      fate.abort();
      // Listeners of its signal have run; it may even have ended.
      if (co.#top === null || fate.delivered) return;
      const place = co.#place;
      const begun = co.#cohort !== null;
      if (co.#caller !== null || (begun && (place === WOKEN || place?.shielded === true))) {
        if (co.#slot >= 0) co.#slot = ~co.#slot;
        return;
      }
      if (begun || place === WOKEN) {
        throwInto(co, error);
        fate.delivered = true;
        // One that has been woken, but has never run, ends at its turn.
        if (begun) grant(co);
      } else {
        fate.delivered = true;
        end(co, true, error);
        emitStop(co, cpu.current);
      }
    };

    /** Takes it out of where it waits, and lets it find an error there. */
    const throwInto = (co: AnyCo, error: unknown): void => {
      const place = co.#place;
      // A callee that throws: the error arrives where the coroutine waits, and costs the
      // others, who are resumed with a value, nothing.
      const top = thrower(error);
      // INVARIANT: one that has not ended has a body.
      const frames = { body: co.#top!, below: co.#frames };
      if (place?.forget !== undefined) {
        // What it leaves may be of the user's making, and may cancel it: nothing takes it out twice.
        co.#place = WOKEN;
        try {
          place.forget(co);
        } catch (failed) {
          // The end of the stack: it waits as before.
          co.#place = place;
          throw failed;
        }
      }
      co.#frames = frames;
      co.#top = top;
    };

    /** Puts it in the registry: from now on `dump()` finds it. */
    const enlist = (co: AnyCo): void => {
      const cohort = registry.open(cpu.home);
      co.#slot = cohort.members.push(co) - 1;
      co.#cohort = cohort;
    };

    /** It has suspended in another context than the last time. */
    const moveIn = (co: AnyCo): void => {
      // EQUIVALENT(co.#slot < 0 -> true): it is then seen to once in vain.
      const due = co.#slot < 0;
      // INVARIANT: who has suspended is in a cohort.
      leave(co, co.#cohort!);
      enlist(co);
      if (due) co.#slot = ~co.#slot;
    };

    const emitStop = (co: AnyCo, to: AnyCo): void => {
      if (co.#top !== null) {
        return emit({ type: "yield", coroutine: co, to, waitingOn: co.waitingOn });
      }
      const failed = Fate.is(co.#outcome) ? co.#outcome.end === "failed" : co.#place === FAILED;
      if (!failed) emit({ type: "terminate", coroutine: co, to });
      else emit({ type: "terminate", coroutine: co, to, error: errorOf(co) });
    };

    const errorOf = (co: AnyCo): unknown =>
      Fate.is(co.#outcome) ? co.#outcome.outcome : co.#outcome;
    const promiseOf = (co: AnyCo): Promise<unknown> | undefined =>
      Fate.is(co.#outcome) ? co.#outcome.asked : undefined;

    const homeOf = (co: AnyCo): Home | null => co.#cohort === null ? null : co.#cohort.home;

    const refusalOf = (verb: Verb, co: AnyCo): CoroutineError | null => {
      if (co.#place !== null) return refused(core, verb, co, co.#place);
      // The one that runs may say what is to resume it when it has suspended.
      const itself = verb === "schedule" && co === cpu.current;
      return co.#caller === null || itself ? null : refused(core, verb, co, ENTERED);
    };

    const put = (co: AnyCo, place: Place): void => {
      co.#place = place;
    };

    const park = (place: Place): void => {
      const co = cpu.current;
      // One that has ended still runs what its end calls, and has no place before its end is done.
      if (co.#place !== null || co.#top === null) throw cannotPark(co, co.#top !== null, place);
      co.#place = place;
    };

    const mustPark = (place: Place): void => {
      const co = cpu.current;
      if (co.#place !== null || co.#top === null) throw cannotPark(co, co.#top !== null, place);
    };

    const grant = (co: AnyCo): void => {
      if (co.#caller !== null) co.#place = GRANTED;
      else {
        const cohort = co.#cohort;
        if (cohort === null || cohort.home === cpu.home || cohort.home?.receive(co) !== true) {
          wakeLater(co);
        }
      }
    };

    const flush = (): void => {
      if (woken.first !== null && cpu.current === leader) finish(leader);
    };

    const flushByHost = (): void => {
      if (woken.first !== null && cpu.current === leader) finishByHost();
    };

    /** The rest of an enter by the host: `done` is as good a caller then as any. */
    const finishByHost = (): void => {
      drain(leader);
      if (failures === null) return;
      const failed = unheard().filter((one) => promiseOf(one) === undefined);
      const error = failed.length === 0 ? undefined : failureOf(core, failed);
      heard();
      if (failed.length > 0) throw error;
    };

    const unheard = (): AnyCo[] => {
      const all: AnyCo[] = [];
      for (let co = failures; co !== null; co = co.#next) all.push(co);
      return all.reverse();
    };

    const heard = (): void => {
      for (let co = failures; co !== null;) {
        const next: AnyCo | null = co.#next;
        co.#next = null;
        co = next;
      }
      failures = null;
    };

    const resume = (co: AnyCo, byHost: boolean): void => {
      step(co, leader);
      if (woken.first === null && failures === null) return;
      if (byHost) finishByHost();
      else finish(leader);
    };

    // Most coroutines hold one lock at most: its links are then null, and stay so.
    const pushHold = (co: AnyCo, lock: Hold): void => {
      if (co.#held === null) co.#held = lock;
      else stackHold(co, lock);
    };

    const stackHold = (co: AnyCo, lock: Hold): void => {
      // The leader has no body either. One that has ended still runs what its end calls of the
      // user's: a listener, a getter of what it returned.
      if (co.#top === null) throw cannotLock(lock);
      lock.below = co.#held;
      co.#held!.above = lock;
      co.#held = lock;
    };

    const dropHold = (co: AnyCo, lock: Hold): void => {
      if (lock.above === null && lock.below === null) co.#held = null;
      else unstackHold(co, lock);
    };

    const unstackHold = (co: AnyCo, lock: Hold): void => {
      const { above, below } = lock;
      if (above === null) co.#held = below;
      else above.below = below;
      if (below !== null) below.above = above;
      lock.above = lock.below = null;
    };

    const nextOf = (co: AnyCo): AnyCo | null => co.#next;
    const setNext = (co: AnyCo, next: AnyCo | null): void => {
      co.#next = next;
    };
    const beforeOf = (co: AnyCo): AnyCo | null => co.#before;
    const setBefore = (co: AnyCo, before: AnyCo | null): void => {
      co.#before = before;
    };

    const callerOf = (co: AnyCo): AnyCo | null => co.#caller;
    const placeOf = (co: AnyCo): Place | null => co.#place;

    const locksOf = (co: AnyCo): readonly Hold[] =>
      co.#top === null || co.#held === null
        ? NOTHING
        : holdsOf(co.#held).filter(({ granted }) => granted !== true);

    const wokenBy = (co: AnyCo): readonly AnyCo[] => {
      let aside = asides;
      while (aside !== null && aside.by !== co) aside = aside.below;
      const { first, last } = co === cpu.current ? woken : aside ?? NOBODY;
      const all: AnyCo[] = [];
      if (last === null) return all;
      for (let one = first; one !== null && one !== last; one = one.#next) all.push(one);
      return [...all, last];
    };

    const callee = (given: Co<unknown>): IteratorResult<void, unknown> => {
      const co = cpu.current;
      // EQUIVALENT(depth >= SAFE_DEPTH -> true): to make sure sooner costs time alone.
      if (depth >= SAFE_DEPTH) makeSureOfStack("call a coroutine function", depth);
      if (co === leader) return calleeOutside(given);
      const body = contexts.keep === null ? given : contexts.keep(given);
      // INVARIANT: what runs has a body.
      const caller = co.#top!;
      const below = co.#frames;
      co.#frames = { body: caller, below };
      co.#top = body;
      depth++;
      try {
        const result = body.next();
        if (result.done !== true) return SUSPENDED;
        co.#top = caller;
        co.#frames = below;
        return result;
      } catch (error) {
        co.#top = caller;
        co.#frames = below;
        throw error;
      } finally {
        depth--;
      }
    };

    core = {
      cpu: { current: leader, home: null },
      leader,
      RESUME,
      SUSPENDED,
      DONE,
      WOKEN,
      step,
      enterNested,
      drain,
      unheard,
      heard,
      wakeLater,
      callee,
      homeOf,
      refusalOf,
      put,
      resume,
      park,
      mustPark,
      grant,
      throwInto,
      flush,
      flushByHost,
      cancel,
      fateOf,
      fateIfAny: (co) => Fate.is(co.#outcome) ? co.#outcome : null,
      pushHold,
      dropHold,
      nextOf,
      setNext,
      beforeOf,
      setBefore,
      callerOf,
      placeOf,
      locksOf,
      wokenBy,
      suspendedOnes: () => registry.members(),
      errorOf,
      promiseOf,
    };
  }
}

const { cpu, leader, step, enterNested, drain, unheard, heard, wakeLater, fateOf, cancel } = core;
const { flush, flushByHost } = core;

enrol(() => cpu.current === leader ? undefined : cpu.current.name);

const NOTHING: readonly never[] = Object.freeze([]);
const NOBODY = { first: null, last: null };

/** A callee that does nothing but fail. */
function* thrower(error: unknown): Co<never> {
  throw error;
}

/** What `yield* call(…)` does where no coroutine runs: fine, as long as the callee does not suspend. */
function calleeOutside(body: Co<unknown>): IteratorResult<void, unknown> {
  const result = body.next();
  if (result.done === true) return result;
  const error = cannotYield();
  body.throw(error);
  throw error;
}

/** The rest of an enter: runs those who were woken, then throws what went wrong. */
function finish(from: AnyCo): void {
  drain(from);
  if (failures === null) return;
  const error = failureOf(core, unheard());
  heard();
  throw error;
}
