/**
 * What of a file the system has in its memory, most likely.
 *
 * @module
 */

/** What the system keeps or drops at once. */
const PAGE = 4096;
/** So many pages are known together. */
const PAGES = 16;
/** What a call that was slow counts, in calls that were quick: … */
const DOUBT = 32;
/** … one or two may be an accident, such as that another program has run meanwhile. */
const MOST_DOUBT = 2 * DOUBT;

/**
 * The pages of a file that were read or written lately. The system has them in its memory then, unless it
 * needed the room: whoever finds that it takes long says so.
 */
export class Warm {
  /** Which pages of which group, in two generations: what was not used in the younger one goes with the older. */
  #young = new Map<number, number>();
  #old = new Map<number, number>();
  #doubt = 0;
  readonly #half: number;

  /**
   * Knows nothing yet.
   *
   * @param most How many bytes it knows at most: it remembers half of that at least, if so much was used.
   */
  constructor(most: number) {
    this.#half = most / 2 / PAGES / PAGE;
  }

  /** Whether all of that was used lately. */
  has(offset: number, length: number): boolean {
    for (let page = Math.floor(offset / PAGE); page * PAGE < offset + length; page++) {
      if ((this.#group(Math.floor(page / PAGES)) & 1 << page % PAGES) === 0) return false;
    }
    return true;
  }

  /** All of that was used now. */
  add(offset: number, length: number): void {
    for (let page = Math.floor(offset / PAGE); page * PAGE < offset + length;) {
      const group = Math.floor(page / PAGES);
      let pages = this.#group(group);
      do pages |= 1 << page % PAGES; while (++page % PAGES > 0 && page * PAGE < offset + length);
      this.#put(group, pages);
    }
  }

  /** It was used once more, and that was quick or slow, as what lies on a disk is. */
  used(slow: boolean): void {
    if (slow) this.#doubt += DOUBT;
    else if (this.#doubt > 0) this.#doubt--;
    if (this.#doubt > MOST_DOUBT) this.clear();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#doubt = 0;
  }

  #group(group: number): number {
    const young = this.#young.get(group);
    if (young !== undefined) return young;
    const old = this.#old.get(group);
    if (old !== undefined) this.#put(group, old);
    return old ?? 0;
  }

  #put(group: number, pages: number): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(group, pages);
  }
}
