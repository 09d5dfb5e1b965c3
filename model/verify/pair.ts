/**
 * One pair of spec and code held against each other.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { unstated } from "../conformance/hidden.ts";
import type { Pair } from "../conformance/pairs.ts";
import { conforming, type ConformOptions, type ConformReport } from "../engine/play/conform.ts";
import { check, type CheckOptions, type Report } from "../mod.ts";
import { bareErrors } from "./bare_errors.ts";

/** What became of one pair. */
export interface PairVerdict {
  readonly kind: "pair";
  readonly name: string;
  readonly scope: string;
  readonly conformed: ConformReport;
  /** Of the model alone. Null where the code does not conform: that comes first. */
  readonly checked: Report | null;
  /** False claims that the model did not refute. */
  readonly unrefuted: readonly string[];
  /** How many false claims it refuted. */
  readonly refuted: number;
  /** Fields of the state that the binding does not show, though nobody says so. */
  readonly unstated: readonly string[];
  readonly ok: boolean;
}

/** Carries a spec out on the code; if that conforms, explores the spec, and sees its false claims fail. */
export async function verifyPair(
  pair: Pair,
  { onSearch, ...options }: ConformOptions & {
    /** Is told how far the model has been explored by itself. */
    readonly onSearch?: (done: { readonly states: number }) => void;
  } = {},
): Promise<PairVerdict> {
  const { name, scope, hides } = pair;
  const { spec: make, binding, wrong, prepare } = await pair.load();
  const spec = make();
  await using _ = await prepare?.();
  // Most of what is wrong shows near the beginning: it is told before the rest of the model is explored.
  const maxStates = Math.min(options.maxStates ?? NEAR, NEAR);
  const near = await conformInTurns(spec, binding(), { ...quiet(options), maxStates });
  const isWhole = near.limit === null || near.mismatch !== undefined;
  const conformed = isWhole ? near : await conformInTurns(spec, binding(), options);
  const hidden = unstated(hides, conformed);
  const about = { kind: "pair", name, scope, conformed, unstated: hidden } as const;
  if (!conformed.ok) return { ...about, checked: null, unrefuted: [], refuted: 0, ok: false };
  const searching: CheckOptions = {
    onProgress: ({ distinct: states }) => onSearch?.({ states }),
    ...(options.memory !== undefined && { memory: options.memory }),
  };
  const checked = check(spec, searching);
  const unrefuted = [...wrong].filter(([claim, make]) => {
    const { violation } = check(make(), searching);
    return violation?.kind !== "always" || violation.name !== claim;
  }).map(([claim]) => claim);
  const refuted = wrong.size - unrefuted.length;
  const ok = checked.ok && unrefuted.length === 0 && hidden.length === 0;
  return { ...about, checked, unrefuted, refuted, ok };
}

/** So many states are near the beginning. */
const NEAR = 300;

/** Nobody is told how far it has come. */
function quiet({ onProgress: _, ...rest }: ConformOptions): ConformOptions {
  return rest;
}

/** Carries it out, and lets the host have its turn now and then: a timer would take it a fifth of the time. */
async function conformInTurns(
  ...what: Parameters<typeof conforming>
): Promise<ConformReport> {
  using _ = bareErrors();
  const steps = conforming(...what);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}
