/**
 * Verifies one spec at quick, in the main thread: what a Worker has run is not counted if it is ended early.
 *
 * @module
 */
import { isPair, jobsOf } from "../../model/verify/jobs.ts";
import { verifyPair } from "../../model/verify/pair.ts";
import { verifyThreads } from "../../model/verify/threads.ts";

for (const job of jobsOf("quick").filter(({ name }) => name === Deno.args[0])) {
  const { ok } = isPair(job) ? await verifyPair(job) : verifyThreads(job);
  if (!ok) Deno.exitCode = 1;
}
