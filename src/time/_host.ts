/**
 * The turns of the host's event loop, and its timers where no clock will do.
 *
 * @module
 */

const NS_PER_MS = 1e6;

/** Node and Deno have it; where it is missing, a message to oneself does. */
const { setImmediate } = globalThis as { setImmediate?: (call: () => void) => unknown };

/** Stops this thread for so many nanoseconds. Not every host lets every thread do so. */
export function stopFor(ns: number): void {
  // Made here: some hosts have no shared memory at all.
  const cell = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, ns / NS_PER_MS);
}

/**
 * Calls after so many milliseconds. By a timer of the host's: an alarm of a clock would count as something that a
 * coroutine of this thread waits for. The program does not end before that.
 *
 * @returns Takes it back.
 */
export function after(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds);
  return () => clearTimeout(timer);
}

/** Longer than a program runs. */
const LONG_MS = 2 ** 30;

/**
 * Keeps the program from ending, though its host sees nothing that is under way.
 *
 * @returns Lets it end.
 */
export function stayUp(): () => void {
  const timer = setInterval(() => {}, LONG_MS);
  return () => clearInterval(timer);
}

/** How many calls the host has been asked for, and has not made yet. */
export let turnsDue = 0;

/**
 * Calls in a later turn of the host's event loop: its timers have had theirs by then. Its sockets have theirs
 * after some dozens of such turns: Deno looks at them no more often while there is something to call. The
 * program does not end before that.
 */
export function soon(call: () => void): void {
  // EQUIVALENT(++ -> --): after some rounds a thread lets its host have its turn in any case.
  turnsDue++;
  const turn = (): void => {
    turnsDue--;
    call();
  };
  if (setImmediate !== undefined) {
    setImmediate(turn);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    turn();
  };
  port2.postMessage(null);
}
