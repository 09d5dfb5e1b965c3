/**
 * One job in a Worker of its own: it is sent which, says now and then how far it has come, and at last
 * sends the verdict.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { interleavings } from "../conformance/interleavings.ts";
import { pairs } from "../conformance/pairs.ts";
import { verifyPair } from "./pair.ts";
import { verifyThreads } from "./threads.ts";

/** What it is sent. */
export interface Order {
  readonly kind: "pair" | "threads";
  /** Which of that kind. */
  readonly index: number;
  /** Where the calls are noted that are under way. */
  readonly journal: Int32Array;
  /** Bytes that the states may take. */
  readonly memory: number | undefined;
}

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  const { kind, index, journal, memory } = data;
  const limits = memory === undefined ? {} : { memory };
  const onProgress = (progress: unknown): void => self.postMessage({ progress });
  const [pair, threads] = [pairs[index], interleavings[index]];
  if (kind === "threads" && threads !== undefined) {
    self.postMessage({ verdict: verifyThreads(threads, { ...limits, onProgress }) });
  } else if (kind === "pair" && pair !== undefined) {
    self.postMessage({
      verdict: await verifyPair(pair, { ...limits, journal, onProgress, onSearch: onProgress }),
    });
  } else throw new Error(`[internal] There is no ${kind} ${index}`);
};
