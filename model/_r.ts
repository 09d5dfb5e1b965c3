import { check } from "./engine/check.ts";
import { twoPhase } from "../examples/specs/two_phase.ts";
import { queueLock } from "../examples/specs/queue_lock.ts";
const r = Deno.args[0] === "2"
  ? check(twoPhase({ rms: 8 }))
  : check(queueLock({ coroutines: 6, mutexes: 3 }));
console.log(r.cpuSeconds, r.distinct, r.generated, r.bytesPerState);
