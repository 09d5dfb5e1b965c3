/**
 * The inside of a context: what it has to do, and the one place where that is done.
 *
 * @module
 */
import type { AioContext } from "./aio_context.ts";
import { hostClocks, monotonic } from "../time/clock.ts";
import type { Alarm } from "../time/_alarms.ts";
import { core, type Coroutine } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import type { Handler } from "./_handler.ts";
import type { Home } from "../core/_home.ts";
import { host } from "../core/_report.ts";
import { soon, stopFor } from "../time/_host.ts";
import { Ready, ReadyList } from "./_ready_list.ts";
import type { Source } from "./_source.ts";
import { Timers } from "./_timers.ts";
import { emit, tracing } from "../core/trace.ts";
import { WaitList } from "../core/_wait_list.ts";

const { cpu, leader, placeOf, put, refusalOf, resume } = core;

type AnyCo = Coroutine<unknown>;

/** What is only to be done when there is time is done after so long (as in QEMU). */
const IDLE_NS = 10e6;

/** What keeps a context from being closed. */
export interface Live {
  delete(): void;
}

/** Coroutines that a context is to resume: their place, until it does. */
class Scheduled extends WaitList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "AioContext.schedule";
  // What it was woken for, it keeps.
  readonly shielded = true;
  readonly #loop: Loop;

  constructor(loop: Loop) {
    super();
    this.#loop = loop;
  }

  /** It has ended before its turn came, as it was cancelled and had never begun. */
  override forget(co: AnyCo): void {
    super.forget(co);
    this.#loop.forgetDelivered(co);
  }

  override toString(): string {
    return `${this.#loop.context}`;
  }
}

/** Resumes the coroutines that are scheduled: one of the bottom halves. */
class Resumer extends Ready {
  declare readonly loop: Loop;
  /** Those who came since the last round. */
  declare coming: Scheduled;
  /** Those whose turn it is. */
  declare going: Scheduled;
  /** Who was to be resumed where the stack has ended. */
  turn: AnyCo | null = null;
  /** What must be known of some of them when they go on. */
  readonly goesOn: Map<AnyCo, () => void> = new Map();

  constructor(loop: Loop) {
    super();
    this.loop = loop;
    this.coming = new Scheduled(loop);
    this.going = new Scheduled(loop);
  }

  add(co: AnyCo): void {
    const { coming } = this;
    put(co, coming);
    coming.append(co);
    if (this.list === null) this.loop.bottomHalves.add(this);
  }

  run(): boolean {
    // INVARIANT(aio_context: "only the leader polls: a round is left to those whom it resumes"): those
    // of the round before are gone, unless the stack has ended. Who is scheduled from now on waits for the next one.
    const { loop, coming: going } = this;
    this.coming = this.going;
    this.going = going;
    // They may all have been cancelled.
    const progress = !going.empty;
    for (let co; (co = going.shift()) !== null;) {
      if (this.goesOn.size > 0) this.tell(co);
      try {
        resume(co, loop.byHost);
      } catch (error) {
        // At the end of the stack there may be no room for a call, but for this.
        this.turn = co;
        loop.broken = true;
        if (placeOf(co) === going) throw error;
        this.turn = null;
        loop.errors.push(error);
      }
    }
    return progress;
  }

  /** The stack has ended in the middle of a round: who is left goes on in the next one. */
  stay(): void {
    const { turn, going, coming } = this;
    this.turn = null;
    // It has not begun, or would be elsewhere.
    if (turn !== null && placeOf(turn) === going) going.prepend(turn);
    for (let co; (co = going.shift()) !== null;) {
      put(co, coming);
      coming.append(co);
    }
    if (this.list === null && !coming.empty) this.loop.bottomHalves.add(this);
  }

  tell(co: AnyCo): void {
    const goesOn = this.goesOn.get(co);
    this.goesOn.delete(co);
    goesOn?.();
  }
}

/** The inside of an {@linkcode AioContext}. */
export class Loop implements Home {
  declare readonly context: AioContext;
  awaited = 0;
  readonly bottomHalves: ReadyList = new ReadyList();
  readonly sources: ReadyList = new ReadyList();
  readonly timers: Timers = new Timers(() => this.notify());
  /** Timers that were due when a round came to them, and were not called yet. */
  readonly due: ReadyList = new ReadyList();
  readonly handlers: Map<Source | number, Handler> = new Map();
  /** Whatever must be deleted before it can be closed. */
  readonly live: Set<Live> = new Set();
  readonly #resumer: Resumer = new Resumer(this);
  closed = false;
  /** What has been thrown in the rounds that are under way. */
  readonly errors: unknown[] = [];
  /** How many rounds are under way, one in another. */
  #depth = 0;
  /** Whether a round may have ended in its middle, with the stack. */
  broken = false;
  /** Whether the host has begun the round. */
  byHost = false;
  /** Whether somebody has called `notify` since the last poll began. */
  notified = false;
  /** Lets the host call something in its next turn. */
  host: (call: () => void) => void = soon;
  /** Ends the wait of the blocking poll. */
  #unblock: (() => void) | null = null;
  /** Whether the host will poll it in its next turn. */
  #driven = false;
  /** Set while what is idle waits. */
  #idle: Alarm | null = null;

  constructor(context: AioContext) {
    this.context = context;
  }

  /** Coroutines that are scheduled for the next round. */
  get coming(): readonly AnyCo[] {
    return [...this.#resumer.coming.waiting()];
  }

  /** Those that are still to be resumed in this round. */
  get going(): readonly AnyCo[] {
    return [...this.#resumer.going.waiting()];
  }

  /** Whether a round is under way. */
  get polling(): boolean {
    return this.#depth > 0;
  }

  /** Whether a poll waits until there is something to do. */
  get blocked(): boolean {
    return this.#unblock !== null;
  }

  /** Whether a poll would find something to do that cannot wait. */
  get busy(): boolean {
    return this.bottomHalves.urgent || !this.sources.empty || !this.due.empty ||
      this.timers.left === 0;
  }

  /** Whether nothing can ever give it something to do, but somebody from outside. */
  get finished(): boolean {
    return !this.busy && this.bottomHalves.empty && this.timers.empty &&
      this.handlers.size === 0 && this.awaited === 0;
  }

  receive(co: AnyCo): boolean {
    if (this.closed) return false;
    this.#resumer.add(co);
    if (tracing.listener !== null) {
      emit({ type: "schedule", coroutine: co, by: cpu.current, context: this.context });
    }
    this.notify();
    return true;
  }

  /** As `receive`, for users: it may be that it is not suspended, and then nothing happens. */
  schedule(co: AnyCo): void {
    this.mustBeOpen("schedule a coroutine in");
    const error = refusalOf("schedule", co);
    if (error !== null) throw error;
    this.receive(co);
  }

  /** As `schedule`, of what another thread has scheduled: `goesOn` is called when it is about to go on, or never will. */
  deliver(co: AnyCo, goesOn: () => void): void {
    this.schedule(co);
    this.#resumer.goesOn.set(co, goesOn);
  }

  /** One that was delivered will not go on. */
  forgetDelivered(co: AnyCo): void {
    this.#resumer.tell(co);
  }

  /** A bottom half is not to be called. */
  forget(ready: Ready): void {
    this.bottomHalves.remove(ready);
    this.#rest();
  }

  /** Something may have come: whoever drives it should look. */
  notify(): void {
    // INVARIANT(notify: "a poll never waits while there is something to do"): it is set first, and
    // whoever is about to wait looks at it last.
    this.notified = true;
    if (this.#unblock !== null) this.#release();
    else this.#drive();
  }

  /** One round: bottom halves, then what is ready, then timers that are due. Answers whether there was progress. */
  poll(byHost: boolean = false): boolean {
    const { home } = cpu;
    const { errors } = this;
    const before = errors.length;
    const wasByHost = this.byHost;
    cpu.home = this;
    this.byHost = byHost;
    this.#depth++;
    // INVARIANT(notify: "a notification is seen: no poll waits after it"): before the work, so that one that comes meanwhile
    // is seen by the next poll.
    this.notified = false;
    let progress = false;
    try {
      if (this.broken) {
        this.broken = false;
        this.#resumer.stay();
      }
      progress = this.bottomHalves.round(this.context, errors);
      if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true;
      this.timers.ring(errors);
      if (!this.due.empty && this.due.round(this.context, errors)) progress = true;
    } catch (error) {
      // The stack has ended here.
      this.broken = true;
      errors.push(error);
    } finally {
      this.#depth--;
      this.byHost = wasByHost;
      cpu.home = home;
    }
    try {
      this.#drive();
    } catch (error) {
      // That clock again: the others' errors must be told, too.
      errors.push(error);
    }
    if (errors.length > before) throw failureOf(errors.splice(before));
    return progress;
  }

  /**
   * Calls `done` when somebody notifies, at once if somebody has since the last round began: who has
   * brought something to do has notified.
   */
  block(done: () => void): void {
    if (this.notified) return done();
    this.#unblock = done;
  }

  /** Stops this thread until there is something to do, for so long at most. */
  stop(ns: number): void {
    const until = monotonic.now + ns;
    while (!this.notified && !this.busy) {
      const left = Math.min(until - monotonic.now, ...hostClocks.map((clock) => clock.left));
      if (left === Infinity) {
        throw new CoroutineError(
          "deadlock",
          `Cannot wait until ${this.context} has something to do: no alarm is set, and nothing else ` +
            "can happen while this thread stands still (wait by await context.poll(true))",
        );
      }
      if (left > 0) stopFor(left);
      // The host cannot do it now.
      for (const clock of hostClocks) clock.ring();
      if (monotonic.now >= until) return;
    }
  }

  /** The poll for which `block` has waited. Others may have polled meanwhile. */
  afterBlock(): boolean {
    return this.closed ? false : this.poll();
  }

  /** Nobody is to be told any more. */
  close(): void {
    this.closed = true;
    this.#idle?.cancel();
    if (this.#unblock !== null) this.#release();
  }

  mustBeOpen(verb: string): void {
    if (this.closed) {
      throw new CoroutineError("closed", `Cannot ${verb} ${this.context}: it was closed`);
    }
  }

  /** Throws if this is no place for a poll. */
  mustPoll(): void {
    this.mustBeOpen("poll");
    if (cpu.current !== leader) {
      throw new CoroutineError(
        "in-coroutine",
        `Cannot poll ${this.context}: coroutine "${cpu.current.name}" runs here (let it yield ` +
          "until it is resumed)",
        { coroutine: cpu.current },
      );
    }
    if (this.#unblock !== null) {
      throw new CoroutineError(
        "context-busy",
        `Cannot poll ${this.context}: another poll waits until there is something to do`,
      );
    }
  }

  #release(): void {
    const done = this.#unblock;
    this.#unblock = null;
    done?.();
  }

  /** Unless somebody polls it, the host is to do so as soon as there is something to do. */
  #drive(): void {
    if (this.#driven || this.#depth > 0 || this.closed) return;
    if (this.busy) {
      this.#driven = true;
      this.host(this.#turn);
    } else this.#rest();
  }

  readonly #turn = (): void => {
    this.#driven = false;
    // Somebody has polled it by hand meanwhile, and waits; or it has been closed.
    if (this.closed || this.#unblock !== null) return;
    try {
      this.poll(true);
    } catch (error) {
      host.report(error);
    }
  };

  /** Nobody polls: what is idle is done when nothing else was for a while. */
  #rest(): void {
    if (this.bottomHalves.empty) {
      this.#idle?.cancel();
      this.#idle = null;
      return;
    }
    this.#idle ??= monotonic.after(IDLE_NS, () => {
      this.#idle = null;
      this.#turn();
    });
  }
}

/** What a poll throws. */
function failureOf(errors: readonly unknown[]): unknown {
  return errors.length === 1
    ? errors[0]
    : new AggregateError(errors, `${errors.length} of what was polled have failed`);
}
