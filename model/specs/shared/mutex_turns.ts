/**
 * A mutex that two threads share, which take turns, and a queue that goes with it: all that their coroutines can do
 * with them, one call after the other, and what comes of that.
 *
 * Whoever has the mutex hands it to the first in the line who waits still; that one goes on when its thread looks. One
 * that gives up stays in the line until it is first; when many have, the thread that has the mutex takes them out. Who
 * waits in the queue gives the mutex back, and takes it again before it goes on, whatever has ended the wait. If it was
 * told, and has given up, its thread tells the next one. Where a holder has ended, or its thread is dead, nobody gets
 * the mutex any more.
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
  THREADS,
  type Turns,
  turnsClaims,
  turnsFields,
} from "./_turns.ts";

// ------------------------------------------------------------------------------------ state

/** To lock it; to be told in the queue; to have it again after that. */
const WANTS = ["lock", "be told", "lock again"] as const;
type Wants = typeof WANTS[number];
/** Why the wait is over, if it was not told. */
type Found = "timeout" | "cancelled";

/** The mutex was granted to one that has given up since. */
const LATE = "late";
/** What tells the next one in place of one that was told, and has given up since: when it begins, … */
const PASSES = "passes on";
/** … and when it waits for the mutex: in each thread. */
const PASSER: Readonly<Record<Thread, string>> = { t1: "passer of t1", t2: "passer of t2" };
/** One that has given up in the queue, … */
const gone = (who: string): string => `${who} is gone`;
/** … and has said so there. */
const LEFT = "left";

interface State extends Turns {
  /** Who has it; whoever has ended with it has it for ever. */
  holder: string | null;
  /** What each waits for. */
  readonly wants: TableView<string, Wants | null>;
  /** What one finds when it has it again. */
  readonly finds: TableView<string, Found | null>;
  /** Who stands in the line. */
  readonly line: SeqView<string>;
  /** Who stands in the queue. */
  readonly queue: SeqView<string>;
  /** Who was granted the mutex, or was told, and is to go on when its thread looks. */
  readonly coming: TableView<Thread, SeqView<string>>;
  /** How many of a thread have given up in the line since it has last told the holder's. */
  readonly left: TableView<Thread, number>;
  /** Whether somebody was told that many have, since a thread has looked. */
  readonly crowded: TableView<Thread, boolean>;
  abandoned: boolean;
  /** It was granted to one that found it abandoned: nobody gives it back. */
  stuck: boolean;
}

// ------------------------------------------------------------------------------------ steps

/** What the steps are told: how many coroutines, and after how many that give up the holder's thread is told. */
interface Scope {
  readonly n: number;
  readonly crowd: number;
}

const isPasser = (who: string): boolean => who === PASSER.t1 || who === PASSER.t2;

function home(n: number, who: string): Thread {
  return isPasser(who) ? who === PASSER.t1 ? "t1" : "t2" : threadOf(n, who);
}

/** Whether one is to have the mutex when its thread looks. */
const isGranted = (s: State, who: string): boolean =>
  who === LATE || isPasser(who) || who !== PASSES && s.wants.at(who) !== "be told";

/** In which thread somebody is to have it. */
function grantedIn(s: State): Thread | undefined {
  return THREADS.find((thread) => s.coming.at(thread).some((who) => isGranted(s, who)));
}

const isFree = (s: State): boolean => s.holder === null && !s.stuck && grantedIn(s) === undefined;

/** Something comes to a thread. */
function deliver(s: State, thread: Thread, what: string): void {
  s.coming.at(thread).push(what);
  s.told.set(thread, true);
}

/** It is given back: the first in the line who waits still has it. */
function handOn(s: State, n: number): void {
  s.holder = null;
  while (s.line.length > 0) {
    const first = s.line.shift();
    if (first !== GONE) return deliver(s, home(n, first), first);
  }
}

/** It has the mutex if it takes no wait. */
function takes(s: State, who: string): boolean {
  if (!isFree(s)) return false;
  s.holder = who;
  return true;
}

/** It waits no longer, and stays in the line until its turn comes. */
function leaveLine(s: State, { n, crowd }: Scope, who: string): void {
  const thread = home(n, who);
  s.line.set(s.line.indexOf(who), GONE);
  const left = s.left.at(thread) + 1;
  s.left.set(thread, left < crowd ? left : 0);
  if (left < crowd) return;
  const its = s.holder === null ? grantedIn(s) : threadOf(n, s.holder);
  if (its === thread) return sweep(s, n, thread);
  for (const each of THREADS) s.crowded.set(each, true);
  if (its !== undefined && lives(s, its)) s.told.set(its, true);
}

/** The thread that has it takes those out of the line who have given up. */
function sweep(s: State, n: number, thread: Thread): void {
  if (s.holder !== null && threadOf(n, s.holder) === thread) sweepLine(s);
}

function sweepLine(s: State): void {
  s.line.assign([...s.line].filter((who) => who !== GONE));
}

/** Whoever is first in the queue has not given up. */
function skim(s: State): void {
  while (s.queue.length > 0 && !isWaiting(s.queue.at(0))) s.queue.shift();
}

const isWaiting = (who: string): boolean => who !== LEFT && !who.endsWith(gone(""));

/** Tells the first one in the queue: whether there was one. */
function next(s: State, n: number): boolean {
  skim(s);
  if (s.queue.length === 0) return false;
  const first = s.queue.shift();
  deliver(s, threadOf(n, first), first);
  skim(s);
  return true;
}

/** One has the mutex again that has given up in the queue: it leaves, and with most of the others all do. */
function leaveQueue(s: State, who: string): void {
  const place = s.queue.indexOf(gone(who));
  if (place < 0) return;
  s.queue.set(place, LEFT);
  skim(s);
  const left = [...s.queue].filter((one) => one === LEFT).length;
  if (2 * left > s.queue.length) s.queue.assign([...s.queue].filter(isWaiting));
}

/** It takes the mutex again, after its wait in the queue. */
function regain(s: State, scope: Scope, who: string): string {
  if (s.abandoned) return goOn(s, scope, who, "abandoned");
  if (takes(s, who)) return hasAgain(s, scope, who);
  s.wants.set(who, "lock again");
  s.line.push(who);
  return "waits";
}

function hasAgain(s: State, scope: Scope, who: string): string {
  const found = s.finds.at(who);
  if (found !== null) leaveQueue(s, who);
  return goOn(s, scope, who, found ?? "was told");
}

/** It goes on. One that was cancelled gives back what it has, and ends. */
function goOn(s: State, { n }: Scope, who: string, says: string): string {
  const cancelled = s.finds.at(who) === "cancelled";
  s.wants.set(who, null);
  s.finds.set(who, null);
  if (cancelled) {
    if (s.holder === who) handOn(s, n);
    s.ended.set(who, true);
  }
  return says;
}

/** It gives up, or is cancelled. */
function giveUp(s: State, scope: Scope, who: string, found: Found): string {
  const coming = s.coming.at(threadOf(scope.n, who));
  s.finds.set(who, found);
  const inQueue = s.wants.at(who) === "be told";
  const place = s.queue.indexOf(who);
  if (place >= 0) s.queue.set(place, gone(who));
  else if (s.line.includes(who)) leaveLine(s, scope, who);
  else coming.set(coming.indexOf(who), inQueue ? PASSES : LATE);
  return inQueue ? regain(s, scope, who) : goOn(s, scope, who, found);
}

/** One that passes on has the mutex: it tells the next one, and gives that back. */
function passOn(s: State, n: number): void {
  next(s, n);
  handOn(s, n);
}

/** A thread looks what has come. */
function look(s: State, scope: Scope, thread: Thread): string {
  const { n } = scope;
  s.told.set(thread, false);
  if (!lives(s, thread)) return said(false, []);
  const found = s.mourns.at(thread) || s.coming.at(thread).length > 0;
  const going: string[] = [];
  const coming = s.coming.at(thread);
  const late = coming.indexOf(LATE);
  // Whoever mourns gives back at once what it was granted, and wants no more.
  if (s.mourns.at(thread) && !s.abandoned && late >= 0) {
    coming.removeAt(late);
    handOn(s, n);
  }
  const looksFirst = s.mourns.at(thread);
  const mourns = looksFirst && s.abandoned;
  s.mourns.set(thread, false);
  if (mourns) {
    for (const who of names(n)) {
      if (threadOf(n, who) !== thread || s.wants.at(who) === null) continue;
      const place = s.queue.indexOf(who);
      if (place >= 0) s.queue.set(place, gone(who));
      if (s.line.includes(who)) leaveLine(s, scope, who);
    }
    if (s.line.includes(PASSER[thread])) leaveLine(s, scope, PASSER[thread]);
  }
  // Whoever mourns finds at once that it was granted, and has it from then on.
  const has = looksFirst && !s.abandoned &&
    coming.some((who) => who !== LATE && isGranted(s, who));
  if (s.crowded.at(thread)) {
    s.crowded.set(thread, false);
    if (has) sweepLine(s);
    else sweep(s, n, thread);
  }
  const came = takeAll(coming);
  const granted = came.find((who) => isGranted(s, who));
  if (granted !== undefined && s.abandoned) s.stuck = true;
  // It is not free before that one has gone on.
  if (granted !== undefined && granted !== LATE && !s.abandoned) coming.push(granted);
  for (const one of came) {
    if (one === LATE) {
      if (!s.abandoned) handOn(s, n);
    } else if (one === PASSES) {
      if (s.abandoned) continue;
      if (isFree(s)) passOn(s, n);
      else s.line.push(PASSER[thread]);
    } else if (one === granted && looksFirst) going.unshift(one);
    else going.push(one);
  }
  if (mourns) {
    for (const who of names(n)) {
      const waits = threadOf(n, who) === thread && s.wants.at(who) !== null;
      if (waits && !going.includes(who)) going.push(who);
    }
  }
  const told: [string, string][] = [];
  for (const who of going) {
    if (who === granted && !s.abandoned) coming.removeAt(coming.indexOf(who));
    if (isPasser(who)) {
      if (!s.abandoned) passOn(s, n);
      continue;
    }
    const says = goesOn(s, scope, who);
    if (says !== "waits") told.push([who, says]);
  }
  return said(found, told);
}

function goesOn(s: State, scope: Scope, who: string): string {
  if (s.abandoned) return goOn(s, scope, who, "abandoned");
  const wants = s.wants.at(who);
  if (wants === "be told") return regain(s, scope, who);
  s.holder = who;
  return wants === "lock" ? goOn(s, scope, who, "has it") : hasAgain(s, scope, who);
}

/** It is abandoned from now on: whoever waits for it is told so. */
function abandon(s: State, n: number): void {
  s.abandoned = true;
  for (const who of takeAll(s.line)) if (who !== GONE) deliver(s, home(n, who), who);
  for (const thread of THREADS) {
    s.mourns.set(thread, true);
    s.told.set(thread, true);
  }
}

/** Whether one of the second thread was told in the queue, and has not the mutex again: nobody else is told then. */
function isToldThere(s: State, n: number): boolean {
  return s.line.includes(PASSER.t2) ||
    s.wants.some((wants, who) =>
      wants === "lock again" && threadOf(n, who) === "t2" && s.finds.at(who) === null
    );
}

/** The second thread dies in the middle of nothing, and is buried. */
function die(s: State, n: number): void {
  s.dead = true;
  const isTold = isToldThere(s, n);
  const who = names(n).at(-1)!;
  s.ended.set(who, true);
  const places = [[s.line, who, GONE], [s.line, PASSER.t2, GONE], [
    s.queue,
    who,
    gone(who),
  ]] as const;
  for (const [line, one, is] of places) {
    const place = line.indexOf(one);
    if (place >= 0) line.set(place, is);
  }
  if (s.holder === who || isTold || s.coming.at("t2").length > 0) s.abandoned = true;
  s.told.set("t1", true);
  s.mourns.set("t1", true);
}

// ----------------------------------------------------------------------------------- claims

/** How many have it, or are to have it. */
function having(s: State): number {
  let n = s.holder === null ? 0 : 1;
  for (const thread of THREADS) {
    for (const who of s.coming.at(thread)) if (isGranted(s, who)) n++;
  }
  return n;
}

/** Whether one stands in the line or in the queue, or is to go on when its thread looks. */
const stands = (s: State, n: number, who: string): boolean =>
  s.line.includes(who) || s.queue.includes(who) || s.coming.at(threadOf(n, who)).includes(who);

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody waits for a mutex that no coroutine has": (s: State) =>
    s.holder !== null || s.wants.every((wants) => wants === null),
  "nobody has a mutex that is abandoned": (s: State) => !s.abandoned || s.holder === null,
};

// ------------------------------------------------------------------------------------- spec

interface Named {
  readonly who: string;
}

/**
 * So many coroutines, the last one of which is in a thread of its own.
 *
 * @param scope How many; how many of them, the first ones, have waits with a limit, where others are cancelled; how
 * many that have given up may be left at once; after how many the holder's thread is told; whether there is a queue;
 * whether the second thread may die; claims to add.
 */
export function mutexTurns(
  { coroutines: n = 3, timed = 1, leaves = 1, crowd = 2, queue = true, dies = true, always = {} }: {
    coroutines?: number;
    timed?: number;
    leaves?: number;
    crowd?: number;
    queue?: boolean;
    dies?: boolean;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(n));
  const isTimed = firstOf(n, timed);
  const scope: Scope = { n, crowd };
  const most = n + leaves;
  /** Whether one can be told to do anything. */
  const isIdle = (s: State, { who }: Named): boolean =>
    !s.ended.at(who) && s.wants.at(who) === null;
  const mayLeave = (s: State): boolean => {
    let gone = 0;
    for (const who of s.line) if (who === GONE || isPasser(who)) gone++;
    for (const who of s.queue) if (!isWaiting(who)) gone++;
    for (const thread of THREADS) {
      for (const who of s.coming.at(thread)) {
        if (who === LATE || who === PASSES || isPasser(who)) gone++;
      }
    }
    return gone < leaves;
  };
  const waits = (s: State, who: string): boolean => {
    const wants = s.wants.at(who);
    return !s.ended.at(who) && wants !== null && wants !== "lock again";
  };
  const locking = {
    for: { who: Who },
    when: (s: State, p: Named) => isIdle(s, p) && s.holder !== p.who && !s.abandoned,
    refuse: (s: State, p: Named) =>
      !isIdle(s, p) ? undefined : s.holder === p.who ? "relock" : "abandoned",
  };
  const holding = {
    for: { who: Who },
    when: (s: State, p: Named) => isIdle(s, p) && s.holder === p.who,
    refuse: (s: State, p: Named) =>
      !isIdle(s, p) ? undefined : isFree(s) ? "not-locked" : "not-holder",
  };
  const Came = Schema.Literals([...names(n), LATE, PASSES, PASSER.t1, PASSER.t2]);
  const InQueue = Schema.Literals([...names(n), ...names(n).map(gone), LEFT]);
  return spec({
    name: "mutex_turns",
    state: Schema.Struct({
      ...turnsFields(n),
      holder: Schema.NullOr(Who),
      wants: Table(Who, Schema.NullOr(Schema.Literals(WANTS))),
      finds: Table(Who, Schema.NullOr(Schema.Literals(["timeout", "cancelled"]))),
      line: Seq(Schema.Literals([...names(n), GONE, PASSER.t1, PASSER.t2]), most),
      queue: Seq(InQueue, most),
      coming: Table(Thread_, Seq(Came, most)),
      left: Table(Thread_, Int(0, Math.max(1, crowd - 1))),
      crowded: Table(Thread_, Schema.Boolean),
      abandoned: Schema.Boolean,
      stuck: Schema.Boolean,
    }),
    init: [{
      ended: fill(Who, false),
      told: fill(Thread_, false),
      mourns: fill(Thread_, false),
      dead: false,
      holder: null,
      wants: fill(Who, null),
      finds: fill(Who, null),
      line: [],
      queue: [],
      coming: fill(Thread_, []),
      left: fill(Thread_, 0),
      crowded: fill(Thread_, false),
      abandoned: false,
      stuck: false,
    }],
    actions: {
      // With or without a limit.
      lock: {
        ...locking,
        do: (s: State, { who }: Named) => {
          if (takes(s, who)) return "has it";
          s.wants.set(who, "lock");
          s.line.push(who);
          return "waits";
        },
      },
      // If it takes no wait.
      tryLock: {
        for: { who: Who },
        when: (s: State, p: Named) => isIdle(s, p) && !s.abandoned,
        do: (s: State, { who }: Named) => takes(s, who) ? "taken" : "busy",
        refuse: (s: State, p: Named) => isIdle(s, p) ? "abandoned" : undefined,
      },
      // It gives up at once.
      lockNow: {
        ...locking,
        do: (s: State, { who }: Named) => takes(s, who) ? "has it" : "timeout",
      },
      // As many wait as can be counted.
      waitInCrowd: { ...locking, do: () => "too many" },
      unlock: { ...holding, do: (s: State) => handOn(s, n) },
      // If it has the mutex, it has failed, and that is abandoned.
      end: {
        for: { who: Who },
        when: isIdle,
        do: (s: State, { who }: Named) => {
          s.ended.set(who, true);
          if (s.holder !== who) return "ended";
          abandon(s, n);
          return "locks-held";
        },
      },
      ...(leaves > 0
        ? {
          giveUp: {
            for: { who: Who },
            when: (s: State, { who }: Named) => isTimed(who) && waits(s, who) && mayLeave(s),
            do: (s: State, { who }: Named) => giveUp(s, scope, who, "timeout"),
          },
          cancel: {
            for: { who: Who },
            when: (s: State, { who }: Named) => !isTimed(who) && waits(s, who) && mayLeave(s),
            do: (s: State, { who }: Named) => giveUp(s, scope, who, "cancelled"),
          },
        }
        : {}),
      ...(queue
        ? {
          wait: {
            ...holding,
            do: (s: State, { who }: Named) => {
              s.wants.set(who, "be told");
              s.queue.push(who);
              handOn(s, n);
              return "waits";
            },
          },
          next: { ...holding, do: (s: State) => next(s, n) ? "one" : "nobody" },
          restartAll: {
            ...holding,
            do: (s: State) => {
              while (next(s, n));
            },
          },
        }
        : {}),
      look: {
        for: { thread: Thread_ },
        do: (s: State, { thread }: { readonly thread: Thread }) => look(s, scope, thread),
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
      ...turnsClaims<State>((s, thread) => s.coming.at(thread).length > 0),
      "nobody waits for a mutex that is free": (s) => !isFree(s) || s.line.length === 0,
      "a mutex is handed to one at a time": (s) => s.abandoned || having(s) < 2,
      "whoever waits stands somewhere, or is to go on": (s) =>
        s.wants.every((wants, who) => s.ended.at(who) || (wants !== null) === stands(s, n, who)),
      "nobody is left in the line of a mutex that a holder has abandoned": (s) =>
        !s.abandoned || s.dead || s.line.length === 0,
      "a mutex is abandoned if one that has ended has it": (s) =>
        s.abandoned || s.holder === null || !s.ended.at(s.holder),
      ...always,
    },
    sometimes: {
      "both threads are told": (s) => s.told.every((told) => told),
      ...(leaves > 0
        ? {
          "it was granted to one that has given up": (s: State) =>
            s.coming.some((coming) => coming.includes(LATE)),
        }
        : {}),
      ...(queue
        ? {
          "one that was told waits for the mutex": (s: State) =>
            s.wants.some((wants) => wants === "lock again"),
        }
        : {}),
      ...(queue && leaves > 0
        ? {
          "one that was told has given up": (s: State) =>
            s.coming.some((coming) => coming.includes(PASSES)),
        }
        : {}),
    },
    ends: () => true,
  });
}
