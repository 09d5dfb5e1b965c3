/**
 * A lock for many readers or one writer: tickets in the order of arrival.
 *
 * The spec is the life cycle of `_lifecycle.ts` with one lock added. Whoever cannot have it draws a
 * ticket and stops. Whenever the lock gets freer, or a ticket is taken away, those at the head who
 * can have the lock have it from then on, and are woken. A reader that upgrades gives up its lock
 * and draws a ticket like any other; if it gives up waiting, it reads again before it goes on.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  alarmActions,
  type Ending,
  entered,
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  parties,
  patienceOf,
  wake,
} from "../core/_lifecycle.ts";
import { inOrder, leave, passes, type Passing, shift, stand } from "./_line.ts";
import { waitingClaims } from "./_mutexes.ts";

// ------------------------------------------------------------------------------------ state

type Mode = "read" | "write";

/** The life cycle and the lock. */
export interface RwLock extends Lifecycle, Passing {
  /** As what each holds the lock. */
  readonly holds: TableView<string, Mode | null>;
  /** Who waits for it, in the order of arrival. */
  readonly tickets: SeqView<string>;
  /** What for. */
  readonly wants: TableView<string, Mode | "upgrade" | null>;
  /** Whether it has given up reading to wait for writing, and has neither yet. */
  readonly upgrades: TableView<string, boolean>;
  /** Whether one that held it has ended. */
  abandoned: boolean;
}

// ------------------------------------------------------------------------------------ steps

function locked(s: RwLock): boolean {
  return s.abandoned || s.holds.some((mode) => mode !== null);
}

export function hasWriter(s: RwLock): boolean {
  return s.holds.some((mode) => mode === "write");
}

/** Whether one that wants the lock as this could have it, were it not for those who came before. */
function couldHave(s: RwLock, wants: Mode | "upgrade" | null): boolean {
  return wants === "read" ? !hasWriter(s) : !locked(s);
}

/** Those at the head of the line who can have the lock have it, and go on. */
function moveUp(s: RwLock): void {
  while (s.tickets.length > 0 && couldHave(s, s.wants.at(s.tickets.at(0)))) {
    const who = shift(s, s.tickets);
    s.holds.set(who, s.wants.at(who) === "read" ? "read" : "write");
    s.wants.set(who, null);
    wake(s, who);
  }
}

/** The running one has the lock at once. */
function have(s: RwLock, mode: Mode): void {
  passes(s, s.tickets);
  s.holds.set(s.current, mode);
}

/** Draws a ticket. */
function wait(s: RwLock, wants: Mode | "upgrade"): void {
  stand(s, s.tickets, s.current);
  s.wants.set(s.current, wants);
}

/** The running one ends. If it holds the lock, it has failed, and those who wait are told. */
function abandon(s: RwLock, how: Ending): boolean {
  if (s.holds.at(s.current) === null) return how === "throws";
  s.holds.set(s.current, null);
  s.abandoned = true;
  while (s.tickets.length > 0) {
    const who = shift(s, s.tickets);
    s.wants.set(who, null);
    s.finds.set(who, "its wait failed");
    wake(s, who);
  }
  return true;
}

/** Whoever gave up reading to write, and has given up that as well, reads again first. */
function readAgain(s: RwLock): boolean {
  const me = s.current;
  if (!s.upgrades.at(me)) return true;
  const found = s.finds.at(me);
  if (s.holds.at(me) === null && (found === "timeout" || found === "cancelled")) {
    if (s.abandoned) s.finds.set(me, "its wait failed");
    else if (s.tickets.length === 0 && !hasWriter(s)) have(s, "read");
    else {
      wait(s, "read");
      s.alarm.set(me, false);
      return false;
    }
  }
  s.upgrades.set(me, false);
  return true;
}

/** Whether it waits to read again: it must not go on without that. */
function shielded(s: RwLock, who: string): boolean {
  return s.upgrades.at(who) && s.wants.at(who) === "read";
}

/** Whether it stands in line. */
export const waits = (s: RwLock, who: string): boolean => s.tickets.includes(who);

const life = new Life<RwLock>({
  barred: (s, who) => waits(s, who) ? "waiting" : undefined,
  ends: abandon,
  leave: (s, who) => {
    if (!waits(s, who)) return;
    leave(s, s.tickets, who);
    s.wants.set(who, null);
    moveUp(s);
  },
  shielded,
  goOn: readAgain,
});

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "readers never wait while others read": (s: RwLock) =>
    !s.holds.some((mode) => mode === "read") ||
    s.tickets.every((who) => s.wants.at(who) !== "read"),
  "one that upgrades is the next to write": (s: RwLock) =>
    !hasWriter(s) || s.tickets.every((who) => s.wants.at(who) !== "upgrade"),
  "the lock is handed to one at a time": (s: RwLock) =>
    s.holds.count((mode, who) => mode !== null && s.woken.at(who)) < 2,
};

// ------------------------------------------------------------------------------------- spec

/** What there is, and what can be done: for `coroutines` with one lock. */
export function rwLockParts({ coroutines: n, ...extent }: Extent & { coroutines: number }) {
  const { Who } = parties(n);
  const patience = patienceOf(n, extent);
  const ModeOrNull = Schema.NullOr(Schema.Literals(["read", "write"]));
  const lock = (mode: Mode) => ({
    for: {},
    when: (s: RwLock) => s.current !== LEADER && s.holds.at(s.current) === null && !s.abandoned,
    do: (s: RwLock) => {
      if (s.tickets.length === 0 && couldHave(s, mode)) return have(s, mode);
      wait(s, mode);
      return life.wait(s, patience(s.current));
    },
    refuse: (s: RwLock) =>
      s.current === LEADER ? "not-in-coroutine" : s.abandoned ? "abandoned" : "relock",
  });
  const tryLock = (mode: Mode) => ({
    for: {},
    when: (s: RwLock) => s.current !== LEADER && !s.abandoned,
    do: (s: RwLock) => {
      const free = s.holds.at(s.current) === null && s.tickets.length === 0 && couldHave(s, mode);
      if (!free) return "busy";
      have(s, mode);
      return "taken";
    },
    refuse: (s: RwLock) => s.current === LEADER ? "not-in-coroutine" : "abandoned",
  });
  const mustHold = (s: RwLock): string => {
    if (s.current === LEADER) return "not-in-coroutine";
    return locked(s) ? "not-holder" : "not-locked";
  };
  return {
    fields: {
      ...lifecycleFields(n),
      holds: Table(Who, ModeOrNull),
      tickets: Seq(Who, n),
      wants: Table(Who, Schema.NullOr(Schema.Literals(["read", "write", "upgrade"]))),
      upgrades: Table(Who, Schema.Boolean),
      abandoned: Schema.Boolean,
      ahead: Table(Who, Int(0, n - 1)),
      passed: Schema.Boolean,
    },
    init: {
      ...lifecycleInit(n),
      holds: fill(Who, null),
      tickets: [],
      wants: fill(Who, null),
      upgrades: fill(Who, false),
      abandoned: false,
      ahead: fill(Who, 0),
      passed: false,
    },
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, waits),
      readLock: lock("read"),
      writeLock: lock("write"),
      tryReadLock: tryLock("read"),
      tryWriteLock: tryLock("write"),
      upgrade: {
        for: {},
        when: (s: RwLock) =>
          s.current !== LEADER && s.holds.at(s.current) === "read" && !s.abandoned,
        do: (s: RwLock) => {
          const me = s.current;
          s.holds.set(me, null);
          if (!locked(s) && s.tickets.length === 0) return have(s, "write");
          wait(s, "upgrade");
          moveUp(s);
          s.upgrades.set(me, true);
          return life.wait(s, patience(me));
        },
        refuse: (s: RwLock) =>
          s.current === LEADER
            ? "not-in-coroutine"
            : s.abandoned
            ? "abandoned"
            : s.holds.at(s.current) === "write"
            ? "relock"
            : mustHold(s),
      },
      downgrade: {
        for: {},
        when: (s: RwLock) => s.current !== LEADER && s.holds.at(s.current) === "write",
        do: (s: RwLock) => {
          s.holds.set(s.current, "read");
          moveUp(s);
        },
        refuse: mustHold,
      },
      unlock: {
        for: {},
        when: (s: RwLock) => s.current !== LEADER && s.holds.at(s.current) !== null,
        do: (s: RwLock) => {
          s.holds.set(s.current, null);
          moveUp(s);
        },
        refuse: mustHold,
      },
    },
  };
}

/**
 * `coroutines` that live as in `_lifecycle.ts`, and read and write under one lock.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; claims to add.
 */
export function coRwLock(
  { coroutines: n = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: RwLock) => boolean>;
  } = {},
) {
  const { cancels = 0, timed = 0 } = extent;
  const { fields, init, actions } = rwLockParts({ coroutines: n, ...extent });
  return spec({
    name: "co_rw_lock",
    state: Schema.Struct(fields),
    init: [init],
    actions,
    always: {
      ...lifecycleClaims(shielded),
      ...waitingClaims<RwLock>((s, who) => waits(s, who) ? 1 : 0, shielded),
      "the writer is alone": (s) => !hasWriter(s) || s.holds.count((mode) => mode !== null) === 1,
      "no ticket at the head could run now": (s) =>
        s.tickets.length === 0 || !couldHave(s, s.wants.at(s.tickets.at(0))),
      "nobody overtakes: each stands behind those alone who came before it": (s) =>
        inOrder(s, s.tickets),
      "nobody passes those who stand in line": (s) => !s.passed,
      "whoever waits does not hold the lock": (s) =>
        s.tickets.every((who) => s.holds.at(who) === null),
      "whoever waits wants to read or to write": (s) =>
        s.tickets.every((who) => s.wants.at(who) !== null),
      "whoever has ended holds nothing": (s) =>
        s.holds.every((mode, who) => mode === null || s.status.at(who) !== "terminated"),
      "nobody waits for an abandoned lock": (s) => !s.abandoned || s.tickets.length === 0,
      "whoever upgrades has the lock when it goes on, for writing or for reading": (s) =>
        s.upgrades.every((upgrades, who) => !upgrades || !entered(s, who)),
      ...always,
    },
    sometimes: {
      "all read at once": (s) => s.holds.every((mode) => mode === "read"),
      "all others wait for a writer": (s) => hasWriter(s) && s.tickets.length === n - 1,
      "another one writes before the one that upgrades": (s) =>
        hasWriter(s) && s.tickets.some((who) => s.wants.at(who) === "upgrade"),
      "two that stood together were let in together": (s) =>
        s.holds.count((mode, who) => mode === "read" && s.woken.at(who)) >= 2,
      "the lock is abandoned while another one reads": (s) =>
        s.abandoned && s.holds.some((mode) => mode === "read"),
      ...(timed === 0 ? {} : {
        "one that has given up the upgrade waits to read again": (s: RwLock) =>
          s.finds.some((finds, who) => finds === "timeout" && s.wants.at(who) === "read"),
      }),
      ...(cancels === 0 ? {} : {
        "one is to be cancelled while it waits to read again": (s: RwLock) =>
          s.cancel.some((cancel, who) => cancel === "due" && shielded(s, who)),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}
