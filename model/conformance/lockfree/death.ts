/**
 * A thread that dies in the middle of anything, one that buries it, and those that want its lock: see
 * `src/lockfree/death.ts`.
 *
 * @module
 */
import {
  type AfterDeath,
  afterDeath,
  type Burier,
  bury,
  buryGhosts,
} from "../../../src/lockfree/death.ts";
import { takeScheduled } from "../../../src/lockfree/schedule.ts";
import { kill } from "../../../src/lockfree/life.ts";
import { giveBack, prepare } from "../../../src/lockfree/record.ts";
import { beginToLook, mayRest, rest } from "../../../src/lockfree/signal.ts";
import { ABANDONED, giveUp } from "../../../src/lockfree/line.ts";
import {
  lock as takeMutex,
  MUTEX,
  TOKEN,
  unlock as unlockMutex,
} from "../../../src/lockfree/mutex.ts";
import * as rw from "../../../src/lockfree/rw_lock.ts";
import {
  type AtomicWords,
  CONTEXT_WORDS,
  IDLE,
  RECORD,
  SCHEDULED,
  SIGNAL,
  stateOf,
  WAITING,
} from "../../../src/lockfree/words.ts";
import type { Atomics32, Self, ThreadCall } from "../../interleave/types.ts";
import { Death, each, type Explored, Layout, mortal } from "./_stage.ts";

type Act = (memory: Int32Array, id: number, atomics: AtomicWords, local: Int32Array) => void;

/** The outcome of a wait. */
const [NOT_YET, HAS_IT, TOLD] = [0, 1, 2];

/** What a thread has to lock with. */
interface Own {
  readonly lock: number;
  /** A record to wait by. */
  readonly record: number;
  /** What it has in the lock. */
  readonly share: number;
  readonly context: number;
  readonly memory: Int32Array;
  readonly atomics: AtomicWords;
}

/** How a lock is locked. */
interface Way {
  /** What comes behind the words of all locks. */
  readonly words: readonly string[];
  /** What a record says that waits for it. */
  wanting(lock: number): number;
  /** Takes it, or comes to wait for it. */
  take(own: Own): boolean;
  /** It was scheduled: now it has it. */
  accept(own: Own): void;
  /** What it knows when another thread has died. */
  afterDeath(own: Own): AfterDeath;
  unlock(own: Own): void;
}

const discard = (): void => {};
const by = (context: number): Burier => ({ context, discard });

const mutexWay: Way = {
  words: ["token", "sequence"],
  wanting: (lock) => lock,
  take: ({ memory, lock, record, atomics }) => takeMutex(memory, lock, record, discard, atomics),
  accept: ({ memory, record, atomics }) => void giveBack(memory, record, atomics),
  afterDeath: ({ memory, lock, record, context, atomics }) =>
    afterDeath(memory, lock, record, context, atomics),
  unlock: ({ memory, lock, context, atomics }) =>
    unlockMutex(memory, lock, context, discard, atomics),
};

const rwWay = (as: rw.As): Way => ({
  words: ["serving"],
  wanting: (lock) => rw.wanting(lock, as),
  take: ({ memory, lock, record, share, atomics }) =>
    rw.take(memory, lock, record, as, share, discard, atomics),
  accept: ({ memory, record, share, atomics }) =>
    rw.accept(memory, record, share, (record) => void giveBack(memory, record, atomics), atomics),
  afterDeath: ({ memory, lock, share, atomics }) => {
    if (atomics.load(memory, lock + ABANDONED) === 1) return "abandoned";
    rw.moveUp(memory, lock, share, discard, atomics);
    return "waits";
  },
  unlock: ({ memory, lock, share, atomics }) => rw.unlock(memory, lock, share, discard, atomics),
});

const ways = { mutex: mutexWay, reader: rwWay(1), writer: rwWay(-1) } as const;

/**
 * The first thread locks and unlocks as `dies` says, and dies anywhere in between; others want the lock,
 * each as `others` says, so many times. If it `waits`, for a read-write lock, it does so already at the
 * beginning, and the second thread writes. If it goes on, it is buried
 * anywhere, and locks so many times, before or after that. If it ends, it has the lock at the beginning, gives it
 * back, and dies of nothing.
 */
export function sharedDeath(
  { dies, others, rounds, waits = false, goesOn = 0, ends = false }: {
    dies: keyof typeof ways;
    others: readonly (keyof typeof ways)[];
    rounds: number;
    waits?: boolean;
    goesOn?: 0 | 1 | 2;
    ends?: boolean;
  },
): Explored {
  const n = others.length + 1;
  const layout = new Layout();
  // 0 is the place of no lock.
  layout.add("none");
  const { words } = ways[dies];
  const lock = layout.add("state", "coming", "nextUp", "abandoned", ...words);
  const contexts = each(n, (t) => layout.context(t));
  const idle = stateOf(0, IDLE);
  const records = each(n, (t) => layout.record(`r${t}`, contexts[t]!, idle));
  const shares = words === mutexWay.words
    ? []
    : each(n, (t) => layout.record(`s${t}`, contexts[t]!, idle));
  for (const t of shares.keys()) layout.set(`s${t}.lock`, lock);
  if (ends) layout.set("state", contexts[0]! << 16 | 1);
  if (waits) {
    layout.set("state", rw.WRITER + 1);
    layout.set("coming", records[0]!);
    layout.set("r0.state", stateOf(0, WAITING));
    layout.set("r0.lock", rw.wanting(lock, dies === "reader" ? 1 : -1));
    layout.set("s1.state", stateOf(0, SCHEDULED));
  }
  const [dead, got, told, graves, ghosts, fate] = [
    ...["dead", "got", "told", "graves", "ghosts", "fate"],
  ].map((word) => layout.add(word));
  const places = {
    contexts: [contexts[0]!, contexts[0]! + CONTEXT_WORDS * n],
    // A read-write lock is none: it is known by its records.
    mutexes: [lock, lock + (shares.length === 0 ? MUTEX : 0)],
    records: [records[0]!, records[0]! + RECORD * (n + shares.length)],
  } as const;
  /** The one that buries has a context, too. */
  const burier = by(layout.context(n));
  const wayOf = (id: number): Way => ways[id === 0 ? dies : others[id - 1]!];
  const ownOf = (memory: Int32Array, id: number, atomics: AtomicWords): Own => ({
    ...{ memory, atomics, lock, record: records[id]!, context: contexts[id]! },
    share: shares[id] ?? 0,
  });

  /** A wait begins, as in `SharedWait`. */
  const begin: Act = (memory, id, atomics, local) => {
    local[0] = beginning(id, ownOf(memory, id, atomics));
  };
  function beginning(id: number, own: Own): number {
    const { memory, record, atomics } = own;
    if (atomics.load(memory, lock + ABANDONED) !== 0) return TOLD!;
    const way = wayOf(id);
    const generation = prepare(memory, record, own.context, way.wanting(lock), WAITING, atomics);
    if (way.take(own)) {
      giveBack(memory, record, atomics);
      return HAS_IT!;
    }
    buryGhosts(memory, ghosts!, graves!, places, by(own.context), atomics);
    if (atomics.load(memory, lock + ABANDONED) === 0) return NOT_YET!;
    return giveUp(memory, record, generation, atomics) ? TOLD! : NOT_YET!;
  }
  const wait: Act = (memory, id, atomics, local) => {
    if (local[0] !== NOT_YET) return;
    const own = ownOf(memory, id, atomics);
    const { context } = own;
    for (;;) {
      beginToLook(memory, context + SIGNAL, atomics);
      if (atomics.load(memory, graves!) > 0) {
        const found = wayOf(id).afterDeath(own);
        if (found !== "waits") {
          local[0] = found === "abandoned" ? TOLD! : HAS_IT!;
          return;
        }
      }
      if (takeScheduled(memory, context, atomics) !== 0) break;
      if (mayRest(memory, context + SIGNAL, atomics)) {
        rest(memory, context + SIGNAL, Infinity, atomics);
      }
    }
    wayOf(id).accept(own);
    local[0] = atomics.load(memory, lock + ABANDONED) === 0 ? HAS_IT! : TOLD!;
  };
  const end: Act = (memory, id, atomics, local) => {
    if (id > 0) atomics.add(memory, local[0] === HAS_IT ? got! : told!, 1);
    if (local[0] === HAS_IT) wayOf(id).unlock(ownOf(memory, id, atomics));
  };
  const unlockFirst: ThreadCall = function unlockIt(memory, atomics, { id }) {
    wayOf(id).unlock(ownOf(memory, id, atomics));
  };
  const live: ThreadCall = function live(memory, atomics, { local }) {
    const words = ends ? atomics : mortal(memory, fate!, atomics);
    try {
      if (ends) local[0] = HAS_IT!;
      for (const act of waits || ends ? [wait, end] : [begin, wait, end]) {
        act(memory, 0, words, local);
      }
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
    // Whatever it has, it never gives it back.
    atomics.store(memory, dead!, 1);
    atomics.notify(memory, dead!);
  };
  /** It is buried at any moment, and goes on: it locks, and then computes for ever. */
  const lockOn: ThreadCall = function lockOn(memory, atomics, { local }) {
    if (local[0] === TOLD) return;
    local[0] = beginning(0, ownOf(memory, 0, atomics));
    // If it waits, it does not go on.
    if (local[0] !== HAS_IT) local[0] = TOLD!;
  };
  const unlockOn: ThreadCall = function unlockOn(memory, atomics, { local }) {
    if (local[0] === HAS_IT) wayOf(0).unlock(ownOf(memory, 0, atomics));
  };
  const dieNow: ThreadCall = function dieNow(memory, atomics) {
    atomics.store(memory, fate!, 1);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    if (goesOn === 0) atomics.wait(memory, dead!, 0);
    kill(memory, contexts[0]!, 0, ghosts!, atomics);
    bury(memory, contexts[0]!, graves!, places, burier, atomics);
  };
  const wants = ([["lockIt", begin], ["sleep", wait], ["unlockIt", end]] as const).map(
    ([name, act]): ThreadCall =>
      Object.defineProperty(
        (memory: Int32Array, atomics: Atomics32, { id, local }: Self) =>
          act(memory, id, atomics, local),
        "name",
        { value: name },
      ),
  );
  return {
    interleaving: {
      name: "shared_death",
      memory: layout.words,
      local: 1,
      threads: [
        [live, [lockOn], [lockOn, unlockOn, lockOn]][goesOn]!,
        ...others.map((_, i) => [
          ...(waits && i === 0 ? [unlockFirst] : []),
          ...each(rounds, () => wants).flat(),
        ]),
        goesOn > 0 || ends ? [buryIt] : [dieNow, buryIt],
      ],
      finally: {
        ...(ends
          ? {
            "nothing is abandoned that was given back": (memory: Int32Array) => memory[told!] === 0,
          }
          : {}),
        "nobody waits for ever: each has had it, or was told": (memory) =>
          memory[got!]! + memory[told!]! === others.length * rounds,
      },
    },
    wrong: {
      ...(ends
        ? {
          "one that has ended leaves no token": (memory: Int32Array) =>
            memory[dead!] === 0 || memory[lock + TOKEN]! <= 0,
        }
        : {
          "nobody is told before the dead one is buried": (memory: Int32Array) =>
            memory[told!] === 0 || memory[graves!]! > 0,
        }),
    },
  };
}

/**
 * A thread waits for a mutex, another one waits behind it, and a third one unlocks. The first one was killed, and
 * has come after it was buried; or it is buried meanwhile.
 */
export function sharedGhost({ buried }: { buried: "before" | "meanwhile" }): Explored {
  const layout = new Layout();
  layout.add("none");
  const mutex = layout.add("state", "coming", "nextUp", "abandoned", ...mutexWay.words);
  const contexts = each(3, (t) => layout.context(t)) as [number, number, number];
  const [killed, holding, waiting] = contexts;
  const burying = layout.context(3);
  const [first, second] = [layout.record("r0", killed), layout.record("r2", waiting)];
  const [ghosts, graves, got, told] = [
    ...["ghosts", "graves", "got", "told"],
  ].map((word) => layout.add(word)) as [number, number, number, number];
  layout.set("state", holding << 16 | 3);
  layout.set("coming", second);
  layout.set("r2.next", first);
  for (const record of ["r0", "r2"]) layout.set(`${record}.lock`, mutex);
  const killIt: ThreadCall = function killIt(memory, atomics) {
    kill(memory, killed, 0, ghosts, atomics);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    bury(
      memory,
      killed,
      graves,
      {
        contexts: [killed, killed + CONTEXT_WORDS * 3],
        mutexes: [mutex, mutex + MUTEX],
        records: [first, first + RECORD * 2],
      },
      by(burying),
      atomics,
    );
  };
  const unlockIt: ThreadCall = function unlockIt(memory, atomics) {
    unlockMutex(memory, mutex, holding, discard, atomics);
  };
  const sleep: ThreadCall = function sleep(memory, atomics) {
    for (;;) {
      beginToLook(memory, waiting + SIGNAL, atomics);
      const mourns = atomics.load(memory, graves) > 0;
      const found = mourns ? afterDeath(memory, mutex, second, waiting, atomics) : "waits";
      if (found === "abandoned") return void atomics.add(memory, told, 1);
      if (found === "granted" || takeScheduled(memory, waiting, atomics) !== 0) break;
      if (mayRest(memory, waiting + SIGNAL, atomics)) {
        rest(memory, waiting + SIGNAL, Infinity, atomics);
      }
    }
    atomics.add(memory, got, 1);
  };
  return {
    interleaving: {
      name: "shared_death",
      memory: layout.words,
      threads: buried === "before"
        ? [[killIt, unlockIt], [sleep]]
        : [[unlockIt], [sleep], [killIt, buryIt]],
      finally: {
        "whoever waits behind one that was killed has its turn, or is told": (memory) =>
          memory[got]! + memory[told]! === 1,
      },
    },
    wrong: { "it never has its turn": (memory) => memory[got] === 0 },
  };
}
