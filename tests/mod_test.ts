import { assertEquals } from "@std/assert";
import * as mod from "@cofn/coroutine";

Deno.test("mod.ts exports these words and no others", () => {
  assertEquals(Object.keys(mod).sort(), [
    "AioContext",
    "BottomHalf",
    "CoFile",
    "CoMutex",
    "CoQueue",
    "CoReader",
    "CoRwLock",
    "CoSemaphore",
    "CoSleep",
    "CoWriter",
    "Coroutine",
    "CoroutineError",
    "DeadlockError",
    "EventNotifier",
    "IOThread",
    "SharedCoMutex",
    "SharedCoQueue",
    "SharedCoRwLock",
    "TaskPool",
    "Timer",
    "VirtualClock",
    "all",
    "assertNoDeadlock",
    "call",
    "chromeTrace",
    "dump",
    "handleOf",
    "keepAsyncContext",
    "monotonic",
    "race",
    "readable",
    "realtime",
    "schedule",
    "scope",
    "sleep",
    "trace",
    "transfer",
    "until",
    "withTimeout",
  ]);
});

Deno.test("Coroutine, CoMutex and CoroutineError have these public members and no others", () => {
  const members = (of: object) => Reflect.ownKeys(of).map(String).sort();
  assertEquals(members(mod.Coroutine.prototype), [
    "cancel",
    "cancelOn",
    "constructor",
    "context",
    "done",
    "enter",
    "enterIfInactive",
    "entered",
    "locksHeld",
    "name",
    "scheduledBy",
    "signal",
    "status",
    "toString",
    "waitingOn",
    "wake",
  ]);
  const statics = members(mod.Coroutine).filter((name) =>
    !["length", "name", "prototype"].includes(name)
  );
  assertEquals(statics, ["create", "inCoroutine", "named", "self"]);
  assertEquals(members(mod.CoMutex.prototype), [
    "Symbol(Symbol.dispose)",
    "constructor",
    "holder",
    "lock",
    "locked",
    "toString",
    "tryLock",
    "unlock",
    "waiters",
  ]);
  assertEquals(Object.keys(new mod.CoMutex("m")), ["name"]);
  assertEquals(Object.keys(mod.Coroutine.self()), []);
});

Deno.test("every exported type can be named by users", () => {
  const body: () => mod.Co<number> = function* () {
    return 1;
  };
  const co: mod.Coroutine<number> = mod.Coroutine.create(body);
  const status: mod.CoroutineStatus = co.status;
  const wait: mod.Suspension<mod.CoMutex> | null = null;
  const code: mod.CoroutineErrorCode = "waiting";
  const details: mod.CoroutineErrorDetails = { coroutine: co };
  const event: mod.TraceEvent = { type: "create", coroutine: co };
  const listener: mod.TraceListener = () => {};
  const report: mod.Dump = mod.dump();
  const rows: readonly mod.CoroutineInfo[] = report.coroutines;
  listener(event);
  assertEquals([status, wait, code, details.coroutine === co, rows.length], [
    "created",
    null,
    "waiting",
    true,
    0,
  ]);
});
