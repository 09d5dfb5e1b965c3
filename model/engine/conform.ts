/**
 * Carries a spec out on real code: every step that the model allows, and every call that it
 * forbids, in every state that it can reach.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";
import type { Difference } from "./difference.ts";
import { compile, type Instance, type Machine } from "./machine.ts";
import { StateIndex } from "./state_index.ts";
import type { Spec, View } from "./types.ts";

/** What came of a call on the real code. */
export type Outcome = { readonly answer: unknown } | { readonly threw: unknown };

/** A call to make on the real code: an action of the spec with its parameters. */
export interface Call {
  /** The action's name. */
  readonly action: string;
  /** Its parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Both, for people: `lock(m=m1)`. */
  readonly label: string;
}

/**
 * How a spec meets the code: what each action is, and how the model's state can be seen there.
 */
export interface Binding<T, A, R> {
  /** Makes the real thing, in the state in which the spec begins. */
  create(): R;
  /** Carries each action out. What it returns must equal what the model's `do` returns; what it throws is a refusal. */
  readonly actions: { readonly [N in keyof A]: (real: R, params: A[N]) => unknown };
  /**
   * Writes what can be seen of the real thing into `s`, which holds the state that the model
   * expects. What it leaves alone is not compared (and reported as not observed).
   */
  view(real: R, s: View<T>): void;
  /** The error code of what a refused call threw: its `code`, by default. */
  codeOf?(error: unknown): string | undefined;
  /**
   * Makes the calls, for code that must be called from inside itself (a coroutine calls from its
   * body). Ask `next` for each call, passing what came of the one before; when it returns
   * undefined, let everybody go home. By default, a loop over `actions`.
   */
  play?(real: R, next: (outcome?: Outcome) => Call | undefined): void;
}

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

/** Where the real code did not do what the model says. */
export interface Mismatch {
  /** What is wrong. */
  readonly kind: "view" | "answer" | "accepted" | "code" | "threw" | "lost";
  /** A sentence for people. */
  readonly message: string;
  /** The calls that led there, the last one being the one that went wrong. */
  readonly calls: readonly string[];
  /** What the model expected of the state, and what was seen. */
  readonly differences: readonly Difference[];
}

/** What {@linkcode conform} found. */
export interface ConformReport {
  /** The spec's name. */
  readonly spec: string;
  /** No mismatch, and nothing left out. */
  readonly ok: boolean;
  /** Whether every reachable state was visited. */
  readonly complete: boolean;
  /** States of the model. */
  readonly states: number;
  /** Steps between them. */
  readonly transitions: number;
  /** Calls that the model allows, carried out on the real code. */
  readonly replayed: number;
  /** Calls that the model forbids, carried out on the real code. */
  readonly refused: number;
  /** How many times the real thing was made anew. */
  readonly replays: number;
  /** Wall-clock time. */
  readonly seconds: number;
  /** Fields of the state that the binding never showed. */
  readonly unobserved: readonly string[];
  /** The first mismatch, if there is one. */
  readonly mismatch: Mismatch | undefined;
}

/** Comes home at the latest after so many resumptions, or is lost. */
const PATIENCE = 100_000;

/**
 * Explores the spec, and carries out on the real code, in every state: each step that it allows,
 * after which the real state must be the model's, and each call that it refuses, which must throw
 * with the code that `refuse` gives and change nothing.
 *
 * A state is reached by replaying a path to it on a new object, and the walk goes on from there
 * for as long as there is something new to try.
 *
 * @param spec The spec.
 * @param binding How it meets the code.
 * @param options How far to go.
 * @returns What was found; see {@linkcode assertConforms}.
 * @throws {SpecError} If the binding misses an action or names one that the spec has not.
 */
export function conform<T, A, R>(
  spec: Spec<T, A>,
  binding: Binding<T, A, R>,
  options: ConformOptions = {},
): ConformReport {
  const started = performance.now();
  const machine = compile(spec);
  checkActions(machine, binding.actions);
  const graph = graphOf(machine, options.maxStates ?? Infinity);
  const walker = new Walker(machine, binding, graph, options.journal ?? new Int32Array(2));
  // Refused calls throw, by the hundred thousand, and nobody looks at where.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    walker.walk(options.onProgress);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (options.journal !== undefined) options.journal[0] = 0;
  }
  return {
    spec: spec.name,
    ok: walker.mismatch === undefined && graph.complete,
    complete: graph.complete,
    states: graph.size,
    transitions: graph.transitions,
    replayed: walker.replayed,
    refused: walker.refused,
    replays: walker.replays,
    seconds: (performance.now() - started) / 1000,
    unobserved: walker.unobserved(),
    mismatch: walker.mismatch,
  };
}

/**
 * Throws if the report of {@linkcode conform} tells of a mismatch, or of states left out.
 *
 * @param report What `conform` returned.
 * @throws {Error} With the calls that led to the mismatch.
 */
export function assertConforms(report: ConformReport): void {
  if (report.ok) return;
  throw new Error(conformText(report));
}

/** The calls that a journal of {@linkcode conform} tells of, the last one being under way. */
export function journalCalls<T, A>(spec: Spec<T, A>, journal: Int32Array): readonly string[] {
  const { instances } = compile(spec);
  return [...journal.subarray(2, 2 + (journal[1] ?? 0))].map((k) => instances[k]?.label ?? "?");
}

/** A report of {@linkcode conform} for people. */
export function conformText(report: ConformReport): string {
  const { mismatch } = report;
  const counts = `${report.states} states, ${report.transitions} transitions, ` +
    `${report.replayed} calls carried out, ${report.refused} refused`;
  if (mismatch === undefined) {
    return report.complete
      ? `${report.spec} conforms: ${counts}`
      : `${report.spec} INCOMPLETE: stopped at its limit after ${counts}`;
  }
  const lines = [`${report.spec} does not conform: ${mismatch.message}`, ""];
  lines.push(...numbered(mismatch.calls));
  if (mismatch.differences.length > 0) lines.push("", "  field: expected by the model, then seen");
  for (const { path, from, to } of mismatch.differences) {
    lines.push(`  ${path}: ${show(from)}, ${show(to)}`);
  }
  return lines.join("\n");
}

/** Calls, one a line. */
export function numbered(calls: readonly string[]): readonly string[] {
  return calls.map((call, i) => `  ${`${i + 1}`.padStart(3)}  ${call}`);
}

// ------------------------------------------------------------------------------ the model's graph

/** A step from a state, or, with `target` -1, a call that is refused there. */
interface Edge {
  readonly k: number;
  readonly target: number;
  /** What the call answers, or the code with which it is refused. */
  readonly expected: unknown;
}

interface Graph {
  readonly size: number;
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
    index.add(state, maxStates);
  }
  for (let id = 0; id < index.size; id++) {
    const out: Edge[] = [];
    const refused: Edge[] = [];
    for (let k = 0; k < instances.length; k++) {
      machine.load(index.words, id * wordCount);
      if (!machine.enabled(k)) {
        const code = machine.refusal(k);
        if (code !== undefined) refused.push({ k, target: -1, expected: code });
        continue;
      }
      const answer = machine.apply(k);
      const before = index.size;
      const target = index.add(machine.words, maxStates);
      if (target < 0) {
        complete = false;
        continue;
      }
      const edge = { k, target, expected: answer };
      if (target === before) via[target] = { from: id, edge };
      out.push(edge);
      transitions++;
    }
    steps.push(out);
    refusals.push(refused);
  }
  const { size, words } = index;
  return { size, transitions, complete, words, steps, refusals, via };
}

// -------------------------------------------------------------------------------------- the walk

class Walker<T, A, R> {
  mismatch: Mismatch | undefined;
  replayed = 0;
  refused = 0;
  replays = 0;

  readonly #machine: Machine<T>;
  readonly #binding: Binding<T, A, R>;
  readonly #graph: Graph;
  /** How many steps of each state have been tried. */
  readonly #tried: Uint32Array;
  readonly #refusalsTried: Uint8Array;
  /** How many steps of each state are known to lead to nothing new. */
  readonly #searched: Uint32Array;
  #transitionsTried = 0;

  // The replay that goes on.
  #real: R | undefined;
  #state = 0;
  /** Steps that lead to where there is something new, the next one last. */
  #path: Edge[] = [];
  #refusalsLeft: readonly Edge[] = [];
  #refusalAt = 0;
  /** The call that is being made. */
  #call: Edge | undefined;
  #calls: Edge[] = [];
  #home = 0;
  readonly #journal: Int32Array;

  constructor(
    machine: Machine<T>,
    binding: Binding<T, A, R>,
    graph: Graph,
    journal: Int32Array,
  ) {
    this.#journal = journal;
    this.#machine = machine;
    this.#binding = binding;
    this.#graph = graph;
    this.#tried = new Uint32Array(graph.size);
    this.#refusalsTried = new Uint8Array(graph.size);
    this.#searched = new Uint32Array(graph.size);
  }

  walk(onProgress: ConformOptions["onProgress"]): void {
    const { size, steps, refusals, transitions } = this.#graph;
    // INVARIANT: every state below `size` has its lists.
    const fresh = (id: number): boolean =>
      this.#tried[id]! < steps[id]!.length ||
      (this.#refusalsTried[id] === 0 && refusals[id]!.length > 0);
    for (let id = 0; id < size && this.mismatch === undefined; id++) {
      while (fresh(id) && this.mismatch === undefined) {
        this.#replay(id);
        if (onProgress !== undefined && (this.replays & 1023) === 0) {
          onProgress({ transitions: this.#transitionsTried, of: transitions });
        }
      }
    }
  }

  /** Makes a new object, takes it to state `goal`, and goes on from there. */
  #replay(goal: number): void {
    this.replays++;
    this.#path = [];
    let at = goal;
    for (let via; (via = this.#graph.via[at]) !== undefined; at = via.from) {
      this.#path.push(via.edge);
    }
    this.#state = at;
    this.#calls = [];
    this.#call = undefined;
    this.#home = 0;
    const binding = this.#binding;
    const real = this.#real = binding.create();
    this.#compareView();
    this.#arrive();
    const next = (outcome?: Outcome): Call | undefined => this.#next(outcome);
    try {
      if (binding.play !== undefined) binding.play(real, next);
      else loop(binding.actions, real, next);
    } catch (error) {
      this.#fail("threw", `an error left the code under test: ${text(error)}`);
    }
    if (this.#call !== undefined) this.#fail("lost", "control did not come back from this call");
  }

  #next(outcome: Outcome | undefined): Call | undefined {
    if (this.#call !== undefined) this.#judge(outcome ?? { answer: undefined });
    const edge = this.mismatch === undefined ? this.#choose() : undefined;
    if (edge === undefined) {
      if (++this.#home > PATIENCE) {
        throw new Error("The code under test runs for ever after everybody was sent home");
      }
      return undefined;
    }
    this.#call = edge;
    this.#calls.push(edge);
    const journal = this.#journal;
    journal[0] = this.replayed + this.refused + 1;
    journal[1] = this.#calls.length;
    journal[this.#calls.length + 1] = edge.k;
    return this.#machine.instances[edge.k];
  }

  /** Compares what came of the call that was made with what the model says. */
  #judge(outcome: Outcome): void {
    // INVARIANT: only called while a call is being made.
    const edge = this.#call!;
    this.#call = undefined;
    const { expected, target } = edge;
    if (target < 0) {
      this.refused++;
      if (!("threw" in outcome)) {
        return this.#fail(
          "accepted",
          `the call must be refused as ${show(expected)}, it was accepted`,
        );
      }
      const code = this.#codeOf(outcome.threw);
      if (code !== expected) {
        const got = code === undefined ? text(outcome.threw) : show(code);
        return this.#fail("code", `the call must be refused as ${show(expected)}, it threw ${got}`);
      }
      this.#compareView();
      this.#calls.pop();
      return;
    }
    this.replayed++;
    if ("threw" in outcome) {
      return this.#fail("threw", `the call must be accepted, it threw ${text(outcome.threw)}`);
    }
    if (outcome.answer !== expected && show(outcome.answer) !== show(expected)) {
      return this.#fail(
        "answer",
        `the call must answer ${show(expected)}, it answered ${show(outcome.answer)}`,
      );
    }
    this.#state = target;
    this.#compareView();
    this.#arrive();
  }

  #codeOf(error: unknown): string | undefined {
    if (this.#binding.codeOf !== undefined) return this.#binding.codeOf(error);
    if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
    return typeof error.code === "string" ? error.code : undefined;
  }

  /** In a state for the first time, everything that is forbidden there is tried first. */
  #arrive(): void {
    const state = this.#state;
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
    const steps = this.#graph.steps[state]!;
    const tried = this.#tried[state]!;
    if (tried < steps.length) {
      this.#tried[state] = tried + 1;
      this.#transitionsTried++;
      return steps[tried];
    }
    return this.#towardsNew(state);
  }

  /** A step to a state in which there is something new. */
  #towardsNew(state: number): Edge | undefined {
    // INVARIANT: every state has its lists, and #searched a place.
    const steps = this.#graph.steps[state]!;
    for (let i = this.#searched[state]!; i < steps.length; i++) {
      const edge = steps[i]!;
      if (this.#tried[edge.target]! < this.#graph.steps[edge.target]!.length) return edge;
      this.#searched[state] = i + 1;
    }
    return undefined;
  }

  /** The state that the model expects against what is seen of the real one. */
  #compareView(): void {
    const { words, wordCount, view } = this.#machine;
    const base = this.#state * wordCount;
    this.#machine.load(this.#graph.words, base);
    try {
      // INVARIANT: set by #replay.
      this.#binding.view(this.#real as R, view);
    } catch (error) {
      return this.#fail("view", `what is seen is no state of the model: ${text(error)}`);
    }
    for (let i = 0; i < wordCount; i++) {
      if (words[i] !== this.#graph.words[base + i]) {
        return this.#fail("view", "the state is not the one that the model expects", words.slice());
      }
    }
  }

  #fail(kind: Mismatch["kind"], message: string, seen?: Int32Array): void {
    if (this.mismatch !== undefined) return;
    const { wordCount } = this.#machine;
    const base = this.#state * wordCount;
    const expected = this.#graph.words.slice(base, base + wordCount);
    this.mismatch = {
      kind,
      message,
      // INVARIANT: every edge is of an instance.
      calls: this.#calls.map(({ k }) => (this.#machine.instances[k] as Instance).label),
      differences: seen === undefined ? [] : this.#machine.differences(expected, seen),
    };
    this.#call = undefined;
  }

  /** The fields that, when a new object is viewed, stay as they were before, whatever that was. */
  unobserved(): readonly string[] {
    const machine = this.#machine;
    const real = this.#binding.create();
    const fields = new Set<string>();
    const seenOver = (id: number): Int32Array => {
      machine.load(this.#graph.words, id * machine.wordCount);
      this.#binding.view(real, machine.view);
      return machine.words.slice();
    };
    try {
      const first = seenOver(0);
      const step = Math.max(1, Math.floor(this.#graph.size / 500));
      for (let id = 0; id < this.#graph.size; id += step) {
        for (const { path } of machine.differences(first, seenOver(id))) {
          fields.add(path.replace(/[[.].*/, ""));
        }
      }
    } catch {
      // What cannot be viewed is a mismatch, and reported as that.
    }
    return [...fields].sort();
  }
}

/** Calls from outside, one after the other. */
function loop<A, R>(
  actions: { readonly [N in keyof A]: (real: R, params: A[N]) => unknown },
  real: R,
  next: (outcome?: Outcome) => Call | undefined,
): void {
  for (let call = next(); call !== undefined;) {
    let outcome: Outcome;
    try {
      // INVARIANT: checkActions has seen that there is one for every action of the spec.
      const act = actions[call.action as keyof A];
      outcome = { answer: act(real, call.params as A[keyof A]) };
    } catch (error) {
      outcome = { threw: error };
    }
    call = next(outcome);
  }
}

function checkActions(machine: Machine<never> | Machine<unknown>, actions: object): void {
  const known = machine.actions.map(({ name }) => name);
  for (const name of Object.keys(actions)) {
    if (!known.includes(name)) {
      throw new SpecError(
        `Cannot bind action ${show(name)}: spec ${show(machine.name)} has ${known.join(", ")}`,
      );
    }
  }
  for (const name of known) {
    if (!Object.hasOwn(actions, name)) {
      throw new SpecError(
        `Cannot conform to spec ${show(machine.name)}: the binding has no action ${show(name)}`,
      );
    }
  }
}

function text(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error);
}
