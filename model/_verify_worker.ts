/**
 * One pair in a Worker of its own: it is sent the number of the pair, says now and then how far it
 * has come, and at last sends the verdict.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { pairs } from "./conformance/pairs.ts";
import { verify } from "./conformance/verify_pair.ts";

self.onmessage = async (
  { data }: MessageEvent<{ readonly index: number; readonly journal: Int32Array }>,
) => {
  const pair = pairs[data.index];
  if (pair === undefined) throw new Error(`[internal] There is no pair ${data.index}`);
  const onProgress = (progress: unknown): void => self.postMessage({ progress });
  self.postMessage({ verdict: await verify(pair, { journal: data.journal, onProgress }) });
};
