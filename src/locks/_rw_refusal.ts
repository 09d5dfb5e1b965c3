/**
 * What is wrong with what one asks of a read-write lock, whether threads share it or not.
 *
 * @module
 */
import { cannotLock } from "../core/_refusals.ts";
import { core, type Coroutine } from "../core/coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "../core/errors.ts";

const { cpu, leader } = core;

/** What is asked of it. */
export type RwVerb = "lock" | "unlock" | "upgrade" | "downgrade";

/** A read-write lock, as far as it matters here. */
export interface RwState {
  /** How many readers, or -1. */
  readonly owners: number;
  /** Whether a holder has ended without unlocking it… */
  readonly abandoned: boolean;
  /** … and who. */
  readonly abandonedBy: string;
  /** What a coroutine has it for: 1 to read, -1 to write, 0 if it has it not. */
  asOf(co: Coroutine): 1 | -1 | 0;
  toString(): string;
}

/** Throws what is wrong with asking that here and now, if anything is. */
export function checkRw(verb: RwVerb, lock: RwState): void {
  const co = cpu.current;
  if (co === leader) throw cannotLock(lock, verb);
  if (lock.abandoned && (verb === "lock" || verb === "upgrade")) {
    throw refused("abandoned", `${lock.abandonedBy} ended without unlocking it`);
  }
  const as = lock.asOf(co);
  const holds = `coroutine "${co.name}" holds it`;
  if (verb === "lock") {
    if (as !== 0) throw refused("relock", `${holds} already`);
  } else if (as === 0) {
    if (lock.owners === 0) throw refused("not-locked", "nobody holds it");
    throw refused("not-holder", `coroutine "${co.name}" does not hold it`);
  } else if (verb === "downgrade") {
    // INVARIANT: of one that writes, nobody asks this.
    throw refused("not-holder", `${holds} for reading`);
  } else if (verb === "upgrade" && as < 0) {
    throw refused("relock", `${holds} for writing already`);
  }

  function refused(code: CoroutineErrorCode, reason: string): CoroutineError {
    return new CoroutineError(code, `Cannot ${verb} ${lock}: ${reason}`, { coroutine: co });
  }
}
