/**
 * Rounds in which callbacks are called, one round inside another: what the specs of bottom halves and
 * timers share.
 *
 * Whoever has control is the code outside all rounds, or the callback that runs in the innermost one.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, Seq, type SeqView } from "../../mod.ts";

/** The part of the state that is about rounds. */
export interface Rounds {
  /** Those that are to be called, in order. */
  readonly queue: SeqView<string>;
  /** The callbacks that run: each in a round inside that of the one before it. */
  readonly running: SeqView<string>;
  /** For each round: how many, from the head of the queue, belong to it or to one around it. */
  readonly left: SeqView<number>;
  /** For each round: whether there was progress. */
  readonly progress: SeqView<boolean>;
  /** For each round: how many callbacks have thrown. */
  readonly failed: SeqView<number>;
}

/** The fields of {@linkcode Rounds}, for so many callbacks, and rounds so deep. */
export function roundsFields<W extends string>(who: readonly W[], rounds: number) {
  const Who = Schema.Literals(who);
  return {
    queue: Seq(Who, who.length),
    running: Seq(Who, rounds),
    left: Seq(Int(0, who.length), rounds),
    progress: Seq(Schema.Boolean, rounds),
    failed: Seq(Int(0, who.length), rounds),
  };
}

/** Where {@linkcode Rounds} begin. */
export const roundsInit = { queue: [], running: [], left: [], progress: [], failed: [] };

/** Takes one out of the queue, if it is in it. */
export function leave(s: Rounds, one: string): void {
  const at = s.queue.indexOf(one);
  if (at < 0) return;
  s.queue.removeAt(at);
  for (let i = 0; i < s.left.length; i++) {
    if (at < s.left.at(i)) s.left.set(i, s.left.at(i) - 1);
  }
}

/** A round begins: it is to call what is in the queue. */
export function begin(s: Rounds): void {
  s.left.push(s.queue.length);
  s.progress.push(false);
  s.failed.push(0);
}

/** Whom the innermost round calls next; undefined if it is over. */
export function callNext(s: Rounds): string | undefined {
  const level = s.left.length - 1;
  if (s.left.at(level) === 0) return undefined;
  const one = s.queue.at(0);
  leave(s, one);
  s.running.push(one);
  return one;
}

/** The innermost round is over: what its poll answers. */
export function end(s: Rounds): string {
  s.left.pop();
  const progress = s.progress.pop();
  const failed = s.failed.pop();
  return failed > 0 ? `${failed} failed` : `${progress}`;
}

/** The actions by which callbacks end; `next` goes on with their round. */
export function callbackActions<S extends Rounds>(
  most: number,
  next: (s: S) => string | undefined,
) {
  return {
    return: {
      for: {},
      when: (s: S) => s.running.length > 0,
      do: (s: S) => {
        s.running.pop();
        return next(s);
      },
    },
    throw: {
      for: {},
      // A callback that comes back in its own round could fail without end.
      when: (s: S) => s.running.length > 0 && s.failed.at(s.failed.length - 1) < most,
      do: (s: S) => {
        s.running.pop();
        const level = s.failed.length - 1;
        s.failed.set(level, s.failed.at(level) + 1);
        return next(s);
      },
    },
  };
}

/** The claims about all rounds. */
export const roundsClaims = {
  "what is scheduled twice before it is called is called once": (s: Rounds) =>
    s.queue.every((one, i) => s.queue.indexOf(one) === i),
  "what is scheduled in a round waits for the next one": (s: Rounds) =>
    s.left.every((left) => left <= s.queue.length),
  "a round inside another one calls what is left of that one, too": (s: Rounds) =>
    s.left.every((left, i) => i === 0 || s.left.at(i - 1) <= left),
  "each round calls one at a time": (s: Rounds) => s.running.length === s.left.length,
};
