/**
 * The turns of the host's event loop.
 *
 * @module
 */

/** Nodes and Deno have it; where it is missing, a message to oneself does. */
const { setImmediate } = globalThis as { setImmediate?: (call: () => void) => unknown };

/**
 * Calls in a later turn of the host's event loop: its timers and its I/O have had theirs by then. The
 * program does not end before that.
 */
export function soon(call: () => void): void {
  if (setImmediate !== undefined) {
    setImmediate(call);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    call();
  };
  port2.postMessage(null);
}
