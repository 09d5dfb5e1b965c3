/**
 * A program that makes and drops coroutines, and prints by how many bytes the heap has grown.
 *
 * @module
 */
import { type Co, CoQueue, Coroutine, sleep, VirtualClock } from "../../../mod.ts";

// INVARIANT: run with --v8-flags=--expose-gc.
const { gc } = globalThis as unknown as { gc(): void };

function* once(): Co {
  yield;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What is left when all that was dropped has been seen to: the host does so when it likes. */
async function heap(): Promise<number> {
  let least = Infinity;
  for (let left = 8; left > 0; left--) {
    await turn();
    gc();
    const { heapUsed } = Deno.memoryUsage();
    // As long as it becomes less, there is something to see to.
    if (heapUsed < least - 10_000) left = 8;
    least = Math.min(least, heapUsed);
  }
  return least;
}

/** Runs `batch` a hundred times; the host gets its turn in between, as weak references need. */
async function grown(batch: () => void): Promise<number> {
  batch();
  const before = await heap();
  for (let i = 0; i < 100; i++) {
    batch();
    await turn();
  }
  return await heap() - before;
}

/** The same in one turn of the host. */
async function grownInOneTurn(batch: () => void): Promise<number> {
  batch();
  const before = await heap();
  for (let i = 0; i < 100; i++) batch();
  gc();
  return Deno.memoryUsage().heapUsed - before;
}

function repeat(n: number, f: () => void): () => void {
  return () => {
    for (let i = 0; i < n; i++) f();
  };
}

const always = new CoQueue("always");
const standing = new VirtualClock();
const never = new AbortController().signal;

let last = Coroutine.create(once);
last.enter();

// deno-lint-ignore no-console -- its output
console.log(JSON.stringify({
  dropped: await grown(repeat(10_000, () => Coroutine.create(once).enter())),
  "never entered": await grown(repeat(10_000, () => void Coroutine.create(once))),
  "dropped in a wait with a limit": await grown(repeat(1_000, () => {
    const [queue, clock] = [new CoQueue("queue"), new VirtualClock()];
    Coroutine.create(function* () {
      yield* queue.wait({ timeout: 5, clock, signal: new AbortController().signal });
    }).enter();
  })),
  "cancelled in a wait with a limit": await grown(repeat(1_000, () => {
    const co = Coroutine.create(function* () {
      yield* always.wait({ timeout: 5, clock: standing, signal: never });
    });
    co.enter();
    co.cancel();
  })),
  "cancelled asleep": await grown(repeat(1_000, () => {
    const co = Coroutine.create(function* () {
      yield* sleep(5, standing);
    });
    co.cancelOn(never);
    co.enter();
    co.cancel();
  })),
  "ended, two at a time, in one turn": await grownInOneTurn(repeat(10_000, () => {
    const next = Coroutine.create(once);
    next.enter();
    last.enter();
    last = next;
  })),
}));
