/**
 * The turns of the host's event loop.
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

/** How many calls the host has been asked for, and has not made yet. */
export let turnsDue = 0;

/**
 * Calls in a later turn of the host's event loop: its timers and its I/O have had theirs by then. The
 * program does not end before that.
 */
export function soon(call: () => void): void {
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
