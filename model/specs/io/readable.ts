/**
 * Coroutines that wait until a source is ready: all of them go on when it is, and wait on if others have
 * taken what had come.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  type Extent,
  lateAlarmActions,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------------ state

interface State extends Lifecycle {
  ready: boolean;
  /** Who watches the source, in order. */
  readonly line: SeqView<string>;
  /** Those who are still to be told that it is ready: outside any coroutine, each goes on at once. */
  readonly telling: SeqView<string>;
  /** Whether it waits, or has waited and not gone on yet. */
  readonly waits: TableView<string, boolean>;
  /** Whether its limit was reached when it had been woken already. */
  readonly late: TableView<string, boolean>;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever is woken finds the source ready": (s: State) =>
    s.ready || s.waits.every((waits, who) => !waits || !s.woken.at(who)),
  "one that has come is taken by one": (s: State) =>
    s.waits.count((waits, who) => waits && s.woken.at(who)) <= 1,
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` of them, and one source.
 *
 * @param scope How many; which claims.
 */
export function readable(
  { coroutines: n = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const { Who } = parties(n);
  const { timed = 0 } = extent;
  const canWait = (who: string): boolean => Who.literals.indexOf(who) < timed;
  const life: Life<State> = new Life<State>({
    barred: (s, who) => s.line.includes(who) ? "already-scheduled" : undefined,
    leave: (s, who) => {
      s.waits.set(who, false);
      s.late.set(who, false);
      const at = s.line.indexOf(who);
      if (at >= 0) s.line.removeAt(at);
    },
    goOn: (s) => {
      const me = s.current;
      if (s.waits.at(me) && !s.ready) {
        s.line.push(me);
        if (s.late.at(me)) life.giveUp(s, me, "timeout");
        return false;
      }
      s.waits.set(me, false);
      s.late.set(me, false);
      return true;
    },
    back: (s) => tell(s),
  });
  /** Tells one after the other; whoever has gone on may have taken what had come. */
  const tell = (s: State): string | undefined => {
    while (s.telling.length > 0) {
      const who = s.telling.shift();
      const at = s.line.indexOf(who);
      if (at < 0 || !s.ready) continue;
      s.line.removeAt(at);
      life.wake(s, who);
      if (s.current === LEADER) return life.over(s);
    }
    return undefined;
  };

  return spec({
    name: "readable",
    state: Schema.Struct({
      ...lifecycleFields(n),
      ready: Schema.Boolean,
      line: Seq(Who, n),
      telling: Seq(Who, n),
      waits: Table(Who, Schema.Boolean),
      late: Table(Who, Schema.Boolean),
    }),
    init: [{
      ...lifecycleInit(n),
      ready: false,
      line: [],
      telling: [],
      waits: fill(Who, false),
      late: fill(Who, false),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      ...lateAlarmActions(n, life),
      wait: {
        for: {},
        // What takes no wait can be had anywhere.
        when: (s: State) => s.current !== LEADER || s.ready,
        do: (s: State) => {
          const me = s.current;
          if (s.ready) return;
          s.waits.set(me, true);
          s.line.push(me);
          if (canWait(me)) s.alarm.set(me, true);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      set: {
        for: {},
        when: () => true,
        do: (s: State) => {
          if (s.ready) return;
          s.ready = true;
          if (s.current === LEADER) {
            s.telling.assign([...s.line]);
            return tell(s);
          }
          // Some may be told twice: the second time there is nothing to tell.
          for (const who of s.line) life.wake(s, who);
          s.line.clear();
        },
      },
      testAndClear: {
        for: {},
        when: () => true,
        do: (s: State) => {
          const { ready } = s;
          s.ready = false;
          return `${ready}`;
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "nobody waits for what is ready": (s) =>
        !s.ready || s.line.every((who) => s.telling.includes(who)),
      "whoever watches is suspended, and not woken": (s) =>
        s.line.every((who) => s.status.at(who) === "suspended" && !s.woken.at(who)),
      "whoever waits watches, or has been woken": (s) =>
        s.waits.every((waits, who) => !waits || s.line.includes(who) || s.woken.at(who)),
      ...always,
    },
    sometimes: {
      "all of them wait": (s) => s.line.length === n,
      "one is woken, and the other has taken what had come": (s) =>
        !s.ready && s.waits.some((waits, who) => waits && s.woken.at(who)),
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
