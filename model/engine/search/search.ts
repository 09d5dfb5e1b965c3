/**
 * Generates the inner loop of the search for one spec.
 *
 * The loop expands states in the order in which they were found. Successors are collected in a
 * batch, with their hashes; a batch is then looked up as a whole: first every home slot is touched,
 * so that the cache misses overlap, then every successor is searched for and, where it is new,
 * checked and queued. The table is open-addressed with the keys in its slots: a look-up is one miss.
 * A key is the state itself, or 64 bits of hash for states that are too wide; one of its words is
 * never zero.
 *
 * Each spec gets code of its own, for V8 specialises functions by what they have seen.
 *
 * @module
 */
import { hashOf, looped, plus, unrolled, type Words } from "./_search_words.ts";
import { answerOf, truth } from "../language/answers.ts";
import { SpecError } from "../language/errors.ts";
import { FAULTY } from "../language/layout.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { rehearsal } from "./rehearsal.ts";
import type { Watch } from "./watch.ts";

/** Why the loop stopped; what is watched beside the number of states is known by its {@linkcode Watch}. */
export const STOP = { running: 0, violated: 1, limit: 2, watched: 3 } as const;

/** What the loop has found out so far. */
export interface Found {
  /** One of {@linkcode STOP}. */
  readonly stop: number;
  /** States found, and the next one to expand. */
  readonly count: number;
  readonly next: number;
  /** Steps made that led to states outside `within`. */
  readonly outside: number;
  /** What went wrong: the claim, or -1 for a state without a step. */
  readonly claim: number;
  /** Whether claims were being evaluated when an error was thrown. */
  readonly claiming: boolean;
  /** The violating state's parent, or -1 - i for initial state i, and the step to it. */
  readonly parent: number;
  readonly step: number;
  /** The claim, or "ends", that changed the state by looking at it; "": none. */
  readonly impure: string;
}

/** The generated loop. */
export interface Search {
  /** Adds the initial states. */
  seed(initial: readonly Int32Array[]): void;
  /** Expands `todo` states; looking up what is left of the batch is up to `flush`. */
  expand(todo: number, careful: boolean): void;
  /** Looks up the successors that were collected. */
  flush(): void;
  found(): Found;
  parentOf(state: number): number;
  stepOf(state: number): number;
  /** Steps made, by action. */
  readonly fired: Float64Array;
  /** New states, by instance. */
  readonly fresh: Float64Array;
  /** For each `sometimes`, the state that showed it, or -1. */
  readonly witness: Float64Array;
}

/** States of more words than this are kept by hash. */
export const EXACT_WORDS = 8;
/** States that are expanded with a check that guards and claims only look. */
export const CAREFUL = 128;

/** How full the table gets, at most, before it is doubled. */
const LOAD = 0.6;
/** Successors that are looked up at a time, at most, and words of them. */
const BATCH = { most: 1024, words: 1 << 18 };
/** Instances of actions that have no more are counted for the clock by the state, of others one by one. */
const STRIDE = 16;
/** States per chunk of the parents; a power of two. */
const PARENTS = 1 << 14;
/** Words per chunk of the queue, about. */
const QUEUE = 1 << 14;

/** Makes the loop of one machine. */
export function makeSearch(
  machine: Machine,
  options: {
    readonly hashed: boolean;
    readonly maxStates: number;
    readonly deadlock: boolean;
    /** What the states are kept in, and what ends the search. */
    readonly memory: Memory;
    readonly watch: Watch;
  },
): Search {
  const { spec, instances, actions } = machine;
  const source = generate(machine, options);
  const make = new Function("W", "s", "E", source);
  // INVARIANT: the text below returns an object with exactly the members of Search.
  return make(
    // The generated views write to the whole memory; the state is at its front.
    new Int32Array(machine.words.buffer),
    machine.view,
    {
      params: actions.map(({ first, count }) =>
        instances.slice(first, first + count).map((instance) => instance.params)
      ),
      when: spec.actions.map((action) => action.when),
      do: spec.actions.map((action) => action.do),
      always: spec.always.map((claim) => claim.holds),
      sometimes: spec.sometimes.map((claim) => claim.holds),
      within: spec.within,
      ends: spec.ends,
      maxStates: options.maxStates,
      rehearse: rehearsal(machine),
      truth,
      answerOf,
      again: machine.again,
      meddled: new SpecError("a guard changed the state, expected it only to look"),
      meddledWithin: new SpecError("within changed the state, expected it only to look"),
      memory: options.memory,
      look: () => options.watch.look(),
    },
  ) as Search;
}

/** What the pieces of text are made from. */
interface Plan {
  readonly machine: Machine;
  /** Words of a state, and of a key. */
  readonly N: number;
  readonly K: number;
  readonly hashed: boolean;
  readonly words: Words;
  /** The word of a key that is never zero: it tells an empty slot. */
  readonly mark: number;
  /** Successors that a batch has room for, and how many instances there are. */
  readonly batch: number;
  readonly fan: number;
  /** Whether one state may have more successors than a batch has room for. */
  readonly crowded: boolean;
  /** Words per chunk of the queue. */
  readonly chunk: number;
}

function generate(
  machine: Machine,
  options: { readonly hashed: boolean; readonly deadlock: boolean },
): string {
  const { wordCount: N, instances, layout } = machine;
  const batch = Math.min(BATCH.most, Math.max(1, Math.floor(BATCH.words / N)));
  const plan: Plan = {
    machine,
    N,
    K: options.hashed ? 2 : N,
    hashed: options.hashed,
    words: N <= EXACT_WORDS ? unrolled(N, options.hashed) : looped(N),
    mark: options.hashed ? 0 : layout.mark.word,
    batch,
    fan: instances.length,
    crowded: 2 * instances.length > batch,
    chunk: Math.max(1, Math.floor(QUEUE / N)) * N,
  };
  return [
    variables(plan),
    memory(plan),
    table(plan),
    claims(plan),
    ...machine.actions.map((_, a) => action(plan, a)),
    expand(plan, options.deadlock, true),
    expand(plan, options.deadlock, false),
    members(plan),
  ].join("\n");
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, x) => x);

function variables({ machine, N, K, hashed, batch, fan, chunk }: Plan): string {
  const { spec, actions } = machine;
  return `"use strict";
${spec.always.map((_, x) => `const always${x} = E.always[${x}];`).join("\n")}
${spec.sometimes.map((_, x) => `const sometimes${x} = E.sometimes[${x}];`).join("\n")}
${actions.map((_, a) => `let fired${a} = 0;`).join("\n")}
const within = E.within, ends = E.ends, maxStates = E.maxStates;
const { truth, answerOf, rehearse, again, meddled, meddledWithin, memory } = E;
const fired = new Float64Array(${actions.length});
const fresh = new Float64Array(${fan});
const witness = new Float64Array(${spec.sometimes.length}).fill(-1);
// The batch: words, hash, parent and step of each successor, and its key where that is a hash.
const BW = new Int32Array(${batch * N}), BH = new Int32Array(${batch});
const BP = new Int32Array(${batch}), BK = new Int32Array(${batch});
const BX = new Int32Array(${hashed ? batch * 2 : 0});
// The state being expanded, where it has too many words for variables.
const C = new Int32Array(${N});
function changedFrom(other, at) {
  for (let x = 0; x < ${N}; x++) if (W[x] !== other[at + x]) return true;
  return false;
}
let T = memory.first(Int32Array, ${1024 * K}), shift = 22, most = 1024 * ${LOAD}, sink = 0;
let count = 0, cur = 0, outside = 0, pending = 0;
let stop = 0, claim = 0, claiming = false, at = 0, parent = 0, stepTo = 0, impure = "";
// After so many steps, the clock is looked at.
let left = 1;
function enough() {
  left = E.look();
  if (left > 0) return false;
  stop = ${STOP.watched};
  return true;
}
const queue = [memory.first(Int32Array, ${chunk})], spare = [];
let RC = queue[0], WC = queue[0], readAt = 0, writeAt = 0;
const parents = [], steps = [];
let PC = null, SC = null;`;
}

/** The queue and the parents, in chunks: growing copies nothing. */
function memory({ chunk, fan }: Plan): string {
  const step = fan <= 0xff ? "Uint8Array" : fan <= 0xffff ? "Uint16Array" : "Int32Array";
  return `
function nextRead() { spare.push(queue.shift()); RC = queue[0]; readAt = 0; }
function nextWrite() {
  WC = spare.length > 0 ? spare.pop() : memory.array(Int32Array, ${chunk});
  queue.push(WC);
  writeAt = 0;
}
function nextParents() {
  parents.push(PC = memory.array(Int32Array, ${PARENTS}));
  steps.push(SC = memory.array(${step}, ${PARENTS}));
}`;
}

/** The visited set. Homes are the high bits of the hash, so growing keeps the order of the keys. */
function table({ machine, N, K, hashed, words, mark, chunk }: Plan): string {
  const keys = upTo(K);
  const names = keys.map((x) => `k${x}`).join(", ");
  const taken = keys.map((x) =>
    hashed ? `k${x} = BX[i * 2${plus(x)}]` : `k${x} = BW[i * ${N}${plus(x)}]`
  );
  const others = keys.filter((x) => x !== mark).map((x) => ` && slots[h${plus(x)}] === k${x}`);
  const hash = hashed
    ? "const hash = old[i + 1];"
    : `${upTo(N).map((x) => `const b${x} = old[i${plus(x)}];`).join(" ")} ${hashOf(N)}`;
  return `
function grow() {
  const old = T, next = memory.array(Int32Array, old.length * 2);
  T = next;
  shift--;
  const end = next.length;
  most = end / ${K} * ${LOAD};
  for (let i = 0; i < old.length; i += ${K}) {
    if (old[i${plus(mark)}] === 0) continue;
    ${hash}
    let h = (hash >>> shift) * ${K};
    while (next[h${plus(mark)}] !== 0) { h += ${K}; if (h === end) h = 0; }
    ${keys.map((x) => `next[h${plus(x)}] = old[i${plus(x)}];`).join(" ")}
  }
  memory.free(old);
}

function flush() {
  const n = pending;
  pending = 0;
  while (count + n > most) grow();
  touch(n);
  for (let i = 0; i < n;) {
    const first = i;
    i = Math.min(n, i + Math.max(1, left));
    lookup(first, i);
    if (stop !== 0 || (left -= i - first) <= 0 && enough()) return;
  }
}

function touch(n) {
  const slots = T;
  let acc = 0;
  for (let i = 0; i < n; i++) acc ^= slots[(BH[i] >>> shift) * ${K}];
  sink = acc;
}

function lookup(first, n) {
  const slots = T, end = slots.length;
  for (let i = first; i < n; i++) {
    ${
    machine.spec.within === undefined ? "" : "if (leaves(i)) { if (stop !== 0) return; continue; }"
  }
    const ${taken.join(", ")};
    let h = (BH[i] >>> shift) * ${K};
    for (;;) {
      const t = slots[h${plus(mark)}];
      if (t === k${mark}${others.join("")}) break;
      if (t === 0) { if (add(i, h, ${names})) return; break; }
      h += ${K};
      if (h === end) h = 0;
    }
  }
}

function add(i, h, ${names}) {
  if (count === maxStates) { stop = ${STOP.limit}; return true; }
  const slot = count & ${PARENTS - 1};
  if (slot === 0) nextParents();
  if (writeAt === ${chunk}) nextWrite();
  ${keys.map((x) => `T[h${plus(x)}] = k${x};`).join(" ")}
  if (BP[i] >= 0) fresh[BK[i]]++;
  PC[slot] = BP[i];
  SC[slot] = BK[i];
  ${words.queue}
  writeAt += ${N};
  const number = count++;
  judge(i, number);
  return stop !== 0;
}`;
}

/** What is asked of a new state, and of states outside `within`, whose number is -1. */
function claims({ machine, words }: Plan): string {
  const { always, sometimes, within } = machine.spec;
  const { top } = machine.layout;
  const asked = [
    ...always.map((_, x) =>
      `claim = ${x}; r = always${x}(s); if (r !== true && !truth(r, "it")) return wrong(i);`
    ),
    ...sometimes.map((_, x) =>
      `if (number >= 0 && witness[${x}] < 0) { claim = ${always.length + x}; ` +
      `if (truth(sometimes${x}(s), "it")) witness[${x}] = number; }`
    ),
  ];
  const judge = asked.length === 0 ? "" : `
  ${words.show}
  W[${top}] = ${top + 1};
  claiming = true;
  at = i;
  let r;
  ${asked.join("\n  ")}
  claiming = false;
  if (${words.touched}) { impure = String(claim); violated(i); }`;
  const leaves = within === undefined ? "" : `
function leaves(i) {
  ${words.show}
  claiming = true;
  at = i;
  claim = ${always.length + sometimes.length};
  const inside = truth(within(s), "it");
  if (${words.touched}) throw meddledWithin;
  claiming = false;
  if (inside) return false;
  outside++;
  judge(i, -1);
  return true;
}`;
  return `
function violated(i) {
  stop = ${STOP.violated};
  claiming = false;
  parent = BP[i];
  stepTo = BK[i];
}

/** A claim is false; unless one before it has changed the state. */
function wrong(i) {
  if (${words.touched}) impure = String(claim);
  violated(i);
}

function judge(i, number) {${judge}
}
${leaves}`;
}

/** Tries all instances of one action; the careful version makes each step twice. */
function action({ machine, words, batch, crowded }: Plan, a: number): string {
  const { first = 0, count = 0 } = machine.actions[a] ?? {};
  const { when } = machine.spec.actions[a] ?? {};
  const { top } = machine.layout;
  const moved = machine.spec.within === undefined ? `if (${words.moved}) ` : "";
  const once = takesStateOnly(when);
  const test = when === undefined || once
    ? ""
    : `const r = when${a}(s, p); if (r === true || r !== false && truth(r, "when")) `;
  const step = `if (${words.changed}) throw meddled;
      W[${top}] = ${top + 1};
      const o = do${a}(s, p);
      if (W[${top}] === ${FAULTY}) again();
      if (typeof o === "object" && o !== null) answerOf(o, "do");`;
  const full = `if (n === ${batch}) {
          pending = n;
          flush();
          n = 0;
          if (stop !== 0) break;
          ${words.restore}
        }`;
  const version = (careful: boolean): string => `
function act${a}${careful ? "Careful" : "Fast"}(${words.pass}n) {
  ${once && !careful ? `if (!truth(when${a}(s), "when")) return n;` : ""}
  let fired = 0;
  for (let j = 0; j < ${count}; j++) {
    ${count <= STRIDE ? "" : "if (--left <= 0 && enough()) break;"}
    const p = params${a}[j];
    ${careful ? `if (rehearse(${first} + j)) ` : test}{
      ${careful ? "" : step}
      ${words.take}
      ${words.restore}
      fired++;
      ${moved}{
        ${words.batch}
        BK[n] = ${first} + j;
        BP[n] = cur;
        n++;
        ${crowded ? full : ""}
      }
    }
  }
  fired${a} += fired;
  return n;
}`;
  return `const do${a} = E.do[${a}], when${a} = E.when[${a}], params${a} = E.params[${a}];` +
    version(true) + version(false);
}

function expand(plan: Plan, deadlock: boolean, careful: boolean): string {
  const { machine, N, words, batch, fan, crowded, chunk } = plan;
  const { top } = machine.layout;
  const version = careful ? "Careful" : "Fast";
  const fired = machine.actions.map((_, a) => `fired${a}`).join(" + ") || "0";
  const proper = machine.spec.ends === undefined ? "" : ' && !truth(ends(s), "it")';
  const stuck = `if (before === ${fired}${proper}) ` +
    `{ stop = ${STOP.violated}; claim = -1; parent = cur; return; }`;
  const acts = machine.actions.map(({ count }, a) =>
    `n = act${a}${version}(${words.pass}n);${
      crowded || count > STRIDE ? " if (stop !== 0) return;" : ""
    }`
  );
  // Instances of actions that do not look at the clock themselves.
  const few = machine.actions.reduce((sum, { count }) => sum + (count <= STRIDE ? count : 1), 0);
  const room = crowded ? "" : `
    if (n > ${batch - fan}) {
      pending = n;
      flush();
      n = 0;
      if (stop !== 0) return;
    }`;
  return `
function expand${version}(todo) {
  let n = pending;
  for (; todo > 0; todo--) {
    if (readAt === ${chunk}) nextRead();
    ${words.load}
    ${words.restore}
    W[${top}] = ${top + 1};
    readAt += ${N};
    ${deadlock ? `const before = ${fired};` : ""}
    if ((left -= ${few}) <= 0 && enough()) return;
    ${acts.join("\n    ")}
    if (${words.changed}) throw meddled;
    ${deadlock ? stuck : ""}
    if (${words.changed}) { impure = "ends"; stop = ${STOP.violated}; return; }
    cur++;${room}
  }
  pending = n;
}`;
}

function members({ machine, N, words }: Plan): string {
  return `
return {
  seed(initial) {
    for (let x = 0; x < initial.length; x++) {
      const n = 0;
      for (let y = 0; y < ${N}; y++) W[y] = initial[x][y];
      ${words.take}
      ${words.batch}
      BK[0] = 0;
      BP[0] = -1 - x;
      pending = 1;
      flush();
      if (stop !== 0) return;
    }
  },
  expand(todo, careful) { if (careful) expandCareful(todo); else expandFast(todo); },
  flush,
  found() {
    ${machine.actions.map((_, a) => `fired[${a}] = fired${a};`).join(" ")}
    if (claiming) { parent = BP[at]; stepTo = BK[at]; }
    return {
      stop, count, next: cur, outside, claim, claiming, parent, step: stepTo, impure,
    };
  },
  parentOf(state) { return parents[Math.floor(state / ${PARENTS})][state & ${PARENTS - 1}]; },
  stepOf(state) { return steps[Math.floor(state / ${PARENTS})][state & ${PARENTS - 1}]; },
  fired, fresh, witness,
};`;
}

/** Whether a guard is an arrow function of the state alone: it is asked once for all parameters. */
function takesStateOnly(when: unknown): boolean {
  return typeof when === "function" && when.length === 1 &&
    /^(\(\s*[\w$]+\s*\)|[\w$]+)\s*=>/.test(Function.prototype.toString.call(when));
}
