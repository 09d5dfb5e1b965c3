/**
 * The life of coroutines: created, entered, suspended, woken, ended, and what each call that is
 * not allowed must answer. State, steps and claims are those of `_lifecycle.ts`, which other specs
 * build on; here, coroutines wait for promises besides.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, spec, Table, type TableView } from "../../mod.ts";
import {
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
  wake,
} from "./_lifecycle.ts";

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody enters a coroutine from inside another": (s: Lifecycle) =>
    s.status.every((status) => status !== "normal"),
  "nobody is woken while others are still to run": (s: Lifecycle) =>
    s.pending.every((pending) => pending.length === 0),
  "one failure at a time": (s: Lifecycle) => s.failed.every((failed) => failed.length < 2),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `n` coroutines that enter, wake, wait for promises, yield, return and throw in every order.
 *
 * @param scope How many coroutines; which claims.
 */
export function coroutine(
  { coroutines = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    /** Whether somebody listens, which changes nothing. */
    traced?: boolean;
    always?: Record<string, (s: Lifecycle) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  interface State extends Lifecycle {
    /** Whether a promise will resume it. */
    readonly scheduled: TableView<string, boolean>;
  }
  const life = new Life<State>({
    barred: (s, who) => s.scheduled.at(who) ? "already-scheduled" : undefined,
    leave: (s, who) => s.scheduled.set(who, false),
  });
  return spec({
    name: "coroutine",
    state: Schema.Struct({ ...lifecycleFields(n), scheduled: Table(Who, Schema.Boolean) }),
    init: [{ ...lifecycleInit(n), scheduled: fill(Who, false) }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...moreActions(n, life),
      until: {
        for: {},
        when: (s: State) => s.current !== LEADER,
        do: (s: State) => {
          s.scheduled.set(s.current, true);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      untilSettled: {
        // The promise settles before the coroutine could even suspend: it wakes itself.
        for: { rejected: Schema.Boolean },
        when: (s: State) => s.current !== LEADER,
        do: (s: State, { rejected }: { rejected: boolean }) => {
          if (rejected) s.finds.set(s.current, "its wait failed");
          wake(s, s.current);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      settle: {
        for: { who: Who, rejected: Schema.Boolean },
        // For one that was cancelled while it waited, that is nothing any more.
        when: (s: State, { who }: { who: string }) =>
          s.scheduled.at(who) || s.cancel.at(who) === "done",
        do: (s: State, { who, rejected }: { who: string; rejected: boolean }) => {
          if (!s.scheduled.at(who)) return undefined;
          s.scheduled.set(who, false);
          if (rejected) s.finds.set(who, "its wait failed");
          wake(s, who);
          return life.over(s);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "whoever waits for a promise is suspended": (s) =>
        s.scheduled.every((scheduled, who) => !scheduled || s.status.at(who) === "suspended"),
      "nobody has woken whoever waits for a promise": (s) =>
        s.scheduled.every((scheduled, who) => !scheduled || !s.woken.at(who)),
      ...always,
    },
    sometimes: {
      "enters are nested as deep as there are coroutines": (s) =>
        s.status.count((status) => status === "normal") === n - 1,
      "somebody has woken two": (s) => s.wakes.some((wakes) => wakes.length >= 2),
      "all have ended": (s) => s.status.every((status) => status === "terminated"),
      ...((extent.cancels ?? 0) === 0 ? {} : {
        "one that was cancelled waits again, for its clean-up": (s: State) =>
          s.cancel.some((cancel, who) => cancel === "done" && s.scheduled.at(who)),
        "one is cancelled that was woken for something else": (s: State) =>
          s.cancel.some((cancel, who) => cancel === "due" && s.woken.at(who)),
      }),
      "two have failed under one enter": (s) => s.failed.some((failed) => failed.length >= 2),
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
