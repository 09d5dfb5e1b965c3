import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Co, CoMutex, Coroutine, until } from "@cofn/coroutine";
import { codeOf, picture, start, startHolder, turn } from "../_helpers.ts";

const leader = Coroutine.self();

Deno.test("a wait begun by hand waits at the next yield, and holds the lock then", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const co = start("co", function* () {
    const result = m.lock()[Symbol.iterator]().next();
    assertEquals([result.done, m.waiters], [false, 1]);
    yield;
    assert(m.holder === Coroutine.self());
    m.unlock();
  });
  assertEquals([co.waitingOn, codeOf(() => co.enter())], ['CoMutex "m"', "waiting"]);
  holder.enter();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a free lock taken by hand is taken", () => {
  const m = new CoMutex("m");
  start("co", function* () {
    const { done, value } = m.lock()[Symbol.iterator]().next();
    assert(done === true && value === m);
    assert(m.holder === Coroutine.self());
    m.unlock();
  });
});

Deno.test("a second wait, while one that was begun by hand goes on, is refused and changes nothing", async () => {
  const [m, other] = [new CoMutex("m"), new CoMutex("other")];
  const holder = start("holder", function* () {
    yield* m.lock();
    yield* other.lock();
    yield;
    m.unlock();
    other.unlock();
  });
  const co = start("co", function* () {
    m.lock()[Symbol.iterator]().next();
    const before = picture([Coroutine.self(), holder], [m, other]);
    assertEquals(codeOf(() => m.lock()[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => other.lock()[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => until(Promise.resolve())[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => [...m.lock()]), "waiting");
    assertEquals(other.tryLock(), false);
    assertEquals(picture([Coroutine.self(), holder], [m, other]), before);
    yield;
    m.unlock();
  });
  await turn();
  assertEquals(co.waitingOn, 'CoMutex "m"');
  holder.enter();
  assertEquals([co.status, m.locked, other.locked], ["terminated", false, false]);
});

Deno.test("one that ends in a wait begun by hand leaves the queue, wherever it stands in it", () => {
  for (const place of [0, 1, 2]) {
    for (const length of [1, 2, 3]) {
      if (place >= length) continue;
      const m = new CoMutex("m");
      const holder = startHolder(m);
      const got: number[] = [];
      const wait = (i: number) =>
        start(`waiter ${i}`, function* () {
          yield* m.lock();
          got.push(i);
          m.unlock();
        });
      for (let i = 0; i < length; i++) {
        if (i === place) {
          start("by hand", function* () {
            m.lock()[Symbol.iterator]().next();
            // Others come while it is in the queue and runs.
            for (let j = i + 1; j < length; j++) wait(j);
          });
        } else if (i < place) wait(i);
      }
      assertEquals(m.waiters, length - 1);
      holder.enter();
      assertEquals(got, Array.from({ length }, (_, i) => i).filter((i) => i !== place));
      assertEquals(m.locked, false);
    }
  }
});

Deno.test("a lock that comes before its waiter has suspended is its own, and it goes on by itself", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const log: string[] = [];
  const other = Coroutine.create(function* () {
    log.push("other");
  });
  const co = start("co", function* () {
    other.wake();
    m.lock()[Symbol.iterator]().next();
    holder.enter();
    assert(m.holder === Coroutine.self());
    log.push("co yields");
    yield;
    log.push("co goes on");
    m.unlock();
  });
  assertEquals([log, co.status, m.locked], [
    ["co yields", "other", "co goes on"],
    "terminated",
    false,
  ]);
});

Deno.test("a wait begun by hand that fails before the body ends does not hide what the body returned", async () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const co = start("co", function* () {
    m.lock()[Symbol.iterator]().next();
    codeOf(() => holder.enter());
    return 7;
  });
  assertEquals([co.status, await co.done], ["terminated", 7]);
});

Deno.test("an iterator of a lock may be shared: each who runs it takes or waits for itself", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  let shared: Iterable<void> | undefined;
  const job = (name: string) =>
    start(name, function* () {
      const lock = shared ??= m.lock() as Iterable<void>;
      yield* lock as ReturnType<CoMutex["lock"]>;
      log.push(`${name} ${m.holder?.name}`);
      yield;
      m.unlock();
    });
  const [a, b, c] = [job("a"), job("b"), job("c")];
  for (const co of [a, b, c]) co.enter();
  assertEquals([log, m.locked], [["a a", "b b", "c c"], false]);
});

Deno.test("two coroutines that share a generator never get a lock that another one holds", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const holders: (string | undefined)[] = [];
  const body = (function* (): Co {
    yield* m.lock();
    holders.push(`${m.holder?.name} as ${Coroutine.self().name}`);
    m.unlock();
  })();
  start("a", () => body);
  codeOf(() => start("b", () => body));
  try {
    holder.enter();
  } catch {
    // One of the two has nothing left to run, and ends with what it was handed.
  }
  for (const text of holders) {
    const [holds, runs] = `${text}`.split(" as ");
    assertEquals(holds, runs);
  }
  assertEquals(Coroutine.self() === leader, true);
});

Deno.test("the token of an earlier yield does not open a lock that another one holds", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  let done: boolean | undefined;
  const co = start("co", function* (): Co {
    const token = yield;
    done = m.lock()[Symbol.iterator]().next(token as unknown as undefined).done ?? false;
    yield;
    if (m.holder === Coroutine.self()) m.unlock();
  });
  co.enter();
  assertEquals([done, m.holder === holder, m.waiters], [false, true, 1]);
  holder.enter();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a name that is no string is refused: as options are, that others take", () => {
  for (const name of [{ name: "m" }, Symbol("s"), 5, null] as unknown as string[]) {
    const expected = "Cannot make a mutex: expected its name to be a string, got ";
    assertThrows(() => new CoMutex(name), TypeError, expected);
  }
});
