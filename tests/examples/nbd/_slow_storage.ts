import { type Co, Coroutine, type Suspension, until } from "@cofn/coroutine";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import type { Extent, Storage } from "../../../examples/nbd/storage.ts";

/** Memory that is slow: each call ends when the test says so, or fails. */
export class SlowStorage implements Storage {
  readonly memory: MemoryStorage;
  readonly description = "slow";
  readonly sparse = false;
  /** What has been begun and has not ended. */
  readonly calls: { readonly what: string; end(): void; fail(error: Error): void }[] = [];
  /** How many calls there were at once, at most. */
  most = 0;
  /** How many there were in all. */
  begun = 0;

  constructor(size = 4 * 2 ** 20) {
    this.memory = new MemoryStorage(size);
  }

  get size(): number {
    return this.memory.size;
  }

  *read(offset: number, length: number): Co<readonly Uint8Array[]> {
    yield* this.#call(`read ${offset}`);
    return yield* this.memory.read(offset, length);
  }

  sent(piece: Uint8Array): void {
    this.memory.sent(piece);
  }

  *write(offset: number, bytes: Uint8Array): Co {
    const copy = bytes.slice();
    yield* this.#call(`write ${offset}`);
    yield* this.memory.write(offset, copy);
  }

  *zero(offset: number, length: number, allocate: boolean): Co {
    yield* this.#call(`zero ${offset} ${allocate}`);
    yield* this.memory.zero(offset, length, allocate);
  }

  *trim(offset: number, _length: number): Co {
    yield* this.#call(`trim ${offset}`);
  }

  *flush(): Co {
    yield* this.#call("flush");
  }

  extents(offset: number, length: number): Iterable<Extent> {
    return this.memory.extents(offset, length);
  }

  close(): void {}

  *#call(what: string): Co {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.begun++;
    this.most = Math.max(this.most, this.calls.push({ what, end: resolve, fail: reject }));
    try {
      yield* until(promise);
    } finally {
      this.calls.splice(this.calls.findIndex((call) => call.what === what), 1);
    }
  }
}

/** What a storage has there, in one piece. */
export function* bytesIn(storage: Storage, offset: number, length: number): Co<Uint8Array> {
  const bytes = new Uint8Array(length).fill(0xee);
  let at = 0;
  for (const piece of yield* storage.read(offset, length)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Runs in a coroutine. */
export function run<T>(fn: () => Suspension<T>): Promise<T> {
  const co = Coroutine.create(function* () {
    return yield* fn();
  });
  const { done } = co;
  co.enter();
  return done;
}

/** Lets all that can go on without the test go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    // A connection that has worked for long goes on after the others.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
