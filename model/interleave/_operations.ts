/**
 * What a thread can do to the memory that it shares with others, one operation at a time.
 *
 * @module
 */

/** An operation: what it is, of which word, and with what. */
export interface Operation {
  readonly kind: Kind;
  /** The word; -1 where it touches none. */
  readonly index: number;
  /** What is stored, added, expected, … */
  readonly a: number;
  /** `compareExchange`: what is stored. `wait`: see {@linkcode FOR_EVER}. */
  readonly b: number;
}

/** The operations of `Atomics`, and besides: plain reads and writes, a step without any, and the ends. */
export const KINDS = [
  "load",
  "store",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "exchange",
  "compareExchange",
  "wait",
  "notify",
  "read",
  "write",
  "pass",
  "done",
  "failed",
] as const;

/** A place in {@linkcode KINDS}. */
export type Kind = number;

export const LOAD = 0;
export const STORE = 1;
export const COMPARE_EXCHANGE = 8;
export const WAIT = 9;
export const NOTIFY = 10;
export const READ = 11;
export const WRITE = 12;
/** A call that touches no shared memory takes one step all the same: others can see that it is there. */
export const PASS = 13;
export const DONE = 14;
export const FAILED = 15;

/** How long a `wait` waits: without end, for a while, or not at all. */
export const FOR_EVER = 0;
export const FOR_A_WHILE = 1;
export const NOT_AT_ALL = 2;

/** What a `wait` comes to, by number. */
export const WAITED = ["ok", "not-equal", "timed-out"] as const;
export const OK = 0;
export const NOT_EQUAL = 1;
export const TIMED_OUT = 2;

/** Carries out what neither waits nor wakes. */
export function perform(
  words: Int32Array,
  kind: Kind,
  index: number,
  a: number,
  b: number,
): number {
  // INVARIANT: the index was looked at when the operation was asked for.
  const old = words[index]!;
  switch (kind) {
    case 0:
    case READ:
      return old;
    case 1:
    case WRITE:
      words[index] = a;
      return 0;
    case 2:
      words[index] = old + a;
      return old;
    case 3:
      words[index] = old - a;
      return old;
    case 4:
      words[index] = old & a;
      return old;
    case 5:
      words[index] = old | a;
      return old;
    case 6:
      words[index] = old ^ a;
      return old;
    case 7:
      words[index] = a;
      return old;
    case COMPARE_EXCHANGE:
      if (old === a) words[index] = b;
      return old;
    default:
      return 0;
  }
}

/** As it is printed: `compareExchange(locked, 0, 1)`. */
export function textOf(
  { kind, index, a, b }: Operation,
  nameOf: (index: number) => string,
): string {
  const word = index < 0 ? "" : nameOf(index);
  switch (kind) {
    case LOAD:
      return `load(${word})`;
    case COMPARE_EXCHANGE:
      return `compareExchange(${word}, ${a}, ${b})`;
    case WAIT:
      return `wait(${word}, ${a}${b === FOR_EVER ? "" : b === FOR_A_WHILE ? ", …" : ", 0"})`;
    case NOTIFY:
      return `notify(${word}${a === MANY ? "" : `, ${a}`})`;
    case READ:
      return `read ${word}`;
    case WRITE:
      return `write ${word} = ${a}`;
    case PASS:
      return "passes";
    default:
      return `${KINDS[kind]}(${word}, ${a})`;
  }
}

/** All who sleep. */
export const MANY = 2 ** 31 - 1;
