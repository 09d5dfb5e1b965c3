/**
 * The word `validate`: whether what several threads have done is something that a spec allows.
 *
 * @module
 */
import { same } from "../language/answers.ts";
import { messageOf, show, SpecError } from "../language/errors.ts";
import { visible } from "../language/names.ts";
import { compile, faulty, type Machine } from "../search/machine.ts";
import { Memory } from "../search/memory.ts";
import { refuseLimits, refuseUnknown } from "../language/options.ts";
import { StateIndex } from "../search/state_index.ts";
import { type Limit, Watch } from "../search/watch.ts";
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
  /** Its parameters, in any order; none by default. */
  readonly params?: Readonly<Record<string, unknown>>;
  /**
   * What it was answered, if that was noted: the spec's `do` must answer the same, part by part. `0` and `-0` are
   * the same.
   */
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
  /** Stop after so many seconds. */
  readonly maxSeconds?: number;
  /** Bytes that those states may take; what the host has is a limit always. */
  readonly memory?: number;
  /** Asked some times a second; where it answers true, it stops. */
  readonly stop?: () => boolean;
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
  /** What stopped it; null if nothing did. */
  readonly limit: Limit | null;
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
 * @throws {SpecError} When an event is none of the spec, a function of the spec throws, or an option is wrong
 */
export function validate(
  spec: AnySpec,
  trace: readonly (readonly TraceEvent[])[],
  options: ValidateOptions = {},
): ValidateReport {
  refuseUnknown("Cannot validate", options, ["maxStates", "maxSeconds", "memory", "stop"]);
  refuseLimits("Cannot validate", options);
  if (!Array.isArray(trace) || !trace.every(Array.isArray)) {
    throw new SpecError("Cannot validate: expected a trace with a list of events for each thread");
  }
  const machine = compile(spec);
  const steps = trace.map((events, t) => events.map((event, at) => stepOf(machine, event, t, at)));
  return new Validation(machine, steps, trace, options).run();
}

/** The number of the instance that an event is of: that of thread `t` at `at`. */
function stepOf(machine: Machine, event: TraceEvent, t: number, at: number): number {
  const place = `event ${at} of thread ${t}`;
  if (typeof event !== "object" || event === null) {
    throw new SpecError(`Cannot validate: expected ${place} to be an event, got ${show(event)}`);
  }
  refuseUnknown(`Cannot validate ${place}`, event, ["action", "params", "answer"]);
  const { action, params = {} } = event;
  if (typeof params !== "object" || params === null) {
    throw new SpecError(
      `Cannot validate: expected the params of ${place} to be an object, got ${show(params)}`,
    );
  }
  try {
    return machine.find(action, params);
  } catch (error) {
    throw new SpecError(
      `Cannot validate: ${place} is no step of ${show(machine.name)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
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
  readonly #memory: Memory;
  readonly #watch: Watch;
  readonly #maxStates: number;
  /** From which state each was reached, and by whose event. */
  #parents: Int32Array<ArrayBuffer>;
  #threads: Int32Array<ArrayBuffer>;
  /** The states that nobody has gone on from, the one that is next at the end. */
  #open: Int32Array<ArrayBuffer>;
  #left = 0;

  constructor(
    machine: Machine,
    steps: readonly (readonly number[])[],
    trace: readonly (readonly TraceEvent[])[],
    { maxStates = Infinity, maxSeconds, memory, stop }: ValidateOptions,
  ) {
    this.#machine = machine;
    this.#steps = steps;
    this.#trace = trace;
    this.#maxStates = maxStates;
    this.#memory = new Memory(memory);
    this.#watch = new Watch({ maxSeconds, stop, memory: this.#memory });
    const words = machine.wordCount + steps.length;
    this.#index = new StateIndex(words, this.#memory);
    this.#words = new Int32Array(words);
    this.#parents = new Int32Array(1024);
    this.#threads = new Int32Array(1024);
    this.#open = new Int32Array(1024);
  }

  run(): ValidateReport {
    const { initial } = this.#machine;
    const events = this.#steps.reduce((sum, { length }) => sum + length, 0);
    let best = { explained: -1, id: 0 };
    try {
      for (const state of initial) {
        this.#words.fill(0);
        this.#words.set(state);
        this.#reach(-1, -1);
      }
      // Depth first: most traces have an explanation, which is as deep as there are events.
      while (this.#left > 0) {
        // INVARIANT: below #left there is a state.
        const id = this.#open[--this.#left]!;
        const explained = this.#places(id).reduce((a, b) => a + b, 0);
        if (explained > best.explained) best = { explained, id };
        if (explained === events) {
          return this.#report(events, this.#orderTo(id), null);
        }
        for (let t = 0; t < this.#steps.length; t++) {
          if (this.#watch.ends()) break;
          if (this.#goOn(id, t)) this.#reach(id, t);
        }
        if (this.#watch.ended) break;
      }
    } catch (error) {
      this.#watch.caught(error);
    }
    const explained = this.#index.size === 0 ? this.#steps.map(() => 0) : this.#places(best.id);
    const next = explained.map((at, t) => this.#textOf(t, at));
    return this.#report(events, null, { explained, next });
  }

  /** How many events of each thread have led to a state. */
  #places(id: number): number[] {
    const base = this.#index.offset(id);
    const end = base + this.#index.wordCount;
    return [...this.#index.chunk(id).subarray(base + this.#machine.wordCount, end)];
  }

  /** Makes the next event of thread `t`, in `#words`; false if the spec does not allow it. */
  #goOn(id: number, t: number): boolean {
    const machine = this.#machine;
    const words = this.#index.chunk(id);
    const base = this.#index.offset(id);
    // INVARIANT: behind each state there is a place for each thread.
    const at = words[base + machine.wordCount + t]!;
    const k = this.#steps[t]?.[at];
    if (k === undefined) return false;
    let where = "when";
    let answer: unknown;
    try {
      machine.load(words, base);
      if (!machine.enabled(k)) return false;
      machine.load(words, base);
      where = "do";
      answer = machine.apply(k);
    } catch (error) {
      const state = words.subarray(base, base + machine.wordCount);
      const label = `${where} of ${machine.instances[k]?.label}`;
      throw faulty(machine, "Cannot validate", label, state, error);
    }
    const event = this.#trace[t]?.[at];
    if (event !== undefined && "answer" in event && !same(event.answer, answer)) return false;
    this.#words.set(machine.words);
    for (let u = 0; u < this.#steps.length; u++) {
      const place = words[base + machine.wordCount + u] ?? 0;
      this.#words[machine.wordCount + u] = u === t ? place + 1 : place;
    }
    return true;
  }

  /** The state in `#words` was reached: if it is new, one goes on from it. */
  #reach(parent: number, thread: number): void {
    const { size } = this.#index;
    const id = this.#index.add(this.#words, this.#maxStates);
    if (id < 0) this.#watch.full();
    if (id < size) return;
    if (id === this.#parents.length) {
      this.#parents = this.#memory.doubled(this.#parents);
      this.#threads = this.#memory.doubled(this.#threads);
      this.#open = this.#memory.doubled(this.#open);
    }
    this.#parents[id] = parent;
    this.#threads[id] = thread;
    this.#open[this.#left++] = id;
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
    const k = this.#steps[t]?.[at];
    if (event === undefined || k === undefined) return ENDED;
    const label = this.#machine.instances[k]?.label ?? "?";
    return "answer" in event ? `${label} = ${show(event.answer)}` : label;
  }

  #report(
    events: number,
    order: readonly number[] | null,
    stuck: ValidateReport["stuck"],
  ): ValidateReport {
    const name = visible(this.#machine.name);
    const limit = order === null ? this.#watch.limit ?? null : null;
    const next = (stuck?.next ?? []).filter((text) => text !== ENDED);
    const of = `${count(events, "event")} of ${count(this.#steps.length, "thread")}`;
    const message = order !== null
      ? `${name} explains ${of}`
      : limit !== null
      ? `${name}: INCOMPLETE, stopped by ${limit} before an order was found for ${of}: ${
        (stuck?.explained ?? []).join(" + ")
      } of them have one`
      : `${name} does not explain ${of}: after ${
        (stuck?.explained ?? []).join(" + ")
      } of them, no order goes on with ${next.join(", or ")}`;
    return {
      spec: this.#machine.name,
      ok: order !== null,
      complete: limit === null,
      limit,
      events,
      states: this.#index.size,
      order,
      stuck,
      message,
    };
  }
}
