/**
 * The word `validate`: whether what several threads have done is something that a spec allows.
 *
 * @module
 */
import { show, SpecError } from "../language/errors.ts";
import { compile, labelOf, type Machine } from "../search/machine.ts";
import { refuseCount, refuseUnknown } from "../language/options.ts";
import { StateIndex } from "../search/state_index.ts";
import type { AnySpec } from "../language/types.ts";
import { count } from "../language/words.ts";

/**
 * One thing that a thread has done, and what it was told.
 *
 * @example
 * ```ts
 * import type { TraceEvent } from "@cofn/coroutine/model";
 *
 * const event: TraceEvent = { action: "take", params: { who: "a" }, answer: 7 };
 * event satisfies TraceEvent;
 * ```
 */
export interface TraceEvent {
  /** An action of the spec. */
  readonly action: string;
  /** Its parameters; none by default. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** What it was answered, if that was noted: the spec's `do` must answer the same. */
  readonly answer?: unknown;
}

/**
 * Options of {@linkcode validate}.
 *
 * @example
 * ```ts
 * import type { ValidateOptions } from "@cofn/coroutine/model";
 *
 * const options: ValidateOptions = { maxStates: 1_000_000 };
 * options satisfies ValidateOptions;
 * ```
 */
export interface ValidateOptions {
  /** Stop after this many states: of the spec, and how far each thread is. */
  readonly maxStates?: number;
}

/**
 * What {@linkcode validate} returns.
 *
 * @example
 * ```ts
 * import type { ValidateReport } from "@cofn/coroutine/model";
 *
 * const failed = (report: ValidateReport) => report.complete && !report.ok;
 * failed satisfies (report: ValidateReport) => boolean;
 * ```
 */
export interface ValidateReport {
  /** The spec's name. */
  readonly spec: string;
  /** Whether some order explains the trace. */
  readonly ok: boolean;
  /** Whether all orders were tried that had to be. */
  readonly complete: boolean;
  /** How many events there are. */
  readonly events: number;
  /** How many states were looked at. */
  readonly states: number;
  /** An order that explains the trace: the threads by their numbers. Else null. */
  readonly order: readonly number[] | null;
  /** Where no order goes on: how many events of each thread can be explained, and which are next. Else null. */
  readonly stuck: {
    readonly explained: readonly number[];
    readonly next: readonly string[];
  } | null;
  /** What came of it, in a sentence. */
  readonly message: string;
}

/**
 * Looks for an order of what several threads have done, each in its own order, that a spec allows: from
 * an initial state on, each event must be enabled when its turn comes, and be answered as it was.
 * For traces of programs that run on real threads, where nobody sees what came first.
 *
 * @example Two threads that count under a lock
 * ```ts
 * import { Int, spec, validate } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const counter = spec({
 *   name: "counter",
 *   state: Schema.Struct({ n: Int(0, 9) }),
 *   init: [{ n: 0 }],
 *   actions: { add: { for: {}, when: (s) => s.n < 9, do: (s) => s.n++ } }, // answers the old value
 * });
 * const add = (answer: number) => ({ action: "add", answer });
 * if (!validate(counter, [[add(0), add(2)], [add(1)]]).ok) throw new Error("0, 1, 2");
 * if (validate(counter, [[add(0)], [add(0)]]).ok) throw new Error("nobody may get the same");
 * ```
 *
 * @param spec What is allowed
 * @param trace For each thread, what it has done, in its order
 * @param options A limit
 * @returns The report: an order, or where no order goes on
 * @throws {SpecError} When an event is none of the spec, or an option is wrong
 */
export function validate(
  spec: AnySpec,
  trace: readonly (readonly TraceEvent[])[],
  options: ValidateOptions = {},
): ValidateReport {
  const { maxStates = Infinity } = options;
  refuseUnknown("Cannot validate", options, ["maxStates"]);
  refuseCount("Cannot validate", "maxStates", maxStates, true);
  if (!Array.isArray(trace) || !trace.every(Array.isArray)) {
    throw new SpecError("Cannot validate: expected a trace with a list of events for each thread");
  }
  const machine = compile(spec);
  return new Validation(
    machine,
    trace.map((events) => events.map((e) => stepOf(machine, e))),
    trace,
  )
    .run(maxStates);
}

/** The number of the instance that an event is of. */
function stepOf(machine: Machine, { action, params = {} }: TraceEvent): number {
  const label = labelOf(action, params);
  const k = machine.instances.findIndex((instance) => instance.label === label);
  if (k >= 0) return k;
  throw new SpecError(`Cannot validate: ${show(machine.name)} has no step ${label}`);
}

/** What is next for a thread whose events are all explained. */
const ENDED = "has ended";

class Validation {
  readonly #machine: Machine;
  readonly #steps: readonly (readonly number[])[];
  readonly #trace: readonly (readonly TraceEvent[])[];
  /** States, and behind each of them how far the threads are. */
  readonly #index: StateIndex;
  readonly #words: Int32Array;
  /** From which state each was reached, and by whose event. */
  readonly #parents: number[] = [];
  readonly #threads: number[] = [];

  constructor(
    machine: Machine,
    steps: readonly (readonly number[])[],
    trace: readonly (readonly TraceEvent[])[],
  ) {
    this.#machine = machine;
    this.#steps = steps;
    this.#trace = trace;
    const words = machine.wordCount + steps.length;
    this.#index = new StateIndex(words);
    this.#words = new Int32Array(words);
  }

  run(maxStates: number): ValidateReport {
    const { wordCount, initial } = this.#machine;
    const events = this.#steps.reduce((sum, { length }) => sum + length, 0);
    for (const state of initial) {
      this.#words.fill(0);
      this.#words.set(state);
      this.#reach(-1, -1, maxStates);
    }
    // Depth first: most traces have an explanation, which is as deep as there are events.
    const open = this.#parents.map((_, id) => id);
    let complete = true;
    let best = { explained: 0, id: 0 };
    for (let id; (id = open.pop()) !== undefined;) {
      const base = id * this.#index.wordCount;
      const places = [
        ...this.#index.words.subarray(base + wordCount, base + this.#index.wordCount),
      ];
      const explained = places.reduce((a, b) => a + b, 0);
      if (explained === events) return this.#report(events, true, this.#orderTo(id), null);
      if (explained > best.explained) best = { explained, id };
      for (const [t, at] of places.entries()) {
        if (!this.#goOn(base, t, at)) continue;
        const next = this.#reach(id, t, maxStates);
        if (next === "full") complete = false;
        else if (next >= 0) open.push(next);
      }
    }
    const base = best.id * this.#index.wordCount;
    const places = [...this.#index.words.subarray(base + wordCount, base + this.#index.wordCount)];
    const next = places.map((at, t) => this.#textOf(t, at));
    return this.#report(events, complete, null, { explained: places, next });
  }

  /** Makes the next event of thread `t`, in `#words`; false if the spec does not allow it. */
  #goOn(base: number, t: number, at: number): boolean {
    const machine = this.#machine;
    const k = this.#steps[t]?.[at];
    if (k === undefined) return false;
    machine.load(this.#index.words, base);
    if (!machine.enabled(k)) return false;
    machine.load(this.#index.words, base);
    const answer = machine.apply(k);
    const event = this.#trace[t]?.[at];
    if (event !== undefined && "answer" in event && !Object.is(event.answer, answer)) return false;
    this.#words.set(machine.words);
    for (let u = 0; u < this.#steps.length; u++) {
      const place = this.#index.words[base + machine.wordCount + u] ?? 0;
      this.#words[machine.wordCount + u] = u === t ? place + 1 : place;
    }
    return true;
  }

  /** The number of the state in `#words` if it is new; -1 if it is not. */
  #reach(parent: number, thread: number, maxStates: number): number | "full" {
    const { size } = this.#index;
    const id = this.#index.add(this.#words, maxStates);
    if (id < 0) return "full";
    if (id < size) return -1;
    this.#parents.push(parent);
    this.#threads.push(thread);
    return id;
  }

  #orderTo(id: number): number[] {
    const order: number[] = [];
    // INVARIANT: each state has a parent, and the initial ones -1.
    for (let at = id; this.#parents[at]! >= 0; at = this.#parents[at]!) {
      order.push(this.#threads[at]!);
    }
    return order.reverse();
  }

  #textOf(t: number, at: number): string {
    const event = this.#trace[t]?.[at];
    if (event === undefined) return ENDED;
    const label = labelOf(event.action, event.params ?? {});
    return "answer" in event ? `${label} = ${show(event.answer)}` : label;
  }

  #report(
    events: number,
    complete: boolean,
    order: readonly number[] | null,
    stuck: ValidateReport["stuck"],
  ): ValidateReport {
    const { name } = this.#machine;
    const next = (stuck?.next ?? []).filter((text) => text !== ENDED);
    const of = `${count(events, "event")} of ${count(this.#steps.length, "thread")}`;
    const message = order !== null
      ? `${name} explains ${of}`
      : !complete
      ? `${name}: INCOMPLETE, stopped by maxStates before an order was found for ${of}`
      : `${name} does not explain ${of}: after ${
        (stuck?.explained ?? []).join(" + ")
      } of them, no order goes on with ${next.join(", or ")}`;
    return {
      spec: name,
      ok: order !== null,
      complete: complete || order !== null,
      events,
      states: this.#index.size,
      order,
      stuck,
      message,
    };
  }
}
