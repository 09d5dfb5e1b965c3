/**
 * What many do, and what starts them.
 *
 * @module
 */
import { type Co, Coroutine, type Suspension } from "../../mod.ts";
import { keep } from "../_growth.ts";

export function* once(): Co {
  yield;
}

export function* forever(): Co {
  for (;;) yield;
}

export function* waits(wait: () => Suspension<unknown>): Co {
  try {
    yield* wait();
  } catch {
    // It has given up, or was cancelled.
  }
}

/** As `waits`, and gives back at once what it has got. */
export function* uses(wait: () => Suspension<unknown>): Co {
  using _ = (yield* wait()) as Disposable | undefined;
}

export function started<A extends unknown[]>(
  n: number,
  body: (...args: A) => Suspension<unknown>,
  ...args: A
): Coroutine<unknown>[] {
  const cos = keep(new Array<Coroutine<unknown>>(n));
  for (let i = 0; i < n; i++) {
    const co = Coroutine.create(body, ...args);
    co.enter();
    cos[i] = co;
  }
  return cos;
}

/** One coroutine that does all of it, and has ended when all is done. */
export function one(body: () => Suspension<unknown>): Promise<unknown> {
  const co = Coroutine.create(body);
  const { done } = co;
  co.enter();
  return done;
}

/** The same order each time. */
export function shuffled<T>(some: readonly T[]): T[] {
  const all = [...some];
  let seed = 1;
  for (let i = all.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

export const orders: Readonly<Record<string, <T>(all: T[]) => T[]>> = {
  "oldest first": (all) => all,
  "newest first": (all) => all.reverse(),
  "at random": shuffled,
};
