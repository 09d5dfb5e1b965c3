/**
 * Two threads that take turns at what they share: each call is over before the next one begins, of whichever thread.
 *
 * What one thread leaves for another one comes there when that looks. So between those two anything else may happen.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { type SeqView, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------- constants

/** The threads: the first one has all coroutines but the last, the second one has that. */
export const THREADS = ["t1", "t2"] as const;
/** One of them. */
export type Thread = typeof THREADS[number];
/** The schema of that. */
export const Thread_: Schema.Literals<typeof THREADS> = Schema.Literals(THREADS);

/** The names of as many coroutines as there may be. */
const NAMES = names(26);

/** In which thread a coroutine of so many is. */
export function threadOf(n: number, who: string): Thread {
  return who === NAMES[n - 1] ? "t2" : "t1";
}

/** One that has given up in a line, and was not taken out yet. */
export const GONE = "gone";

// ------------------------------------------------------------------------------------ state

/** What every such spec has. */
export interface Turns {
  /** Who has come to its end, or is of a thread that is dead. */
  readonly ended: TableView<string, boolean>;
  /** Whether a thread was notified since it has looked last. */
  readonly told: TableView<Thread, boolean>;
  /** Whether something was abandoned since then, and the thread was told. */
  readonly mourns: TableView<Thread, boolean>;
  /** Whether the second thread is dead. */
  dead: boolean;
}

/** The fields of {@linkcode Turns}. */
export function turnsFields(n: number) {
  return {
    ended: Table(Schema.Literals(names(n)), Schema.Boolean),
    told: Table(Thread_, Schema.Boolean),
    mourns: Table(Thread_, Schema.Boolean),
    dead: Schema.Boolean,
  };
}

// ------------------------------------------------------------------------------------ steps

/** Whether a thread lives. */
export const lives = (s: Turns, thread: string): boolean => thread === "t1" || !s.dead;

/** What was left there is over. */
export function takeAll(line: SeqView<string>): string[] {
  const all = [...line];
  line.clear();
  return all;
}

/** What a look comes to: whether anything had come, and who goes on, by their names. */
export const said = (
  found: boolean,
  all: readonly (readonly [who: string, what: string])[],
): string =>
  [found ? "found" : "nothing", ...all.map(([who, what]) => `${who}: ${what}`).sort()].join(", ");

// ----------------------------------------------------------------------------------- claims

/**
 * The claims about every such spec.
 *
 * @param comes Whether something has come for a thread that it has not seen yet.
 */
export function turnsClaims<S extends Turns>(comes: (s: S, thread: Thread) => boolean) {
  return {
    "a thread for which something has come was told": (s: S) =>
      THREADS.every((thread) => !comes(s, thread) || s.told.at(thread) || !lives(s, thread)),
    "a thread that is to mourn was told": (s: S) =>
      THREADS.every((thread) => !s.mourns.at(thread) || s.told.at(thread) || !lives(s, thread)),
  };
}
