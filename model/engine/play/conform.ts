/**
 * Carries a spec out on real code: every step that the model allows, and every call that it
 * forbids, in every state that it can reach.
 *
 * @module
 */
import { show } from "../language/errors.ts";
import { visible, visibleLines } from "../language/names.ts";
import { refuseLimits, refuseUnknown } from "../language/options.ts";
import { mustBeReport } from "../language/reports.ts";
import type { Spec } from "../language/types.ts";
import { count } from "../language/words.ts";
import { type Edge, exploring, type Graph } from "../search/graph.ts";
import { compile, type Machine } from "../search/machine.ts";
import { Memory } from "../search/memory.ts";
import { type Limit, Watch } from "../search/watch.ts";
import { type Binding, checkBinding } from "./binding.ts";
import { shortened } from "./follow.ts";
import { Observer } from "./observe.ts";
import { type Mismatch, Player } from "./play.ts";
import type { WanderReport } from "./wander.ts";

/** How far to go. */
export interface ConformOptions {
  /** Stop after so many states, and say so. */
  readonly maxStates?: number;
  /** Stop after so many seconds, and say so. */
  readonly maxSeconds?: number;
  /** Bytes that the model's states and steps may take; what the host has is a limit always. */
  readonly memory?: number;
  /** Asked some times a second; where it answers true, the walk stops, and says so. */
  readonly stop?: () => boolean;
  /** Is told now and then how far it has come. */
  readonly onProgress?: (done: { readonly transitions: number; readonly of: number }) => void;
  /**
   * Is kept up to date with the calls of the current replay, so that somebody on another thread
   * can see where code hangs: the number of calls made so far (0 before and after), how many of them belong to this
   * replay, and the numbers of those (as many as there is room for). See {@linkcode journalCalls}.
   */
  readonly journal?: Int32Array;
  /** Whether it is looked in every state what the view shows, and not in some hundred; false by default. */
  readonly observeAll?: boolean;
}

/** What {@linkcode conform} found. */
export interface ConformReport {
  /** The spec's name. */
  readonly spec: string;
  /** No mismatch, and nothing left out. */
  readonly ok: boolean;
  /** Whether every reachable state was visited: the walk ends at a mismatch, or at its limit. */
  readonly complete: boolean;
  /** What stopped it; null if nothing did. */
  readonly limit: Limit | null;
  /** States of the model that are inside `within`. */
  readonly states: number;
  /** Steps from them. */
  readonly transitions: number;
  /** Calls that the model allows, carried out on the real code. */
  readonly replayed: number;
  /** Calls that the model forbids, carried out on the real code. */
  readonly refused: number;
  /** How many times the real thing was made anew. */
  readonly replays: number;
  /** Wall-clock time. */
  readonly seconds: number;
  /** Fields of the state, or parts of them, that the view never showed: they were not compared. */
  readonly unobserved: readonly string[];
  /** Those that it showed in some of the states that were looked at (some hundred), not in all. */
  readonly partly: readonly string[];
  /** The first mismatch, if there is one. */
  readonly mismatch: Mismatch | undefined;
}

/**
 * Explores the spec, and carries out on the real code, in every state: each step that it allows,
 * after which the real state must be the model's, and each call that it refuses, which must throw
 * with the code that `refuse` gives and change nothing.
 *
 * A state is reached by replaying a path to it on a new object, and the walk goes on from there
 * for as long as there is something new to try.
 *
 * It says that the code does what the spec says, not that this is right: whether the claims of the
 * spec hold, and whether it can be stuck, is what `check` finds out. Use both.
 *
 * @param spec The spec.
 * @param binding How it meets the code.
 * @param options How far to go.
 * @returns What was found; see {@linkcode assertConforms}.
 * @throws {SpecError} If the binding misses an action, names one that the spec has not, or shows
 *   nothing of the state; if no initial state is inside `within`; if the spec itself is at fault.
 */
export function conform<T, A, R>(
  spec: Spec<T, A>,
  binding: Binding<T, A, R>,
  options: ConformOptions = {},
): ConformReport {
  const walk = conforming(spec, binding, options);
  for (;;) {
    const { done, value } = walk.next();
    if (done === true) return value;
  }
}

/**
 * {@linkcode conform} in steps of some milliseconds, for large scopes: let the host have its turn in
 * between, and what the code knows by `WeakRef` alone can be freed, such as the coroutines that a
 * replay leaves suspended. Within one turn the host keeps them all. `setImmediate` gives it its turn at
 * once; `setTimeout` takes a millisecond or two each time, a fifth of the whole.
 *
 * @param spec The spec.
 * @param binding How it meets the code.
 * @param options How far to go.
 * @returns What goes through it step by step, and returns the report.
 * @throws {SpecError} As {@linkcode conform}.
 *
 * @example
 * ```ts
 * import { assertConforms, conforming, Int, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 * import { setImmediate } from "node:timers/promises";
 *
 * const counter = spec({
 *   name: "counter",
 *   state: Schema.Struct({ n: Int(0, 9) }),
 *   init: [{ n: 0 }],
 *   actions: { add: { for: {}, when: (s) => s.n < 9, do: (s) => s.n++ } },
 * });
 * const walk = conforming(counter, {
 *   create: () => ({ n: 0 }),
 *   actions: { add: (real) => real.n++ },
 *   view: (real, s) => s.n = real.n,
 * });
 * let step = walk.next();
 * for (; step.done !== true; step = walk.next()) {
 *   await setImmediate();
 * }
 * assertConforms(step.value);
 * ```
 */
export function* conforming<T, A, R>(
  spec: Spec<T, A>,
  binding: Binding<T, A, R>,
  options: ConformOptions = {},
): Generator<void, ConformReport> {
  const started = performance.now();
  const machine = compile(spec);
  checkBinding(machine, binding);
  refuseUnknown("Cannot conform", options, OPTIONS);
  refuseLimits("Cannot conform", options);
  const { maxStates = Infinity, maxSeconds, stop, onProgress, journal, observeAll = false } =
    options;
  const memory = new Memory(options.memory);
  const watch = new Watch({ maxSeconds, stop, memory });
  const graph = yield* exploring(machine, maxStates, memory, watch);
  const observer = new Observer(machine, binding, observeAll);
  const walker = new Walker(machine, binding, graph, { journal, observer, watch });
  if (graph.expanded) {
    const walk = walker.walk();
    while (
      !step(walk, journal, (transitions) => {
        onProgress?.({ transitions, of: graph.steps.size });
      })
    ) yield;
  }
  const { player } = walker;
  const limit = player.mismatch === undefined ? watch.limit ?? null : null;
  const complete = player.mismatch === undefined && limit === null;
  const { unobserved, partly } = complete || limit === "maxStates"
    ? observer.shown(player.answered)
    : { unobserved: [], partly: [] };
  return {
    spec: spec.name,
    ok: complete,
    complete,
    limit,
    states: graph.inside,
    transitions: graph.steps.size,
    replayed: player.replayed,
    refused: player.refused,
    replays: walker.replays,
    seconds: (performance.now() - started) / 1000,
    unobserved,
    partly,
    mismatch: player.mismatch,
  };
}

const OPTIONS = [
  "maxStates",
  "maxSeconds",
  "memory",
  "stop",
  "onProgress",
  "journal",
  "observeAll",
];

/** Goes on with a walk for a while; answers whether it is over. */
function step(
  walk: Iterator<number, void>,
  journal: Int32Array | undefined,
  tell: (transitions: number) => void,
): boolean {
  // Refused calls throw, by the hundred thousand, and nobody looks at where.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const { done, value } = walk.next();
    if (done === true) return true;
    tell(value);
    return false;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (journal !== undefined) journal[0] = 0;
  }
}

/**
 * Throws if the report of {@linkcode conform} or {@linkcode wander} tells of a mismatch, or of
 * states left out.
 *
 * @param report What `conform` or `wander` returned.
 * @throws {Error} With the calls that led to the mismatch.
 * @throws {SpecError} If it is no report of theirs.
 */
export function assertConforms(report: ConformReport | WanderReport): void {
  mustBeReport("assertConforms", report, ["conform", "wander"]);
  if (report.ok) return;
  throw new Error(conformText(report));
}

/** The calls that a journal of {@linkcode conform} tells of, the last one being under way. */
export function journalCalls<T, A>(spec: Spec<T, A>, journal: Int32Array): readonly string[] {
  const { instances } = compile(spec);
  return [...journal.subarray(2, 2 + (journal[1] ?? 0))].map((k) => instances[k]?.label ?? "?");
}

/** A report of {@linkcode conform} or {@linkcode wander} for people. */
export function conformText(report: ConformReport | WanderReport): string {
  const { mismatch } = report;
  const spec = visible(report.spec);
  const walks = "runs" in report ? ` in random walks with seed ${report.seed}` : "";
  if (mismatch === undefined) {
    const counts = countsOf(report);
    if ("runs" in report && report.limit !== null) {
      return `${spec} INCOMPLETE${walks}: stopped by ${report.limit} after ${counts}`;
    }
    if ("runs" in report) {
      return `${spec} conforms${walks}: ${counts}${unobservedText(report)}`;
    }
    return report.complete
      ? `${spec} conforms: ${counts}${unobservedText(report)}`
      : `${spec} INCOMPLETE: stopped by ${report.limit} after ${counts}`;
  }
  const lines = [`${spec} does not conform${walks}: ${visibleLines(mismatch.message)}`, ""];
  lines.push(...numbered(mismatch.calls));
  if (mismatch.differences.length > 0) lines.push("", "  field: expected by the model, then seen");
  for (const { path, from, to } of mismatch.differences) {
    lines.push(`  ${path}: ${show(from)}, ${show(to)}`);
  }
  return lines.join("\n");
}

function countsOf(report: ConformReport | WanderReport): string {
  const calls = `${count(report.replayed, "call")} carried out, ${report.refused} refused`;
  return "runs" in report
    ? `${count(report.runs, "walk")}, ${calls}`
    : `${count(report.states, "state")}, ${count(report.transitions, "transition")}, ${calls}`;
}

/** What the binding does not show, for people. */
function unobservedText({ unobserved, partly }: ConformReport | WanderReport): string {
  return (unobserved.length === 0 ? "" : ` (not observed: ${unobserved.join(", ")})`) +
    (partly.length === 0 ? "" : ` (not observed in every state: ${partly.join(", ")})`);
}

/** The first and the last calls of a list that is too long to be read are shown. */
const SHOWN = 50;

/** Calls, one a line. */
export function numbered(calls: readonly string[]): readonly string[] {
  const lines = calls.map((call, i) => `  ${`${i + 1}`.padStart(3)}  ${call}`);
  const hidden = lines.length - 2 * SHOWN;
  if (hidden <= 1) return lines;
  return [...lines.slice(0, SHOWN), `    …  (${hidden} more)`, ...lines.slice(-SHOWN)];
}

// -------------------------------------------------------------------------------------- the walk

class Walker<T, A, R> {
  replays = 0;
  readonly player: Player<T, A, R>;
  readonly #machine: Machine<T>;
  readonly #binding: Binding<T, A, R>;
  readonly #graph: Graph;
  readonly #watch: Watch;
  /** How many steps of each state have been tried. */
  readonly #journal: Int32Array | undefined;
  readonly #tried: Uint32Array;
  readonly #refusalsTried: Uint8Array;
  #transitionsTried = 0;

  // The run that goes on.
  #start = 0;
  #state = 0;
  /** The numbers of the steps that lead to where there is something new, the next one last. */
  #path: number[] = [];
  /** How many of the calls that are forbidden here are still to be tried. */
  #refusalsLeft = 0;

  constructor(
    machine: Machine<T>,
    binding: Binding<T, A, R>,
    graph: Graph,
    watched: {
      readonly journal: Int32Array | undefined;
      readonly observer: Observer<T, A, R>;
      readonly watch: Watch;
    },
  ) {
    this.#watch = watched.watch;
    this.player = new Player(machine, binding, watched);
    this.#journal = watched.journal;
    this.#machine = machine;
    this.#binding = binding;
    this.#graph = graph;
    this.#tried = new Uint32Array(graph.size);
    this.#refusalsTried = new Uint8Array(graph.size);
  }

  /** Tries everything; stops for a moment now and then, and tells how many steps it has tried. */
  *walk(): Generator<number, void> {
    const { size, initial } = this.#graph;
    for (let id = 0; id < size; id++) {
      // Where it begins is looked at, even if there is nothing to try.
      let first = id < initial;
      while (this.player.mismatch === undefined && (first || this.#fresh(id))) {
        first = false;
        if (this.#watch.ends()) return;
        this.#replay(id);
        if (this.#watch.isDue()) yield this.#transitionsTried;
      }
    }
    if (this.player.mismatch !== undefined) {
      const shorter = shortened(
        this.#machine,
        this.#binding,
        this.player.calls,
        this.#initial(),
        this.#journal,
      );
      this.player.mismatch = shorter ?? this.player.mismatch;
    }
  }

  /** Whether there are steps of a state, or calls that are forbidden in it, that were not tried. */
  #fresh(id: number): boolean {
    return this.#freshSteps(id) ||
      (this.#refusalsTried[id] === 0 && this.#graph.refusals.count(id) > 0);
  }

  #freshSteps(id: number): boolean {
    // INVARIANT: of every state it is counted what was tried.
    return this.#tried[id]! < this.#graph.steps.count(id);
  }

  /** The number of the initial state in which this run began. */
  #initial(): number {
    const { index } = this.#graph;
    const found = index.chunk(this.#start);
    const begin = index.offset(this.#start);
    return this.#machine.initial.findIndex((words) =>
      words.every((word, at) => word === found[begin + at])
    );
  }

  /** Takes a new object to state `goal`, and goes on from there. */
  #replay(goal: number): void {
    this.replays++;
    const { path, start } = this.#graph.pathTo(goal);
    this.#path = path;
    this.#start = start;
    this.#arrive(start);
    // INVARIANT: the player is given edges, and gives them back.
    this.player.run(
      start,
      () => this.#choose(),
      (step) => this.#arrive((step as Edge).target),
    );
  }

  /** In a state for the first time, everything that is forbidden there is tried first. */
  #arrive(state: number): void {
    this.#state = state;
    const { index } = this.#graph;
    this.player.at(index.chunk(state), index.offset(state));
    this.#refusalsLeft = this.#refusalsTried[state] === 0 ? this.#graph.refusals.count(state) : 0;
  }

  /** The next call: one that is forbidden here, the next step of the path, or a new one. */
  #choose(): Edge | undefined {
    if (this.#watch.ends()) return undefined;
    const state = this.#state;
    const { steps, refusals } = this.#graph;
    if (this.#refusalsLeft > 0) {
      const i = refusals.count(state) - this.#refusalsLeft--;
      return refusals.at(refusals.number(state, i));
    }
    this.#refusalsTried[state] = 1;
    const onPath = this.#path.pop();
    if (onPath !== undefined) return steps.at(onPath);
    const count = steps.count(state);
    // INVARIANT: of every state it is counted what was tried.
    const tried = this.#tried[state]!;
    if (tried < count) {
      this.#tried[state] = tried + 1;
      this.#transitionsTried++;
      return steps.at(steps.number(state, tried));
    }
    for (let i = 0; i < count; i++) {
      const number = steps.number(state, i);
      if (this.#freshSteps(steps.target(number))) return steps.at(number);
    }
    return undefined;
  }
}
