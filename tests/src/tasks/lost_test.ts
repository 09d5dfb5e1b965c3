import { assert, assertEquals } from "@std/assert";
import {
  all,
  type Co,
  CoQueue,
  Coroutine,
  race,
  sleep,
  type Suspension,
  until,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { codeIn, errorOf, start } from "../_helpers.ts";

/** Items that coroutines wait for. */
class Items {
  readonly items: string[] = [];
  readonly #arrivals = new CoQueue();

  *take(): Co<string> {
    while (this.items.length === 0) yield* this.#arrivals.wait();
    return this.items.shift()!;
  }

  put(item: string): void {
    this.items.push(item);
    this.#arrivals.next();
  }
}

Deno.test("what a loser of a race has taken when it loses goes to lost, and is there again", async () => {
  const [a, b] = [new Items(), new Items()];
  const both = [a, b];
  const co = start("co", () =>
    race([() => a.take(), () => b.take()], {
      lost: (item, index) => both[index]!.items.unshift(item),
    }));
  start("putter", function* () {
    a.put("from a");
    b.put("from b");
  });
  assertEquals([await co.done, a.items, b.items], ["from a", [], ["from b"]]);
});

Deno.test("what has returned when others fail, or when the one that waits is cancelled, goes to lost", async () => {
  const ways: Record<
    string,
    (lost: (result: string, index: number) => void) => Suspension<unknown>
  > = {
    all: (lost) => all([fast, slow, fails], { lost }),
    race: (lost) => race([slow, stubborn], { lost }),
    "cancelled all": (lost) => all([fast, slow], { lost }),
    "cancelled race": (lost) => race([stubborn, slow], { lost }),
  };
  let clock = new VirtualClock();
  function* fast(): Co<string> {
    return "fast";
  }
  function* slow(): Co<string> {
    yield* sleep(9, clock);
    return "slow";
  }
  function* stubborn(): Co<string> {
    try {
      yield* sleep(5, clock);
    } catch {
      // It returns in spite of its cancellation.
    }
    return "stubborn";
  }
  function* fails(): Co<string> {
    yield* sleep(2, clock);
    throw new Error("no");
  }
  const seen: Record<string, unknown> = {};
  for (const [name, way] of Object.entries(ways)) {
    clock = new VirtualClock();
    const lost: unknown[] = [];
    const co = start(name, () => way((result, index) => lost.push(`${result} ${index}`)));
    const outcome = co.done.then((value) => value, (error) => codeIn(error));
    clock.advance(2);
    if (name.startsWith("cancelled")) co.cancel();
    else clock.advance(10);
    const end = await outcome;
    seen[name] = [end instanceof Error ? end.message : end, ...lost];
  }
  assertEquals(seen, {
    all: ["no", "fast 0"],
    race: ["stubborn"],
    "cancelled all": ["cancelled", "fast 0"],
    "cancelled race": ["cancelled", "stubborn 0"],
  });
});

Deno.test("what a function of withTimeout returns to nobody goes to lost", async () => {
  const clock = new VirtualClock();
  const lost: unknown[] = [];
  function* work(): Co<string> {
    try {
      yield* sleep(9, clock);
    } catch {
      return "in spite";
    }
    return "late";
  }
  const note = (result: string): void => void lost.push(result);
  const late = start(
    "late",
    () => withTimeout(5, work, { clock, late: () => lost.push("tidy"), lost: note }),
  );
  const cancelled = start("cancelled", () => withTimeout(50, work, { clock, lost: note }));
  const inSpite = start("in spite", () => withTimeout(5, work, { clock, lost: note }));
  cancelled.done.catch(() => {});
  cancelled.cancel();
  assertEquals(lost, ["in spite"]);
  const outcome = late.done.catch(codeIn);
  clock.advance(20);
  assertEquals([await outcome, await inSpite.done], ["timeout", "in spite"]);
  assertEquals(lost, ["in spite", "late", "tidy"]);
});

Deno.test("all results are told to lost, whatever it throws, and that is thrown with what it came from", () => {
  const told: string[] = [];
  const error = errorOf(() =>
    start("co", () =>
      all([
        function* () {
          return "a";
        },
        function* () {
          return "b";
        },
        function* (): Co<string> {
          throw new Error("why");
        },
      ], {
        lost(result) {
          told.push(result);
          throw new Error(`not ${result}`);
        },
      }))
  ) as Error & { readonly cause: Error };
  assertEquals([told.join(), error.message, error.cause.message], ["a,b", "not a", "why"]);
});

Deno.test("what lost throws is thrown as it is if it cannot be told what it came from", () => {
  const broken = new Error("broken");
  const proxy = new Proxy(broken, {
    getPrototypeOf() {
      throw broken;
    },
  });
  for (const thrown of [Object.freeze(new Error("frozen")), proxy]) {
    const error = errorOf(() =>
      start("co", () =>
        all([
          function* () {
            return "a";
          },
          function* (): Co<string> {
            throw new Error("why");
          },
        ], {
          lost() {
            throw thrown;
          },
        }))
    );
    assert(error === thrown);
  }
});

Deno.test("what is no function is refused as lost, and an unknown option too", () => {
  for (
    const options of [{ lost: 5 }, { lots() {} }, null, { *lost() {} }] as unknown as {
      lost(): void;
    }[]
  ) {
    for (const run of [all, race] as const) {
      const co = Coroutine.create<[], unknown>(() => run([function* () {}], options));
      co.done.catch(() => {});
      assert(errorOf(() => co.enter()) instanceof TypeError);
    }
  }
});

Deno.test("a function that returns a wait does wherever a coroutine function does", async () => {
  const clock = new VirtualClock();
  const co = start("co", function* () {
    const [a] = yield* all([() => until(Promise.resolve(1)), () => sleep(5, clock)]);
    const b = yield* withTimeout(9, () => until(Promise.resolve(a + 1)), clock);
    return b + (yield* race([() => until(Promise.resolve(1))]));
  });
  clock.advance(5);
  const sleeper = Coroutine.create(sleep, 5, clock);
  sleeper.enter();
  assertEquals([sleeper.name, sleeper.scheduledBy], ["sleep", "sleep"]);
  clock.advance(5);
  assertEquals([await co.done, sleeper.status], [3, "terminated"]);
  for (const made of [[], "text", new Set(), new Map(), new Uint8Array(2), null, 5, {}]) {
    const wrong = (() => made) as unknown as () => Co;
    assert(errorOf(() => Coroutine.create(wrong)) instanceof TypeError, Deno.inspect(made));
  }
});
