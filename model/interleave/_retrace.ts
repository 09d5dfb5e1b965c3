/**
 * Traces: the steps from the beginning to a state, made again and put into words.
 *
 * @module
 */
import { messageOf } from "../engine/language/errors.ts";
import type { Place } from "./_history.ts";
import { choiceOf, LATE, Machine, stepsToken, threadOf } from "./_machine.ts";
import { DONE, FAILED, PASS, STORE, textOf, WAIT, WAITED, WRITE } from "./_operations.ts";
import type { Plan } from "./_plan.ts";
import type { InterleaveStep, InterleaveTrace } from "./report.ts";

/** Makes a trace again; undefined if a step of it cannot be made. */
export function retrace(plan: Plan, steps: readonly number[]): InterleaveTrace | undefined {
  const machine = new Machine(plan);
  const from = new Int32Array(machine.wordCount);
  const to = new Int32Array(machine.wordCount);
  machine.begin(from);
  const made: InterleaveStep[] = [];
  const nameOf = (index: number): string => plan.names[index] ?? `[${index}]`;
  for (const step of steps) {
    const [t, choice] = [threadOf(step), choiceOf(step)];
    if (t >= machine.n || !machine.can(from, t, choice)) return undefined;
    const place = machine.placeOf(from, t);
    const asleep = machine.rank(from, t) > 0;
    to.set(from);
    const after = machine.move(to, t, choice);
    const changes: Record<string, number> = {};
    for (let i = 0; i < machine.m; i++) {
      // INVARIANT: both are states.
      if (from[i] !== to[i]) changes[nameOf(i)] = to[i]!;
    }
    const label = asleep
      ? `${textOf(place, nameOf)} ends: ${choice === LATE ? "its time is over" : "for no reason"}`
      : `${textOf(place, nameOf)}${answerText(place, after, machine.answered)}`;
    made.push({ thread: t, call: plan.histories[t]?.nameAt(place) ?? "", label, changes });
    from.set(to);
  }
  const memory: Record<string, number> = {};
  for (let i = 0; i < machine.m; i++) memory[nameOf(i)] = from[i]!;
  return {
    steps: made,
    memory,
    next: plan.histories.map((_, t) => nextText(machine, from, t, nameOf)),
    token: `${encodeURIComponent(plan.name)}@${stepsToken(steps)}${
      hasEnded(machine, from) ? `@${plan.maxOperations}` : ""
    }`,
  };
}

/** Whether a thread has failed when it had made as many operations as it may: that belongs to the trace. */
function hasEnded(machine: Machine, state: Int32Array): boolean {
  return machine.plan.histories.some((_, t) => {
    const { kind, before } = machine.placeOf(state, t);
    return kind === FAILED && before === machine.plan.maxOperations;
  });
}

/** What an operation has answered, where that is not plain from it. */
function answerText(place: Place, after: Place | null, answer: number): string {
  if (place.kind === STORE || place.kind === WRITE || place.kind === PASS) return "";
  if (after === null) return place.kind === WAIT ? ": it sleeps" : "";
  return place.kind === WAIT ? ` = "${WAITED[answer]}"` : ` = ${answer}`;
}

function nextText(
  machine: Machine,
  state: Int32Array,
  t: number,
  nameOf: (index: number) => string,
): string {
  const place = machine.placeOf(state, t);
  if (place.kind === DONE) return "has ended";
  const call = machine.plan.histories[t]?.nameAt(place);
  if (place.kind === FAILED) return `${call}: has failed: ${messageOf(place.thrown)}`;
  const sleeps = machine.rank(state, t) > 0 ? "sleeps in " : "";
  return `${call}: ${sleeps}${textOf(place, nameOf)}`;
}
