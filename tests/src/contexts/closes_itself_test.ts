import { assertEquals, assertStringIncludes } from "@std/assert";
import { AioContext, type Clock, CoroutineError, type Source, Timer } from "@cofn/coroutine";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { errorOf } from "../_helpers.ts";

/** How many alarms are set by a clock that calls something whenever one is set or cancelled. */
class Calling implements Clock {
  readonly name = "calling";
  now = 0;
  onSet: (() => void) | null = null;
  onCancel: (() => void) | null = null;

  readonly #set = new Set<object>();

  get alarms(): number {
    return this.#set.size;
  }

  after(): { cancel(): void } {
    const call = this.onSet;
    this.onSet = null;
    call?.();
    const alarm = {
      cancel: () => {
        this.#set.delete(alarm);
        const call = this.onCancel;
        this.onCancel = null;
        call?.();
      },
    };
    this.#set.add(alarm);
    return alarm;
  }
}

/** The code of the error with which a call is refused; null if it is not. */
function refusalOf(call: () => void): unknown {
  try {
    call();
    return null;
  } catch (error) {
    return error instanceof CoroutineError ? error.code : error;
  }
}

/** A source that is never ready, and calls something when it is watched, and when it is not any more. */
class CallingSource implements Source {
  readonly ready = false;
  watched = 0;
  onWatch: (() => void) | null = null;
  onEnd: (() => void) | null = null;

  watch(): () => void {
    this.watched++;
    this.onWatch?.();
    return () => {
      this.watched--;
      this.onEnd?.();
    };
  }

  toString(): string {
    return "a source that calls";
  }
}

Deno.test("a clock that closes the context as a timer is set: refused, and nothing is left", () => {
  const context = new AioContext();
  const clock = new Calling();
  const timer = new Timer(context, () => {}, { clock });
  clock.onSet = () => context.close({ drain: true });
  assertStringIncludes(String(errorOf(() => timer.after(5))), "Cannot set a timer in AioContext");
  assertEquals([timer.pending, clock.alarms, loopOf(context).live.size], [false, 0, 0]);
});

Deno.test("a source that closes the context as it is watched: refused, and nothing is left", () => {
  const context = new AioContext();
  const source = new CallingSource();
  source.onWatch = () => context.close();
  assertStringIncludes(
    String(errorOf(() => context.setHandler(source, () => {}))),
    "Cannot set a handler in AioContext",
  );
  const { live, handlers } = loopOf(context);
  assertEquals([source.watched, live.size, handlers.size], [0, 0, 0]);
});

Deno.test("what is told that it is deleted as a context is closed can add nothing to it", () => {
  const context = new AioContext();
  const source = new CallingSource();
  const errors: unknown[] = [];
  source.onEnd = () => {
    const other = new CallingSource();
    errors.push(refusalOf(() => context.setHandler(other, () => {})), other.watched);
  };
  const clock = new Calling();
  const timer = new Timer(context, () => {}, { clock });
  clock.onCancel = () => errors.push(refusalOf(() => timer.after(5)));
  context.setHandler(source, () => {});
  timer.after(5);
  context.close({ drain: true });
  assertEquals(errors, ["closed", 0, "closed"]);
  assertEquals([clock.alarms, source.watched, loopOf(context).live.size], [0, 0, 0]);
});

Deno.test("a timer that its own clock sets once more, as it is set or cancelled: one alarm is left", () => {
  for (const when of ["onSet", "onCancel"] as const) {
    for (const before of [5, 20]) {
      const context = new AioContext();
      const clock = new Calling();
      const rung: number[] = [];
      const timer = new Timer(context, () => rung.push(clock.now), { clock });
      timer.set(before);
      clock[when] = () => timer.set(3);
      timer.set(10);
      assertEquals([timer.pending, clock.alarms], [true, 1], `${when} ${before}`);
      clock.now = 30;
      context.runUntilStalled();
      assertEquals([rung, timer.pending, clock.alarms], [[30], false, 0], `${when} ${before}`);
      context.close();
    }
  }
});

Deno.test("a handler whose source sets another as it is not watched any more: one is left, and works", () => {
  const context = new AioContext();
  const source = new CallingSource();
  let asked = 0;
  source.onEnd = () => {
    if (asked++ === 0) context.setHandler(source, () => {});
  };
  context.setHandler(source, () => {});
  context.setHandler(source, () => {});
  assertEquals([source.watched, loopOf(context).live.size], [1, 1]);
  context.setHandler(source, null);
  assertEquals([source.watched, loopOf(context).live.size], [0, 0]);
  context.close();
});

Deno.test("a clock that sets another timer, and then fails: that one is set, and nothing else", () => {
  const context = new AioContext();
  const clock = new Calling();
  const other = new Timer(context, () => {}, { clock });
  const timer = new Timer(context, () => {}, { clock });
  clock.onSet = () => {
    other.set(3);
    throw new Error("no alarm");
  };
  assertEquals(String(errorOf(() => timer.set(5))), "Error: no alarm");
  assertEquals([other.pending, timer.pending, clock.alarms], [true, false, 1]);
  other.cancel();
  assertEquals(clock.alarms, 0);
  context.close();
});

Deno.test("a clock that fails, and then works: the timer is set", () => {
  const context = new AioContext();
  const clock = new Calling();
  const timer = new Timer(context, () => {}, { clock });
  clock.onSet = () => {
    throw new Error("no alarm");
  };
  assertEquals(String(errorOf(() => timer.set(5))), "Error: no alarm");
  timer.set(5);
  assertEquals([timer.pending, clock.alarms], [true, 1]);
  timer.cancel();
  assertEquals(clock.alarms, 0);
  context.close();
});
