/**
 * Alarms in the order in which they are due: the store under every clock.
 *
 * @module
 */

/** One alarm that has been set. */
export interface Alarm {
  /** It is not to ring any more. It may have rung already. What it throws is reported as uncaught. */
  cancel(): void;
}

/** In no heap, but in the queue. */
const QUEUED = -2;

class Entry implements Alarm {
  /** Where it is in the heap; QUEUED, or -1 if it is nowhere. */
  index = -1;
  before: Entry | null = null;
  after: Entry | null = null;
  readonly alarms: Alarms;
  readonly deadline: number;
  /** Those that are due at once ring in the order in which they were set. */
  readonly order: number;
  readonly ring: () => void;

  constructor(alarms: Alarms, deadline: number, order: number, ring: () => void) {
    this.alarms = alarms;
    this.deadline = deadline;
    this.order = order;
    this.ring = ring;
  }

  cancel(): void {
    if (this.index !== -1) this.alarms.remove(this);
  }
}

/**
 * All alarms of a clock. Mostly they are set in the order in which they are due, as many sleep for as long, one after
 * the other: those stand in a queue. The others are in a binary heap. Both know their places, so that one that is
 * cancelled leaves at once.
 */
export class Alarms {
  readonly #heap: Entry[] = [];
  /** The queue, and how many stand in it. */
  #first: Entry | null = null;
  #last: Entry | null = null;
  #queued = 0;
  readonly #emptied: () => void;
  #orders = 0;

  /** @param emptied Is called when the last one has been cancelled. */
  constructor(emptied: () => void = () => {}) {
    this.#emptied = emptied;
  }

  /** How many are set. */
  get size(): number {
    return this.#queued + this.#heap.length;
  }

  /** The one that is due next. */
  get first(): Entry | undefined {
    const queued = this.#first;
    const [heaped] = this.#heap;
    if (queued === null) return heaped;
    return heaped !== undefined && before(heaped, queued) ? heaped : queued;
  }

  /** How many have ever been set: those set from now on have an `order` from this up. */
  get orders(): number {
    return this.#orders;
  }

  /** Sets one. */
  add(deadline: number, ring: () => void): Entry {
    const entry = new Entry(this, deadline, this.#orders++, ring);
    const last = this.#last;
    if (last !== null && deadline < last.deadline) this.#rise(entry, this.#heap.length);
    else {
      entry.index = QUEUED;
      entry.before = last;
      if (last === null) this.#first = entry;
      else last.after = entry;
      this.#last = entry;
      this.#queued++;
    }
    return entry;
  }

  /** Takes out the one that is due next. */
  shift(): void {
    const { first } = this;
    if (first !== undefined) this.#takeOut(first);
  }

  /** Takes out one that is not to ring. */
  remove(entry: Entry): void {
    this.#takeOut(entry);
    if (this.size === 0) this.#emptied();
  }

  #takeOut(entry: Entry): void {
    const { index } = entry;
    entry.index = -1;
    if (index === QUEUED) return this.#leave(entry);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    // The last one fills the gap, and goes up or down from there.
    this.#sink(last, index);
    this.#rise(last, last.index);
  }

  #leave(entry: Entry): void {
    const { before, after } = entry;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    entry.before = entry.after = null;
    this.#queued--;
  }

  #rise(entry: Entry, index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      // INVARIANT: below the length, each place has an entry.
      const above = this.#heap[parent]!;
      if (!before(entry, above)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(entry, index);
  }

  #sink(entry: Entry, index: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      const below = heap[child]!;
      if (!before(below, entry)) break;
      this.#put(below, index);
      index = child;
    }
    this.#put(entry, index);
  }

  #put(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
