/**
 * What the specs of this folder share: the life of coroutines.
 *
 * One coroutine runs at a time, or the code outside any, which is called the leader. Whoever
 * enters a coroutine gets control back when that one yields or ends, and when all those have run
 * that were woken meanwhile. So each party, the leader too, has a list of those still to run
 * before its enter() returns: `pending`. And each coroutine has a list of those that it has woken
 * since it was entered: `wakes`. When it stops, that list goes before the pending list of its
 * caller.
 *
 * A coroutine can be cancelled once, from anywhere. Where it is suspended, it leaves what it waits
 * for and is woken, to find an error there; one that runs, or has been woken for something else, is
 * due to be cancelled, and is when it suspends next; one that has never run just ends.
 *
 * A step is what the running party does next. What a step answers is what the party that has
 * control afterwards has learned: that its enter() threw, or that what it waited for failed.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, Table, type TableView } from "../../mod.ts";
import { firstOf, names } from "./_names.ts";

// ------------------------------------------------------------------------------- constants

/** The code outside any coroutine. */
export const LEADER = "leader";

const Status = Schema.Literals(["created", "running", "normal", "suspended", "terminated"]);

/** What one may find when it runs again, other than what it waited for. */
const Find = Schema.Literals(["its wait failed", "cancelled", "timeout", "woken early"]);
export type Find = "its wait failed" | "cancelled" | "timeout" | "woken early";

/** Whether it has been cancelled: not, due when it suspends next, or for good. */
const Cancel = Schema.Literals(["no", "due", "done"]);

/** The domains for `n` coroutines. */
export function parties(n: number) {
  const who = names(n);
  return { who, Who: Schema.Literals(who), Party: Schema.Literals([LEADER, ...who]) };
}

// ------------------------------------------------------------------------------------ state

/** The part of the state that every spec of this folder has. */
export interface Lifecycle {
  /** Who has control. */
  current: string;
  readonly status: TableView<string, "created" | "running" | "normal" | "suspended" | "terminated">;
  /** Whoever entered it; null unless it is entered. */
  readonly caller: TableView<string, string | null>;
  /** Whether somebody has woken it, and it has not run since. */
  readonly woken: TableView<string, boolean>;
  /** What it will find when it runs, if not what it waited for. */
  readonly finds: TableView<string, Find | null>;
  /** Whether it has been cancelled. */
  readonly cancel: TableView<string, "no" | "due" | "done">;
  /** Whether an alarm is set, at which it gives up waiting. */
  readonly alarm: TableView<string, boolean>;
  /** Whom it has woken since it was entered, in order. */
  readonly wakes: TableView<string, SeqView<string>>;
  /** Who is still to run before the enter() of a party returns, in order. */
  readonly pending: TableView<string, SeqView<string>>;
  /** Who has failed in the enter() of a party, in order. */
  readonly failed: TableView<string, SeqView<string>>;
}

/** The fields of {@linkcode Lifecycle}. */
export function lifecycleFields(n: number) {
  const { Who, Party } = parties(n);
  return {
    current: Party,
    status: Table(Who, Status),
    caller: Table(Who, Schema.NullOr(Party)),
    woken: Table(Who, Schema.Boolean),
    finds: Table(Who, Schema.NullOr(Find)),
    cancel: Table(Who, Cancel),
    alarm: Table(Who, Schema.Boolean),
    wakes: Table(Who, Seq(Who, n)),
    pending: Table(Party, Seq(Who, n)),
    failed: Table(Party, Seq(Who, n)),
  };
}

/** Where {@linkcode Lifecycle} begins: all are created, none has run. */
export function lifecycleInit(n: number) {
  const { Who, Party } = parties(n);
  return {
    current: LEADER,
    status: fill(Who, "created" as const),
    caller: fill(Who, null),
    woken: fill(Who, false),
    finds: fill(Who, null),
    cancel: fill(Who, "no" as const),
    alarm: fill(Who, false),
    wakes: fill(Who, []),
    pending: fill(Party, []),
    failed: fill(Party, []),
  };
}

// ------------------------------------------------------------------------------------ steps

/** How the running one ends. */
export type Ending = "returns" | "throws" | "cancelled";

/** What else a spec adds. */
export interface Extension<S extends Lifecycle> {
  /** Why one that waits cannot be entered: the code. */
  barred(s: S, who: string): string | undefined;
  /** What the end of the running one brings. Answers whether its caller is told of a failure; by default, if it throws. */
  ends?(s: S, how: Ending): boolean;
  /** Takes one that is suspended out of where it waits: those behind it may move up. */
  leave(s: S, who: string): void;
  /** Lets one go on; by default, as {@linkcode wake} does. */
  wakes?(s: S, who: string): void;
  /** Whether it must not leave: it waits for what it cannot go on without. */
  shielded?(s: S, who: string): boolean;
  /**
   * What the running one does first, having waited: it may give control to another one. False if it
   * waits again, a string for what it has learned.
   */
  goOn?(s: S): boolean | string;
  /** Whether it has been made; by default, all are from the beginning. */
  exists?(s: S, who: string): boolean;
  /** What the leader's call still does when it has control again; it may give it to others. */
  back?(s: S): string | undefined;
}

/** Whether it is entered: it runs, or has entered another one and waits for that to return. */
export function entered(s: Lifecycle, who: string): boolean {
  return s.status.at(who) === "running" || s.status.at(who) === "normal";
}

/** The life cycle, for a spec that extends it. */
export class Life<S extends Lifecycle> {
  readonly #x: Extension<S>;

  constructor(extension: Extension<S>) {
    this.#x = extension;
  }

  /** Gives control to `who`, entered by `by`. Answers what it finds: nothing, or what has come instead. */
  resume(s: S, who: string, by: string): string | undefined {
    if (by !== LEADER) s.status.set(by, "normal");
    s.caller.set(who, by);
    s.status.set(who, "running");
    s.current = who;
    const goesOn = this.#x.goOn?.(s);
    if (goesOn === false) return this.suspend(s);
    s.alarm.set(who, false);
    if (s.current !== who) return undefined;
    const found = s.finds.at(who);
    s.finds.set(who, null);
    return typeof goesOn === "string" ? goesOn : found ?? undefined;
  }

  /** The step is over: outside any coroutine, those whom it woke run before the call returns. */
  over(s: S): string | undefined {
    return s.current === LEADER ? this.#next(s, LEADER) : undefined;
  }

  /** Who runs next under an enter() of `caller`: one that is pending, or else the caller itself. */
  #next(s: S, caller: string): string | undefined {
    const pending = s.pending.at(caller);
    if (pending.length > 0) {
      const who = pending.shift();
      s.woken.set(who, false);
      // Cancelled before it has ever run, it ends at its turn.
      const stillborn = s.status.at(who) === "created" && s.finds.at(who) !== null;
      const answer = this.resume(s, who, caller);
      return stillborn ? this.end(s, "cancelled") : answer;
    }
    s.current = caller;
    if (caller !== LEADER) s.status.set(caller, "running");
    if (caller === LEADER && this.#x.back !== undefined) {
      const answer = this.#x.back(s);
      if (s.current !== LEADER) return answer;
    }
    const failed = s.failed.at(caller);
    if (failed.length === 0) return undefined;
    const answer = `failed: ${[...failed].join(", ")}`;
    failed.clear();
    return answer;
  }

  /** The running one stops: those whom it woke are next, then whoever was pending, then its caller. */
  stop(s: S, how: "suspended" | "terminated"): string | undefined {
    const me = s.current;
    // A coroutine that runs has a caller.
    const caller = s.caller.at(me) ?? LEADER;
    s.status.set(me, how);
    s.caller.set(me, null);
    const wakes = s.wakes.at(me);
    const pending = s.pending.at(caller);
    while (wakes.length > 0) pending.unshift(wakes.pop());
    return this.#next(s, caller);
  }

  /** The running one waits where it stands by now. */
  wait(s: S, patience: Patience): string | undefined {
    s.alarm.set(s.current, patience === "limited");
    // It leaves, and goes on at its turn.
    if (patience === "none") this.giveUp(s, s.current, "timeout");
    return this.suspend(s);
  }

  /** The running one suspends where it can be cancelled, and is if that is due. */
  suspend(s: S): string | undefined {
    const me = s.current;
    // What it has been granted already, it keeps.
    const here = !s.woken.at(me) && this.#x.shielded?.(s, me) !== true;
    if (s.cancel.at(me) === "due" && here) {
      s.cancel.set(me, "done");
      this.giveUp(s, me, "cancelled");
    }
    return this.stop(s, "suspended");
  }

  /** The running one ends; if it fails, its caller is told when all the others have run. */
  end(s: S, how: Ending): string | undefined {
    const me = s.current;
    const fails = this.#x.ends === undefined ? how === "throws" : this.#x.ends(s, how);
    if (fails) s.failed.at(s.caller.at(me) ?? LEADER).push(me);
    return this.stop(s, "terminated");
  }

  /** Cancels `who`; it may do so itself. */
  cancel(s: S, who: string): void {
    const status = s.status.at(who);
    if (status === "terminated" || s.cancel.at(who) !== "no") return;
    const woken = s.woken.at(who);
    if (
      entered(s, who) || this.#x.shielded?.(s, who) === true || (woken && status !== "created")
    ) {
      s.cancel.set(who, "due");
      return;
    }
    s.cancel.set(who, "done");
    if (status !== "created") this.giveUp(s, who, "cancelled");
    else if (woken) s.finds.set(who, "cancelled");
    else {
      this.#x.leave(s, who);
      s.status.set(who, "terminated");
    }
  }

  /** Lets `who` go on. */
  wake(s: S, who: string): void {
    if (this.#x.wakes === undefined) wake(s, who);
    else this.#x.wakes(s, who);
  }

  /** One waits no longer, but goes on with what it finds instead. */
  giveUp(s: S, who: string, finds: Find): void {
    this.#x.leave(s, who);
    s.finds.set(who, finds);
    this.wake(s, who);
  }

  /** Whether it has been made. */
  exists(s: S, who: string): boolean {
    return this.#x.exists?.(s, who) !== false;
  }

  /** Why it can be neither entered nor woken. */
  why(s: S, who: string): string | undefined {
    if (s.status.at(who) === "terminated") return "terminated";
    if (entered(s, who)) return this.#x.barred(s, who) ?? "recursive-entry";
    if (s.woken.at(who)) return "already-woken";
    return this.#x.barred(s, who);
  }
}

/** Lets `who` go on: when the running one stops; outside any coroutine, when the step is over. */
export function wake(s: Lifecycle, who: string): void {
  s.woken.set(who, true);
  if (s.current === LEADER) s.pending.at(LEADER).push(who);
  else s.wakes.at(s.current).push(who);
}

/** How long one waits: for as long as it takes, until an alarm rings, or not at all. */
export type Patience = "endless" | "limited" | "none";

/** How long each of `n` waits. */
export function patienceOf(n: number, { timed, hurried }: Extent): (who: string) => Patience {
  const [isTimed, isHurried] = [firstOf(n, timed), firstOf(n, hurried)];
  return (who) => isHurried(who) ? "none" : isTimed(who) ? "limited" : "endless";
}

interface Named {
  readonly who: string;
}

/** How much of what coroutines can do besides is in the scope of a spec. */
export interface Extent {
  /** How many coroutines may be cancelled in one behaviour; 0 by default. */
  readonly cancels?: number;
  /** How many, the first ones, have waits with a limit; 0 by default. */
  readonly timed?: number;
  /** How many of these, the first ones, have no time at all: they give up at once; 0 by default. */
  readonly hurried?: number;
  /** Whether coroutines enter others, or the leader alone does; they do by default. */
  readonly nested?: boolean;
}

/** The actions that every spec of this folder has. */
export function lifecycleActions<S extends Lifecycle>(
  n: number,
  life: Life<S>,
  { cancels = 0, nested = true }: Extent,
) {
  const { Who } = parties(n);
  return {
    enter: {
      for: { who: Who },
      when: (s: S, { who }: Named) =>
        (nested || s.current === LEADER) && life.exists(s, who) && life.why(s, who) === undefined,
      do: (s: S, { who }: Named) => life.resume(s, who, s.current),
      refuse: (s: S, { who }: Named) => life.exists(s, who) ? life.why(s, who) : undefined,
    },
    cancel: {
      for: { who: Who },
      when: (s: S, { who }: Named) =>
        life.exists(s, who) &&
        (s.cancel.at(who) !== "no" || s.cancel.count((cancel) => cancel !== "no") < cancels),
      do: (s: S, { who }: Named) => {
        life.cancel(s, who);
        return life.over(s);
      },
    },
    yield: {
      for: {},
      when: (s: S) => s.current !== LEADER,
      do: (s: S) => life.suspend(s),
      refuse: () => "yield-to-no-one",
    },
    return: {
      for: {},
      when: (s: S) => s.current !== LEADER,
      do: (s: S) => life.end(s, "returns"),
    },
    endCancelled: {
      for: {},
      when: (s: S) => s.current !== LEADER && s.cancel.at(s.current) === "done",
      do: (s: S) => life.end(s, "cancelled"),
    },
  };
}

/** The rest of the life cycle. */
export function moreActions<S extends Lifecycle>(n: number, life: Life<S>) {
  const { Who } = parties(n);
  return {
    enterIfInactive: {
      for: { who: Who },
      when: (s: S, { who }: Named) => entered(s, who) || life.why(s, who) === undefined,
      do: (s: S, { who }: Named) => entered(s, who) ? undefined : life.resume(s, who, s.current),
      refuse: (s: S, { who }: Named) => life.why(s, who),
    },
    wake: {
      for: { who: Who },
      when: (s: S, { who }: Named) => life.why(s, who) === undefined,
      do: (s: S, { who }: Named) => {
        wake(s, who);
        return life.over(s);
      },
      refuse: (s: S, { who }: Named) => who === s.current ? "wake-self" : life.why(s, who),
    },
    throw: {
      for: {},
      when: (s: S) => s.current !== LEADER,
      do: (s: S) => life.end(s, "throws"),
    },
  };
}

/**
 * The alarms of those whose waits have a limit: `timed` of them, the first ones. One that rings when
 * its coroutine has been woken already changes nothing.
 */
export function alarmActions<S extends Lifecycle>(
  n: number,
  life: Life<S>,
  waits: (s: S, who: string) => boolean,
) {
  const { Who } = parties(n);
  return {
    alarm: {
      for: { who: Who },
      when: (s: S, { who }: Named) => s.alarm.at(who),
      do: (s: S, { who }: Named) => {
        s.alarm.set(who, false);
        if (waits(s, who) && !s.woken.at(who)) life.giveUp(s, who, "timeout");
        return life.over(s);
      },
    },
  };
}

/** Waits that begin again if others were quicker, in a line. */
export interface Line extends Lifecycle {
  /** Who waits, in order. */
  readonly line: SeqView<string>;
  /** Whether its limit was reached when it had been woken already. */
  readonly late: TableView<string, boolean>;
}

/** As {@linkcode alarmActions}, for those: one that rings when its coroutine has been woken is kept. */
export function lateAlarmActions<S extends Line>(n: number, life: Life<S>) {
  const { Who } = parties(n);
  return {
    alarm: {
      for: { who: Who },
      when: (s: S, { who }: Named) => s.alarm.at(who),
      do: (s: S, { who }: Named) => {
        s.alarm.set(who, false);
        if (s.line.includes(who)) life.giveUp(s, who, "timeout");
        // It has been woken already: it gives up if it must wait on.
        else s.late.set(who, true);
        return life.over(s);
      },
    },
  };
}

// ----------------------------------------------------------------------------------- claims

/** In how many lists a coroutine is. */
export function lists(s: Lifecycle, who: string): number {
  return s.wakes.count((wakes) => wakes.includes(who)) +
    s.pending.count((pending) => pending.includes(who));
}

/** Whether following the callers from the running one leads to the leader, past everybody who is entered. */
function chainIsWhole(s: Lifecycle): boolean {
  let steps = 0;
  for (let who = s.current; who !== LEADER; steps++) {
    const caller = s.caller.at(who);
    if (caller === null || steps > s.status.size) return false;
    who = caller;
  }
  return steps === s.status.count((_, who) => entered(s, who));
}

/** The claims about every spec that extends the life cycle; `shielded` as in {@linkcode Extension}. */
export const lifecycleClaims = <S extends Lifecycle>(
  shielded: (s: S, who: string) => boolean = () => false,
) => ({
  "at most one runs": (s: Lifecycle) =>
    s.status.count((status) => status === "running") === (s.current === LEADER ? 0 : 1),
  "whoever has control runs": (s: Lifecycle) =>
    s.current === LEADER || s.status.at(s.current) === "running",
  "no recursive entry: all who are entered stand in one chain": (s: Lifecycle) => chainIsWhole(s),
  "each who is entered has an enterer, and nobody else has": (s: Lifecycle) =>
    s.status.every((_, who) => entered(s, who) === (s.caller.at(who) !== null)),
  "whoever is entered gives control back to its enterer, which waits for it": (s: Lifecycle) =>
    s.caller.every((caller) =>
      caller === null || caller === LEADER || s.status.at(caller) === "normal"
    ),
  "a coroutine is woken once, and is then in one list": (s: Lifecycle) =>
    s.woken.every((woken, who) => lists(s, who) === (woken ? 1 : 0)),
  "no double scheduling: whoever is woken is not entered and has not ended": (s: Lifecycle) =>
    s.woken.every((woken, who) =>
      !woken || s.status.at(who) === "created" || s.status.at(who) === "suspended"
    ),
  "nothing woken is lost: whoever has woken others is entered, and will stop": (s: Lifecycle) =>
    s.wakes.every((wakes, who) => wakes.length === 0 || entered(s, who)),
  "nothing woken is lost: whoever others are pending for has entered one that will stop": (
    s: Lifecycle,
  ) =>
    s.pending.every((pending, party) =>
      pending.length === 0 || s.caller.some((caller) => caller === party)
    ),
  "no error is lost: a failure waits for somebody who is to be told": (s: Lifecycle) =>
    s.failed.every((failed, party) =>
      failed.length === 0 || s.caller.some((caller) => caller === party)
    ),
  "who has ended never runs again": (s: Lifecycle) =>
    s.status.every((status, who) => status !== "terminated" || lists(s, who) === 0),
  "a cancellation is not lost: whoever is due to be cancelled will suspend": (s: S) =>
    s.cancel.every((cancel, who) =>
      cancel !== "due" || s.status.at(who) !== "suspended" || s.woken.at(who) || shielded(s, who)
    ),
  "one that is cancelled before it has run ends at once, unless its turn is to come": (
    s: Lifecycle,
  ) =>
    s.cancel.every((cancel, who) =>
      cancel !== "done" || s.status.at(who) !== "created" || s.woken.at(who)
    ),
  "one that is cancelled before it has run ends without having run": (s: Lifecycle) =>
    s.cancel.every((cancel, who) =>
      cancel !== "done" || s.status.at(who) !== "created" || s.finds.at(who) === "cancelled"
    ),
});
