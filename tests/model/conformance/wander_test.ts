import { assertEquals } from "@std/assert";
import { wander } from "@cofn/coroutine/model";
import { coMutexBinding } from "../../../model/conformance/locks/co_mutex.ts";
import { coMutex } from "../../../model/specs/locks/co_mutex.ts";

const weights = {
  enter: 30,
  enterIfInactive: 10,
  wake: 40,
  yield: 60,
  return: 1,
  throw: 1,
  lock: 40,
  tryLock: 20,
  unlock: 25,
};

Deno.test("30 coroutines with 8 mutexes do what the model says in walks of 1,000 calls", () => {
  const report = wander(
    coMutex({ coroutines: 30, mutexes: 8 }),
    coMutexBinding({ coroutines: 30, mutexes: 8 }),
    { runs: 100, steps: 1000, weights },
  );
  assertEquals(report.mismatch, undefined, `seed ${report.seed}`);
  assertEquals(report.runs, 100);
});
