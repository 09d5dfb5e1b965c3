/**
 * Readers and writers: who only looks at a table may do so together with others, who changes it is
 * alone with it. They go in as they come: a reader that comes after a writer waits behind it, so
 * that nobody is kept out for ever.
 *
 * Two clerks see that a row is running out, and both want to order more: readers that become
 * writers. Each gives up its place among the readers for that, and **others may write before its
 * turn comes**: so it looks again. Having ordered, it becomes a reader once more without letting
 * another writer in between.
 *
 *     deno run examples/programs/readers_writers.ts
 */
import {
  assertNoDeadlock,
  type Clock,
  type Co,
  Coroutine,
  CoRwLock,
  scope,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";

/** The table: how many there are of each. */
export type Stock = Record<string, number>;

/**
 * A morning in the shop.
 *
 * @param stock The table.
 * @param clock By which clock.
 * @param say Is told who is in, when, and what happens there.
 */
export function* morning(stock: Stock, clock: Clock, say: (line: string) => void): Co {
  const lock = new CoRwLock("stock");
  const inside = new Map<string, "reads" | "writes">();

  const seconds = (n: number) => sleep(n * 1e9, clock);
  function tell(what: string) {
    const who = [...inside].map(([name, does]) => `${name} ${does}`).join(", ");
    const now = `${clock.now / 1e9}`.padStart(2);
    say(`${now} s  ${what.padEnd(26)}inside: ${who || "nobody"}; ${lock.waiters} wait`);
  }
  function comesIn(name: string, to: "reads" | "writes") {
    inside.set(name, to);
    tell(`${name} ${to}`);
  }
  function leaves(name: string) {
    inside.delete(name);
    tell(`${name} leaves`);
  }

  /** Only looks. */
  function* customer(name: string, comes: number, stays: number): Co {
    yield* seconds(comes);
    using _ = yield* lock.readLock(); // unlocks at the end of the block
    comesIn(name, "reads");
    yield* seconds(stays);
    leaves(name);
  }

  /** Brings something. */
  function* supplier(name: string, comes: number, brings: number, row: string): Co {
    yield* seconds(comes);
    using _ = yield* lock.writeLock();
    comesIn(name, "writes");
    yield* seconds(1);
    stock[row] = (stock[row] ?? 0) + brings;
    tell(`${name} has brought ${brings} ${row}`);
    leaves(name);
  }

  /** Orders what is running out. */
  function* clerk(name: string, comes: number, looks: number, row: string): Co {
    const runsOut = () => (stock[row] ?? 0) < 3;
    yield* seconds(comes);
    using _ = yield* lock.readLock();
    comesIn(name, "reads");
    yield* seconds(looks);
    if (runsOut()) {
      inside.delete(name);
      tell(`${name} wants to order ${row}`);
      yield* lock.upgrade();
      comesIn(name, "writes");
      if (runsOut()) { // still?
        yield* seconds(1);
        stock[row] = 10;
        tell(`${name} has ordered ${row}`);
      } else {
        tell(`${name} finds enough ${row}`);
      }
      lock.downgrade(); // readers at the head of the queue come in, writers do not
      comesIn(name, "reads");
      yield* seconds(1);
    }
    leaves(name);
  }

  yield* scope(function* (people) {
    people.start(customer, "A", 0, 2);
    people.start(customer, "B", 1, 2); // together with A
    people.start(supplier, "S", 2, 5, "pears"); // alone, when both have left
    people.start(customer, "C", 2, 2); // not before S, who came first
    people.start(clerk, "K", 4, 1, "apples");
    people.start(clerk, "L", 4, 3, "apples"); // sees what K sees, and is slower
    people.start(customer, "D", 6, 1); // waits behind K, and comes in when that one has written
  });
}

if (import.meta.main) {
  const stock = { apples: 2, pears: 0 };
  const clock = new VirtualClock();
  // deno-lint-ignore no-console -- its output
  const co = Coroutine.create(morning, stock, clock, console.log);
  co.enter();
  clock.advance(60e9); // a minute that takes no time
  assertNoDeadlock(); // nobody is left who waits in vain
  await co.done;
  // deno-lint-ignore no-console -- its output
  console.log(stock);
}
