/**
 * A checksum of something large, by several threads: each takes the next block until there is none left,
 * and adds what it has found to what the others have, under a mutex that they share.
 *
 *     deno run --allow-read examples/programs/parallel_checksum.ts
 */
import {
  all,
  type Co,
  Coroutine,
  IOThread,
  SharedCoMutex,
  type SharedCoMutexHandle,
} from "@cofn/coroutine";

const BLOCK = 1 << 20;

/** What all threads share: the number of the next block, and the sum. */
export interface Work {
  readonly bytes: Uint8Array;
  /** The next block, and the two halves of the sum. */
  readonly words: Int32Array;
  readonly mutex: SharedCoMutexHandle;
}

/** The two halves of the sum of some bytes: of their values, and of those by their places. */
function sumOf(bytes: Uint8Array, from: number, to: number): [number, number] {
  let a = 0;
  let b = 0;
  for (let i = from; i < to; i++) {
    // INVARIANT: it is below the length.
    const byte = bytes[i]!;
    a += byte;
    b = (b + (i % 65521 + 1) * byte) % 65521;
  }
  return [a % 65521, b];
}

/** What one thread does: how many blocks were its own? */
export function* addUp({ bytes, words, mutex }: Work): Co<number> {
  const lock = SharedCoMutex.from(mutex);
  const blocks = Math.ceil(bytes.length / BLOCK);
  for (let n = 0;; n++) {
    const block = Atomics.add(words, 0, 1);
    if (block >= blocks) return n;
    const [a, b] = sumOf(bytes, block * BLOCK, Math.min((block + 1) * BLOCK, bytes.length));
    yield* lock.lock();
    words[1] = (words[1]! + a) % 65521;
    words[2] = (words[2]! + b) % 65521;
    lock.unlock();
  }
}

/**
 * The checksum of bytes that threads share.
 *
 * @param bytes Over a SharedArrayBuffer.
 * @param n How many threads.
 * @returns The sum, and how many blocks each thread has added up.
 */
export async function checksum(
  bytes: Uint8Array,
  n: number,
): Promise<{ sum: string; blocks: number[] }> {
  const words = new Int32Array(new SharedArrayBuffer(12));
  const work: Work = { bytes, words, mutex: new SharedCoMutex("sum").handle };
  const threads = await Promise.all(
    Array.from(
      { length: n },
      (_, i) => IOThread.spawn<{ addUp: typeof addUp }>(import.meta.url, { name: `adder ${i}` }),
    ),
  );
  const co = Coroutine.create(function* () {
    return yield* all(threads.map((thread) =>
      function* () {
        return yield* thread.call("addUp", work);
      }
    ));
  });
  const { done } = co;
  co.enter();
  const blocks = await done;
  await Promise.all(threads.map((thread) => thread.join()));
  const hex = (word: number | undefined): string => (word ?? 0).toString(16).padStart(4, "0");
  return { sum: `${hex(words[1])}${hex(words[2])}`, blocks };
}

if (import.meta.main) {
  const bytes = new Uint8Array(new SharedArrayBuffer(64 * BLOCK));
  for (let i = 0; i < bytes.length; i++) bytes[i] = i * i >> 5;
  for (const n of [1, 2, 4]) {
    const begin = performance.now();
    const { sum, blocks } = await checksum(bytes, n);
    const ms = Math.round(performance.now() - begin);
    // deno-lint-ignore no-console -- its output
    console.log(
      `${n} thread${n === 1 ? " " : "s"}  ${sum}  ${ms} ms  blocks: ${blocks.join(" + ")}`,
    );
  }
}
