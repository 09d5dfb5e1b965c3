/**
 * Carries a spec out on real code: every step that the model allows, and every call that it
 * forbids, in every state that it can reach.
 *
 * @module
 */
import { messageOf, show, SpecError } from "./errors.ts";
import { shortened } from "./follow.ts";
import { compile, type Machine } from "./machine.ts";
import { type Binding, checkBinding, type Mismatch, Player, type Step } from "./play.ts";
import { Observer } from "./observe.ts";
import { refuseCount, refuseUnknown } from "./options.ts";
import { StateIndex } from "./state_index.ts";
import type { Spec } from "./types.ts";
import type { WanderReport } from "./wander.ts";
import { count } from "./words.ts";

/** How far to go. */
export interface ConformOptions {
  /** Stop after so many states, and say so. */
  readonly maxStates?: number;
  /** Is told now and then how far it has come. */
  readonly onProgress?: (done: { readonly transitions: number; readonly of: number }) => void;
  /**
   * Is kept up to date with the calls of the current replay, so that somebody on another thread
   * can see where code hangs: the number of calls made so far (0 before and after), how many of them belong to this
   * replay, and the numbers of those (as many as there is room for). See {@linkcode journalCalls}.
   */
  readonly journal?: Int32Array;
}

/** What {@linkcode conform} found. */
export interface ConformReport {
  /** The spec's name. */
  readonly spec: string;
  /** No mismatch, and nothing left out. */
  readonly ok: boolean;
  /** Whether every reachable state was visited: the walk ends at a mismatch, or at its limit. */
  readonly complete: boolean;
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
  const started = performance.now();
  const machine = compile(spec);
  checkBinding(machine, binding);
  refuseUnknown("Cannot conform", options, ["maxStates", "onProgress", "journal"]);
  const { maxStates = Infinity } = options;
  refuseCount("Cannot conform", "maxStates", maxStates, true);
  const graph = graphOf(machine, maxStates);
  const observer = new Observer(machine, binding);
  const walker = new Walker(machine, binding, graph, { journal: options.journal, observer });
  // Refused calls throw, by the hundred thousand, and nobody looks at where.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    walker.walk(options.onProgress);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (options.journal !== undefined) options.journal[0] = 0;
  }
  const { unobserved, partly } = walker.player.mismatch === undefined
    ? observer.shown(walker.player.answered)
    : { unobserved: [], partly: [] };
  return {
    spec: spec.name,
    ok: walker.player.mismatch === undefined && graph.complete,
    complete: graph.complete && walker.player.mismatch === undefined,
    states: graph.inside,
    transitions: graph.transitions,
    replayed: walker.player.replayed,
    refused: walker.player.refused,
    replays: walker.replays,
    seconds: (performance.now() - started) / 1000,
    unobserved,
    partly,
    mismatch: walker.player.mismatch,
  };
}

/**
 * Throws if the report of {@linkcode conform} or {@linkcode wander} tells of a mismatch, or of
 * states left out.
 *
 * @param report What `conform` or `wander` returned.
 * @throws {Error} With the calls that led to the mismatch.
 */
export function assertConforms(report: ConformReport | WanderReport): void {
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
  const walks = "runs" in report ? ` in random walks with seed ${report.seed}` : "";
  if (mismatch === undefined) {
    const counts = countsOf(report);
    if ("runs" in report) {
      return `${report.spec} conforms${walks}: ${counts}${unobservedText(report)}`;
    }
    return report.complete
      ? `${report.spec} conforms: ${counts}${unobservedText(report)}`
      : `${report.spec} INCOMPLETE: stopped at its limit after ${counts}`;
  }
  const lines = [`${report.spec} does not conform${walks}: ${mismatch.message}`, ""];
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

// ------------------------------------------------------------------------------ the model's graph

/** A step from a state, to the state `target` unless it is refused. */
interface Edge extends Step {
  readonly target: number;
}

interface Graph {
  readonly size: number;
  /** The first so many of them are initial states. */
  readonly initial: number;
  /** How many of them are inside `within`; the others are reached, and not gone on from. */
  readonly inside: number;
  readonly transitions: number;
  readonly complete: boolean;
  /** The words of all states, one after the other. */
  readonly words: Int32Array;
  readonly steps: readonly (readonly Edge[])[];
  readonly refusals: readonly (readonly Edge[])[];
  /** The edge by which a state was first reached, and the state from which. */
  readonly via: readonly ({ readonly from: number; readonly edge: Edge } | undefined)[];
}

function graphOf<T>(machine: Machine<T>, maxStates: number): Graph {
  const { wordCount, instances } = machine;
  const index = new StateIndex(wordCount);
  const steps: Edge[][] = [];
  const refusals: Edge[][] = [];
  const via: ({ from: number; edge: Edge } | undefined)[] = [];
  let complete = true;
  let transitions = 0;

  for (const state of machine.initial) {
    if (index.add(state, maxStates) < 0) complete = false;
  }
  const initial = index.size;
  let inside = 0;
  for (let id = 0; id < index.size; id++) {
    const out: Edge[] = [];
    const forbidden: Edge[] = [];
    steps.push(out);
    refusals.push(forbidden);
    machine.load(index.words, id * wordCount);
    if (!machine.within()) continue;
    inside++;
    for (let k = 0; k < instances.length; k++) {
      machine.load(index.words, id * wordCount);
      let answer: unknown;
      try {
        if (!machine.enabled(k)) {
          const code = machine.refusal(k);
          if (code !== undefined) forbidden.push({ k, refused: true, expected: code, target: id });
          continue;
        }
        answer = machine.apply(k);
      } catch (error) {
        throw faulty(machine, k, index.words, id, error);
      }
      const before = index.size;
      const target = index.add(machine.words, maxStates);
      if (target < 0) {
        complete = false;
        continue;
      }
      const edge = { k, refused: false, expected: answer, target };
      if (target === before) via[target] = { from: id, edge };
      out.push(edge);
      transitions++;
    }
  }
  if (inside === 0) {
    throw new SpecError(
      `Cannot conform to spec ${show(machine.name)}: no initial state is inside within`,
    );
  }
  const { size, words } = index;
  return { size, initial, inside, transitions, complete, words, steps, refusals, via };
}

/** The error for a function of the spec that has thrown. */
function faulty<T>(
  machine: Machine<T>,
  k: number,
  words: Int32Array,
  id: number,
  error: unknown,
): SpecError {
  if (error instanceof SpecError) return error;
  machine.load(words, id * machine.wordCount);
  return new SpecError(
    `Cannot conform to spec ${show(machine.name)}: in state ${
      show(machine.decode())
    }, when, do or refuse of ${machine.instances[k]?.label} threw ${messageOf(error)}`,
    { cause: error },
  );
}

// -------------------------------------------------------------------------------------- the walk

class Walker<T, A, R> {
  replays = 0;
  readonly player: Player<T, A, R>;
  readonly #machine: Machine<T>;
  readonly #binding: Binding<T, A, R>;
  readonly #graph: Graph;
  /** How many steps of each state have been tried. */
  readonly #tried: Uint32Array;
  readonly #refusalsTried: Uint8Array;
  #transitionsTried = 0;

  // The run that goes on.
  #start = 0;
  #state = 0;
  /** Steps that lead to where there is something new, the next one last. */
  #path: Edge[] = [];
  #refusalsLeft: readonly Edge[] = [];
  #refusalAt = 0;

  constructor(
    machine: Machine<T>,
    binding: Binding<T, A, R>,
    graph: Graph,
    watched: { readonly journal: Int32Array | undefined; readonly observer: Observer<T, A, R> },
  ) {
    this.player = new Player(machine, binding, watched);
    this.#machine = machine;
    this.#binding = binding;
    this.#graph = graph;
    this.#tried = new Uint32Array(graph.size);
    this.#refusalsTried = new Uint8Array(graph.size);
  }

  walk(onProgress: ConformOptions["onProgress"]): void {
    const { size, steps, refusals, transitions } = this.#graph;
    // INVARIANT: every state below `size` has its lists.
    const fresh = (id: number): boolean =>
      this.#tried[id]! < steps[id]!.length ||
      (this.#refusalsTried[id] === 0 && refusals[id]!.length > 0);
    const { initial } = this.#graph;
    for (let id = 0; id < size; id++) {
      // Where it begins is looked at, even if there is nothing to try.
      let first = id < initial;
      while (this.player.mismatch === undefined && (first || fresh(id))) {
        first = false;
        this.#replay(id);
        if (onProgress !== undefined && (this.replays & 1023) === 0) {
          onProgress({ transitions: this.#transitionsTried, of: transitions });
        }
      }
    }
    if (this.player.mismatch !== undefined) {
      const shorter = shortened(this.#machine, this.#binding, this.player.calls, this.#initial());
      this.player.mismatch = shorter ?? this.player.mismatch;
    }
  }

  /** The number of the initial state in which this run began. */
  #initial(): number {
    const { initial, wordCount } = this.#machine;
    const begin = this.#start * wordCount;
    return initial.findIndex((words) =>
      words.every((word, index) => word === this.#graph.words[begin + index])
    );
  }

  /** The edges of a shortest path to a state, the first one last; #start is where it begins. */
  #pathTo(goal: number): Edge[] {
    const path: Edge[] = [];
    let at = goal;
    for (let via; (via = this.#graph.via[at]) !== undefined; at = via.from) path.push(via.edge);
    this.#start = at;
    return path;
  }

  /** Takes a new object to state `goal`, and goes on from there. */
  #replay(goal: number): void {
    this.replays++;
    this.#path = this.#pathTo(goal);
    this.#arrive(this.#start);
    // INVARIANT: the player is given edges, and gives them back.
    this.player.run(
      this.#start,
      () => this.#choose(),
      (step) => this.#arrive((step as Edge).target),
    );
  }

  /** In a state for the first time, everything that is forbidden there is tried first. */
  #arrive(state: number): void {
    this.#state = state;
    this.player.at(this.#graph.words, state * this.#machine.wordCount);
    this.#refusalAt = 0;
    // INVARIANT: every state has its lists.
    this.#refusalsLeft = this.#refusalsTried[state] === 0 ? this.#graph.refusals[state]! : [];
  }

  /** The next call: one that is forbidden here, the next step of the path, or a new one. */
  #choose(): Edge | undefined {
    const state = this.#state;
    const refusal = this.#refusalsLeft[this.#refusalAt++];
    if (refusal !== undefined) return refusal;
    this.#refusalsTried[state] = 1;
    const onPath = this.#path.pop();
    if (onPath !== undefined) return onPath;
    // INVARIANT: every state has its lists, and a count of what was tried of them.
    const { steps } = this.#graph;
    const here = steps[state]!;
    const tried = this.#tried[state]!;
    if (tried < here.length) {
      this.#tried[state] = tried + 1;
      this.#transitionsTried++;
      return here[tried];
    }
    return here.find(({ target }) => this.#tried[target]! < steps[target]!.length);
  }
}
