/**
 * How the life cycle of `specs/core/coroutine.ts` meets the code of `src/core/coroutine.ts`.
 *
 * @module
 */
import { call, type Co, Coroutine, until } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { SeqView, Spec } from "../../mod.ts";
import type { Lifecycle } from "../../specs/core/_lifecycle.ts";
import { names } from "../../specs/core/_names.ts";
import type { coroutine } from "../../specs/core/coroutine.ts";
import { type Deed, Rejected, Theatre } from "./_puppets.ts";

const { callerOf, fateIfAny, placeOf, WOKEN, wokenBy } = core;

/** A promise that the spec settles, which tells its coroutine on the spot. */
export class Settleable {
  settle: (rejected: boolean) => void = () => {};
  readonly #atOnce: boolean | undefined;

  /** @param atOnce Whether it is rejected, if it settles as soon as anybody waits. */
  constructor(atOnce?: boolean) {
    this.#atOnce = atOnce;
  }

  then(fulfilled: () => void, rejected: (reason: unknown) => void): void {
    this.settle = (bad) => bad ? rejected(new Rejected()) : fulfilled();
    if (this.#atOnce !== undefined) this.settle(this.#atOnce);
  }

  // INVARIANT: `until` makes no use of what `then` returns.
  get promise(): PromiseLike<void> {
    return this as unknown as PromiseLike<void>;
  }
}

/** The puppets, and the promises that they wait for. */
class Life extends Theatre {
  readonly promises: Map<string, Settleable> = new Map();
}

/** What the actions of the life cycle are on real coroutines, those that every spec has. */
export const lifecycleDeeds = {
  *enter(theatre: Theatre, { who }: { who: string }) {
    theatre.of(who).enter();
  },
  *cancel(theatre: Theatre, { who }: { who: string }) {
    theatre.of(who).cancel(who);
  },
  *yield() {
    if (Coroutine.inCoroutine()) yield;
    else yield* call(suspend);
  },
  *return() {},
  *endCancelled() {},
} satisfies Record<string, Deed>;

/** The rest of the life cycle. */
export const moreDeeds = {
  *enterIfInactive(theatre: Theatre, { who }: { who: string }) {
    theatre.of(who).enterIfInactive();
  },
  *wake(theatre: Theatre, { who }: { who: string }) {
    theatre.of(who).wake();
  },
  *throw() {},
} satisfies Record<string, Deed>;

/** The alarms of waits that have a limit. */
export const alarmDeeds = {
  *alarm(theatre: Theatre, { who }: { who: string }) {
    theatre.limit(who)?.ring();
  },
} satisfies Record<string, Deed>;

function* suspend(): Co {
  yield;
}

const deeds = {
  ...lifecycleDeeds,
  ...moreDeeds,
  *until({ promises }: Life) {
    const settleable = new Settleable();
    promises.set(Coroutine.self().name, settleable);
    yield* until(settleable.promise);
  },
  *untilSettled(_: Life, { rejected }: { rejected: boolean }) {
    yield* until(new Settleable(rejected).promise);
  },
  *settle({ promises }: Life, { who, rejected }: { who: string; rejected: boolean }) {
    promises.get(who)?.settle(rejected);
  },
} satisfies Record<string, Deed>;

/** Writes what can be seen of the coroutines: all but who is pending, and what they will be told. */
export function viewLifecycle(theatre: Theatre, s: Lifecycle): void {
  theatre.checkAwaited();
  s.current = Coroutine.self().name;
  for (const co of theatre.players) {
    const { name } = co;
    s.status.set(name, co.status);
    s.caller.set(name, callerOf(co)?.name ?? null);
    s.woken.set(name, placeOf(co) === WOKEN);
    viewList(s.wakes.at(name), wokenBy(co));
    s.alarm.set(name, theatre.limit(name)?.set ?? false);
    const fate = fateIfAny(co);
    const cancelled = fate !== null && fate.cancelled !== null;
    s.cancel.set(name, cancelled ? fate.delivered ? "done" : "due" : "no");
  }
}

/** Writes a list by the names of those who are in it, if it is not what the model expects. */
export function viewList(
  list: SeqView<string>,
  real: Iterable<{ readonly name: string }>,
): void {
  const { length } = list;
  let at = 0;
  let same = true;
  const names: string[] = [];
  for (const { name } of real) {
    // Planted bugs lead lists back to where they began.
    if (names.length === MOST) throw new Error(`A list does not end: ${names.join(", ")}, …`);
    names.push(name);
    if (at >= length || list.at(at++) !== name) same = false;
  }
  if (!same || at < length) list.assign(names);
}

/** More are in no list of a spec. */
const MOST = 50;

/** Throws unless those who are said to wait for something do, and nobody else does. */
export function mustWait(
  theatre: Theatre,
  line: { includes(name: string): boolean },
  scheduledBy: string,
): void {
  for (const co of theatre.players) {
    const waits = co.scheduledBy === scheduledBy;
    if (waits !== line.includes(co.name)) throw new Error(`${co.name} waits, or does not`);
  }
}

type CoroutineSpec = ReturnType<typeof coroutine>;

/** The binding at a scope of the spec. */
export function coroutineBinding(
  { coroutines, traced = false }: { coroutines: number; traced?: boolean },
): CoroutineSpec extends Spec<infer T, infer A> ? Binding<T, A, Life> : never {
  const who = names(coroutines);
  return {
    create: () => new Life(who, deeds, 0, traced),
    actions: deeds,
    view(life, s) {
      life.told?.check(life.players);
      viewLifecycle(life, s);
      for (const co of life.players) s.scheduled.set(co.name, co.scheduledBy === "until");
    },
    play: (life, next) => life.play(next),
  };
}
