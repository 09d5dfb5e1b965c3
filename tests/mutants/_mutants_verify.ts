/**
 * What weakens `verify`: what it explores, what it makes of it, and how it exits.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const verify = "model/verify.ts";
const hidden = "model/conformance/hidden.ts";
const pairs = "model/conformance/pairs.ts";
const jobs = "model/verify/jobs.ts";
const pair = "model/verify/pair.ts";
const record = "model/verify/record.ts";
const run = "model/verify/run.ts";
const sources = "model/verify/sources.ts";
const text = "model/verify/text.ts";
const threads = "model/verify/threads.ts";

const tests = "tests/model/verify/verify_test.ts";
const pages = "tests/model/verify/page_test.ts";
const pairTests = "tests/model/verify/pair_test.ts";
const gateTests = "tests/gate/_tests.ts";
const testsOfTests = "tests/gate/tests_test.ts";
const runs = "tests/model/verify/run_test.ts";
const due = [tests, "verify --due explores what has changed"] as const;
const told = [tests, "whatever becomes of one, the others are told"] as const;
const known = [pages, "what is known to fail must fail"] as const;
const ok = [pairTests, "a pair is ok if the code conforms"] as const;

/** Weaknesses of `verify`. */
export const verifyMutants: readonly CheckerMutant[] = [
  // ------------------------------------------------------------------------------ how it exits
  {
    weakness: "the exit code knows the last verdict alone",
    file: verify,
    line: "if (!isAsExpected(job, verdict) || differs && !settings.write) good = false;",
    becomes: "good = isAsExpected(job, verdict) && (!differs || settings.write);",
    noticed: told,
  },
  {
    weakness: "the exit code knows no verdict",
    file: verify,
    line: "if (!isAsExpected(job, verdict) || differs && !settings.write) good = false;",
    becomes: ";",
    noticed: told,
  },
  {
    weakness: "other counts than the last time are no error",
    file: verify,
    line: "if (!isAsExpected(job, verdict) || differs && !settings.write) good = false;",
    becomes: "if (!isAsExpected(job, verdict)) good = false;",
    noticed: [tests, "other counts than the last time"],
  },
  {
    weakness: "what there was no time for is no reason to exit otherwise",
    file: verify,
    line: "return !good ? 1 : left.length + cut.size > 0 ? 2 : 0;",
    becomes: "return !good ? 1 : cut.size > 0 ? 2 : 0;",
    noticed: due,
  },
  {
    weakness: "code that hangs is no error",
    file: verify,
    line: "} else if (error !== undefined) {",
    becomes: "} else if (error !== undefined && (good ||= true) && false) {",
    noticed: [tests, "verify stops code that hangs"],
  },
  {
    weakness: "the first that fails does not end it where it should",
    file: verify,
    line: 'if (!good && settings["fail-fast"]) break;',
    becomes: ";",
    noticed: told,
  },
  {
    weakness: "a table that cannot be read is passed over",
    file: record,
    line: "const rows: readonly Row[] = JSON.parse(text);",
    becomes: 'const rows: readonly Row[] = text.startsWith("[[") ? [] : JSON.parse(text);',
    noticed: [tests, "a table that is none is told"],
  },
  // --------------------------------------------------------------------------- what it explores
  {
    weakness: "--only that names nobody is passed over",
    file: verify,
    line: "if (unknown !== undefined) {",
    becomes: "if (unknown !== undefined && false) {",
    noticed: [tests, "verify --only nobody"],
  },
  {
    weakness: "--at that names no scope is passed over",
    file: verify,
    line: "if (at !== undefined && chosen.length === 0) {",
    becomes: "if (false) {",
    noticed: [tests, "verify --only notify --at 9 contexts"],
  },
  {
    weakness: "a time that is none is taken for no time at all",
    file: verify,
    line: "if (!(maxSeconds >= 0)) {",
    becomes: "if (false) {",
    noticed: [tests, "verify --max-seconds soon"],
  },
  {
    weakness: "--at explores the first scope, whichever it names",
    file: verify,
    line: "const chosen = at === undefined ? named : named.filter(({ scope }) => scope === at);",
    becomes: "const chosen = at === undefined ? named : named.slice(0, 1);",
    noticed: [tests, "verify --at explores that scope alone"],
  },
  {
    weakness: "--only explores the first spec that it names",
    file: verify,
    line: ".filter(({ name }) => only.length === 0 || only.includes(name));",
    becomes: ".filter(({ name }) => only.length === 0 || only[0] === name);",
    noticed: told,
  },
  {
    weakness: "what has changed is not due",
    file: verify,
    line: "return isRare(job) && (row?.sources !== digest || row?.fails !== undefined);",
    becomes: "return isRare(job) && row?.fails !== undefined;",
    noticed: due,
  },
  {
    weakness: "what has failed is not due",
    file: verify,
    line: "return isRare(job) && (row?.sources !== digest || row?.fails !== undefined);",
    becomes: "return isRare(job) && row?.sources !== digest;",
    noticed: due,
  },
  {
    weakness: "for how long code may hang is not asked",
    file: verify,
    line: "patience: settings.patience,",
    becomes: "patience: 2 * settings.patience,",
    noticed: ["tests/model/verify/verify_test.ts", "verify stops code that hangs"],
  },
  {
    weakness: "what finds no memory has failed",
    file: verify,
    line: "if (limit !== null) {",
    becomes: "if (limit === undefined) {",
    noticed: ["tests/model/verify/verify_test.ts", "what finds no memory is INCOMPLETE"],
  },
  {
    weakness: "what has found no memory ends as if all had held",
    file: verify,
    line: "return !good ? 1 : left.length + cut.size > 0 ? 2 : 0;",
    becomes: "return !good ? 1 : left.length > 0 ? 2 : 0;",
    noticed: ["tests/model/verify/verify_test.ts", "what finds no memory is INCOMPLETE"],
  },
  {
    weakness: "a digest knows the names of files alone",
    file: sources,
    line: "files.map(async (file) => `${file}\\n${of(await this.text(file))}`),",
    becomes: "files.map((file) => Promise.resolve(file)),",
    noticed: ["tests/model/verify/sources_test.ts", "a digest is another one when a file is"],
  },
  {
    weakness: "a digest does not know how threads are made",
    file: sources,
    line: '`${job.scope}\\n${job.make ?? ""}`,',
    becomes: "job.scope,",
    noticed: ["tests/model/verify/sources_test.ts", "a digest is another one when a file is"],
  },
  {
    weakness: "a digest does not see what stands between two comments",
    file: sources,
    line: 'within = comment && !line.includes("*/");',
    becomes: "within = comment;",
    noticed: ["tests/model/verify/sources_test.ts", "what is no comment is left of a file"],
  },
  {
    weakness: "what takes long is explored at every scope",
    file: jobs,
    line: 'return sizes.every((size) => size === "full");',
    becomes: "return sizes.length === 0;",
    noticed: [runs, "what takes gigabytes is explored alone"],
  },
  {
    weakness: "what takes gigabytes is explored beside others",
    file: run,
    line: "if (underWay > 0 && (alone || isHuge(job))) return;",
    becomes: ";",
    noticed: [runs, "what takes gigabytes is explored alone"],
  },
  {
    weakness: "a scope is left out",
    file: pairs,
    line: "for (const one of SIZES.flatMap((size) => scopes[size])) told.set(textOf(one), one);",
    becomes:
      "for (const one of SIZES.flatMap((size) => scopes[size].slice(0, 2))) told.set(textOf(one), one);",
    noticed: [pages, "docs/verified.md says what was seen"],
  },
  // ----------------------------------------------------------------------- what it makes of it
  {
    weakness: "of what was counted, states alone are compared",
    file: record,
    line: 'const words = ["states", "transitions", "replayed", "refused", "operations"] as const;',
    becomes: 'const words = ["states"] as const;',
    noticed: [pages, "counts that are others than those of a row"],
  },
  {
    weakness: "no count is compared with the last time",
    file: record,
    line: "if (row === undefined || counts === null) return [];",
    becomes: "return [];",
    noticed: [pages, "counts that are others than those of a row"],
  },
  {
    weakness: "a row is not written anew when its counts are others",
    file: record,
    line: "differing(before, row).length === 0;",
    becomes: "before !== null;",
    noticed: [pages, "a row is written anew when it says something new"],
  },
  {
    weakness: "what is known to fail may fail in any way",
    file: record,
    line: "verdict.unrefuted.length === 0 && verdict.explored.violation?.name === knownToFail;",
    becomes: "verdict.unrefuted.length === 0;",
    noticed: known,
  },
  {
    weakness: "what is known to fail may hold",
    file: record,
    line: "return job.knownToFail === undefined ? verdict.ok : failsAsKnown(job, verdict);",
    becomes: "return job.knownToFail !== undefined || verdict.ok;",
    noticed: known,
  },
  {
    weakness: "whatever the code does, the pair is ok",
    file: pair,
    line:
      "if (!conformed.ok) return { ...about, checked: null, unrefuted: [], refuted: 0, ok: false };",
    becomes:
      "if (!conformed.ok) return { ...about, checked: null, unrefuted: [], refuted: 0, ok: true };",
    noticed: [pairTests, "a pair is not ok if the code does not conform"],
  },
  {
    weakness: "whatever is claimed of the model, the pair is ok",
    file: pair,
    line: "const ok = checked.ok && unrefuted.length === 0 && hidden.length === 0;",
    becomes: "const ok = unrefuted.length === 0 && hidden.length === 0;",
    noticed: [pairTests, "a pair is not ok if a claim is false"],
  },
  {
    weakness: "claims that are wrong need not be refuted",
    file: pair,
    line: "const ok = checked.ok && unrefuted.length === 0 && hidden.length === 0;",
    becomes: "const ok = checked.ok && hidden.length === 0;",
    noticed: [pairTests, "a pair is not ok if a claim that is wrong"],
  },
  {
    weakness: "a claim that is wrong is refuted by whatever is wrong",
    file: pair,
    line: 'return violation?.kind !== "always" || violation.name !== claim;',
    becomes: "return violation == null;",
    noticed: [pairTests, "a pair is not ok if a claim that is wrong"],
  },
  {
    weakness: "a binding may hide what it likes",
    file: pair,
    line: "const ok = checked.ok && unrefuted.length === 0 && hidden.length === 0;",
    becomes: "const ok = checked.ok && unrefuted.length === 0;",
    noticed: [pairTests, "a pair is not ok if its binding hides"],
  },
  {
    weakness: "what a binding hides in some states alone is no matter",
    file: hidden,
    line: '(how === "never" || !Object.hasOwn(partly, field) && !Object.hasOwn(larger, field))',
    becomes: 'how === "never"',
    noticed: [
      "tests/model/conformance/hidden_test.ts",
      "a view that hides something is found out",
    ],
  },
  {
    weakness: "what is said to be hidden in part may be hidden as a whole",
    file: hidden,
    line: 'found.set(field, field === path && !found.has(field) ? "never" : "partly");',
    becomes: 'found.set(field, "partly");',
    noticed: ["tests/model/conformance/hidden_test.ts", "readable: just what is said"],
  },
  {
    weakness: "threads may do what they like",
    file: threads,
    line: "const ok = explored.ok && unrefuted.length === 0;",
    becomes: "const ok = unrefuted.length === 0;",
    noticed: [pairTests, "threads are ok if all claims hold"],
  },
  {
    weakness: "claims about threads that are wrong need not be refuted",
    file: threads,
    line: 'return violation?.kind !== "always" || violation.name !== claim;',
    becomes: "return violation === undefined;",
    noticed: [pairTests, "threads are ok if all claims hold"],
  },
  {
    weakness: "the summary says that all hold if one does",
    file: text,
    line: "const failed = verdicts.filter(({ ok }) => !ok).length;",
    becomes: "const failed = verdicts.some(({ ok }) => ok) ? 0 : verdicts.length;",
    noticed: ok,
  },
  {
    weakness: "a row says ok, whatever was seen",
    file: text,
    line: '(ok ? "  ok" : cutShortBy(verdict) !== null ? "  INCOMPLETE" : "  FAILED");',
    becomes: '(ok || true ? "  ok" : cutShortBy(verdict));',
    noticed: [pairTests, "a pair is not ok if the code does not conform"],
  },
  {
    weakness: "what is wrong is not told",
    file: text,
    line: "const lines = [rowOf(verdict), ...troubleOf(verdict)];",
    becomes: "const lines = [rowOf(verdict)];",
    noticed: [pairTests, "a pair is not ok if the code does not conform"],
  },
  {
    weakness: "errors without a stack have no cause",
    file: "model/verify/bare_errors.ts",
    line: 'if (options !== undefined && "cause" in options) {',
    becomes: "if (false) {",
    noticed: ["tests/model/verify/bare_errors_test.ts", "errors without a stack say the same"],
  },
  {
    weakness: "errors have no stack from then on",
    file: "model/verify/bare_errors.ts",
    line: "Object.setPrototypeOf(CoroutineError, before);",
    becomes: ";",
    noticed: ["tests/model/verify/bare_errors_test.ts", "errors without a stack say the same"],
  },
  {
    weakness: "a pair is carried out no further than what is looked at first",
    file: "model/verify/pair.ts",
    line: "const isWhole = near.limit === null || near.mismatch !== undefined;",
    becomes: "const isWhole = near.limit === null || true;",
    noticed: [pairTests, "a pair is carried out beyond what is looked at first"],
  },
  {
    weakness: "what is wrong near the beginning is not told",
    file: "model/verify/pair.ts",
    line: "const isWhole = near.limit === null || near.mismatch !== undefined;",
    becomes: "const isWhole = near.limit === null && near.mismatch === undefined;",
    noticed: [pairTests, "what is wrong near the beginning is told before the rest"],
  },
  {
    weakness: "a test is not due that names what has changed",
    file: gateTests,
    line:
      "for (const file of reached) for (const one of await namedIn(file, sources)) named.add(one);",
    becomes: ";",
    noticed: [testsOfTests, "tests are due that name a file"],
  },
  {
    weakness: "tests of tools are due for whatever those look at",
    file: gateTests,
    line: "if (TOOLS.test(test)) {",
    becomes: "if (test === undefined) {",
    noticed: [testsOfTests, "tests of tools are due for the tools alone"],
  },
  {
    weakness: "no test of a tool is due",
    file: gateTests,
    line: "return (await sources.reach([test])).filter((file) => !MATERIAL.test(file));",
    becomes: "return [];",
    noticed: [testsOfTests, "tests of tools are due for the tools alone"],
  },
  {
    weakness: "no test is due for a file that is there no longer",
    file: gateTests,
    line: "for (const file of changed) if (!await sources.has(file)) return tests;",
    becomes: ";",
    noticed: [testsOfTests, "all tests are due where a file is there no longer"],
  },
  {
    weakness: "the tests of the whole project are due for their own files alone",
    file: gateTests,
    line:
      "if (ABOUT_ALL.test(test) || (await runBy(test, sources)).some((file) => changed.has(file))) {",
    becomes: "if ((await runBy(test, sources)).some((file) => changed.has(file))) {",
    noticed: [testsOfTests, "tests are due that import what has changed"],
  },
  {
    weakness: "what an earlier run of mutations has told does not count",
    file: "tests/mutate/mutate.ts",
    line: "return told === undefined ? [] : [{ mutation, ...told }];",
    becomes: "return told === undefined ? [{ mutation, ...told! }] : [];",
    noticed: ["tests/mutate/trial_test.ts", "a run that was ended goes on"],
  },
];
