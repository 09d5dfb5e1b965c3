import { assertEquals } from "@std/assert";
import { isPair, isRare, type Job, jobs } from "../../../model/verify/jobs.ts";
import { verifyAll } from "../../../model/verify/run.ts";
import { needing } from "../../_needing.ts";

const test = needing("read");

/** Verifies, and tells in which order jobs have begun and ended: by what they took, which counts from after they began. */
async function orderOf(chosen: readonly Job[], atATime: number): Promise<readonly string[]> {
  const begun: number[] = [];
  const ended: number[] = [];
  const outcomes = verifyAll(chosen, {
    atATime,
    begins: () => begun.push(performance.now()) > 0,
    onProgress: () => {},
    // What is huge about them is said, not seen.
    memory: 1 << 20,
  });
  for await (const { seconds } of outcomes) {
    // INVARIANT: it is asked whether a job begins before that does; so this is no later than its end.
    ended.push((begun[ended.length] ?? NaN) + 1000 * seconds);
  }
  return chosen.flatMap((_, i) => [
    { what: `begin ${i}`, at: begun[i] ?? NaN },
    { what: `end ${i}`, at: ended[i] ?? NaN },
  ]).sort((one, other) => one.at - other.at).map(({ what }) => what);
}

test("what takes gigabytes is explored alone, whatever may go on at a time", async () => {
  const huge = jobs.find((job) => isRare(job) && !isPair(job));
  const light = jobs.find(({ name }) => name === "notify");
  if (huge === undefined || light === undefined) throw new Error("There are no such jobs");
  assertEquals(await orderOf([light, huge, light], 3), [
    ...["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"],
  ]);
});

test("what does not takes turns with others", async () => {
  const light = jobs.filter(({ name }) => name === "notify" || name === "shared_pool").slice(0, 2);
  let begun = 0;
  const outcomes = verifyAll(light, {
    atATime: 2,
    begins: () => ++begun > 0,
    onProgress: () => {},
  });
  const first = outcomes.next();
  assertEquals(begun, 2);
  assertEquals([(await first).done, (await outcomes.next()).done], [false, false]);
  assertEquals((await outcomes.next()).done, true);
});
