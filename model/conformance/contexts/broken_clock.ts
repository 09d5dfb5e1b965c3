/**
 * How the clock of `specs/contexts/broken_clock.ts` meets the code of `src/contexts/_timers.ts`.
 *
 * @module
 */
import { type Alarm, type Clock, monotonic, VirtualClock } from "../../../mod.ts";
import { Timers } from "../../../src/contexts/_timers.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { brokenClock } from "../../specs/contexts/broken_clock.ts";

/** One that fails as long as it does not work. */
class Breakable implements Clock {
  readonly name = "breakable";
  readonly inner = new VirtualClock();
  works = true;

  get now(): number {
    this.#mustWork();
    return this.inner.now;
  }

  after(ns: number, ring: () => void): Alarm {
    this.#mustWork();
    const alarm = this.inner.after(ns, ring);
    this.ringEarly = () => {
      alarm.cancel();
      ring();
    };
    return alarm;
  }

  /** Rings what was set last, whenever that is due. */
  ringEarly = (): void => {};

  #mustWork(): void {
    if (!this.works) throw "broken";
  }
}

class Stage {
  readonly clock = new Breakable();
  readonly timers = new Timers(() => this.woken = true);
  woken = false;
  readonly deadline = new Map<string, number>();
  readonly #entries = new Map<string, Alarm>();
  /** What the host's clock is to call. */
  retry: (() => void) | null = null;
  #called: { readonly who: string; readonly at: number }[] = [];

  /** Lets the host's clock be ours while something is done. Answers who was called meanwhile. */
  #during(act: () => void): string[] {
    this.#called = [];
    const after = (_ns: number, ring: () => void): Alarm => {
      this.retry = ring;
      return {
        cancel: () => {
          if (this.retry === ring) this.retry = null;
        },
      };
    };
    Object.defineProperty(monotonic, "after", { value: after, configurable: true });
    try {
      act();
      const called = this.#called;
      if (called.some(({ at }, i) => at < (called[i - 1]?.at ?? 0))) return ["out of order"];
      // Those that are due at once are called as they were set, which the spec of timers tells.
      return called.sort((a, b) => a.at - b.at || (a.who < b.who ? -1 : 1)).map(({ who }) => who);
    } finally {
      Reflect.deleteProperty(monotonic, "after");
    }
  }

  set(who: string, at: number): string {
    try {
      this.#during(() => {
        const entry = this.timers.of(this.clock).set(at, () => {
          this.#called.push({ who, at });
          this.deadline.delete(who);
        });
        this.#entries.set(who, entry);
      });
    } catch (error) {
      return `${error}`;
    }
    this.deadline.set(who, at);
    return "set";
  }

  cancel(who: string): void {
    const entry = this.#entries.get(who);
    if (entry !== undefined) this.#during(() => this.timers.of(this.clock).cancel(entry));
    this.deadline.delete(who);
  }

  advance(): void {
    this.#during(() => this.clock.inner.advance(1));
  }

  ringEarly(): void {
    this.#during(() => this.clock.ringEarly());
  }

  look(): string {
    this.woken = false;
    const errors: unknown[] = [];
    const called = this.#during(() => this.timers.ring(errors));
    return [...errors, ...called].join(", ");
  }

  askAgain(): string {
    const { retry } = this;
    this.retry = null;
    return this.#during(() => retry?.()).join(", ");
  }

  left(): string {
    let left = NaN;
    this.#during(() => left = this.timers.left);
    return `${left}`;
  }
}

type BrokenClockSpec = ReturnType<typeof brokenClock>;

interface One {
  readonly who: string;
}

/** The binding. */
export function brokenClockBinding(): BrokenClockSpec extends Spec<infer T, infer A>
  ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      set: (stage, { who, at }: One & { readonly at: number }) => stage.set(who, at),
      cancel: (stage, { who }: One) => stage.cancel(who),
      break: ({ clock }) => void (clock.works = false),
      mend: ({ clock }) => void (clock.works = true),
      advance: (stage) => stage.advance(),
      ringEarly: (stage) => stage.ringEarly(),
      look: (stage) => stage.look(),
      askAgain: (stage) => stage.askAgain(),
      left: (stage) => stage.left(),
    },
    view({ clock, deadline, retry, timers, woken }, s) {
      s.works = clock.works;
      s.now = clock.inner.now;
      for (const who of s.deadline.keys()) s.deadline.set(who, deadline.get(who) ?? null);
      s.alarm = clock.inner.nextAlarm ?? null;
      if (clock.inner.alarms > 1) throw new Error("an alarm was left behind");
      s.retry = retry !== null;
      s.woken = woken;
      if (timers.empty !== (deadline.size === 0)) throw new Error("empty is wrong");
    },
  };
}
