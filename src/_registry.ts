/**
 * Remembers every suspended coroutine for `dump()`, without keeping any alive for good.
 *
 * A WeakRef for each coroutine would cost several times the coroutine. So they are kept in
 * cohorts of up to 64 that know their members, and only the cohorts are known weakly: as each
 * member holds its cohort, one that nobody can resume any more is freed as soon as the
 * others of its cohort have ended or are out of reach as well.
 *
 * @module
 */

const SIZE = 64;

/** Up to 64 members. The last takes the slot of one that leaves. */
export type Cohort<T> = T[];

/** All cohorts, known weakly, but for the one that is still open. */
export class Registry<T> {
  #cohorts: WeakRef<Cohort<T>>[] = [];
  #pruneAt = SIZE;
  #open: Cohort<T> = this.#start();

  /** The cohort to join: the newcomer appends itself. */
  open(): Cohort<T> {
    if (this.#open.length >= SIZE) this.#open = this.#start();
    return this.#open;
  }

  /** Everybody who has joined and not left. */
  *members(): Generator<T, void> {
    for (const ref of this.#cohorts) {
      yield* ref.deref() ?? [];
    }
  }

  #start(): Cohort<T> {
    if (this.#cohorts.length >= this.#pruneAt) {
      this.#cohorts = this.#cohorts.filter((ref) => (ref.deref()?.length ?? 0) > 0);
      this.#pruneAt = 2 * Math.max(SIZE, this.#cohorts.length);
    }
    const cohort: Cohort<T> = [];
    this.#cohorts.push(new WeakRef(cohort));
    return cohort;
  }
}
