/**
 * Those who poll a context, and those who notify it: a poll that waits is told as soon as there is
 * something to do; where nobody polls, the host does so in its next turn.
 *
 * Between the moment when a wait is over and the poll that follows it, others may act.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

const During = Schema.Literals(["nothing", "notify", "schedule"]);
type During = "nothing" | "notify" | "schedule";

// ------------------------------------------------------------------------------------ state

interface State {
  /** Whether there is something to do: a bottom half is scheduled. */
  work: boolean;
  /** Whether somebody has notified the context since it was polled last. */
  notified: boolean;
  /** The poll that waits: there is none, it waits, or its wait is over. */
  waiter: "none" | "waits" | "released";
  /** Whether the host will poll in its next turn. */
  driven: boolean;
  closed: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "a poll finds what it was waiting for": (s: State) => s.waiter !== "released" || s.work,
  "the host looks only where there is something to do": (s: State) => !s.driven || s.work,
};

// ------------------------------------------------------------------------------------- spec

/**
 * One context.
 *
 * @param scope Which claims.
 */
export function notify(
  { always = {} }: { contexts?: number; always?: Record<string, (s: State) => boolean> } = {},
) {
  const notified = (s: State): void => {
    s.notified = true;
    if (s.waiter === "waits") s.waiter = "released";
    else if (s.work && !s.closed) s.driven = true;
  };
  /** One round, in which the bottom half does something, if there is work. */
  const round = (s: State, during: During): string => {
    const progress = s.work;
    s.notified = false;
    s.work = false;
    if (progress && during !== "nothing") s.notified = true;
    if (progress && during === "schedule") s.work = true;
    if (s.work) s.driven = true;
    return `${progress}`;
  };
  const During_ = { during: During };
  type What = { readonly during: During };

  return spec({
    name: "notify",
    state: Schema.Struct({
      work: Schema.Boolean,
      notified: Schema.Boolean,
      waiter: Schema.Literals(["none", "waits", "released"]),
      driven: Schema.Boolean,
      closed: Schema.Boolean,
    }),
    init: [{ work: false, notified: false, waiter: "none", driven: false, closed: false }],
    actions: {
      schedule: {
        for: {},
        when: (s) => !s.closed,
        do: (s) => {
          s.work = true;
          notified(s);
        },
        refuse: () => "closed",
      },
      notify: { for: {}, when: () => true, do: notified },
      beginWaiting: {
        for: {},
        when: (s) => !s.closed && s.waiter === "none",
        do: (s) => {
          s.waiter = s.notified || s.work ? "released" : "waits";
        },
        refuse: (s) => s.closed ? "closed" : s.waiter === "waits" ? "context-busy" : undefined,
      },
      afterWaiting: {
        for: During_,
        when: (s, _: What) => s.waiter === "released",
        do: (s, { during }: What) => {
          s.waiter = "none";
          return s.closed ? "false" : round(s, during);
        },
      },
      poll: {
        for: During_,
        when: (s, _: What) => !s.closed && s.waiter !== "waits",
        do: (s, { during }: What) => round(s, during),
        refuse: (s, _: What) => s.closed ? "closed" : "context-busy",
      },
      hostTurn: {
        for: During_,
        when: (s, _: What) => s.driven,
        do: (s, { during }: What) => {
          s.driven = false;
          if (!s.closed && s.waiter !== "waits") round(s, during);
        },
      },
      close: {
        for: {},
        when: (s) => s.closed || !s.work,
        do: (s) => {
          s.closed = true;
          if (s.waiter === "waits") s.waiter = "released";
        },
        refuse: () => "context-busy",
      },
    },
    always: {
      "a poll never waits while there is something to do": (s) => s.waiter !== "waits" || !s.work,
      "a notification is seen: no poll waits after it": (s) => s.waiter !== "waits" || !s.notified,
      "what is to be done is: by the host, or by the poll whose wait is over": (s) =>
        !s.work || s.driven || s.waiter === "released",
      "no poll waits for a context that was closed": (s) => !s.closed || s.waiter !== "waits",
      ...always,
    },
    sometimes: {
      "a notification comes while nobody polls": (s) => s.notified && s.waiter === "none",
      "the host has polled in between": (s) => s.waiter === "released" && !s.work && !s.notified,
    },
    ends: (s) => s.closed && s.waiter === "none" && !s.driven,
  });
}
