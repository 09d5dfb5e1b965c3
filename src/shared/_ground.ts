/**
 * What a thread stands on.
 *
 * @module
 */
import { host } from "../core/_report.ts";
import { stayUp } from "../time/_host.ts";
import type { AtomicWords } from "../lockfree/words.ts";

/** What a thread stands on: its host. Where all that threads can do is explored, another one stands in for it. */
export interface Ground {
  readonly atomics: AtomicWords;
  /** Is told of an error of a coroutine, which is the host's to report, and ends nothing here. */
  report(error: unknown): void;
  /** Keeps the program from ending; answers what lets it. */
  stayUp(): () => void;
  /** How many times a thread looks whether a mutex is free before it waits, if another thread has it. */
  readonly spins: number;
  /** After so many waits that a thread has given up for one mutex, its holder's thread takes them out of the line. */
  readonly crowd: number;
  /** The records that the thread has at the beginning. */
  readonly atHand: number[];
}

/** The host that there is. */
export function hostGround(): Ground {
  return {
    atomics: Atomics,
    report: (error) => host.report(error),
    stayUp,
    spins: 1000,
    crowd: 256,
    atHand: [],
  };
}
