import { assert, assertEquals } from "@std/assert";
import type { Coroutine, CoroutineError } from "@cofn/coroutine";
import {
  codeIn,
  countedSignal,
  errorOf,
  picture,
  start,
  startLogging,
  yieldOnce,
} from "../_helpers.ts";

Deno.test("cancelOn() cancels with the reason of the signal, at once if it is aborted already", async () => {
  for (const early of [false, true]) {
    const controller = new AbortController();
    const co = start("co", yieldOnce);
    if (early) controller.abort("why");
    co.cancelOn(controller.signal);
    controller.abort("why");
    const error: CoroutineError = await co.done.catch((e) => e);
    assertEquals([error.code, error.cause], ["cancelled", "why"]);
  }
});

Deno.test("cancelOn() lets go of the signal when the coroutine ends, in whichever way", () => {
  const ends: Record<string, (co: Coroutine, abort: () => void) => void> = {
    returns: (co) => co.enter(),
    "is cancelled": (co) => co.cancel(),
    "is aborted": (_, abort) => abort(),
  };
  for (const end of Object.values(ends)) {
    const counted = countedSignal();
    const co = start("co", yieldOnce);
    co.cancelOn(counted.signal);
    assertEquals(counted.listeners.size, 1);
    end(co, counted.abort);
    assertEquals([co.status, counted.listeners.size], ["terminated", 0]);
    co.cancelOn(counted.signal);
    assertEquals(counted.listeners.size, 0);
  }
});

Deno.test("a second cancelOn() replaces the first", () => {
  const [first, second] = [countedSignal(), countedSignal()];
  const co = start("co", yieldOnce);
  co.cancelOn(first.signal);
  co.cancelOn(second.signal);
  assertEquals([first.listeners.size, second.listeners.size], [0, 1]);
  first.abort();
  assertEquals(co.status, "suspended");
  second.abort();
  assertEquals(co.status, "terminated");
});

Deno.test("a cancelOn() that fails leaves the first as it is", () => {
  const [first, broken] = [countedSignal(), new AbortController().signal];
  broken.addEventListener = () => {
    throw "broken";
  };
  const co = start("co", yieldOnce);
  co.cancelOn(first.signal);
  assertEquals(errorOf(() => co.cancelOn(broken)), "broken");
  assertEquals(first.listeners.size, 1);
  first.abort();
  assertEquals([co.status, first.listeners.size], ["terminated", 0]);
});

Deno.test("cancelOn() of what is no signal is a TypeError and changes nothing", () => {
  const co = start("co", yieldOnce);
  const before = picture([co]);
  for (const signal of [undefined, null, {}, new EventTarget(), "signal"]) {
    assert(errorOf(() => co.cancelOn(signal as AbortSignal)) instanceof TypeError);
  }
  assertEquals(picture([co]), before);
});

Deno.test("the signal of a coroutine is aborted at its cancellation, before its clean-up, with its error", async () => {
  const log: unknown[] = [];
  const co = startLogging("co", log, yieldOnce);
  const { signal } = co;
  signal.addEventListener("abort", () => log.push("aborted"));
  assert(signal === co.signal);
  co.cancel();
  assertEquals(log, ["aborted", "co: cancelled", "co tidies up"]);
  assert(signal.reason === await co.done.catch((e: unknown) => e));
  const late = start("late", yieldOnce);
  late.cancel();
  assertEquals([late.signal.aborted, codeIn(late.signal.reason)], [true, "cancelled"]);
});

Deno.test("a listener of its signal may enter, cancel or wake a coroutine that is being cancelled", () => {
  const acts = {
    enter: (co: Coroutine) => co.enter(),
    cancel: (co: Coroutine) => co.cancel(),
    wake: (co: Coroutine) => co.wake(),
  };
  for (const act of Object.values(acts)) {
    const log: unknown[] = [];
    const co = startLogging("co", log, function* () {
      for (;;) yield;
    });
    co.signal.addEventListener("abort", () => act(co));
    co.cancel();
    assertEquals([co.status, log], ["terminated", ["co: cancelled", "co tidies up"]]);
  }
});
