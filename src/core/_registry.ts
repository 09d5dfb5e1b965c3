/**
 * Remembers every suspended coroutine for `dump()`, without keeping any alive for good.
 *
 * A WeakRef for each coroutine would cost several times the coroutine. So they are kept in
 * cohorts of up to 131 that know their members, and only the cohorts are known weakly: as each
 * member holds its cohort, one that nobody can resume any more is freed as soon as the
 * others of its cohort have ended or are out of reach as well.
 *
 * @module
 */

/** An array that has grown to this has no room left over. */
const SIZE = 131;

/** Coroutines of one home, up to so many. The last takes the slot of one that leaves. */
export interface Cohort<T, H> {
  /** Where they ran last; null if no context was ever asked for. */
  readonly home: H | null;
  readonly members: T[];
}

/** All cohorts, known weakly, but for those that are still open. */
export class Registry<T, H extends object> {
  #cohorts: WeakRef<Cohort<T, H>>[] = [];
  #pruneAt = SIZE;
  #open: Cohort<T, H> = this.#start(null);
  /** The open cohorts of the other homes. */
  readonly #others = new WeakMap<H, Cohort<T, H>>();

  /** The cohort to join: the newcomer appends itself. */
  open(home: H | null): Cohort<T, H> {
    const open = this.#open;
    if (open.home !== home || open.members.length >= SIZE) this.#open = this.#another(home);
    return this.#open;
  }

  /** Everybody who has joined and not left. */
  *members(): Generator<T, void> {
    for (const ref of this.#cohorts) {
      yield* ref.deref()?.members ?? [];
    }
  }

  /** The one that is open for that home: it becomes {@linkcode Registry.#open}. */
  #another(home: H | null): Cohort<T, H> {
    const before = this.#open;
    if (before.home !== null) this.#others.set(before.home, before);
    const known = home === null ? undefined : this.#others.get(home);
    return known !== undefined && known.members.length < SIZE ? known : this.#start(home);
  }

  #start(home: H | null): Cohort<T, H> {
    if (this.#cohorts.length >= this.#pruneAt) {
      // An empty one that is open still may have members again: whoever joins it must be found.
      this.#cohorts = this.#cohorts.filter((ref) => ref.deref() !== undefined);
      this.#pruneAt = 2 * Math.max(SIZE, this.#cohorts.length);
    }
    const cohort: Cohort<T, H> = { home, members: [] };
    this.#cohorts.push(new WeakRef(cohort));
    return cohort;
  }
}
