/**
 * One job in a Worker of its own: it is sent which, says now and then how far it has come, and at last
 * sends the verdict.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
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
  // What one kind needs, the other does not: to load both would take longer than most jobs.
  if (kind === "threads") {
    const { interleavings: { [index]: threads } } = await import("../conformance/interleavings.ts");
    const { verifyThreads } = await import("./threads.ts");
    // INVARIANT: there is one, as whoever sends the order has found it there.
    self.postMessage({ verdict: verifyThreads(threads!, { ...limits, onProgress }) });
  } else {
    const { pairs: { [index]: pair } } = await import("../conformance/pairs.ts");
    const { verifyPair } = await import("./pair.ts");
    self.postMessage({
      verdict: await verifyPair(pair!, { ...limits, journal, onProgress, onSearch: onProgress }),
    });
  }
};
