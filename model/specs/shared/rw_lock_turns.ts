/**
 * A read-write lock that two threads share, which take turns: all that its coroutines can do with it, one call after
 * the other, and what comes of that.
 *
 * Whoever cannot have it stands in the line. Whoever lets the lock get freer serves the line: those at its head who can
 * have the lock have it from then on, and go on when their thread looks. One that gives up stays in the line until it
 * is first; if it was granted the lock before, its thread gives that back when it looks. Where a holder has ended, or
 * its thread is dead, nobody gets the lock any more.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import { firstOf, names } from "../core/_names.ts";
import {
  GONE,
  lives,
  said,
  takeAll,
  type Thread,
  Thread_,
  threadOf,
  type Turns,
  turnsClaims,
  turnsFields,
} from "./_turns.ts";

// ------------------------------------------------------------------------------------ state

type Mode = "read" | "write";
const Mode_ = Schema.Literals(["read", "write"]);
/** To read again is what one waits for that has given up to upgrade. */
const WANTS = ["read", "write", "upgrade", "read again"] as const;
type Wants = typeof WANTS[number];
/** Why it does so. */
type Found = "timeout" | "cancelled";

/** What one was granted that has given up since. */
const LATE: Readonly<Record<Mode, string>> = { read: "late reader", write: "late writer" };

const isLate = (one: string): boolean => one === LATE.read || one === LATE.write;

interface State extends Turns {
  /** As what each has the lock; whoever has ended with it has it for ever. */
  readonly holds: TableView<string, Mode | null>;
  /** What each waits for. */
  readonly wants: TableView<string, Wants | null>;
  /** What one finds when it reads again. */
  readonly finds: TableView<string, Found | null>;
  /** Who stands in the line. */
  readonly line: SeqView<string>;
  /** Who was granted the lock, or was told that it is abandoned, and is to go on when its thread looks. */
  readonly coming: TableView<Thread, SeqView<string>>;
  /** How many readers are counted, or -1 for a writer. */
  owners: number;
  abandoned: boolean;
}

// ------------------------------------------------------------------------------------ steps

const modeOf = (wants: Wants | null): Mode =>
  wants === "write" || wants === "upgrade" ? "write" : "read";

const isOpen = (s: State, mode: Mode): boolean => mode === "read" ? s.owners >= 0 : s.owners === 0;

function addOwner(s: State, mode: Mode): void {
  s.owners = mode === "read" ? s.owners + 1 : -1;
}

/** One has it no longer: if nobody has, the line is served. */
function removeOwner(s: State, n: number): void {
  s.owners = s.owners < 0 ? 0 : s.owners - 1;
  if (s.owners === 0) serve(s, n);
}

/** Lets those at the head have the lock who can, and takes those out who have given up. */
function serve(s: State, n: number): void {
  while (s.line.length > 0) {
    const first = s.line.at(0);
    if (first !== GONE) {
      const mode = modeOf(s.wants.at(first));
      if (!s.abandoned && !isOpen(s, mode)) return;
      if (!s.abandoned) addOwner(s, mode);
      const thread = threadOf(n, first);
      s.coming.at(thread).push(first);
      s.told.set(thread, true);
    }
    s.line.shift();
  }
}

/** It has the lock if it takes no wait. */
function takes(s: State, who: string, mode: Mode): boolean {
  if (s.line.length > 0 || !isOpen(s, mode)) return false;
  addOwner(s, mode);
  s.holds.set(who, mode);
  return true;
}

/** It stands in the line from now on. */
function wait(s: State, n: number, who: string, wants: Wants): string {
  s.wants.set(who, wants);
  s.line.push(who);
  serve(s, n);
  return "waits";
}

/** It waits no longer, and is not granted the lock. */
function leave(s: State, n: number, who: string): void {
  const place = s.line.indexOf(who);
  if (place >= 0) {
    s.line.set(place, GONE);
    serve(s, n);
  } else {
    const coming = s.coming.at(threadOf(n, who));
    coming.set(coming.indexOf(who), LATE[modeOf(s.wants.at(who))]);
  }
}

/** It gives up, or is cancelled: one that upgrades reads again before it goes on. */
function giveUp(s: State, n: number, who: string, found: Found): string {
  const upgrades = s.wants.at(who) === "upgrade";
  leave(s, n, who);
  s.wants.set(who, null);
  if (upgrades && s.abandoned) return goOn(s, n, who, found, "abandoned");
  if (upgrades && !takes(s, who, "read")) {
    s.finds.set(who, found);
    return wait(s, n, who, "read again");
  }
  return goOn(s, n, who, found, found);
}

/** It goes on. One that was cancelled gives back what it has, and ends. */
function goOn(s: State, n: number, who: string, found: Found | null, says: string): string {
  s.wants.set(who, null);
  s.finds.set(who, null);
  if (found === "cancelled") {
    if (s.holds.at(who) !== null) {
      s.holds.set(who, null);
      removeOwner(s, n);
    }
    s.ended.set(who, true);
  }
  return says;
}

/** A thread looks what has come. */
function look(s: State, n: number, thread: Thread): string {
  s.told.set(thread, false);
  if (!lives(s, thread)) return said(false, []);
  const found = s.mourns.at(thread) || s.coming.at(thread).length > 0;
  const here = (who: string): boolean => threadOf(n, who) === thread && s.wants.at(who) !== null;
  const coming = s.coming.at(thread);
  const going: string[] = [];
  if (s.mourns.at(thread)) {
    s.mourns.set(thread, false);
    const waiting = [...s.line].filter((who) => who !== GONE && here(who));
    if (s.abandoned) {
      for (const who of [...coming]) if (!isLate(who)) going.push(who);
      for (const who of waiting) going.push(who);
      // Whoever leaves an abandoned lock serves the line: so nobody is left there.
      if (waiting.length > 0) {
        s.line.set(s.line.indexOf(waiting[0]!), GONE);
        serve(s, n);
      }
    } else if (waiting.length + coming.length > 0) serve(s, n);
  }
  for (const one of takeAll(coming)) {
    if (isLate(one)) {
      if (!s.abandoned) removeOwner(s, n);
    } else if (!going.includes(one)) going.push(one);
  }
  return said(
    found,
    going.map((who) => {
      const found = s.finds.at(who);
      if (s.abandoned) return [who, goOn(s, n, who, found, "abandoned")];
      s.holds.set(who, modeOf(s.wants.at(who)));
      return [who, goOn(s, n, who, found, found ?? "has it")];
    }),
  );
}

/** The second thread dies in the middle of nothing, and is buried. */
function die(s: State, n: number): void {
  s.dead = true;
  const who = names(n).at(-1)!;
  s.ended.set(who, true);
  const place = s.line.indexOf(who);
  if (place >= 0) s.line.set(place, GONE);
  s.wants.set(who, null);
  s.finds.set(who, null);
  if (s.holds.at(who) !== null || s.coming.at("t2").length > 0) s.abandoned = true;
  s.told.set("t1", true);
  s.told.set("t2", false);
  s.mourns.set("t1", true);
}

// ----------------------------------------------------------------------------------- claims

const writes = (s: State): boolean => s.holds.some((mode) => mode === "write");
const readers = (s: State): number => s.holds.count((mode) => mode === "read");

/** Whether one stands in the line, or is to go on when its thread looks. */
const stands = (s: State, n: number, who: string): boolean =>
  s.line.includes(who) || s.coming.at(threadOf(n, who)).includes(who);

/** Whether the first one in the line could go on, or leave it. */
function couldGoOn(s: State): boolean {
  if (s.line.length === 0) return false;
  return s.line.at(0) === GONE || isOpen(s, modeOf(s.wants.at(s.line.at(0))));
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits stands in the line": (s: State) =>
    s.wants.every((wants, who) => wants === null || s.line.includes(who)),
  "nobody has a lock that is abandoned": (s: State) =>
    !s.abandoned || s.holds.every((mode) => mode === null),
  "one thread has it at a time": (s: State) => s.owners < 2,
};

// ------------------------------------------------------------------------------------- spec

interface Named {
  readonly who: string;
}
interface InMode extends Named {
  readonly mode: Mode;
}

/**
 * So many coroutines, the last one of which is in a thread of its own.
 *
 * @param scope How many; how many of them, the first ones, have waits with a limit, where others are cancelled; how
 * many that have given up may be left at once; whether the second thread may die; claims to add.
 */
export function rwLockTurns(
  { coroutines: n = 3, timed = 1, leaves = 1, dies = false, always = {} }: {
    coroutines?: number;
    timed?: number;
    leaves?: number;
    dies?: boolean;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(n));
  const isTimed = firstOf(n, timed);
  const most = n + leaves;
  const Came = Schema.Literals([...names(n), LATE.read, LATE.write]);
  /** Whether one can be told to do anything. */
  const isFree = (s: State, { who }: Named): boolean =>
    !s.ended.at(who) && s.wants.at(who) === null;
  const mayLeave = (s: State): boolean => {
    let left = 0;
    for (const who of s.line) if (who === GONE) left++;
    s.coming.every((coming) => {
      for (const one of coming) if (isLate(one)) left++;
      return true;
    });
    return left < leaves;
  };
  const waits = (s: State, who: string): boolean => {
    const wants = s.wants.at(who);
    return wants !== null && wants !== "read again";
  };
  const mustHold = (s: State): string => s.owners === 0 ? "not-locked" : "not-holder";
  const canUpgrade = (s: State, p: Named): boolean =>
    isFree(s, p) && s.holds.at(p.who) === "read" && !s.abandoned;
  const upgrade = (s: State, { who }: Named): string => {
    s.holds.set(who, null);
    const alone = s.owners === 1 && s.line.length === 0;
    s.owners--;
    return alone && takes(s, who, "write") ? "has it" : wait(s, n, who, "upgrade");
  };
  return spec({
    name: "rw_lock_turns",
    state: Schema.Struct({
      ...turnsFields(n),
      holds: Table(Who, Schema.NullOr(Mode_)),
      wants: Table(Who, Schema.NullOr(Schema.Literals(WANTS))),
      finds: Table(Who, Schema.NullOr(Schema.Literals(["timeout", "cancelled"]))),
      line: Seq(Schema.Literals([...names(n), GONE]), most),
      coming: Table(Thread_, Seq(Came, most)),
      owners: Int(-1, most),
      abandoned: Schema.Boolean,
    }),
    init: [{
      ended: fill(Who, false),
      told: fill(Thread_, false),
      mourns: fill(Thread_, false),
      dead: false,
      holds: fill(Who, null),
      wants: fill(Who, null),
      finds: fill(Who, null),
      line: [],
      coming: fill(Thread_, []),
      owners: 0,
      abandoned: false,
    }],
    actions: {
      // With or without a limit.
      lock: {
        for: { who: Who, mode: Mode_ },
        when: (s: State, p: InMode) => isFree(s, p) && s.holds.at(p.who) === null && !s.abandoned,
        do: (s: State, { who, mode }: InMode) =>
          takes(s, who, mode) ? "has it" : wait(s, n, who, mode),
        refuse: (s: State, p: InMode) =>
          !isFree(s, p) ? undefined : s.abandoned ? "abandoned" : "relock",
      },
      // If it takes no wait.
      tryLock: {
        for: { who: Who, mode: Mode_ },
        when: (s: State, p: InMode) => isFree(s, p) && !s.abandoned,
        do: (s: State, { who, mode }: InMode) =>
          s.holds.at(who) === null && takes(s, who, mode) ? "taken" : "busy",
        refuse: (s: State, p: InMode) => isFree(s, p) ? "abandoned" : undefined,
      },
      // It gives up at once.
      lockNow: {
        for: { who: Who, mode: Mode_ },
        when: (s: State, p: InMode) => isFree(s, p) && s.holds.at(p.who) === null && !s.abandoned,
        do: (s: State, { who, mode }: InMode) => takes(s, who, mode) ? "has it" : "timeout",
        refuse: (s: State, p: InMode) =>
          !isFree(s, p) ? undefined : s.abandoned ? "abandoned" : "relock",
      },
      // As many wait as can be counted: it reads on, if it has done so.
      waitInCrowd: {
        for: { who: Who },
        when: (s: State, p: Named) => isFree(s, p) && !s.abandoned && s.holds.at(p.who) !== "write",
        do: () => "too many",
      },
      upgrade: {
        for: { who: Who },
        when: canUpgrade,
        do: upgrade,
        refuse: (s: State, p: Named) =>
          !isFree(s, p)
            ? undefined
            : s.abandoned
            ? "abandoned"
            : s.holds.at(p.who) === "write"
            ? "relock"
            : mustHold(s),
      },
      downgrade: {
        for: { who: Who },
        when: (s: State, p: Named) => isFree(s, p) && s.holds.at(p.who) === "write",
        do: (s: State, { who }: Named) => {
          s.holds.set(who, "read");
          s.owners = 1;
          serve(s, n);
        },
        refuse: (s: State, p: Named) => isFree(s, p) ? mustHold(s) : undefined,
      },
      unlock: {
        for: { who: Who },
        when: (s: State, p: Named) => isFree(s, p) && s.holds.at(p.who) !== null,
        do: (s: State, { who }: Named) => {
          s.holds.set(who, null);
          removeOwner(s, n);
        },
        refuse: (s: State, p: Named) => isFree(s, p) ? mustHold(s) : undefined,
      },
      // If it has the lock, it has failed, and the lock is abandoned.
      end: {
        for: { who: Who },
        when: isFree,
        do: (s: State, { who }: Named) => {
          s.ended.set(who, true);
          if (s.holds.at(who) === null) return "ended";
          s.abandoned = true;
          serve(s, n);
          return "locks-held";
        },
      },
      ...(leaves > 0
        ? {
          upgradeNow: {
            for: { who: Who },
            when: (s: State, p: Named) => canUpgrade(s, p) && mayLeave(s),
            do: (s: State, p: Named) => {
              const came = upgrade(s, p);
              return came === "waits" ? giveUp(s, n, p.who, "timeout") : came;
            },
          },
          giveUp: {
            for: { who: Who },
            when: (s: State, { who }: Named) => isTimed(who) && waits(s, who) && mayLeave(s),
            do: (s: State, { who }: Named) => giveUp(s, n, who, "timeout"),
          },
          cancel: {
            for: { who: Who },
            when: (s: State, { who }: Named) => !isTimed(who) && waits(s, who) && mayLeave(s),
            do: (s: State, { who }: Named) => giveUp(s, n, who, "cancelled"),
          },
        }
        : {}),
      look: {
        for: { thread: Thread_ },
        do: (s: State, { thread }: { readonly thread: Thread }) => look(s, n, thread),
      },
      ...(dies
        ? {
          die: {
            for: {},
            when: (s: State) => !s.dead,
            do: (s: State) => die(s, n),
          },
        }
        : {}),
    },
    always: {
      "a writer is alone": (s) => !writes(s) || s.holds.count((mode) => mode !== null) === 1,
      "the writer is counted": (s) => !writes(s) || s.owners === -1,
      "each reader is counted": (s) => s.owners < 0 || s.owners >= readers(s),
      "nobody reads while a writer is counted": (s) => s.owners >= 0 || readers(s) === 0,
      "whoever waits stands somewhere, or is to go on": (s) =>
        s.wants.every((wants, who) => s.ended.at(who) || (wants !== null) === stands(s, n, who)),
      ...turnsClaims<State>((s, thread) => s.coming.at(thread).length > 0),
      "nobody waits for what is free, unless a thread died": (s) => s.dead || !couldGoOn(s),
      "nobody is left in the line of a lock that a holder has abandoned": (s) =>
        !s.abandoned || s.dead || s.line.length === 0,
      "a lock is abandoned if one that has ended has it": (s) =>
        s.abandoned || s.holds.every((mode, who) => mode === null || !s.ended.at(who)),
      ...always,
    },
    sometimes: {
      "a writer of one thread and a reader of the other one wait": (s) =>
        s.line.some((who) => who !== GONE && s.wants.at(who) === "write") &&
        s.line.some((who) => who !== GONE && s.wants.at(who) === "read"),
      ...(leaves > 0
        ? {
          "one waits to read again": (s: State) => s.wants.some((wants) => wants === "read again"),
        }
        : {}),
      ...(leaves > 0 && n > 2
        ? {
          "one that has given up stands before one that waits": (s: State) =>
            s.line.length > 2 && s.line.indexOf(GONE) === 1,
        }
        : {}),
      "both threads are told": (s) => s.told.every((told) => told),
      ...(dies
        ? {
          "one that waited learns of a death": (s: State) =>
            s.abandoned && s.mourns.at("t1") && s.wants.some((wants) => wants !== null),
        }
        : {}),
    },
    ends: () => true,
  });
}
