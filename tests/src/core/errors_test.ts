import { assert, assertEquals } from "@std/assert";
import {
  type Co,
  CoMutex,
  Coroutine,
  CoroutineError,
  type CoroutineErrorCode,
} from "@cofn/coroutine";
import { misuseOf, start } from "../_helpers.ts";

Deno.test("a CoroutineError is an Error with a name, a code and a stack", () => {
  const error = new CoroutineError("waiting", "Cannot do it");
  assert(error instanceof Error);
  assertEquals([error.name, error.code, error.message, `${error}`], [
    "CoroutineError",
    "waiting",
    "Cannot do it",
    "CoroutineError: Cannot do it",
  ]);
  assert(error.stack?.includes("errors_test.ts"));
});

Deno.test("a CoroutineError has the details that it was given and no empty ones", () => {
  const co = Coroutine.create(function* () {});
  assertEquals(Object.keys(new CoroutineError("waiting", "m")), ["code"]);
  assertEquals("cause" in new CoroutineError("waiting", "m", { cause: undefined }), false);
  const full = new CoroutineError("locks-held", "m", {
    coroutine: co,
    scheduledBy: "until",
    locks: ["a"],
    cause: null,
  });
  assert(full.coroutine === co);
  assertEquals([full.scheduledBy, full.locks, full.cause], ["until", ["a"], null]);
});

Deno.test("the codes are those that the table of codes has", () => {
  // A code that is added or dropped is a compile error here.
  const codes: Record<CoroutineErrorCode, true> = {
    "recursive-entry": true,
    "already-woken": true,
    "already-scheduled": true,
    waiting: true,
    terminated: true,
    "wake-self": true,
    "yield-to-no-one": true,
    "not-in-coroutine": true,
    relock: true,
    "not-locked": true,
    "not-holder": true,
    "locks-held": true,
    abandoned: true,
    "too-deep": true,
    cancelled: true,
    timeout: true,
    "too-many": true,
    "not-acquired": true,
    "no-tasks": true,
    "context-busy": true,
    "in-coroutine": true,
    closed: true,
    "end-of-file": true,
    "too-long": true,
    unsupported: true,
    deadlock: true,
  };
  assertEquals(Object.keys(codes).length, 26);
});

Deno.test("a misuse that the body does not catch fails the coroutine, and its enterer is told", async () => {
  const m = new CoMutex("m");
  const co = Coroutine.named("co", function* () {
    m.unlock();
  });
  co.done.catch(() => {});
  const error = misuseOf(() => co.enter());
  assertEquals([error.code, co.status], ["not-locked", "terminated"]);
  assert(await co.done.catch((e: unknown) => e) === error);
});

Deno.test("every sentence begins with a verb, ends without a full stop, and names what it is about", () => {
  const m = new CoMutex("disk");
  const sentences: string[] = [];
  const say = (f: () => unknown) => sentences.push(misuseOf(f).message);
  const ended = start("ended", function* () {});
  say(() => ended.enter());
  say(() => ended.wake());
  say(() => m.lock());
  say(() => m.unlock());
  say(() =>
    start("holder", function* () {
      yield* m.lock();
    })
  );
  say(() =>
    start("later", function* (): Co {
      yield* m.lock();
    })
  );
  for (const sentence of sentences) {
    assert(/^(Cannot (enter|wake|lock|unlock)|Unlock) /.test(sentence), sentence);
    assert(/"(disk|ended)"/.test(sentence), sentence);
    assert(!sentence.endsWith("."), sentence);
  }
});
