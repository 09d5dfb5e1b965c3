import { assertEquals } from "@std/assert";
import {
  AioContext,
  type Co,
  CoMutex,
  Coroutine,
  type Scope,
  scope,
  TaskPool,
  trace,
  until,
} from "@cofn/coroutine";
import { core } from "../../../src/core/coroutine.ts";
import { atEndOfStack, codeOf, outcomeIn, outcomeOf, start } from "../_helpers.ts";

const leader = Coroutine.self();
const PLACES = 200;

/** Acts on one of `all` at each of the last places on the stack; hands back those that were used. */
function eachAtEndOfStack<T>(
  all: readonly T[],
  act: (one: T) => void,
  { places = PLACES, shift = 0 }: { places?: number; shift?: number } = {},
): readonly T[] {
  let used = 0;
  atEndOfStack(places, () => {
    const one = all[used];
    if (one === undefined) return;
    used++;
    act(one);
  }, shift);
  return all.slice(0, used);
}

/** Enough of them: some of the places that are tried have no room. */
function many<T>(make: () => T): T[] {
  return Array.from({ length: 5 * PLACES }, make);
}

Deno.test("enter() at the very end of the stack: afterwards the leader runs, and nobody is entered", () => {
  const cos = eachAtEndOfStack(
    many(() =>
      Coroutine.create(function* () {
        yield;
      })
    ),
    (co) => co.enter(),
  );
  assertEquals(Coroutine.self() === leader, true);
  assertEquals(cos.filter((co) => co.entered).length, 0);
});

Deno.test(
  "unlock() at the very end of the stack loses no waiter",
  () => {
    const all = eachAtEndOfStack(
      many(() => {
        const m = new CoMutex("m");
        const holder = start("holder", function* () {
          yield* m.lock();
          yield;
          m.unlock();
        });
        const waiter = start("waiter", function* () {
          yield* m.lock();
          m.unlock();
        });
        return { m, holder, waiter };
      }),
      ({ holder }) => holder.enter(),
    );
    for (const { m, holder, waiter } of all) {
      // A holder that has failed there, and could not even end, does so when it is entered: the waiter is told.
      if (holder.status === "suspended") outcomeOf(() => holder.enter());
      const waits = [waiter.status, m.waiters];
      // One whose end was begun, and overflowed, is all that the stack leaves: it holds the lock for good.
      if (m.holder !== holder) assertEquals(waits, ["terminated", 0]);
    }
  },
);

/** Some who suspend, and what cancels all of them. */
const bunches: Readonly<Record<string, () => Bunch>> = {
  scope() {
    let jobs: Scope | undefined;
    return bunchOf((job) => {
      const co = start("co", function* () {
        yield* outcomeIn(() =>
          scope(function* (those) {
            jobs = those;
            for (let i = 0; i < SOME; i++) those.start(job);
            yield;
          })
        );
      });
      return { cancel: () => jobs?.cancel(), over: () => co.status === "terminated" };
    });
  },
  pool: () =>
    bunchOf((job) => {
      const pool = new TaskPool(SOME);
      for (let i = 0; i < SOME; i++) start("co", () => pool.start(job));
      return { cancel: () => pool.cancel(), over: () => pool.busy === 0 };
    }),
};
const SOME = 20;

interface Bunch {
  cancel(): void;
  /** Whether all of it has ended. */
  over(): boolean;
  /** How many have cleaned up. */
  ended(): number;
}

function bunchOf(make: (job: () => Co<void>) => Omit<Bunch, "ended">): Bunch {
  let ended = 0;
  const bunch = make(function* () {
    try {
      yield;
    } finally {
      ended++;
    }
  });
  return { ...bunch, ended: () => ended };
}

for (const [what, bunch] of Object.entries(bunches)) {
  for (const when of ["when it is cold", "when it is warm"]) {
    Deno.test(`a ${what} that is cancelled near the end of the stack is as it was, or all of it ends, ${when}`, () => {
      const all = Array.from({ length: 2_000 }, () => ({ ...bunch(), code: "" }));
      eachAtEndOfStack(all, (one) => {
        one.code = "unknown";
        one.code = codeOf(() => one.cancel());
      }, { places: all.length });
      for (const { code, over, ended, cancel } of all) {
        assertEquals([over(), ended()], code === "none" ? [true, SOME] : [false, 0]);
        cancel();
        assertEquals([over(), ended()], [true, SOME]);
      }
      // Where there is room for it all, and where there is none.
      const codes = new Set(all.map(({ code }) => code));
      assertEquals([codes.has("none"), codes.has("too-deep")], [true, true]);
    });
  }
}

/** One that wakes four, and half way enters another one of its kind; how many it has woken. */
function waker(failing: boolean, inner?: Waker): Waker {
  const four = Array.from({ length: 4 }, (_, i) =>
    start(`woken ${i}`, function* () {
      yield;
      if (late) lost++;
      if (failing) throw BOO;
    }));
  const one: Waker = {
    all: inner === undefined ? four : [...four, ...inner.all],
    woken: () => [...four.slice(0, woke), ...inner?.woken() ?? []],
    co: Coroutine.create(function* () {
      for (const co of four) {
        co.wake();
        woke++;
        if (woke === 2) inner?.co.enter();
      }
    }),
    silent: false,
  };
  let woke = 0;
  return one;
}

interface Waker {
  readonly co: Coroutine<void>;
  readonly all: readonly Coroutine<void>[];
  woken(): readonly Coroutine<void>[];
  /** Whether it was entered, not all have run, and nobody was told. */
  silent: boolean;
}

const BOO = new Error("boo");

/** Whether all have run that were woken; who runs then had been lost. */
let late = false;
let lost = 0;

/** How often BOO is in it. */
function boosIn(error: unknown): number {
  if (error instanceof AggregateError) return error.errors.map(boosIn).reduce((a, b) => a + b, 0);
  return error === BOO ? 1 : 0;
}

for (const warm of [0, 300, 3_000]) {
  const when = warm === 0 ? "by code that is cold" : `after ${warm} that had room`;
  for (const nested of [false, true]) {
    // Code that is cold may have no room even to say who has failed: the overflow is told then.
    for (const failing of warm === 0 ? [false] : [false, true]) {
      const who = nested ? "those who are woken by some who enter others" : "those who are woken";
      const what = failing ? "fail, and each failure is told" : "run";
      Deno.test(`${who} at the very end of the stack ${what}, as soon as somebody is entered, ${when}`, () => {
        const make = () => waker(failing, nested ? waker(failing) : undefined);
        for (let i = 0; i < warm; i++) {
          const { co } = make();
          outcomeOf(() => co.enter());
        }
        const told: unknown[] = new Array(5 * PLACES + 1).fill(undefined);
        let times = 0;
        const all = eachAtEndOfStack(many(make), (one) => {
          try {
            one.co.enter();
            for (const co of one.all) if (co.status !== "terminated") one.silent = true;
          } catch (error) {
            told[times++] = error;
            throw error;
          }
        });
        told[times++] = outcomeOf(() => start("another", function* () {})).error;
        const woken = all.flatMap((one) => one.woken());
        const left = woken.filter(({ status }) => status !== "terminated");
        // One that has failed where it could not even end does so when it is entered, and runs no more.
        late = true;
        lost = 0;
        for (const co of left) outcomeOf(() => co.enter());
        late = false;
        assertEquals(lost, 0);
        assertEquals(woken.filter(({ status }) => status !== "terminated").map(String), []);
        assertEquals(all.filter(({ silent }) => silent).length, 0);
        assertEquals(Coroutine.self() === leader, true);
        if (failing) {
          const boos = told.map(boosIn).reduce((a, b) => a + b, 0);
          assertEquals(boos, woken.length - left.length);
        }
      });
    }
  }
}

Deno.test("who is scheduled runs, though its context is polled at the very end of the stack first, after 300 that had room", () => {
  const make = () => {
    const context = new AioContext("end of stack");
    const cos = Array.from({ length: 3 }, () =>
      start("scheduled", function* () {
        yield;
      }));
    for (const co of cos) context.schedule(co);
    return { context, cos };
  };
  for (let i = 0; i < 300; i++) make().context.pollSync(0);
  const made = many(make);
  const all = eachAtEndOfStack(made, ({ context }) => {
    context.pollSync(0);
  });
  start("another", function* () {});
  const later = all.flatMap(({ context }, i) => {
    const some = i % 2 === 0 ? [] : [start("later", function* () {
      yield;
    })];
    for (const co of some) context.schedule(co);
    outcomeOf(() => context.runUntilStalled());
    return some;
  });
  const cos = [...all.flatMap(({ cos }) => cos), ...later];
  // There was room to begin, but none to end: they do so when they are entered.
  for (const co of cos) {
    if (co.status !== "terminated" && co.scheduledBy === undefined) co.enter();
  }
  assertEquals(cos.filter(({ status }) => status !== "terminated").map(String), []);
  for (const { context } of made) context.close({ drain: true });
});

Deno.test("a listener that is told at the very end of the stack: afterwards the leader runs, and nobody is entered", () => {
  using _ = trace(() => {});
  const cos = eachAtEndOfStack(
    many(() =>
      Coroutine.create(function* () {
        yield;
      })
    ),
    (co) => co.enter(),
  );
  assertEquals(Coroutine.self() === leader, true);
  assertEquals(cos.filter((co) => co.entered).length, 0);
});

/** Those of `cos` that `dump()` finds, each as often as it does. */
function found(cos: readonly Coroutine<unknown>[]): Coroutine<unknown>[] {
  const of = new Set(cos);
  return [...core.suspendedOnes()].filter((co) => of.has(co));
}

Deno.test("who has suspended for the first time at the very end of the stack is found once, and goes on when it is entered", () => {
  const cos = eachAtEndOfStack(
    many(() =>
      Coroutine.create(function* () {
        yield;
        yield;
      })
    ),
    (co) => co.enter(),
  );
  for (const co of cos) if (co.status !== "terminated") outcomeOf(() => co.enter());
  const left = cos.filter(({ status }) => status === "suspended");
  assertEquals(new Set(found(cos)), new Set(left));
  assertEquals(found(cos).length, left.length);
  for (const co of left) outcomeOf(() => co.enter());
  for (const co of left) if (co.status !== "terminated") outcomeOf(() => co.enter());
  assertEquals(cos.filter(({ status }) => status !== "terminated").map(String), []);
  assertEquals(found(cos), []);
});

Deno.test("who goes over to another context at the very end of the stack is found once", () => {
  const context = new AioContext("end of stack");
  const all = many(() =>
    start("co", function* () {
      for (let i = 0; i < 3; i++) yield;
    })
  );
  let cos: readonly Coroutine<unknown>[] = [];
  context.oneShot(() => {
    cos = eachAtEndOfStack(all, (co) => co.enter());
  });
  context.pollSync(0);
  for (const co of cos) if (co.status !== "terminated") outcomeOf(() => co.enter());
  const left = cos.filter(({ status }) => status === "suspended");
  assertEquals(found(cos).length, left.length);
  assertEquals(new Set(found(cos)), new Set(left));
  context.close();
});

for (const warm of [0, 300]) {
  const when = warm === 0 ? "by code that is cold" : `after ${warm} that had room`;

  Deno.test(`what was there before one could suspend at the very end of the stack lets it go on all the same, ${when}`, () => {
    const make = () => {
      const one = {
        granted: false,
        co: Coroutine.create(function* () {
          yield* until({
            // It calls back at once.
            then(resolve: (value: number) => void) {
              resolve(1);
              one.granted = true;
            },
          } as PromiseLike<number>);
        }),
      };
      return one;
    };
    for (let i = 0; i < warm; i++) make().co.enter();
    const all = eachAtEndOfStack(many(make), ({ co }) => co.enter());
    start("another", function* () {});
    const left = all.filter(({ granted, co }) => granted && co.status !== "terminated");
    assertEquals(left.map(({ co }) => `${co} ${core.placeOf(co)?.refusal}`), []);
  });

  Deno.test(`who has cancelled itself and suspends at the very end of the stack ends when it is entered, ${when}`, () => {
    const make = () => {
      const one = {
        cancelled: false,
        co: Coroutine.create(function* () {
          Coroutine.self().cancel();
          one.cancelled = true;
          yield;
          yield;
        }),
      };
      return one;
    };
    for (let i = 0; i < warm; i++) make().co.enter();
    const all = eachAtEndOfStack(many(make), ({ co }) => co.enter());
    start("another", function* () {});
    for (const { co } of all) if (co.status !== "terminated") outcomeOf(() => co.enter());
    const left = all.filter(({ cancelled, co }) => cancelled && co.status !== "terminated");
    assertEquals(left.map(({ co }) => `${co}`), []);
  });

  for (const wait of ["nothing", "a lock"] as const) {
    Deno.test(`who waits for ${wait} and is cancelled at the very end of the stack ends when it is cancelled once more, ${when}`, () => {
      const m = new CoMutex("m");
      start("holder", function* () {
        yield* m.lock();
        yield;
      });
      const make = () =>
        start("co", function* () {
          if (wait === "nothing") yield;
          else yield* m.lock();
        });
      for (let i = 0; i < warm; i++) make().cancel();
      const all: Coroutine<void>[] = [];
      // A place between two may be the one that matters.
      for (let shift = 0; shift < 16; shift++) {
        const some = many(make);
        eachAtEndOfStack(some, (co) => co.cancel(), { shift });
        all.push(...some);
      }
      for (const co of all) co.cancel();
      start("another", function* () {});
      // One that has failed where it could not even end does so when it is entered.
      for (const co of all) if (co.status !== "terminated") co.enter();
      assertEquals(all.filter(({ status }) => status !== "terminated").map(String), []);
      assertEquals(m.waiters, 0);
    });
  }
}

Deno.test("whoever enters another one keeps who has failed before, and hears of those alone that the other one lets run", () => {
  const before = new Error("before");
  const inner = new Error("inner");
  const heard: unknown[] = [];
  const failing = (error: Error) =>
    start("failing", function* () {
      yield;
      throw error;
    });
  const first = failing(before);
  const another = failing(before);
  const second = Coroutine.create(function* () {
    heard.push(outcomeOf(() => start("fine", function* () {})));
    const third = failing(inner);
    heard.push(
      outcomeOf(() =>
        start("waker", function* () {
          third.wake();
        })
      ).error,
    );
  });
  const main = Coroutine.create(function* () {
    first.wake();
    another.wake();
    second.wake();
  });
  const { error } = outcomeOf(() => main.enter());
  assertEquals(heard, [{ threw: false, error: undefined }, inner]);
  assertEquals(error instanceof AggregateError && error.errors, [before, before]);
  assertEquals([first, another].map(core.nextOf), [null, null]);
});
