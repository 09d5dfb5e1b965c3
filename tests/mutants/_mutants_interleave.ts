/**
 * What weakens `interleave`: the exploration of threads on shared memory.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const claim = "model/interleave/_claim.ts";
const effects = "model/interleave/_effects.ts";
const endless = "model/interleave/_endless.ts";
const history = "model/interleave/_history.ts";
const look = "model/interleave/_look.ts";
const machine = "model/interleave/_machine.ts";
const operations = "model/interleave/_operations.ts";
const persistent = "model/interleave/_persistent.ts";
const plan = "model/interleave/_plan.ts";
const replay = "model/interleave/replay.ts";
const retrace = "model/interleave/_retrace.ts";
const search = "model/interleave/_search.ts";
const touches = "model/interleave/_touches.ts";

const tests = "tests/model/interleave/interleave_test.ts";
const reduction = "tests/model/interleave/reduction_test.ts";
const pairs = [
  "tests/model/interleave/effects_test.ts",
  "each pair of operations on one word is a data race",
] as const;
const orders = [
  "tests/model/interleave/effects_test.ts",
  "each pair has the same ends in all orders",
] as const;
const endlessTests = "tests/model/interleave/endless_test.ts";
const conversion = "tests/model/interleave/conversion_test.ts";
const sameEnds = [reduction, "any programs: the same endings"] as const;
const sameVerdicts = [reduction, "any programs: reduction keeps every verdict"] as const;
const overtaken = (how: string) =>
  [
    "tests/model/interleave/races_test.ts",
    `a compareExchange and a plain read, with a store between: ${how}`,
  ] as const;
const late = [reduction, "a thread that was tried in vain"] as const;

/** Weaknesses of `interleave`. */
export const interleaveMutants: readonly CheckerMutant[] = [
  // ------------------------------------------------------------------------------- data races
  {
    weakness: "notify reads the word",
    file: effects,
    line: 'notify: [QUEUES, "Atomics.notify: EnterCriticalSection; no event of memory"],',
    becomes: 'notify: [READS | QUEUES, ""],',
    noticed: pairs,
  },
  {
    weakness: "wait writes the word",
    file: effects,
    line:
      'wait: [READS | QUEUES, "DoWait: EnterCriticalSection, then GetValueFromBuffer, seq-cst"],',
    becomes: 'wait: [READS | WRITES | QUEUES, ""],',
    noticed: pairs,
  },
  {
    weakness: "wait does not read the word",
    file: effects,
    line:
      'wait: [READS | QUEUES, "DoWait: EnterCriticalSection, then GetValueFromBuffer, seq-cst"],',
    becomes: 'wait: [QUEUES, ""],',
    noticed: pairs,
  },
  {
    weakness: "wait and notify may be put off beside one another",
    file: effects,
    line:
      'wait: [READS | QUEUES, "DoWait: EnterCriticalSection, then GetValueFromBuffer, seq-cst"],',
    becomes: 'wait: [READS, ""],',
    noticed: orders,
  },
  {
    weakness: "a compareExchange that fails writes the word",
    file: effects,
    line: 'const FAILING = [READS, "AtomicCompareExchangeInSharedBlock, step 7"] as const;',
    becomes: 'const FAILING = [READS | WRITES, ""] as const;',
    noticed: pairs,
  },
  {
    weakness: "a compareExchange that fails does not read the word",
    file: effects,
    line: 'const FAILING = [READS, "AtomicCompareExchangeInSharedBlock, step 7"] as const;',
    becomes: 'const FAILING = [0, ""] as const;',
    noticed: pairs,
  },
  {
    weakness: "add only reads the word",
    file: effects,
    line: 'add: [READS | WRITES, "AtomicReadModifyWrite"],',
    becomes: 'add: [READS, ""],',
    noticed: pairs,
  },
  {
    weakness: "a plain write is as good as a store",
    file: effects,
    line: 'write: [WRITES | PLAIN, "TypedArraySetElement: SetValueInBuffer, unordered"],',
    becomes: 'write: [WRITES, ""],',
    noticed: pairs,
  },
  {
    weakness: "atomic operations race with one another",
    file: effects,
    line: "return ((one | other) & PLAIN) !== 0 && ((one | other) & WRITES) !== 0 &&",
    becomes: "return ((one | other) & WRITES) !== 0 &&",
    noticed: pairs,
  },
  {
    weakness: "plain reads race with one another",
    file: effects,
    line: "return ((one | other) & PLAIN) !== 0 && ((one | other) & WRITES) !== 0 &&",
    becomes: "return ((one | other) & PLAIN) !== 0 &&",
    noticed: pairs,
  },
  {
    weakness: "no race is reported",
    file: look,
    line: "if (!isRace(one, another)) continue;",
    becomes: "continue;",
    noticed: pairs,
  },
  {
    weakness: "races between neighbours alone are reported",
    file: look,
    line: "for (let u = t + 1; u < machine.n; u++) {",
    becomes: "for (let u = t + 1; u < machine.n && u < t + 2; u++) {",
    noticed: late,
  },
  // --------------------------------------------------------------------- what is asked of states
  {
    weakness: "only every other state is looked at",
    file: search,
    line: "const finding = this.#look.at(this.#to);",
    becomes: "const finding = id % 2 === 0 ? this.#look.at(this.#to) : null;",
    noticed: sameVerdicts,
  },
  {
    weakness: "nobody looks for threads that sleep for ever",
    file: look,
    line: "if (found !== null || !plan.deadlock || stuck === 0 || stuck + ended < n) return found;",
    becomes: "return found;",
    noticed: [tests, "one that forgets to notify"],
  },
  {
    weakness: "whoever has ended is taken for one that can go on",
    file: look,
    line: "if (found !== null || !plan.deadlock || stuck === 0 || stuck + ended < n) return found;",
    becomes: "if (found !== null || !plan.deadlock || stuck < n) return found;",
    noticed: [tests, "one that forgets to notify"],
  },
  {
    weakness: "claims about the end are not asked",
    file: look,
    line: "return ended ? this.#endsAt(state) : null;",
    becomes: "return null;",
    noticed: [tests, "spurious wake-ups and weak exchanges"],
  },
  {
    weakness: "of the claims about the end, only the first is asked",
    file: look,
    line: 'if (!answerOf(holds(state.slice(0, m)))) return isFalse("finally", sentence);',
    becomes: 'return answerOf(holds(state.slice(0, m))) ? null : isFalse("finally", sentence);',
    noticed: [tests, "each of several claims"],
  },
  {
    weakness: "the claim that is false loses its name",
    file: look,
    line: '} else if (!holds) return isFalse("always", claim.sentence);',
    becomes: '} else if (!holds) return isFalse("always", "");',
    noticed: [tests, "a mutex that does not look before it takes"],
  },
  {
    weakness: "what should happen is taken to have happened",
    file: look,
    line: "if (holds) this.asked = this.asked.filter((other) => other !== claim);",
    becomes: "this.asked = this.asked.filter((other) => other !== claim);",
    noticed: [tests, "waits: not equal, timed out"],
  },
  {
    weakness: "what never happens is not told",
    file: search,
    line: "const missed = complete ? this.#look.missed() : null;",
    becomes: "const missed = null as ReturnType<Look['missed']>;",
    noticed: [tests, "waits: not equal, timed out"],
  },
  {
    weakness: "a thread that has thrown is taken for one that has ended",
    file: look,
    line: "if (place.kind === FAILED) {",
    becomes: "if (place.kind === FAILED && false) {",
    noticed: [tests, "what a thread or a claim throws"],
  },
  {
    weakness: "a claim that throws is taken to hold",
    file: claim,
    line: "if (thrown !== undefined) throw thrown;",
    becomes: "if (thrown !== undefined) return true;",
    noticed: [tests, "what a thread or a claim throws"],
  },
  {
    weakness: "what is no answer is one",
    file: claim,
    line: 'if (typeof answer === "boolean") return answer;',
    becomes: "return Boolean(answer);",
    noticed: [tests, "what is no ordinary function"],
  },
  {
    weakness: "a claim is asked once, whatever the word that it reads is",
    file: claim,
    line: "found = found.next.get(state[found.index]!);",
    becomes: "found = [...found.next.values()][0];",
    noticed: [reduction, "what a claim can see is not put off"],
  },
  {
    weakness: "a claim that looks at the memory as a whole is taken for one that reads nothing",
    file: claim,
    line: "this.#note(whole ? [...this.reads.keys()] : read, looked);",
    becomes: "this.#note(read, looked);",
    noticed: sameVerdicts,
  },
  // ----------------------------------------------------------------------- which orders are tried
  {
    weakness: "whoever queues at a word is put off, whatever others do there",
    file: persistent,
    line: "if ((effect & QUEUES) !== 0 && touches.queues(place, index)) return true;",
    becomes: ";",
    noticed: orders,
  },
  {
    weakness: "who must be tried with those who must be tried is not",
    file: persistent,
    line: "if ((chosen & 1 << j) === 0 && this.#isTouched(k, j)) chosen |= 1 << j;",
    becomes: "if ((chosen & 1 << j) === 0 && this.#isTouched(t, j)) chosen |= 1 << j;",
    noticed: [reduction, "who must be tried with one"],
  },
  {
    weakness: "what a claim can see is put off",
    file: persistent,
    line: "if (chosen === able || this.#isSeen(chosen)) continue;",
    becomes: "if (chosen === able) continue;",
    noticed: [reduction, "what a claim can see is not put off"],
  },
  {
    weakness: "a claim that looks where the threads are is not heeded",
    file: persistent,
    line: "this.#look.asked.some((claim) => claim.looksAtThreads)",
    becomes: "false",
    noticed: [reduction, "where the threads are can be seen"],
  },
  {
    weakness: "whoever writes is put off though others read",
    file: persistent,
    line: "if ((effect & PLAIN) !== 0 || this.#alters(k)) return touches.accesses(place, index);",
    becomes: "if ((effect & PLAIN) !== 0 || this.#alters(k)) return touches.writes(place, index);",
    noticed: sameEnds,
  },
  {
    weakness: "whoever reads is put off though others write",
    file: persistent,
    line:
      "if ((effect & WRITES) === 0) return (effect & READS) !== 0 && touches.writes(place, index);",
    becomes: "if ((effect & WRITES) === 0) return false;",
    noticed: sameEnds,
  },
  {
    weakness: "whoever writes what is there is put off though others read it plainly",
    file: persistent,
    line: "return touches.writes(place, index) || touches.reads(place, index);",
    becomes: "return touches.writes(place, index);",
    noticed: ["tests/model/interleave/races_test.ts", "any programs: there is a data race"],
  },
  {
    weakness: "what a store has overtaken is not known",
    file: machine,
    line: "if (this.plan.growth.plain[index] === 1) this.#setRank(state, t, OVERTAKEN);",
    becomes: "if (this.plan.growth.plain[index] === 1) continue;",
    noticed: overtaken("the one that has stored reads"),
  },
  {
    weakness: "what a store has overtaken is known only if a plain access was known before",
    file: machine,
    line:
      "return this.overlooked.some((was, index) => was === 1 && this.plan.growth.plain[index] === 1);",
    becomes: "return false;",
    noticed: overtaken("the one that has stored reads"),
  },
  {
    weakness: "a store overtakes what would not have written",
    file: machine,
    line:
      "if (place.kind !== COMPARE_EXCHANGE || place.index !== index || place.a !== state[index]) {",
    becomes: "if (place.kind !== COMPARE_EXCHANGE || place.index !== index) {",
    noticed: overtaken("it could never have written"),
  },
  {
    weakness: "a store overtakes what is done to another word",
    file: machine,
    line:
      "if (place.kind !== COMPARE_EXCHANGE || place.index !== index || place.a !== state[index]) {",
    becomes: "if (place.kind !== COMPARE_EXCHANGE || place.a !== state[index]) {",
    noticed: overtaken("another word is stored to"),
  },
  {
    weakness: "what was overtaken is so for ever",
    file: machine,
    line: "if (this.isOvertaken(state, t)) this.#setRank(state, t, 0);",
    becomes: "if (this.isOvertaken(state, t)) this.overlooked[0] = 0;",
    noticed: overtaken("it was told of it, and not of one that never writes"),
  },
  {
    weakness: "what was overtaken writes nothing, for those who are put off",
    file: persistent,
    line: "const effect = this.#machine.effectOf(this.#state, k, mine, true);",
    becomes: "const effect = this.#machine.effectOf(this.#state, k, mine, false);",
    noticed: overtaken("it does something else before it reads"),
  },
  {
    weakness: "what was overtaken comes last in the trace",
    file: search,
    line: "if (is && !was) at = i;",
    becomes: "if (is || was) at = i;",
    noticed: ["tests/model/interleave/races_test.ts", "the trace to a race with what"],
  },
  {
    weakness: "a thread that sleeps is not tried, though its time may be over",
    file: machine,
    line: "return asleep && place.b === FOR_A_WHILE;",
    becomes: "return false;",
    noticed: [tests, "waits: not equal, timed out"],
  },
  {
    weakness: "of what may come of an operation, the last is not tried",
    file: search,
    line: "for (let choice = PLAINLY; choice <= WEAKLY; choice++) {",
    becomes: "for (let choice = PLAINLY; choice < WEAKLY; choice++) {",
    noticed: [tests, "spurious wake-ups and weak exchanges"],
  },
  {
    weakness: "what a thread does later on is known in the place before alone",
    file: touches,
    line: "if (from.origin !== null) this.#learn(from.origin, from, grown);",
    becomes: ";",
    noticed: sameVerdicts,
  },
  {
    weakness: "what a thread does later on is known by one way to it alone",
    file: touches,
    line: "else (place.more ??= []).push(origin);",
    becomes: ";",
    noticed: sameVerdicts,
  },
  {
    weakness: "that more is known of a thread is told nobody",
    file: touches,
    line: "this.#growth.places.add(before);",
    becomes: ";",
    noticed: late,
  },
  {
    weakness: "choices are not looked at again when more is known",
    file: search,
    line: "this.#chooseAgain();",
    becomes: ";",
    noticed: late,
  },
  {
    weakness: "choices are not looked at again when a claim has looked at more",
    file: search,
    line: "for (let id = 0; id < this.#next; id++) this.#try(id);",
    becomes: ";",
    noticed: [reduction, "what a claim can see is not put off"],
  },
  {
    weakness: "choices do not rely on the threads that they leave out",
    file: search,
    line: "if (tried === 0) this.#relyOnAll(id, ~chosen);",
    becomes: "if (tried === 0);",
    noticed: late,
  },
  // ------------------------------------------------------------------------------- what threads do
  {
    weakness: "whoever comes last to a word is woken first",
    file: machine,
    line: "this.#setRank(state, t, 1 + this.sleepersAt(state, index));",
    becomes:
      "for (let u = 0; u < this.n; u++) { const r = this.rank(state, u); if (r > 0 && this.placeOf(state, u).index === index) this.#setRank(state, u, r + 1); } this.#setRank(state, t, 1);",
    noticed: [tests, "who has slept longest"],
  },
  {
    weakness: "notify wakes all, whatever it was told",
    file: machine,
    line: "while (woken < count) {",
    becomes: "for (;;) {",
    noticed: [tests, "waits: not equal, timed out"],
  },
  {
    weakness: "a wait does not look at the word",
    file: machine,
    line: "if (state[index] !== place.a) result = NOT_EQUAL;",
    becomes: "if (false) result = NOT_EQUAL;",
    noticed: sameEnds,
  },
  {
    weakness: "a compareExchange compares nothing",
    file: operations,
    line: "if (old === a) words[index] = b;",
    becomes: "words[index] = b;",
    noticed: sameEnds,
  },
  {
    weakness: "a thread that does something else when it is run again is not told",
    file: history,
    line:
      "const same = known.kind === kind && known.index === index && known.a === a && known.b === b;",
    becomes: "const same = true;",
    noticed: [tests, "what a thread remembers from call to call"],
  },
  {
    weakness: "what a thread remembers in its local words is forgotten",
    file: history,
    line: 'const key = call >= this.#calls.length ? "done" : `${call} ${local.join()}`;',
    becomes: 'const key = call >= this.#calls.length ? "done" : `${call}`;',
    noticed: [tests, "what a thread remembers from call to call"],
  },
  {
    weakness: "a call may make one operation fewer than it may",
    file: history,
    line: "if (known.length < this.#most) return this.#place(start, parent, result, this.#asked);",
    becomes:
      "if (known.length + 1 < this.#most) return this.#place(start, parent, result, this.#asked);",
    noticed: [endlessTests, "a call may make just as many operations"],
  },
  {
    weakness: "a store answers what it was given",
    file: history,
    line: "return integer;",
    becomes: "return value;",
    noticed: [conversion, "what a store answers is an integer"],
  },
  {
    weakness: "a time that is no number is no time",
    file: history,
    line: "const milliseconds = +timeout!;",
    becomes: "const milliseconds = timeout ?? Infinity;",
    noticed: [conversion, "whatever they are given"],
  },
  {
    weakness: "any array is taken for the memory",
    file: history,
    line: "if (view !== this.#memory) {",
    becomes: "if (false) {",
    noticed: [conversion, "there is one memory"],
  },
  {
    weakness: "what looks like an index is one",
    file: history,
    line: "return `${index}` === key && Number.isInteger(index) && index >= 0 && index < words",
    becomes: "return Number.isInteger(index) && index >= 0 && index < words",
    noticed: [conversion, "there is one memory"],
  },
  // --------------------------------------------------------------------- limits, traces and tokens
  {
    weakness: "a loop without bound is looked for nowhere",
    file: endless,
    line: "if (plan.maxOperations > MOST || this.#made > LITTLE + operations) return undefined;",
    becomes: "return undefined;",
    noticed: [endlessTests, "what is less deep than a loop without bound"],
  },
  {
    weakness: "a loop without bound is told at once, whatever else there is",
    file: search,
    line: "states: 4 * id + LITTLE,",
    becomes: "states: id,",
    noticed: [endlessTests, "what is less deep than a loop without bound"],
  },
  {
    weakness: "a loop without bound is not told where a limit comes first",
    file: search,
    line: "const violation = this.#violation ?? this.#postponed?.violation ??",
    becomes: "const violation = this.#violation ??",
    noticed: [endlessTests, "what is less deep than a loop without bound"],
  },
  {
    weakness: "a token does not say how many operations a call may make",
    file: retrace,
    line: "return kind === FAILED && before === machine.plan.maxOperations;",
    becomes: "return kind === FAILED && before < 0;",
    noticed: [endlessTests, "the token of a call that goes on"],
  },
  {
    weakness: "a token makes steps that cannot be made",
    file: retrace,
    line: "if (t >= machine.n || !machine.can(from, t, choice)) return undefined;",
    becomes: "if (t >= machine.n) return undefined;",
    noticed: [tests, "what makes no sense is refused"],
  },
  {
    weakness: "a token of another name is taken",
    file: replay,
    line: "if (name !== encodeURIComponent(plan.name)) {",
    becomes: "if (false) {",
    noticed: [tests, "what makes no sense is refused"],
  },
  {
    weakness: "a search that was cut short is ok",
    file: search,
    line: "ok: complete && violation === null,",
    becomes: "ok: violation === null,",
    noticed: [tests, "a limit makes it incomplete"],
  },
  {
    weakness: "a search that was cut short says that it is complete",
    file: search,
    line: "const complete = this.#goesOn;",
    becomes: "const complete = this.#violation === null;",
    noticed: [tests, "a limit makes it incomplete"],
  },
  {
    weakness: "states beyond the limit are left out in silence",
    file: search,
    line: "if (id < 0) this.#watch.full();",
    becomes: ";",
    noticed: [tests, "a limit makes it incomplete"],
  },
  {
    weakness: "memory that cannot be had is no limit",
    file: search,
    line: "this.#watch.caught(error);",
    becomes: ";",
    noticed: [tests, "where memory runs out"],
  },
  {
    weakness: "where a limit comes first, nobody looks for what is near",
    file: search,
    line: "if (!limits.reduce || enough) return report;",
    becomes: "return report;",
    noticed: [tests, "where a limit comes first"],
  },
  {
    weakness: "a word that means nothing is passed over",
    file: plan,
    line: 'refuseUnknown("Cannot interleave", given, WORDS);',
    becomes: ";",
    noticed: [tests, "what makes no sense is refused"],
  },
  // ------------------------------------------------------------------------------- what is told
  {
    weakness: "the report of any word passes for a good one",
    file: "model/engine/language/reports.ts",
    line: "if (makers.some(is)) return;",
    becomes: 'if (makers.some(is) || is("check")) return;',
    noticed: ["tests/model/engine/language/reports_test.ts", "what throws unless a report is good"],
  },
  {
    weakness: "what happens again and again is told one by one",
    file: "model/reporters/interleaving.ts",
    line: "if (end - i > SAME) {",
    becomes: "if (end - i > Infinity) {",
    noticed: ["tests/model/engine/language/reports_test.ts", "what a thread does again and again"],
  },
  {
    weakness: "a token loses the last of the steps that are the same",
    file: machine,
    line: "for (let n = 0; n < Number(times); n++) steps.push(step);",
    becomes: "for (let n = Number(times) > 1 ? 1 : 0; n < Number(times); n++) steps.push(step);",
    noticed: [tests, "the token of a long way"],
  },
  {
    weakness: "all states have the first memory",
    file: search,
    line: "const memory = words[at]!;",
    becomes: "const memory = words[at]! * 0;",
    noticed: sameEnds,
  },
  {
    weakness: "states of different memories are one",
    file: search,
    line: "this.#packed[0] = this.#memories.add(this.#toMemory, Infinity);",
    becomes: "this.#packed[0] = this.#memories.add(this.#toMemory, Infinity) * 0;",
    noticed: sameEnds,
  },
];
