/**
 * The thread that listens for Ctrl-C.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { STATE } from "./state.ts";

self.onmessage = ({ data: state }: MessageEvent<Int32Array>) => {
  const heard = (): void => {
    const { searching, stopped } = STATE;
    if (Atomics.compareExchange(state, 0, searching, stopped) === searching) return;
    // Where nobody listens any more, the signal does what it does by itself.
    Deno.removeSignalListener("SIGINT", heard);
    Deno.kill(Deno.pid, "SIGINT");
  };
  Deno.addSignalListener("SIGINT", heard);
  self.postMessage(null);
};
