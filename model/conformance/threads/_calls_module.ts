/**
 * What a thread runs that is called by `specs/threads/calls.ts`.
 *
 * @module
 */
import { type Co, sleep, type Suspension, transfer, until } from "../../../mod.ts";

/** What the words of memory say that a call has: what it is told, and what has become of it. */
export const WAITS = 0, RETURN = 1, THROW = 2, RUNS = 3, ENDED = 4;

/** Waits until it is told what to do. It says whether it runs in the word after that one. */
export function* work(memory: Int32Array, at: number, who: string): Co<string> {
  Atomics.store(memory, at + 1, RUNS);
  try {
    for (;;) {
      const told = Atomics.load(memory, at);
      if (told === RETURN) return `${who} is done`;
      if (told === THROW) throw new Error(`${who} has failed`);
      const { value } = Atomics.waitAsync(memory, at, WAITS);
      if (typeof value !== "string") yield* until(value);
    }
  } finally {
    Atomics.store(memory, at + 1, ENDED);
  }
}

export function add(a: number, b: number): number {
  return a + b;
}

export async function addLater(a: number, b: number): Promise<number> {
  await undefined;
  return a + b;
}

export function* addInTurn(a: number, b: number): Co<number> {
  yield* sleep(1);
  return a + b;
}

export function nap(): Suspension<void> {
  return sleep(1);
}

export function fail(): never {
  throw new RangeError("too much");
}

export async function failLater(): Promise<never> {
  await undefined;
  throw new RangeError("too late");
}

export function* failInTurn(): Co<never> {
  yield* sleep(1);
  throw new RangeError("too deep");
}

export const constant = 7;

export function returnFunction(): () => void {
  return () => {};
}

export function lengthOf(bytes: Uint8Array): number {
  return bytes.length;
}

let moved = new Uint8Array();

export function move() {
  moved = new Uint8Array(3);
  return transfer(moved, [moved.buffer]);
}

export function left(): number {
  return moved.length;
}
