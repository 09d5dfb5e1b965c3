/**
 * The exploration of all interleavings, breadth first.
 *
 * In each state, those threads are tried that {@linkcode Persistent} says. That relies on what has been
 * seen of the threads until then; when more has been seen, the states are gone through again, and those
 * threads are tried that should have been. So at the end, each choice is right for all that there is.
 *
 * @module
 */
import type { Progress } from "../engine/search/explore.ts";
import { Memory } from "../engine/search/memory.ts";
import { StateIndex } from "../engine/search/state_index.ts";
import { Watch } from "../engine/search/watch.ts";
import { Endless } from "./_endless.ts";
import type { Place } from "./_history.ts";
import { type Finding, Look } from "./_look.ts";
import { choiceOf, Machine, PLAINLY, stepOf, threadOf, WEAKLY } from "./_machine.ts";
import { DONE } from "./_operations.ts";
import { bits, Persistent } from "./_persistent.ts";
import type { Plan } from "./_plan.ts";
import type { InterleaveReport, InterleaveViolation } from "./report.ts";
import { retrace } from "./_retrace.ts";
import type { Growth } from "./_touches.ts";

/** How a search is limited. */
export interface Limits {
  readonly maxStates: number;
  readonly maxSeconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly stop: (() => boolean) | undefined;
  readonly reduce: boolean;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Seconds until the first word of progress; further ones come four times as often. */
  readonly progressSeconds: number;
}

/** Explores all of it. */
export function explore(plan: Plan, limits: Limits): InterleaveReport {
  const report = searched(plan, limits);
  const { violation } = report;
  const enough = violation === null
    ? report.complete || report.limit === "memory" || report.limit === "stopped"
    : violation.trace === null;
  if (!limits.reduce || enough) return report;
  // Without reduction, what is found first is a shortest way to anything that is wrong; and where a limit
  // comes first, it may be found before that.
  const maxStates = Math.min(limits.maxStates, 4 * report.states + LITTLE);
  const maxSeconds = Math.min(limits.maxSeconds - report.seconds, 4 * report.seconds + 1);
  const plain = searched(plan, {
    ...limits,
    ...{ maxStates, maxSeconds, reduce: false },
    onProgress: limits.onProgress &&
      ((progress) => limits.onProgress?.({ ...progress, spec: `${plan.name}: a shortest trace` })),
  });
  return plain.violation?.trace == null
    ? report
    : { ...report, ok: false, outcome: "violated", violation: plain.violation };
}

/** So many states are explored in no time. */
const LITTLE = 10_000;

/** Once; and again if it has become known only on the way that somebody touches a word plainly. */
function searched(plan: Plan, limits: Limits): InterleaveReport {
  let seconds = 0;
  let before: InterleaveReport | undefined;
  for (;;) {
    const search = new Search(plan, { ...limits, maxSeconds: limits.maxSeconds - seconds });
    const report = search.run();
    seconds += report.seconds;
    // INVARIANT: what is known remains so: of each word, it happens once at most.
    if (!search.hasOverlooked || report.limit !== null) {
      // What was found is not lost by a limit that came first the second time.
      const told = report.violation === null && before?.violation ? before : report;
      return { ...told, seconds };
    }
    before = report;
  }
}

/** What is wrong, and until when something that is less deep is looked for. */
interface Postponed {
  readonly violation: InterleaveViolation;
  readonly states: number;
  readonly depth: number;
}

class Search {
  readonly #machine: Machine;
  readonly #limits: Limits;
  /** The states: the number of the memory, the places, and who sleeps. */
  readonly #index: StateIndex;
  /** The memories: many states have the same one. */
  readonly #memories: StateIndex;
  readonly #look: Look;
  readonly #persistent: Persistent;
  readonly #endless: Endless;
  readonly #growth: Growth;
  /** The state that is expanded, and one that it leads to. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** Of that one, the memory and the rest; and as it is kept. */
  readonly #toMemory: Int32Array;
  readonly #toRest: Int32Array;
  readonly #packed: Int32Array;
  /** For each state: where it was reached from, by which step, how deep, and which threads were tried. */
  #parents = new Int32Array(1024);
  #steps = new Uint8Array(1024);
  #depths = new Int32Array(1024);
  #tried = new Uint8Array(1024);
  /** Whether it was chosen more than once. */
  #again = new Uint8Array(1024);
  /** The first one at which nobody has looked yet. */
  #next = 0;
  /** The choices that rely on what is known of a place. */
  readonly #reliedOn = new Map<Place, number[]>();
  #operations = 0;
  readonly #memory: Memory;
  readonly #watch: Watch;
  /** The state that was looked at last, and how many there were when it was told last how far it has come. */
  #at = 0;
  #said = 0;
  #violation: InterleaveViolation | null = null;
  #postponed: Postponed | null = null;

  constructor(plan: Plan, limits: Limits) {
    const machine = new Machine(plan);
    this.#machine = machine;
    this.#limits = limits;
    this.#memory = new Memory(limits.memory);
    this.#watch = new Watch({
      ...limits,
      memory: this.#memory,
      tell: limits.onProgress && ((seconds, since) => this.#tell(seconds, since)),
    });
    const { m, wordCount } = machine;
    this.#memories = new StateIndex(m, this.#memory);
    this.#index = new StateIndex(1 + wordCount - m, this.#memory);
    this.#look = new Look(machine);
    this.#growth = plan.growth;
    this.#persistent = new Persistent(machine, this.#look);
    this.#endless = new Endless(machine);
    this.#from = new Int32Array(wordCount);
    this.#to = new Int32Array(wordCount);
    this.#toMemory = this.#to.subarray(0, m);
    this.#toRest = this.#to.subarray(m);
    this.#packed = new Int32Array(this.#index.wordCount);
  }

  run(): InterleaveReport {
    this.#machine.begin(this.#to);
    this.#reach(-1, 0);
    do {
      while (this.#next < this.#index.size && this.#goesOn) this.#try(this.#next++);
      this.#chooseAgain();
      // INVARIANT: when nothing has grown since, all choices are right.
    } while (this.#next < this.#index.size && this.#goesOn);
    const complete = this.#goesOn;
    const missed = complete ? this.#look.missed() : null;
    const violation = this.#violation ?? this.#postponed?.violation ??
      (missed === null ? null : { ...missed, trace: null });
    const size = this.#index.size;
    const { plan, n } = this.#machine;
    return {
      name: plan.name,
      threads: n,
      ok: complete && violation === null,
      outcome: violation !== null ? "violated" : complete ? "holds" : "incomplete",
      complete,
      limit: this.#watch.limit ?? null,
      states: size,
      operations: this.#operations,
      reduced: complete ? this.#countReduced() : 0,
      runs: plan.histories.reduce((sum, { runs }) => sum + runs, 0),
      depth: size === 0 ? 0 : this.#depths.subarray(0, size).reduce((a, b) => Math.max(a, b)),
      seconds: this.#watch.seconds,
      violation,
    };
  }

  /** Nothing is wrong yet, and no limit was reached. */
  get #goesOn(): boolean {
    return this.#watch.limit === undefined && this.#violation === null;
  }

  /** See {@linkcode Machine.hasOverlooked}. */
  get hasOverlooked(): boolean {
    return this.#machine.hasOverlooked;
  }

  /** Looks at the choices again that were made when less was known. */
  #chooseAgain(): void {
    const { places } = this.#growth;
    while ((places.size > 0 || this.#growth.claims) && this.#goesOn) {
      if (this.#growth.claims) {
        this.#growth.claims = false;
        for (let id = 0; id < this.#next; id++) this.#try(id);
      }
      const grown = [...places] as Place[];
      places.clear();
      for (const place of grown) {
        const ids = this.#reliedOn.get(place);
        if (ids === undefined) continue;
        this.#reliedOn.delete(place);
        for (const id of ids) this.#try(id, place);
      }
    }
  }

  /** Tries the threads that must be tried in a state. If it was chosen before, a place has grown. */
  #try(id: number, grown?: Place): void {
    this.#at = id;
    if (!this.#goesOn || this.#watch.ends()) return;
    this.#fetch(id);
    const able = this.#persistent.able(this.#from);
    // INVARIANT: what was reached has it.
    const tried = this.#tried[id]!;
    const chosen = this.#limits.reduce ? this.#persistent.choose(this.#from, able, tried) : able;
    this.#tried[id] = chosen;
    if (chosen !== able) {
      // A choice relies on what is known of the threads that it leaves out. What was tried before need not
      // be in the set that is right now: so the next one relies on those, too.
      if (tried === 0) this.#relyOnAll(id, ~chosen);
      else if (this.#again[id] === 0) {
        this.#again[id] = 1;
        this.#relyOnAll(id, tried);
      }
      if (grown !== undefined) this.#relyOn(grown, id);
    }
    this.#expand(id, chosen & ~tried);
  }

  #relyOnAll(id: number, threads: number): void {
    for (let t = 0; t < this.#machine.n; t++) {
      if ((threads & 1 << t) === 0) continue;
      const place = this.#machine.placeOf(this.#from, t);
      if (place.kind < DONE) this.#relyOn(place, id);
    }
  }

  #relyOn(place: Place, id: number): void {
    const ids = this.#reliedOn.get(place);
    if (ids === undefined) this.#reliedOn.set(place, [id]);
    else ids.push(id);
  }

  /** Tells how far it has come. */
  #tell(seconds: number, since: number): void {
    const distinct = this.#index.size;
    this.#limits.onProgress?.({
      spec: this.#machine.plan.name,
      distinct,
      frontier: distinct - this.#next,
      // INVARIANT: what is looked at was reached.
      depth: this.#depths[this.#at]!,
      seconds,
      rate: (distinct - this.#said) / since,
    });
    this.#said = distinct;
  }

  /** Makes a state the one that is expanded. */
  #fetch(id: number): void {
    const { m, wordCount } = this.#machine;
    const words = this.#index.chunk(id);
    const at = this.#index.offset(id);
    // INVARIANT: a state has the number of a memory that was kept.
    const memory = words[at]!;
    const kept = this.#memories.chunk(memory);
    const begin = this.#memories.offset(memory);
    for (let i = 0; i < m; i++) this.#from[i] = kept[begin + i]!;
    for (let i = m, j = at + 1; i < wordCount; i++, j++) this.#from[i] = words[j]!;
  }

  /** Tries threads in a state. */
  #expand(id: number, threads: number): void {
    const machine = this.#machine;
    for (let t = 0; t < machine.n; t++) {
      if ((threads & 1 << t) === 0) continue;
      for (let choice = PLAINLY; choice <= WEAKLY; choice++) {
        if (!machine.can(this.#from, t, choice)) continue;
        this.#to.set(this.#from);
        machine.move(this.#to, t, choice);
        this.#operations++;
        this.#reach(id, stepOf(t, choice));
        if (!this.#goesOn || this.#watch.ends()) return;
      }
    }
  }

  /** The state in `#to` was reached. */
  #reach(parent: number, step: number): void {
    const { size } = this.#index;
    let id: number;
    try {
      this.#packed[0] = this.#memories.add(this.#toMemory, Infinity);
      this.#packed.set(this.#toRest, 1);
      id = this.#index.add(this.#packed, this.#limits.maxStates);
      if (id >= this.#parents.length) this.#grow();
    } catch (error) {
      this.#watch.caught(error);
      return;
    }
    if (id < 0) this.#watch.full();
    if (id < size) return;
    this.#parents[id] = parent;
    this.#steps[id] = step;
    this.#depths[id] = parent < 0 ? 0 : this.#depths[parent]! + 1;
    const finding = this.#look.at(this.#to);
    if (finding !== null) this.#found(finding, id);
    else if (parent < 0) return;
    else if (this.#postponed === null) this.#lookForEndless(id, threadOf(step));
    else if (id > this.#postponed.states || this.#depths[id]! > this.#postponed.depth) {
      this.#violation = this.#postponed.violation;
    }
  }

  #found(finding: Finding, id: number): void {
    const violation = this.#violationOf(finding, id);
    if (finding.overtaken === undefined) this.#violation = violation;
    // The trace has a step more than the state is deep.
    else this.#postponed = { violation, states: Infinity, depth: this.#depths[id]! };
  }

  /** Whether the thread that has moved last goes on for ever. */
  #lookForEndless(id: number, t: number): void {
    const steps = this.#endless.from(this.#to, t, this.#operations);
    if (steps === undefined) return;
    const end = this.#to.slice();
    for (const step of steps) this.#machine.move(end, threadOf(step), choiceOf(step));
    const finding = this.#look.at(end);
    if (finding === null) return;
    this.#postponed = {
      violation: this.#violationOf(finding, id, steps),
      states: 4 * id + LITTLE,
      depth: Infinity,
    };
  }

  #violationOf(
    { overtaken, ...finding }: Finding,
    id: number,
    more: readonly number[] = [],
  ): InterleaveViolation {
    let steps: number[] = [];
    for (let at = id; this.#parents[at]! >= 0; at = this.#parents[at]!) {
      steps.push(this.#steps[at]!);
    }
    steps = [...steps.reverse(), ...more];
    if (overtaken !== undefined) this.#putBefore(steps, overtaken);
    return { ...finding, trace: retrace(this.#machine.plan, steps) ?? null };
  }

  /** The next operation of a thread comes before the store that has overtaken it. */
  #putBefore(steps: number[], t: number): void {
    const machine = this.#machine;
    const state = new Int32Array(machine.wordCount);
    machine.begin(state);
    let [at, was] = [0, false];
    steps.forEach((step, i) => {
      machine.move(state, threadOf(step), choiceOf(step));
      const is = machine.isOvertaken(state, t);
      if (is && !was) at = i;
      was = is;
    });
    steps.splice(at, 0, stepOf(t, PLAINLY));
  }

  #grow(): void {
    const memory = this.#memory;
    this.#parents = memory.doubled(this.#parents);
    this.#depths = memory.doubled(this.#depths);
    this.#steps = memory.doubled(this.#steps);
    this.#tried = memory.doubled(this.#tried);
    this.#again = memory.doubled(this.#again);
  }

  /** How often a thread could have gone on, and was not tried. */
  #countReduced(): number {
    if (!this.#limits.reduce) return 0;
    let count = 0;
    for (let id = 0; id < this.#index.size; id++) {
      this.#fetch(id);
      count += bits(this.#persistent.able(this.#from) & ~this.#tried[id]!);
    }
    return count;
  }
}
