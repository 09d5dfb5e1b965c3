/**
 * One exploration of threads on shared memory.
 *
 * @module
 */
import { interleave } from "../interleave/interleave.ts";
import type { InterleaveReport } from "../interleave/report.ts";
import type { InterleaveOptions } from "../interleave/types.ts";
import type { Threads } from "../conformance/interleavings.ts";

/** What became of it. */
export interface ThreadsVerdict {
  readonly kind: "threads";
  readonly name: string;
  readonly scope: string;
  readonly explored: InterleaveReport;
  /** False claims that were not refuted. */
  readonly unrefuted: readonly string[];
  /** How many were. */
  readonly refuted: number;
  readonly ok: boolean;
}

/** How far they are explored, and who is told of it. */
export interface ThreadsOptions {
  /** Bytes that the states may take. */
  readonly memory?: number;
  readonly onProgress?: (progress: { readonly states: number }) => void;
}

/** Explores threads, and sees their false claims fail. */
export function verifyThreads(
  { name, scope, make }: Threads,
  { memory, onProgress }: ThreadsOptions = {},
): ThreadsVerdict {
  const { interleaving, wrong } = make();
  const options: InterleaveOptions = {
    onProgress: ({ distinct: states }) => onProgress?.({ states }),
    ...(memory !== undefined && { memory }),
  };
  const explored = interleave(interleaving, options);
  const claims = Object.entries(wrong);
  const unrefuted = claims.filter(([claim, holds]) => {
    const { violation } = interleave({ ...interleaving, always: { [claim]: holds } }, options);
    return violation?.kind !== "always" || violation.name !== claim;
  }).map(([claim]) => claim);
  const refuted = claims.length - unrefuted.length;
  const ok = explored.ok && unrefuted.length === 0;
  return { kind: "threads", name, scope, explored, unrefuted, refuted, ok };
}
