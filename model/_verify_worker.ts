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

self.onmessage = ({ data }: MessageEvent<number>) => {
  const pair = pairs[data];
  if (pair === undefined) throw new Error(`[internal] There is no pair ${data}`);
  self.postMessage({ verdict: verify(pair, (progress) => self.postMessage({ progress })) });
};
