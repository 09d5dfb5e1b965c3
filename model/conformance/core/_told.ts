/**
 * What a trace tells, put together: it must be what there is.
 *
 * @module
 */
import { type CoMutex, type Coroutine, trace, type TraceEvent } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";

const { fateOf, leader, wokenBy } = core;

/** What is known of coroutines and mutexes by a trace alone. */
export class Told {
  /** Those that are entered, the one that runs last. */
  readonly #entered: Coroutine[] = [leader];
  readonly #status = new Map<Coroutine, "created" | "entered" | "suspended" | "terminated">();
  /** Whom each that is entered has woken. */
  readonly #wakes = new Map<Coroutine, Coroutine[]>();
  readonly #holders = new Map<CoMutex, Coroutine>();
  /** What it has told that cannot be. */
  #wrong: string | undefined;

  /** Listens from now on, until that is disposed of. */
  listen(): Disposable {
    return trace((event) => {
      const wrong = this.#hear(event);
      if (wrong !== undefined) this.#wrong ??= `the trace tells ${event.type} of ${wrong}`;
    });
  }

  /** Throws unless that is what there is. */
  check(players: readonly Coroutine[], mutexes: readonly CoMutex[] = []): void {
    if (this.#wrong !== undefined) throw new Error(this.#wrong);
    for (const co of players) {
      const told = this.#status.get(co) ?? "created";
      const status = co.entered ? "entered" : co.status;
      if (told !== status) throw new Error(`the trace says that ${co.name} is ${told}: ${status}`);
      const wakes = this.#wakes.get(co) ?? [];
      const real = wokenBy(co);
      if (wakes.length !== real.length || real.some((one, i) => one !== wakes[i])) {
        throw new Error(
          `the trace says that ${co.name} has woken ${wakes.map(({ name }) => name)}`,
        );
      }
    }
    for (const mutex of mutexes) {
      if (mutex.holder !== this.#holders.get(mutex)) {
        throw new Error(
          `the trace says that ${this.#holders.get(mutex)?.name} holds ${mutex.name}`,
        );
      }
    }
  }

  /** Answers what is wrong with it, if anything is. */
  #hear(event: TraceEvent): string | undefined {
    const { coroutine: co } = event;
    const running = this.#entered.at(-1);
    const status = this.#status.get(co) ?? "created";
    switch (event.type) {
      case "create":
        this.#status.set(co, "created");
        return undefined;
      case "enter":
        this.#entered.push(co);
        this.#status.set(co, "entered");
        if (status !== "created" && status !== "suspended") return `${co.name}, which is ${status}`;
        return event.by === running
          ? undefined
          : `${co.name} by ${event.by.name}, which does not run`;
      case "yield":
        this.#entered.pop();
        this.#status.set(co, "suspended");
        // They are to run now.
        this.#wakes.delete(co);
        if (co !== running) return `${co.name}, which does not run`;
        if (event.waitingOn !== co.waitingOn) return `${co.name} waiting on ${event.waitingOn}`;
        return event.to === this.#entered.at(-1) ? undefined : `${co.name} to ${event.to.name}`;
      case "wake":
        this.#wakes.set(event.by, [...this.#wakes.get(event.by) ?? [], co]);
        // Whom the code outside wakes runs at once.
        if (event.by === leader) return `${co.name} by the leader`;
        return event.by === running
          ? undefined
          : `${co.name} by ${event.by.name}, which does not run`;
      case "cancel":
        if (event.reason !== co.name) return `${co.name} for ${event.reason}`;
        return event.by === running
          ? undefined
          : `${co.name} by ${event.by.name}, which does not run`;
      case "terminate":
        // One that has not begun ends where it is.
        if (co === running) this.#entered.pop();
        else if (status !== "created") return `${co.name}, which is ${status}`;
        this.#status.set(co, "terminated");
        this.#wakes.delete(co);
        if (("error" in event) !== (fateOf(co).end === "failed")) return `how ${co.name} has ended`;
        if (event.error !== undefined && event.error !== fateOf(co).outcome) return "another error";
        return event.to === this.#entered.at(-1) ? undefined : `${co.name} to ${event.to.name}`;
      case "wait":
      case "lock":
      case "unlock":
        return this.#hearOfLock(event);
      default:
        return undefined;
    }
  }

  #hearOfLock(
    { type, coroutine: co, mutex, holder, waiters }: Extract<TraceEvent, { mutex: CoMutex }>,
  ): string | undefined {
    const before = this.#holders.get(mutex);
    if (type === "lock") this.#holders.set(mutex, co);
    if (type === "unlock") this.#holders.delete(mutex);
    if (type === "lock" && before !== undefined) return `${mutex.name}, which ${before.name} has`;
    if (type === "unlock" && before !== co) return `${mutex.name}, which ${co.name} has not`;
    if (holder !== mutex.holder) return `${mutex.name} held by ${holder?.name}`;
    return waiters === mutex.waiters ? undefined : `${waiters} who wait for ${mutex.name}`;
  }
}
