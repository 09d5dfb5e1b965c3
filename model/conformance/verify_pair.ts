/**
 * One pair of spec and code held against each other.
 *
 * @module
 */
import { conforming, type ConformOptions, type ConformReport } from "../engine/play/conform.ts";
import { check, type Report } from "../mod.ts";
import type { Pair } from "./pairs.ts";

/** What became of one pair. */
export interface PairVerdict {
  readonly kind: "pair";
  readonly name: string;
  readonly scope: string;
  readonly checked: Report;
  /** False claims that the model did not refute. */
  readonly unrefuted: readonly string[];
  readonly conformed: ConformReport;
  /** How many false claims it refuted. */
  readonly refuted: number;
  readonly ok: boolean;
}

/** Explores a spec, sees its false claims fail, and carries it out on the code. */
export async function verifyPair(pair: Pair, options: ConformOptions = {}): Promise<PairVerdict> {
  const { name, scope, wrong } = pair;
  const spec = pair.spec();
  const conformed = await inTurns(conforming(spec, pair.binding(), options));
  const checked = check(spec);
  const unrefuted = [...wrong].filter(([claim, make]) => {
    const { violation } = check(make());
    return violation?.kind !== "always" || violation.name !== claim;
  }).map(([claim]) => claim);
  const refuted = wrong.size - unrefuted.length;
  const ok = checked.ok && unrefuted.length === 0 && conformed.ok;
  return { kind: "pair", name, scope, checked, unrefuted, refuted, conformed, ok };
}

/** Goes through it, and lets the host have its turn after each step. */
async function inTurns<R>(steps: Iterator<void, R>): Promise<R> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
