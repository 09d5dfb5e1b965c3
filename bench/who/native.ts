/**
 * Async functions, and what one writes by hand from promises.
 *
 * @module
 */
import { type Batch, RING, type Who } from "../_ops.ts";
import { socketPair } from "../_sockets.ts";

export const native: Who = {
  ops: {
    create: () => async (n) => {
      for (let i = 0; i < n; i++) await empty();
    },
    createInline: () => async (n) => {
      for (let i = 0; i < n; i++) await (async () => {})();
    },
    resume: () => (n) => under(0, n),
    call1: () => (n) => under(1, n),
    call8: () => (n) => under(8, n),
    call64: () => (n) => under(64, n),
    lock: () => {
      const mutex = new PromiseMutex();
      return async (n) => {
        for (let i = 0; i < n; i++) (await mutex.lock())();
      };
    },
    lockUsing: () => {
      const mutex = new PromiseMutex();
      return async (n) => {
        for (let i = 0; i < n; i++) {
          using _ = { [Symbol.dispose]: await mutex.lock() };
        }
      };
    },
    handoff2: () => handoff(2),
    handoff100: () => handoff(100),
    wakeChain: () => async (n) => {
      let left = n;
      const wakes: (() => void)[] = new Array(RING).fill(nothing);
      async function link(i: number): Promise<void> {
        while (left > 0) {
          const woken = new Promise<void>((resolve) => wakes[i] = resolve);
          if (started) wakeNext(i);
          await woken;
        }
        wakeNext(i);
      }
      function wakeNext(i: number): void {
        left--;
        wakes[(i + 1) % RING]?.();
      }
      let started = false;
      const links = wakes.map((_, i) => link(i));
      started = true;
      wakes[0]?.();
      await Promise.all(links);
    },
    readableSocket: async () => {
      const { here, there } = await socketPair();
      const [one, room] = [new Uint8Array(1), new Uint8Array(64)];
      void (async () => {
        for (const mine = new Uint8Array(64);;) {
          if (await there.read(mine) === null) return;
          await there.write(one);
        }
      })();
      return async (n) => {
        for (let i = 0; i < n; i++) {
          await here.write(one);
          await here.read(room);
        }
      };
    },
    queueWait: () => async (n) => {
      const [ping, pong] = [new PromiseQueue(), new PromiseQueue()];
      let left = n;
      /** Two take turns: whoever lets the other one go on must know that it waits. */
      async function takeTurns(own: PromiseQueue, other: PromiseQueue): Promise<void> {
        while (left > 0) {
          await own.wait();
          left--;
          other.next();
        }
      }
      const both = [takeTurns(ping, pong), takeTurns(pong, ping)];
      ping.next();
      await Promise.all(both);
    },
    condvar: () => condvar,
    cancel: () => async (n) => {
      for (let i = 0; i < n; i++) {
        const controller = new AbortController();
        const ended = cleansUp(controller.signal);
        controller.abort();
        await ended.catch(nothing);
      }
    },
  },
  suspend(slots) {
    async function suspended(i: number): Promise<void> {
      await new Promise((resolve) => slots[i] = resolve);
    }
    // Whoever can resume it keeps it alive.
    for (let i = 0; i < slots.length; i++) void suspended(i);
  },
};

function nothing(): void {}

async function empty(): Promise<void> {}

let cleanedUp = 0;

async function cleansUp(signal: AbortSignal): Promise<void> {
  try {
    await new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  } finally {
    cleanedUp++;
  }
}

async function under(calls: number, n: number): Promise<void> {
  if (calls > 0) await under(calls - 1, n);
  else for (let i = 0; i < n; i++) await undefined;
}

/** The chain of promises that one finds in every code base: first in, first out. */
class PromiseMutex {
  #last: Promise<void> = Promise.resolve();

  lock(): Promise<() => void> {
    const before = this.#last;
    let unlock = nothing;
    this.#last = new Promise((resolve) => unlock = resolve);
    return before.then(() => unlock);
  }
}

function handoff(tasks: number): Batch {
  return async (n) => {
    const mutex = new PromiseMutex();
    let left = n;
    async function contend(): Promise<void> {
      while (left > 0) {
        const unlock = await mutex.lock();
        left--;
        unlock();
      }
    }
    await Promise.all(Array.from({ length: tasks }, contend));
  };
}

/** What one writes to let others wait: first in, first out. */
class PromiseQueue {
  readonly #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  next(): void {
    this.#waiting.shift()?.();
  }
}

async function condvar(n: number): Promise<void> {
  const mutex = new PromiseMutex();
  const filled = new PromiseQueue();
  // For what cofn's producer does by yielding.
  const turn = new PromiseQueue();
  let ready = false;
  async function produce(): Promise<void> {
    for (let i = 0; i < n; i++) {
      await turn.wait();
      const unlock = await mutex.lock();
      ready = true;
      filled.next();
      unlock();
    }
  }
  async function consume(): Promise<void> {
    for (let i = 0; i < n; i++) {
      let unlock = await mutex.lock();
      while (!ready) {
        const told = filled.wait();
        unlock();
        turn.next();
        await told;
        unlock = await mutex.lock();
      }
      ready = false;
      unlock();
    }
  }
  await Promise.all([produce(), consume()]);
}
