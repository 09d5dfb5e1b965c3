/**
 * What weakens `check`, `conform` and `wander`: the search through a spec, and what the running code is
 * compared by.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const check = "model/engine/search/check.ts";
const graph = "model/engine/search/graph.ts";
const machine = "model/engine/search/machine.ts";
const rehearsal = "model/engine/search/rehearsal.ts";
const search = "model/engine/search/search.ts";
const index = "model/engine/search/state_index.ts";
const pieces = "tests/model/engine/search/state_index_test.ts";
const trace = "model/engine/search/trace.ts";
const words = "model/engine/search/_search_words.ts";
const conform = "model/engine/play/conform.ts";
const follow = "model/engine/play/follow.ts";
const observe = "model/engine/play/observe.ts";
const play = "model/engine/play/play.ts";
const wander = "model/engine/play/wander.ts";

const checks = "tests/model/engine/search/check_test.ts";
const graphs = "tests/model/engine/search/search_test.ts";
const replays = "tests/model/engine/search/replay_test.ts";
const faults = "tests/model/faults_test.ts";
const conforms = "tests/model/engine/play/conform_test.ts";
const bindings = "tests/model/engine/play/binding_test.ts";
const observes = "tests/model/engine/play/observe_test.ts";
const wanders = "tests/model/engine/play/wander_test.ts";
const naive = [graphs, "check() finds in random graphs"] as const;
const bad = [graphs, "check() finds the bad node"] as const;
const impure = [faults, "a step or a guard that depends on more"] as const;

/** Weaknesses of `check`, `conform` and `wander`. */
export const searchMutants: readonly CheckerMutant[] = [
  // ------------------------------------------------------------------ which states are the same
  {
    weakness: "states of which half the words are the same are one",
    file: index,
    line: "for (let i = 0; i < this.wordCount; i++) {",
    becomes: "for (let i = 0; i < this.wordCount >> 1; i++) {",
    noticed: ["tests/model/interleave/reduction_test.ts", "any programs: the same endings"],
  },
  {
    weakness: "states of the same hash are one",
    file: index,
    line: "if (this.#same(id, state)) return id;",
    becomes: "return id;",
    noticed: ["tests/model/interleave/reduction_test.ts", "any programs: the same endings"],
  },
  {
    weakness: "the last state is lost when the table grows",
    file: index,
    line: "for (let id = 0; id <= this.size; id++) {",
    becomes: "for (let id = 0; id < this.size; id++) {",
    noticed: ["tests/model/interleave/interleave_test.ts", "where memory runs out"],
  },
  {
    weakness: "of a key, one word is compared",
    file: search,
    line:
      "const others = keys.filter((x) => x !== mark).map((x) => ` && slots[h${plus(x)}] === k${x}`);",
    becomes: "const others: string[] = [];",
    noticed: [checks, "states that differ in any one word"],
  },
  {
    weakness: "of a wide state, half the words are hashed",
    file: words,
    line:
      'loop(`{ const b = W[x]; if (b !== C[x]) moved = true; BW[n * ${N} + x] = b; ${mix("b")} }`),',
    becomes:
      'loop(`{ const b = W[x]; if (b !== C[x]) moved = true; BW[n * ${N} + x] = b; if (x < ${N >> 1}) ${mix("b")} }`),',
    noticed: [checks, "states that differ in any one word"],
  },
  // ------------------------------------------------------------------------- what is explored
  {
    weakness: "only the first initial state is explored",
    file: search,
    line: "for (let x = 0; x < initial.length; x++) {",
    becomes: "for (let x = 0; x < 1; x++) {",
    noticed: naive,
  },
  {
    weakness: "the last choice of parameters is left out",
    file: search,
    line: "for (let j = 0; j < ${count}; j++) {",
    becomes: "for (let j = 0; j < ${Math.max(1, count - 1)}; j++) {",
    noticed: naive,
  },
  {
    weakness: "the last action is left out",
    file: search,
    line: '${acts.join("\\n    ")}',
    becomes: '${acts.slice(0, Math.max(1, acts.length - 1)).join("\\n    ")}',
    noticed: [checks, "check() finds the states, steps and levels"],
  },
  {
    weakness: "the levels are one more than there are",
    file: check,
    line: "depth: exploration.depth,",
    becomes: "depth: exploration.depth + 1,",
    noticed: naive,
  },
  {
    weakness: "the calls that are forbidden are not known",
    file: graph,
    line: "if (code !== undefined) refusals.add(k, code, id);",
    becomes: "if (code === null) refusals.add(k, code, id);",
    noticed: [conforms, "conform() accepts code that does what the model says"],
  },
  {
    weakness: "a state beyond the limit is left out in silence",
    file: graph,
    line: "if (target < 0) {",
    becomes: "if (target < 0) { continue;",
    noticed: [conforms, "conform() that stops at its limit"],
  },
  // --------------------------------------------------------------------- what is asked of states
  {
    weakness: "claims are asked of every other state",
    file: search,
    line: "function judge(i, number) {${judge}",
    becomes: "function judge(i, number) { if (number % 2 === 1) return; ${judge}",
    noticed: bad,
  },
  {
    weakness: "states outside the bound are not judged",
    file: search,
    line: "judge(i, -1);",
    becomes: "",
    noticed: [checks, "within bounds the search"],
  },
  {
    weakness: "a state without a step is no matter",
    file: search,
    line: '${deadlock ? stuck : ""}',
    becomes: "",
    noticed: [graphs, "check() finds a dead end"],
  },
  {
    weakness: "what should happen is taken to have happened",
    file: search,
    line: '`if (truth(sometimes${x}(s), "it")) witness[${x}] = number; }`',
    becomes: '`truth(sometimes${x}(s), "it"); witness[${x}] = number; }`',
    noticed: [checks, "sometimes is violated where no state shows it"],
  },
  {
    weakness: "the claim that is false is named as the first one",
    file: search,
    line: '`claim = ${x}; r = always${x}(s); if (r !== true && !truth(r, "it")) return wrong(i);`',
    becomes: '`claim = 0; r = always${x}(s); if (r !== true && !truth(r, "it")) return wrong(i);`',
    noticed: [checks, "the claim that fails is named"],
  },
  {
    weakness: "of several texts, the first one alone chooses claims",
    file: check,
    line: "texts.some((text) => sentence.includes(text));",
    becomes: "sentence.includes(texts[0]!);",
    noticed: [checks, "claims are chosen by their texts"],
  },
  {
    weakness: "a text that no claim has is passed over",
    file: check,
    line:
      "if ([...always, ...sometimes].some(({ sentence }) => sentence.includes(text))) continue;",
    becomes: "continue;",
    noticed: [checks, "claims are chosen by their texts"],
  },
  {
    weakness: "what never happens is not told",
    file: check,
    line: "? missing(facts)",
    becomes: "? null",
    noticed: [checks, "sometimes is violated where no state shows it"],
  },
  {
    weakness: "an action that is never made is not told",
    file: check,
    line: "const never = coverage.filter((action) => action.fired === 0);",
    becomes: "const never = coverage.filter((action) => action.fired < 0);",
    noticed: [checks, "an action that is never enabled is warned of"],
  },
  {
    weakness: "a search that was cut short holds",
    file: check,
    line: "if (limit === undefined) {",
    becomes: "if (limit !== null) {",
    noticed: [checks, "a limit on states makes a report incomplete"],
  },
  {
    weakness: "a step that does something else the second time is not told",
    file: rehearsal,
    line: "if (differs(once)) {",
    becomes: "if (false) {",
    noticed: impure,
  },
  {
    weakness: "a step that answers something else the second time is not told",
    file: rehearsal,
    line: 'if (!same(answer, again)) throw changed("do", answer, again);',
    becomes: ";",
    noticed: impure,
  },
  {
    weakness: "a guard that changes the state is not told",
    file: machine,
    line: "if (words[index] !== looked[index]) throw ImpureError.meddling(word, labelAt(k), k);",
    becomes: ";",
    noticed: [faults, "a guard or a claim that changes the state is found out"],
  },
  {
    weakness: "a token may make steps that are not enabled",
    file: trace,
    line: "if (!enabled) {",
    becomes: "if (false) {",
    noticed: [replays, "a token that does not fit"],
  },
  // ------------------------------------------------------- what the running code is compared by
  {
    weakness: "answers are not compared",
    file: play,
    line: "if (!same(answer, expected)) {",
    becomes: "if (false) {",
    noticed: [conforms, "conform() reports a wrong answer"],
  },
  {
    weakness: "the code of an error is not compared",
    file: play,
    line: "if (code !== expected) {",
    becomes: "if (code === undefined) {",
    noticed: [conforms, "conform() reports a forbidden call that is refused for another reason"],
  },
  {
    weakness: "what comes of a call that is forbidden is not compared",
    file: play,
    line: "this.refused++;",
    becomes: "this.refused++; this.#made.pop(); return;",
    noticed: [conforms, "conform() reports a forbidden call that is accepted"],
  },
  {
    weakness: "what a forbidden call has changed is not compared",
    file: play,
    line: "// It has changed nothing: no part of the way to a later mismatch.",
    becomes: "this.mismatch = undefined;",
    noticed: [conforms, "conform() sees what a refused call changes"],
  },
  {
    weakness: "an allowed call may be refused",
    file: play,
    line:
      'return this.#fail("threw", `the call must be accepted, it threw ${text(outcome.threw)}`);',
    becomes: ";",
    noticed: [conforms, "conform() reports an allowed call that is refused"],
  },
  {
    weakness: "half of the words of a state are compared",
    file: play,
    line: "for (let i = 0; i < words.length; i++) {",
    becomes: "for (let i = 0; i < words.length >> 1; i++) {",
    noticed: [conforms, "conform() reports a state that is not the model's"],
  },
  {
    weakness: "of a state of several words, the first is compared",
    file: play,
    line: "for (let i = 0; i < words.length; i++) {",
    becomes: "for (let i = 0; i < 1; i++) {",
    noticed: [conforms, "every word of a wide state is compared"],
  },
  {
    weakness: "of a state of several words, the last is not compared",
    file: play,
    line: "for (let i = 0; i < words.length; i++) {",
    becomes: "for (let i = 0; i < Math.max(1, words.length - 1); i++) {",
    noticed: [conforms, "every word of a wide state is compared"],
  },
  {
    weakness: "a view that writes what no state has is taken",
    file: play,
    line: "this.#machine.mustBeSound();",
    becomes: ";",
    noticed: [bindings, "a view that catches what it wrote outside the domain"],
  },
  {
    weakness: "a walk that was cut short is ok",
    file: conform,
    line: "ok: complete,",
    becomes: "ok: player.mismatch === undefined,",
    noticed: [conforms, "conform() that stops at its limit"],
  },
  {
    weakness: "a report of what does not conform throws nothing",
    file: conform,
    line: "if (report.ok) return;",
    becomes: "if (report !== null) return;",
    noticed: [conforms, "conform() reports a wrong answer"],
  },
  {
    weakness: "where a walk begins, nothing is looked at unless there is something to try",
    file: conform,
    line: "let first = id < initial;",
    becomes: "let first = false;",
    noticed: [conforms, "conform() looks at every initial state"],
  },
  {
    weakness: "the calls that are forbidden are not made",
    file: conform,
    line: "if (this.#refusalsLeft > 0) {",
    becomes: "if (this.#refusalsLeft > 0 && this.#refusalsLeft < 0) {",
    noticed: [conforms, "conform() reports a forbidden call that is accepted"],
  },
  {
    weakness: "the claims of the spec are not tested on a walk",
    file: follow,
    line:
      "if (this.#ask(show(sentence), () => truth(holds(machine.raw), show(sentence)))) continue;",
    becomes: "continue;",
    noticed: [wanders, "wander() reports a claim that the model breaks"],
  },
  {
    weakness: "a walk that fails is ok",
    file: wander,
    line: "ok: !details.failed && limit === null,",
    becomes: "ok: true,",
    noticed: [conforms, "wander() finds a wrong answer"],
  },
  {
    weakness: "walks on which nothing was compared are ok",
    file: wander,
    line: "if (mismatch === undefined && limit === null && replayed + refused === 0) {",
    becomes: "if (false) {",
    noticed: [wanders, "wander() refuses walks in which nothing was compared"],
  },
  {
    weakness: "a part of the state is shown if any other value of it is",
    file: observe,
    line: "if (others.every(shown)) part.shown++;",
    becomes: "if (others.some(shown)) part.shown++;",
    noticed: [observes, "partly names what a view shows less of"],
  },
  {
    weakness: "the order of a sequence need not be shown",
    file: observe,
    line: "if (list.length > 1) others.push([...list.slice(1), list[0]]);",
    becomes: ";",
    noticed: [
      "tests/model/conformance/hidden_test.ts",
      "readable: just what is said to be hidden",
    ],
  },
  {
    weakness: "a view that shows nothing is taken",
    file: observe,
    line: "if (any || answered) return { unobserved, partly };",
    becomes: "return { unobserved, partly };",
    noticed: [observes, "conform() refuses a binding that shows nothing"],
  },
  {
    weakness: "a state is looked for at the beginning of its piece",
    file: index,
    line: "return (id & this.#mask) * this.wordCount;",
    becomes: "return 0;",
    noticed: [pieces, "each state is found again"],
  },
  {
    weakness: "all states are in the first piece",
    file: index,
    line: "return this.#chunks[id >>> this.#shift]!;",
    becomes: "return this.#chunks[0]!;",
    noticed: [pieces, "each state is found again"],
  },
  {
    weakness: "states are copied as they grow",
    file: index,
    line: "this.#chunks.push(this.#memory.array(Int32Array, wordCount << this.#shift));",
    becomes:
      "this.#chunks.push(this.#memory.doubled(this.#memory.array(Int32Array, wordCount << this.#shift)));",
    noticed: [pieces, "where there is no room for another piece"],
  },
];
