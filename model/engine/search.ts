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
import type { Machine } from "./machine.ts";

/** Why the loop stopped. */
export const STOP = { running: 0, violated: 1, limit: 2 } as const;

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
  /** The instance (>= 0), claim (< 0: -1 - i) or "" that changed the state by looking at it. */
  readonly impure: string;
  /** Bytes allocated for the visited set, the queue and the parents: now, and at most. */
  readonly bytes: number;
  readonly peak: number;
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

/** How full the table gets, at most, before it is doubled. */
const LOAD = "0.85";
/** Successors that are looked up at a time. */
const BATCH = 1024;
/** States per chunk of the parents; a power of two. */
const PARENTS = 1 << 14;
/** Words per chunk of the queue, about. */
const QUEUE = 1 << 14;

/** Makes the loop of one machine. */
export function makeSearch(
  machine: Machine,
  options: { readonly hashed: boolean; readonly maxStates: number; readonly deadlock: boolean },
): Search {
  const { spec, instances, actions } = machine;
  const step = instances.length <= 0xff
    ? "Uint8Array"
    : instances.length <= 0xffff
    ? "Uint16Array"
    : "Int32Array";
  const source = generate(machine, options, step);
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
    },
  ) as Search;
}

/** Text for reading and writing whole states: word by word, or in loops where there are many. */
interface Words {
  /** Names the words of the state being expanded, taken from the queue. */
  readonly load: string;
  /** Makes the state being expanded the current one again. */
  readonly restore: string;
  /** Whether the current state differs from the one being expanded. */
  readonly changed: string;
  /** Parameters that carry the state being expanded to a function. */
  readonly pass: string;
  /** Names the words of the current state, and its key and hash. */
  readonly take: string;
  /** Whether those differ from the state being expanded. */
  readonly moved: string;
  /** Puts them into the batch at `n`. */
  readonly batch: string;
  /** Names the words of batch entry `i`. */
  readonly fromBatch: string;
  /** Makes batch entry `i` the current state. */
  readonly show: string;
  /** Whether the current state differs from batch entry `i`. */
  readonly touched: string;
  /** Appends batch entry `i` to the queue. */
  readonly queue: string;
}

function generate(
  machine: Machine,
  options: { readonly hashed: boolean; readonly deadlock: boolean },
  step: string,
): string {
  const { spec, wordCount: N, actions, instances } = machine;
  const K = options.hashed ? 2 : N;
  const fan = instances.length;
  const batch = Math.max(BATCH, 2 * fan);
  const chunk = Math.max(1, Math.floor(QUEUE / N)) * N;
  const list = (count: number) => Array.from({ length: count }, (_, index) => index);
  const words = N <= EXACT_WORDS ? unrolled(N, options.hashed) : looped(N);
  const keys = list(K);
  // The word that is never zero is compared first: it tells an empty slot as well.
  const mark = options.hashed ? 0 : machine.layout.mark.word;
  const same = keys.filter((x) => x !== mark).map((x) => ` && T_[h${plus(x)}] === k${x}`).join("");
  const takeKeys = options.hashed
    ? keys.map((x) => `k${x} = BX[i * 2${plus(x)}]`).join(", ")
    : keys.map((x) => `k${x} = BW[i * ${N}${plus(x)}]`).join(", ");
  const claims =
    spec.always.map((_, x) =>
      `      claim = ${x};\n      if (!always${x}(s)) return violated(i);\n`
    ).join("") + spec.sometimes.map((_, x) =>
      `      if (witness[${x}] < 0) { claim = ${
        spec.always.length + x
      }; if (sometimes${x}(s)) witness[${x}] = AT; }\n`
    ).join("");
  const judge = (at: string) =>
    claims === ""
      ? ""
      : `      ${words.show}\n      claiming = true; at = i;\n${claims.replaceAll("AT", at)}` +
        `      claiming = false;\n      if (count < 512 && (${words.touched})) { impure = String(-1 - claim); violated(i); return; }\n`;
  const functions = list(actions.length).map((a) => {
    const action = spec.actions[a];
    return `const do${a} = E.do[${a}], when${a} = E.when[${a}], params${a} = E.params[${a}];\n` +
      [true, false].map((careful) => `
function act${a}${careful ? "careful" : ""}(${words.pass}n) {
  let fired = 0;
  for (let j = 0; j < ${actions[a]?.count ?? 0}; j++) {
    const p = params${a}[j];
    ${action?.when === undefined ? "" : `if (when${a}(s, p)) `}{
      ${
        careful
          ? `if (${words.changed}) { impure = String(${
            actions[a]?.first ?? 0
          } + j); stop = 1; return n; }`
          : ""
      }
      do${a}(s, p);
      ${words.take}
      ${words.restore}
      fired++;
      ${spec.within === undefined ? `if (${words.moved}) ` : ""}{
        ${words.batch}
        BK[n] = ${actions[a]?.first ?? 0} + j;
        BP[n] = cur;
        n++;
      }
    }
    ${
        careful
          ? `if (${words.changed}) { impure = String(${
            actions[a]?.first ?? 0
          } + j); stop = 1; return n; }`
          : ""
      }
  }
  fired${a} += fired;
  return n;
}`).join("\n");
  }).join("\n");
  const deadlock = !options.deadlock
    ? ""
    : `if (before === ${list(actions.length).map((a) => `fired${a}`).join(" + ") || "0"}${
      spec.ends === undefined ? "" : ` && !E.ends(s)`
    }) { stop = 1; claim = -1; parent = cur; pending = n; return; }`;

  const expand = (careful: boolean) => `
function expand${careful ? "Careful" : "Fast"}(todo) {
  let n = pending;
  for (; todo > 0; todo--) {
    if (readAt === ${chunk}) nextRead();
    ${words.load}
    ${words.restore}
    readAt += ${N};
    ${
    deadlock === ""
      ? ""
      : `const before = ${list(actions.length).map((a) => `fired${a}`).join(" + ") || "0"};`
  }
    ${
    list(actions.length).map((a) =>
      `n = act${a}${careful ? "careful" : ""}(${words.pass}n);${
        careful ? " if (stop !== 0) return;" : ""
      }`
    ).join("\n    ")
  }
    ${deadlock}
    ${careful ? `if (${words.changed}) { impure = "ends"; stop = 1; return; }` : ""}
    cur++;
    if (n > ${batch - fan}) {
      pending = n;
      flush();
      n = 0;
      if (stop !== 0) return;
    }
  }
  pending = n;
}`;

  return `"use strict";
${spec.always.map((_, x) => `const always${x} = E.always[${x}];`).join("\n")}
${spec.sometimes.map((_, x) => `const sometimes${x} = E.sometimes[${x}];`).join("\n")}
${actions.map((_, x) => `let fired${x} = 0;`).join("\n")}
const within = E.within, maxStates = E.maxStates;
const fired = new Float64Array(${actions.length});
const fresh = new Float64Array(${fan});
const witness = new Float64Array(${spec.sometimes.length}).fill(-1);
const BW = new Int32Array(${
    batch * N
  }), BH = new Int32Array(${batch}), BP = new Int32Array(${batch});
const BK = new Int32Array(${batch}), BX = new Int32Array(${options.hashed ? batch * 2 : 0});
const C = new Int32Array(${N});
let T = new Int32Array(${1024 * K}), shift = 22, most = 1024 * LOAD, sink = 0;
let count = 0, cur = 0, outside = 0, pending = 0;
let stop = 0, claim = 0, claiming = false, at = 0, parent = 0, stepTo = 0, impure = "";
let bytes = T.byteLength, peak = bytes;
const own = (array) => { bytes += array.byteLength; if (bytes > peak) peak = bytes; return array; };

const queue = [own(new Int32Array(${chunk}))], spare = [];
let RC = queue[0], WC = queue[0], readAt = 0, writeAt = 0;
function nextRead() { spare.push(queue.shift()); RC = queue[0]; readAt = 0; }
function nextWrite() {
  WC = spare.length > 0 ? spare.pop() : own(new Int32Array(${chunk}));
  queue.push(WC);
  writeAt = 0;
}

const parents = [], steps = [];
let PC = null, SC = null;
function nextParents() {
  parents.push(PC = own(new Int32Array(${PARENTS})));
  steps.push(SC = own(new ${step}(${PARENTS})));
}

function grow() {
  const old = T, next = own(new Int32Array(old.length * 2));
  T = next;
  shift--;
  const end = next.length;
  most = end / ${K} * LOAD;
  for (let i = 0; i < old.length; i += ${K}) {
    if (old[i${plus(mark)}] === 0) continue;
    ${
    options.hashed
      ? "const hash = old[i + 1];"
      : `${list(N).map((x) => `const b${x} = old[i${plus(x)}];`).join(" ")} ${hashOf(N)}`
  }
    let h = (hash >>> shift) * ${K};
    while (next[h${plus(mark)}] !== 0) { h += ${K}; if (h === end) h = 0; }
    ${keys.map((x) => `next[h${plus(x)}] = old[i${plus(x)}];`).join(" ")}
  }
  bytes -= old.byteLength;
}

function violated(i) {
  stop = 1;
  claiming = false;
  parent = BP[i];
  stepTo = BK[i];
}

function flush() {
  const n = pending;
  pending = 0;
  while (count + n > most) grow();
  touch(n);
  lookup(n);
}

function touch(n) {
  const table = T;
  let acc = 0;
  for (let i = 0; i < n; i++) acc ^= table[(BH[i] >>> shift) * ${K}];
  sink = acc;
}

function lookup(n) {
  const T_ = T, end = T_.length;
  for (let i = 0; i < n; i++) {
    ${
    spec.within === undefined ? "" : `${words.show}
    claiming = true; at = i; claim = ${spec.always.length + spec.sometimes.length};
    const inside = within(s);
    claiming = false;
    if (!inside) {
      outside++;
${judge("-1").replaceAll(/if \(witness[^\n]*\n/g, "\n")}
      continue;
    }`
  }
    const ${takeKeys};
    let h = (BH[i] >>> shift) * ${K};
    for (;;) {
      const t = T_[h${plus(mark)}];
      if (t === k${mark}${same}) break;
      if (t === 0) { if (add(i, h, ${keys.map((x) => `k${x}`).join(", ")})) return; break; }
      h += ${K};
      if (h === end) h = 0;
    }
  }
}

function add(i, h, ${keys.map((x) => `k${x}`).join(", ")}) {
  if (count === maxStates) { stop = 2; return true; }
  ${keys.map((x) => `T[h${plus(x)}] = k${x};`).join(" ")}
  if (BP[i] >= 0) fresh[BK[i]]++;
  ${claims === "" ? "" : "judge(i); if (stop !== 0) return true;"}
  const slot = count & ${PARENTS - 1};
  if (slot === 0) nextParents();
  PC[slot] = BP[i];
  SC[slot] = BK[i];
  if (writeAt === ${chunk}) nextWrite();
  ${words.queue}
  writeAt += ${N};
  count++;
  return false;
}

function judge(i) {
${judge("count")}
}
${functions}
${expand(true)}
${expand(false)}

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
    ${actions.map((_, x) => `fired[${x}] = fired${x};`).join(" ")}
    if (claiming) { parent = BP[at]; stepTo = BK[at]; }
    return { stop, count, next: cur, outside, claim, claiming, parent, step: stepTo, impure, bytes, peak };
  },
  parentOf(state) { return parents[Math.floor(state / ${PARENTS})][state & ${PARENTS - 1}]; },
  stepOf(state) { return steps[Math.floor(state / ${PARENTS})][state & ${PARENTS - 1}]; },
  fired, fresh, witness,
};`.replaceAll("LOAD", LOAD);
}

function plus(x: number): string {
  return x === 0 ? "" : ` + ${x}`;
}

/** Names `hash`, of the words b0, b1, …; its high bits are the home slot. */
function hashOf(count: number): string {
  let text = "let hash = Math.imul(b0, 0x9e3779b1); hash ^= hash >>> 15;";
  for (let x = 1; x < count; x++) {
    text += ` hash = Math.imul(hash ^ b${x}, ${
      CONSTANTS[x % CONSTANTS.length]
    }); hash ^= hash >>> 15;`;
  }
  return `${text} hash = Math.imul(hash, 0x2c1b3c6d); hash ^= hash >>> 12; hash = Math.imul(hash, 0x297a2d39);`;
}

const CONSTANTS = ["0x9e3779b1", "0x85ebca77", "0xc2b2ae3d", "0x27d4eb2f"];

/** Mixes one word into the two halves of a 64-bit hash, as MurmurHash3 does. */
function mix(word: string): string {
  return `{ let k = Math.imul(${word}, 0xcc9e2d51); k = k << 15 | k >>> 17; x0 ^= Math.imul(k, 0x1b873593); ` +
    `x0 = x0 << 13 | x0 >>> 19; x0 = Math.imul(x0, 5) + 0xe6546b64 | 0; ` +
    `k = Math.imul(${word}, 0x239b961b); k = k << 16 | k >>> 16; x1 ^= Math.imul(k, 0xab0e9789); ` +
    `x1 = (x1 << 17 | x1 >>> 15) + x0 | 0; x1 = Math.imul(x1, 5) + 0x561ccd1b | 0; }`;
}

const FINISH =
  ["x0", "x1"].map((x) =>
    `${x} ^= ${x} >>> 16; ${x} = Math.imul(${x}, 0x85ebca6b); ${x} ^= ${x} >>> 13; ` +
    `${x} = Math.imul(${x}, 0xc2b2ae35); ${x} ^= ${x} >>> 16;`
  ).join(" ") + " x0 = x0 + x1 | 0; x1 = x1 + x0 | 0; if (x0 === 0) x0 = 1; const hash = x1;";

const KEEP = " BX[n * 2] = x0; BX[n * 2 + 1] = x1;";

function unrolled(N: number, hashed: boolean): Words {
  const all = Array.from({ length: N }, (_, index) => index);
  const each = (text: (x: number) => string) => all.map(text).join(" ");
  const hash = hashed
    ? `let x0 = 0x9747b28c, x1 = 0x2f0b4f5d; ${each((x) => mix(`b${x}`))} ${FINISH}`
    : hashOf(N);
  return {
    load: each((x) => `const c${x} = RC[readAt${plus(x)}];`),
    restore: each((x) => `W[${x}] = c${x};`),
    changed: all.map((x) => `W[${x}] !== c${x}`).join(" || "),
    pass: all.map((x) => `c${x}, `).join(""),
    take: each((x) => `const b${x} = W[${x}];`),
    moved: all.map((x) => `b${x} !== c${x}`).join(" || "),
    batch: `${hash} ${each((x) => `BW[n * ${N}${plus(x)}] = b${x};`)} BH[n] = hash;${
      hashed ? KEEP : ""
    }`,
    fromBatch: "",
    show: each((x) => `W[${x}] = BW[i * ${N}${plus(x)}];`),
    touched: all.map((x) => `W[${x}] !== BW[i * ${N}${plus(x)}]`).join(" || "),
    queue: each((x) => `WC[writeAt${plus(x)}] = BW[i * ${N}${plus(x)}];`),
  };
}

function looped(N: number): Words {
  const loop = (body: string) => `for (let x = 0; x < ${N}; x++) ${body}`;
  const differs = (other: string) =>
    `(() => { ${loop(`if (W[x] !== ${other}) return true;`)} return false; })()`;
  return {
    load: loop("C[x] = RC[readAt + x];"),
    restore: loop("W[x] = C[x];"),
    changed: differs("C[x]"),
    pass: "",
    take: `let moved = false, x0 = 0x9747b28c, x1 = 0x2f0b4f5d; ` +
      loop(`{ const b = W[x]; if (b !== C[x]) moved = true; BW[n * ${N} + x] = b; ${mix("b")} }`),
    moved: "moved",
    batch: `${FINISH} BH[n] = hash;${KEEP}`,
    fromBatch: "",
    show: loop(`W[x] = BW[i * ${N} + x];`),
    touched: differs(`BW[i * ${N} + x]`),
    queue: loop(`WC[writeAt + x] = BW[i * ${N} + x];`),
  };
}
