/**
 * How the waits of `specs/io/readable.ts` meet the code of `src/io/readable.ts`.
 *
 * @module
 */
import { Coroutine, EventNotifier, readable, type Suspension } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { readable as readableSpec } from "../../specs/io/readable.ts";
import { alarmDeeds, lifecycleDeeds, mustWait, viewLifecycle } from "../core/coroutine.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { Awaited } from "./_awaited.ts";

/** The puppets and what they wait for, which knows who watches it. */
class Stage extends Theatre {
  readonly awaited = new Awaited();
  readonly event = new EventNotifier("event");
  watchers = 0;
  /** The waits, each of which is waited for again and again: the one without limits by all. */
  readonly #waits = new Map<string, Suspension<void>>();
  readonly source = {
    event: this.event,
    get ready(): boolean {
      return this.event.ready;
    },
    watch: (changed: () => void): () => void => {
      this.watchers++;
      const unwatch = this.event.watch(changed);
      return () => {
        this.watchers--;
        unwatch();
      };
    },
  };

  wait(): Suspension<void> {
    const { options } = this;
    const key = options === undefined ? "" : Coroutine.self().name;
    let wait = this.#waits.get(key);
    if (wait === undefined) this.#waits.set(key, wait = readable(this.source, options));
    return wait;
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *throw() {},
  *wait(stage: Stage) {
    yield* stage.wait();
  },
  *set({ event }: Stage) {
    event.set();
  },
  *testAndClear({ event }: Stage) {
    return `${event.testAndClear()}`;
  },
} satisfies Record<string, Deed>;

type ReadableSpec = ReturnType<typeof readableSpec>;

/** The binding at a scope of the spec. */
export function readableBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): ReadableSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, deeds, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      s.ready = stage.event.ready;
      if (stage.watchers !== s.line.length) throw new Error(`${stage.watchers} watch the source`);
      mustWait(stage, s.line, "readable");
      stage.awaited.mustBe(stage, s.line.length);
    },
    play: (stage, next) => stage.play(next),
  };
}
