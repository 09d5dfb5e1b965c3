/**
 * What can be wrong in a state: failures, races, claims, deadlock.
 *
 * @module
 */
import { messageOf } from "../engine/language/errors.ts";
import { answerOf, Claim, NoAnswer } from "./_claim.ts";
import type { Place } from "./_history.ts";
import type { Machine } from "./_machine.ts";
import { isRace, mostOf, PLAIN } from "./_effects.ts";
import { DONE, FAILED, KINDS, READ, WRITE } from "./_operations.ts";
import type { InterleaveViolation } from "./report.ts";

/** What is wrong, without the way there. */
export interface Finding extends Omit<InterleaveViolation, "trace"> {
  /** A thread whose next operation belongs before the store by which it was overtaken. */
  readonly overtaken?: number;
}

/** Looks at states. */
export class Look {
  readonly #machine: Machine;
  /** How many of the claims are about all states: they come first. */
  readonly #always: number;
  /** Those that are asked still: of those that say that something happens, the ones that were not seen. */
  asked: readonly Claim[];

  constructor(machine: Machine) {
    const { plan, m } = machine;
    this.#machine = machine;
    this.#always = plan.always.length;
    this.asked = [...plan.always, ...plan.sometimes].map(([sentence, ask]) =>
      new Claim(sentence, ask, m, plan.growth)
    );
  }

  /** What is wrong in a new state; null if nothing is. */
  at(state: Int32Array): Finding | null {
    const { plan, n } = this.#machine;
    let ended = 0;
    let stuck = 0;
    let plain = false;
    for (let t = 0; t < n; t++) {
      const place = this.#machine.placeOf(state, t);
      if (place.kind === FAILED) {
        const call = plan.histories[t]?.nameAt(place);
        const { thrown } = place;
        const message = `thread ${t} fails in ${call}: ${messageOf(thrown)}`;
        return { kind: "error", name: "error", message, thrown };
      }
      if (place.kind === DONE) ended++;
      else if (!this.#machine.canMove(state, t)) stuck++;
      if ((mostOf(place.kind) & PLAIN) !== 0) plain = true;
    }
    const found = (plain ? this.#raceAt(state, false) : null) ??
      this.#claimsAt(state, ended === n);
    // The trace to it is longer: so it comes last.
    if (found === null && plain) return this.#raceAt(state, true);
    if (found !== null || !plan.deadlock || stuck === 0 || stuck + ended < n) return found;
    return this.#deadlockAt(state);
  }

  /** What never happened, when all was explored. */
  missed(): Finding | null {
    const claim = this.asked[this.#always];
    if (claim === undefined) return null;
    const name = claim.sentence;
    return { kind: "sometimes", name, message: `no state shows "${name}"`, thrown: undefined };
  }

  #deadlockAt(state: Int32Array): Finding {
    const who = this.#machine.plan.histories.flatMap((_, t) =>
      this.#machine.rank(state, t) > 0 ? [`thread ${t}`] : []
    );
    const sleep = who.length === 1 ? "sleeps" : "sleep";
    const message = `${who.join(" and ")} ${sleep} for ever: nobody is left who could notify`;
    return { kind: "deadlock", name: "deadlock", message, thrown: undefined };
  }

  /** @param early Whether with what may have been done before the last store. */
  #raceAt(state: Int32Array, early: boolean): Finding | null {
    const machine = this.#machine;
    for (let t = 0; t < machine.n; t++) {
      const mine = machine.placeOf(state, t);
      for (let u = t + 1; u < machine.n; u++) {
        const other = machine.placeOf(state, u);
        if (mine.index < 0 || mine.index !== other.index) continue;
        const one = machine.effectOf(state, t, mine, early);
        const another = machine.effectOf(state, u, other, early);
        if (!isRace(one, another)) continue;
        const word = machine.plan.names[mine.index];
        const message = `data race on ${word}: thread ${t} ${doesTo(mine)} and thread ${u} ${
          doesTo(other)
        }, with nothing to order them`;
        const found: Finding = { kind: "race", name: "race", message, thrown: undefined };
        return early ? { ...found, overtaken: machine.isOvertaken(state, t) ? t : u } : found;
      }
    }
    return null;
  }

  #claimsAt(state: Int32Array, ended: boolean): Finding | null {
    const { asked } = this;
    for (let i = 0; i < asked.length; i++) {
      // INVARIANT: below the length there is one.
      const claim = asked[i]!;
      let holds: boolean;
      try {
        holds = claim.holds(this.#machine, state);
      } catch (error) {
        return hasThrown(claim.sentence, error);
      }
      if (i >= this.#always) {
        if (holds) this.asked = this.asked.filter((other) => other !== claim);
      } else if (!holds) return isFalse("always", claim.sentence);
    }
    return ended ? this.#endsAt(state) : null;
  }

  #endsAt(state: Int32Array): Finding | null {
    const { plan, m } = this.#machine;
    for (const [sentence, holds] of plan.finally) {
      try {
        // A claim may keep what it is given, and write to it.
        if (!answerOf(holds(state.slice(0, m)))) return isFalse("finally", sentence);
      } catch (error) {
        return hasThrown(sentence, error);
      }
    }
    return null;
  }
}

function isFalse(kind: "always" | "finally", name: string): Finding {
  const when = kind === "always" ? "" : " when all threads have ended";
  return { kind, name, message: `the claim "${name}" is false${when}`, thrown: undefined };
}

function hasThrown(name: string, thrown: unknown): Finding {
  const message = thrown instanceof NoAnswer
    ? `cannot use what the claim "${name}" has answered: ${thrown.message}`
    : `the claim "${name}" threw ${messageOf(thrown)}`;
  return { kind: "error", name, message, thrown };
}

function doesTo({ kind }: Place): string {
  if (kind === READ) return "reads it plainly";
  return kind === WRITE ? "writes it plainly" : `does ${KINDS[kind]}`;
}
