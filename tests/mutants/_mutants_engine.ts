/**
 * What weakens the language of specs and `validate`: what a value is, which step an event is, what a limit ends,
 * and what is shown of it.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const answers = "model/engine/language/answers.ts";
const names = "model/engine/language/names.ts";
const errors = "model/engine/language/errors.ts";
const runtime = "model/engine/language/_view_runtime.ts";
const view = "model/engine/language/view.ts";
const machine = "model/engine/search/machine.ts";
const memory = "model/engine/search/memory.ts";
const search = "model/engine/search/search.ts";
const trace = "model/engine/search/trace.ts";
const watch = "model/engine/search/watch.ts";
const conform = "model/engine/play/conform.ts";
const play = "model/engine/play/play.ts";
const validate = "model/engine/play/validate.ts";

const views = "tests/model/engine/language/view_test.ts";
const checks = "tests/model/engine/search/check_test.ts";
const replays = "tests/model/engine/search/replay_test.ts";
const watches = "tests/model/engine/search/watch_test.ts";
const bindings = "tests/model/engine/play/binding_test.ts";
const conforms = "tests/model/engine/play/conform_test.ts";
const validates = "tests/model/engine/play/validate_test.ts";
const command = "tests/model/cli_test.ts";
const same = [validates, "validate() takes answers for the same part by part"] as const;
const like = [validates, "validate() tells values apart that look alike"] as const;
const order = [validates, "validate() takes parameters in any order"] as const;
const stopped = [validates, "validate() that is stopped says by what"] as const;
const keys = [views, "the keys of a struct's view"] as const;
const again = [views, "views that were taken out in earlier steps"] as const;
const slow = [checks, "a limit on time ends a search"] as const;
const odd = [command, "what a terminal would obey"] as const;

/** Weaknesses of the language and of `validate`. */
export const engineMutants: readonly CheckerMutant[] = [
  // ------------------------------------------------------------------- what is the same value
  {
    weakness: "0 and -0 are two values",
    file: answers,
    line: "if (a === b || (a !== a && b !== b)) return true;",
    becomes: "if (Object.is(a, b)) return true;",
    noticed: same,
  },
  {
    weakness: "answers are the same if they are one object",
    file: answers,
    line: "return alike(a, b, []);",
    becomes: "return Object.is(a, b);",
    noticed: same,
  },
  {
    weakness: "a member that is undefined is one that is missing",
    file: answers,
    line: "return names.length === namesOf(b).length &&",
    becomes: "return names.length >= 0 &&",
    noticed: same,
  },
  {
    weakness: "objects of different classes are the same",
    file: answers,
    line: "if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;",
    becomes: "",
    noticed: same,
  },
  {
    weakness: "sets are the same if they have as many parts",
    file: answers,
    line: "return a.size === b.size && some.every((part) => b.has(part)) &&",
    becomes: "return a.size === b.size &&",
    noticed: same,
  },
  {
    weakness: "maps are the same if they have the same keys",
    file: answers,
    line: "some.every(([key, value]) => b.has(key) && alike(value, b.get(key), inside)) &&",
    becomes: "some.every(([key]) => b.has(key)) &&",
    noticed: same,
  },
  {
    weakness: "options may be of any kind",
    file: "model/engine/language/options.ts",
    line: 'if (value === undefined || typeof value === "boolean") continue;',
    becomes: "continue;",
    noticed: ["tests/model/engine/search/check_test.ts", "options that are none are refused"],
  },
  {
    weakness: "a state that no memory holds is begun all the same",
    file: "model/engine/language/layout.ts",
    line: "if (large > MOST_WORDS) {",
    becomes: "if (large > 2 ** 40) {",
    noticed: ["tests/model/engine/search/check_test.ts", "a spec whose state no memory holds"],
  },
  {
    weakness: "validate takes no notice of a word that is misspelt",
    file: validate,
    line: 'refuseUnknown(`Cannot validate ${place}`, event, ["action", "params", "answer"]);',
    becomes: ";",
    noticed: order,
  },
  {
    weakness: "validate compares answers by Object.is",
    file: validate,
    line:
      'if (event !== undefined && "answer" in event && !same(event.answer, answer)) return false;',
    becomes:
      'if (event !== undefined && "answer" in event && !Object.is(event.answer, answer)) return false;',
    noticed: same,
  },
  {
    weakness: "validate does not look at answers",
    file: validate,
    line:
      'if (event !== undefined && "answer" in event && !same(event.answer, answer)) return false;',
    becomes: "",
    noticed: like,
  },
  // ------------------------------------------------------------------------ which step it is
  {
    weakness: "steps are found by how their parameters print",
    file: machine,
    line: "places: new Map<unknown, number>(values.map((value, place) => [value, place])),",
    becomes:
      "places: { get: (wanted: unknown) => values.findIndex((value) => `${value}` === `${wanted}`) },",
    noticed: like,
  },
  {
    weakness: "parameters that there are not are no matter",
    file: machine,
    line: "if (Object.keys(wanted).length !== domains.length) return undefined;",
    becomes: "",
    noticed: order,
  },
  {
    weakness: "parameters count that an event has not itself",
    file: machine,
    line: "const place = Object.hasOwn(wanted, name) ? places.get(wanted[name]) : undefined;",
    becomes: "const place = places.get(wanted[name] ?? 2);",
    noticed: order,
  },
  {
    weakness: "labels print 1 and the string 1 alike",
    file: errors,
    line: "return other ? quoted(value) : nameOf(value);",
    becomes: "return nameOf(value);",
    noticed: like,
  },
  {
    weakness: "tokens take lone surrogates for one another",
    file: trace,
    line: "return name.startsWith('\"') || !name.isWellFormed() ? JSON.stringify(name) : name;",
    becomes: "return name.toWellFormed();",
    noticed: [replays, "names and values that no URL can hold"],
  },
  // -------------------------------------------------------------------------------- what throws
  {
    weakness: "what do throws leaves validate as it is",
    file: validate,
    line: 'throw faulty(machine, "Cannot validate", label, state, error);',
    becomes: "throw error;",
    noticed: [validates, "what a function of the spec throws in validate()"],
  },
  {
    weakness: "a promise of create is the real thing",
    file: play,
    line: 'mustBeThere(real, "create", "the real thing at once");',
    becomes: "",
    noticed: [bindings, "what a function of the binding promises"],
  },
  {
    weakness: "a view that is a generator shows what it would write",
    file: play,
    line: 'if (!promise && (name === "create" || !types.isGeneratorObject(returned))) return;',
    becomes: "if (!promise) return;",
    noticed: [bindings, "what a function of the binding promises"],
  },
  // ------------------------------------------------------------------------------------- views
  {
    weakness: "a view shows names of the engine",
    file: view,
    line: "#w = NW; #s = NS; #up = NU; #label = NL; #inside;",
    becomes: "#w = NW; #s = NS; #up = NU; #label = NL; #inside; $w = 0;",
    noticed: keys,
  },
  {
    weakness: "a view has no keys",
    file: runtime,
    line: 'if (shape.kind === "struct") {',
    becomes: 'if (shape.kind === "struct") return {};\n      if (false as boolean) {',
    noticed: keys,
  },
  {
    weakness: "a view that has left its place shows what is there now",
    file: view,
    line: "`    Object.defineProperties(this, own${placeless});\\n    this.$move(w, s);\\n`;",
    becomes: "`    this.$move(w, s);\\n`;",
    noticed: keys,
  },
  {
    weakness: "a table can be enumerated by for…in",
    file: runtime,
    line: 'if (shape.kind === "struct") return Reflect.ownKeys(target);',
    becomes: "return Reflect.ownKeys(target);",
    noticed: [views, "a table shows its keys"],
  },
  {
    weakness: "a view that is used again says where it was",
    file: view,
    line: "`    this.#up = up;\\n    this.#label = label;\\n    return this;\\n  }\\n`;",
    becomes: "`    return this;\\n  }\\n`;",
    noticed: again,
  },
  {
    weakness: "a view that is used again stands where it was",
    file: view,
    line: "`  $place(w, s, up, label) {\\n    this.$move(w - this.#w, s - this.#s);\\n` +",
    becomes: "`  $place(w, s, up, label) {\\n` +",
    noticed: again,
  },
  {
    weakness: "a view is used again in the step in which it was taken out",
    file: view,
    line: "if (at === ${top + 1}) while (gone.length > 0) gone.pop().$free();",
    becomes: "while (gone.length > 0) gone.pop().$free();",
    noticed: [views, "a view that was read stays what it was"],
  },
  // ------------------------------------------------------------------------------------ limits
  {
    weakness: "the clock is looked at by count",
    file: watch,
    line: "this.#steps = took > LOOK.ms",
    becomes: "this.#steps = (took, false)",
    noticed: [watches, "the clock is looked at by time"],
  },
  {
    weakness: "time is no limit",
    file: watch,
    line: 'if (now - this.#begin > maxSeconds * 1000) return this.#end("maxSeconds");',
    becomes: "",
    noticed: [watches, "the clock is looked at by time"],
  },
  {
    weakness: "nobody can stop a search",
    file: watch,
    line: 'if (this.#isTime("stop", now) && stop?.() === true) return this.#end("stopped");',
    becomes: "",
    noticed: stopped,
  },
  {
    weakness: "a full heap is no limit",
    file: watch,
    line: 'if (this.#isTime("heap", now) && memory.isHeapFull()) return this.#end("memory");',
    becomes: "",
    noticed: [watches, "a search ends before its host ends it"],
  },
  {
    weakness: "what others take of the memory is no limit",
    file: watch,
    line: 'if (this.#isTime("memory", now) && memory.isShort()) return this.#end("memory");',
    becomes: "",
    noticed: [watches, "a search ends before its host ends it"],
  },
  {
    weakness: "what a search may take is no limit",
    file: memory,
    line:
      'if (this.bytes + bytes > this.#most) throw new OutOfMemory("the search has taken all it may");',
    becomes: "",
    noticed: [checks, "a limit on memory makes a report incomplete"],
  },
  {
    weakness: "what a search begins with is limited",
    file: memory,
    line: "const array = new Kind(length);",
    becomes: "const array = this.array(Kind, length);",
    noticed: [checks, "a limit on memory makes a report incomplete"],
  },
  {
    weakness: "what the host has is not asked before it is taken",
    file: memory,
    line: 'if (this.#host.left() < bytes) throw new OutOfMemory("the host has no more");',
    becomes: "",
    noticed: [watches, "memory is taken only where"],
  },
  {
    weakness: "what is given back counts on",
    file: memory,
    line: "this.bytes -= array.byteLength;",
    becomes: "",
    noticed: [watches, "memory is taken only where"],
  },
  {
    weakness: "a slow guard is not looked at",
    file: search,
    line: "if ((left -= ${few}) <= 0 && enough()) return;",
    becomes: "",
    noticed: slow,
  },
  {
    weakness: "slow claims are not looked at",
    file: search,
    line: "if (stop !== 0 || (left -= i - first) <= 0 && enough()) return;",
    becomes: "if (stop !== 0) return;",
    noticed: slow,
  },
  {
    weakness: "the state that violates does not count",
    file: search,
    line: "const number = count++;",
    becomes: "const number = count;",
    noticed: [checks, "the state that violates counts"],
  },
  {
    weakness: "conform that was stopped is ok",
    file: conform,
    line: "const limit = player.mismatch === undefined ? watch.limit ?? null : null;",
    becomes: "const limit = null;",
    noticed: [conforms, "conform() that is stopped says by what"],
  },
  {
    weakness: "validate that was stopped is complete",
    file: validate,
    line: "const limit = order === null ? this.#watch.limit ?? null : null;",
    becomes: "const limit = null as Limit | null;",
    noticed: stopped,
  },
  // --------------------------------------------------------------------------- what is shown
  {
    weakness: "control characters reach the terminal",
    file: names,
    line: "return text.toWellFormed().replace(",
    becomes: 'return text.toWellFormed().replace(/^$/g, () => "").replace(/^$/,',
    noticed: odd,
  },
  {
    weakness: "the lines of a message look like ours",
    file: names,
    line: 'return plain.split("\\n").map(visible).join("\\n    ");',
    becomes: 'return plain.split("\\n").map(visible).join("\\n");',
    noticed: odd,
  },
  {
    weakness: "a number that is too long becomes another one",
    file: "model/_load.ts",
    line:
      "if (digitsOf(text) === digitsOf(value.toFixed(20)) || digitsOf(text) === digitsOf(`${value}`)) {",
    becomes: 'if (text !== "") {',
    noticed: [command, "check exits 2 with a sentence"],
  },
  {
    weakness: "Ctrl-C does not stop a search",
    file: "model/interrupt/interrupt.ts",
    line: "return Atomics.load(this.#state, 0) === STATE.stopped;",
    becomes: "return false;",
    noticed: [command, "Ctrl-C stops a search"],
  },
  {
    weakness: "what was not explored to its end is drawn",
    file: "model/cli.ts",
    line: 'if (outcomes.includes("incomplete")) {',
    becomes: 'if (outcomes.includes("unusable")) {',
    noticed: [command, "check --dot writes the state graph"],
  },
];
