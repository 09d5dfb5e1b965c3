import { assertEquals, assertStringIncludes } from "@std/assert";
import { jobs, keyOf } from "../../../model/verify/jobs.ts";
import { PAGE, pageOf } from "../../../model/verify/page.ts";
import {
  differing,
  failsAsKnown,
  isAsExpected,
  readRecord,
  type Row,
  saysTheSame,
} from "../../../model/verify/record.ts";
import type { ThreadsVerdict } from "../../../model/verify/threads.ts";
import { interleavings } from "../../../model/conformance/interleavings.ts";
import { needing } from "../../_needing.ts";

const test = needing("read");
const ROOT = new URL("../../../", import.meta.url);

/** But for the width of columns and where lines end. */
function words(text: string): readonly string[] {
  return text.replaceAll(/-{3,}/g, "---").split(/\s+/);
}

test("docs/verified.md says what was seen, of all that there is to verify", async () => {
  const recorded = await readRecord();
  const all = new Set(jobs.map(keyOf));
  assertEquals([...recorded.keys()].filter((key) => !all.has(key)), []);
  // Of what takes long, the page says what was never run: "not yet".
  const each = jobs.filter(({ sizes }) => sizes.some((size) => size !== "full"));
  assertEquals(each.map(keyOf).filter((key) => !recorded.has(key)), []);
  const page = await Deno.readTextFile(new URL(PAGE, ROOT));
  assertEquals(words(page), words(pageOf(recorded, jobs)));
  for (const { name } of jobs) assertStringIncludes(page, `\`${name}\``);
});

test("a page of other counts, of a row less, or of a failure is another page", async () => {
  const recorded = await readRecord();
  const [job] = jobs;
  if (job === undefined) throw new Error("There is nothing to verify");
  const row = recorded.get(keyOf(job));
  if (row === undefined) throw new Error("It was never verified");
  const page = pageOf(recorded, jobs);
  const pageWith = (other: Row) => pageOf(new Map([...recorded, [keyOf(job), other]]), jobs);
  assertEquals(pageWith({ ...row, states: row.states + 1 }) === page, false);
  assertEquals(pageOf(recorded, jobs.slice(1)) === page, false);
  const rare = jobs.find(({ sizes }) => sizes[0] === "full");
  const last = rare && recorded.get(keyOf(rare));
  if (last === undefined) throw new Error("Nothing is rare");
  const failing = new Map([...recorded, [keyOf(rare!), { ...last, fails: "nobody waits" }]]);
  assertStringIncludes(pageOf(failing, jobs), "**fails: nobody waits**");
});

Deno.test("counts that are others than those of a row are named, with both", () => {
  const row = {
    spec: "timer",
    scope: "1 timer",
    states: 1000,
    transitions: 2,
    replayed: 3,
    refused: 4,
  };
  assertEquals(differing(row, { states: 1000, transitions: 2, replayed: 3, refused: 4 }), []);
  assertEquals(differing(row, { states: 1001, transitions: 2, replayed: 3, refused: 5 }), [
    "states 1,001, not 1,000",
    "refused 5, not 4",
  ]);
  assertEquals(differing(undefined, { states: 1 }), []);
  assertEquals(differing(row, null), []);
});

Deno.test("a row is written anew when it says something new, and not when only its time is another", () => {
  const row = {
    spec: "timer",
    scope: "1 timer",
    states: 10,
    commit: "a",
    sources: "1",
    seconds: 3,
  };
  assertEquals(saysTheSame({ ...row, commit: "b", seconds: 4 }, row), true);
  assertEquals(saysTheSame({ ...row, sources: "2" }, row), false);
  assertEquals(saysTheSame({ ...row, states: 11 }, row), false);
  assertEquals(saysTheSame({ ...row, fails: "it does" }, row), false);
  assertEquals(saysTheSame(row, undefined), false);
});

Deno.test("what is known to fail must fail, in just that way", () => {
  const [job] = interleavings;
  if (job === undefined) throw new Error("There are none");
  const known = { ...job, knownToFail: "nobody waits" };
  // INVARIANT: of a verdict, nothing else is looked at.
  const verdict = (name: string | null, ...unrefuted: string[]) =>
    ({
      kind: "threads",
      ok: name === null && unrefuted.length === 0,
      unrefuted,
      explored: { violation: name === null ? null : { name } },
    }) as unknown as ThreadsVerdict;
  assertEquals(isAsExpected(known, verdict("nobody waits")), true);
  assertEquals(failsAsKnown(known, verdict("nobody waits")), true);
  assertEquals(isAsExpected(known, verdict("nobody is lost")), false);
  assertEquals(isAsExpected(known, verdict("nobody waits", "it is false")), false);
  assertEquals(isAsExpected(known, verdict(null)), false);
  assertEquals(isAsExpected(job, verdict(null)), true);
  assertEquals(isAsExpected(job, verdict("nobody waits")), false);
  assertEquals(failsAsKnown(job, verdict("nobody waits")), false);
});
