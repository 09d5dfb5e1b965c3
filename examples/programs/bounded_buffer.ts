/**
 * A bounded buffer: producers put items in, consumers take them out. Whoever finds it full, or
 * empty, waits until somebody else has changed that. The consumers end when the producers have, and
 * the buffer is empty.
 *
 * A mutex and two queues make a monitor, as with condition variables elsewhere: `wait(mutex)` lets
 * go of the mutex and has it again when it goes on. Others may have been faster meanwhile: hence
 * `while`, and never `if`.
 *
 *     deno run examples/programs/bounded_buffer.ts
 */
import {
  all,
  assertNoDeadlock,
  type Clock,
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  scope,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";

/** A buffer with room for so many items. */
export class BoundedBuffer<T> {
  readonly size: number;
  readonly #items: T[] = [];
  readonly #mutex = new CoMutex("buffer");
  readonly #notFull = new CoQueue("not full");
  readonly #notEmpty = new CoQueue("not empty");
  #closed = false;

  constructor(size: number) {
    this.size = size;
  }

  /** How many items are in it. */
  get length(): number {
    return this.#items.length;
  }

  /** Puts an item in, as soon as there is room. */
  *put(item: T): Co {
    using _ = yield* this.#mutex.lock();
    while (this.#items.length === this.size) yield* this.#notFull.wait(this.#mutex);
    this.#items.push(item);
    this.#notEmpty.next();
  }

  /** Takes an item out, as soon as there is one; undefined if there will never be one again. */
  *take(): Co<T | undefined> {
    using _ = yield* this.#mutex.lock();
    while (this.#items.length === 0 && !this.#closed) yield* this.#notEmpty.wait(this.#mutex);
    this.#notFull.next();
    return this.#items.shift();
  }

  /** Says that nothing more will be put in. */
  *close(): Co {
    using _ = yield* this.#mutex.lock();
    this.#closed = true;
    this.#notEmpty.restartAll();
  }
}

/** Who works, and how fast. */
export interface Work {
  /** How much room the buffer has. */
  readonly size: number;
  /** How many items each producer makes. */
  readonly each: number;
  /** How many seconds each producer takes to make an item. */
  readonly producers: Readonly<Record<string, number>>;
  /** How many seconds each consumer takes to use one. */
  readonly consumers: Readonly<Record<string, number>>;
}

/**
 * Lets producers and consumers work until all is done.
 *
 * @param work Who works.
 * @param clock By which clock.
 * @param say Is told what happens.
 * @returns Which items each consumer has taken.
 */
export function* produceAndConsume(
  { size, each, producers, consumers }: Work,
  clock: Clock,
  say: (line: string) => void,
): Co<Record<string, string[]>> {
  const buffer = new BoundedBuffer<string>(size);
  const taken: Record<string, string[]> = {};
  const note = (what: string) => say(`${clock.now / 1e9} s  ${what}, which makes ${buffer.length}`);

  function* produce(name: string, seconds: number): Co {
    for (let i = 1; i <= each; i++) {
      yield* sleep(seconds * 1e9, clock);
      if (buffer.length === size) say(`${clock.now / 1e9} s  ${name}${i} must wait for room`);
      yield* buffer.put(`${name}${i}`);
      note(`${name}${i} is put in`);
    }
  }

  function* consume(name: string, seconds: number): Co {
    const mine: string[] = taken[name] = [];
    for (let item; (item = yield* buffer.take()) !== undefined;) {
      mine.push(item);
      note(`${name} takes ${item}`);
      yield* sleep(seconds * 1e9, clock);
    }
  }

  yield* scope(function* (jobs) {
    for (const [name, seconds] of Object.entries(consumers)) jobs.start(consume, name, seconds);
    yield* all(Object.entries(producers).map(([name, s]) => () => produce(name, s)));
    yield* buffer.close();
  });
  return taken; // the scope has waited for the consumers
}

if (import.meta.main) {
  const work = { size: 2, each: 4, producers: { a: 1, b: 2 }, consumers: { x: 2, y: 3 } };
  const clock = new VirtualClock();
  // deno-lint-ignore no-console -- its output
  const co = Coroutine.create(produceAndConsume, work, clock, console.log);
  co.enter();
  clock.advance(60e9); // a minute that takes no time
  assertNoDeadlock(); // nobody is left who waits in vain
  // deno-lint-ignore no-console -- its output
  console.log(await co.done);
}
