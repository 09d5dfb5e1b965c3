/**
 * What a context has to do, first in, first out: a list that is worked off in rounds.
 *
 * @module
 */

import type { AioContext } from "./aio_context.ts";
import { core } from "../core/coroutine.ts";
import { emit, tracing as imported } from "../core/trace.ts";

// Constants of this file, as its fast path uses them: see coroutine.ts.
const { cpu } = core;
const tracing = imported;

/** Something that can be in one list. */
export abstract class Ready {
  /** The list that it is in. */
  list: ReadyList | null = null;
  before: Ready | null = null;
  after: Ready | null = null;
  /** The round after which it came. */
  round = 0;
  /** It is to be done when there is time: that it was done is no progress. */
  idle = false;
  /** What errors call it. */
  declare readonly name?: string;

  /** Does it. It has left the list by then, and may go back. Answers whether anything was done. */
  abstract run(): boolean;
}

/** Those that are ready, linked through themselves: nothing is allocated. */
export class ReadyList {
  #first: Ready | null = null;
  #last: Ready | null = null;
  /** How many of them are not idle. */
  #urgent = 0;
  #rounds = 0;

  /** Whether there is nothing to do. */
  get empty(): boolean {
    return this.#first === null;
  }

  /** Whether there is something to do that cannot wait until there is time. */
  get urgent(): boolean {
    return this.#urgent > 0;
  }

  /** The names of those that have one. */
  names(): readonly string[] {
    const names: string[] = [];
    for (let one = this.#first; one !== null; one = one.after) {
      if (one.name !== undefined) names.push(`${one}`);
    }
    return names;
  }

  /** Appends one that is in no list. */
  add(ready: Ready): void {
    //   a -> last   becomes   a -> last -> ready
    const last = this.#last;
    ready.list = this;
    ready.round = this.#rounds;
    ready.before = last;
    if (last === null) this.#first = ready;
    else last.after = ready;
    this.#last = ready;
    if (!ready.idle) this.#urgent++;
  }

  /** One that is in the list is not idle any more. */
  hurry(ready: Ready): void {
    if (!ready.idle) return;
    ready.idle = false;
    this.#urgent++;
  }

  /** Takes one out. */
  remove(ready: Ready): void {
    //   a -> ready -> b   becomes   a -> b
    const { before, after } = ready;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    ready.list = ready.before = ready.after = null;
    if (!ready.idle) this.#urgent--;
  }

  /** Takes out the first one. */
  #shift(first: Ready): void {
    const { after } = first;
    this.#first = after;
    if (after === null) this.#last = null;
    else after.before = null;
    first.list = first.after = null;
    if (!first.idle) this.#urgent--;
  }

  /**
   * Does what is in the list, but nothing that comes meanwhile. A round inside another one first does
   * what is left of that one.
   *
   * @param context Whose list it is.
   * @param errors Where what they throw goes: the others are done all the same.
   * @returns Whether anything was done that is not idle.
   */
  round(context: AioContext, errors: unknown[]): boolean {
    const round = this.#rounds++;
    let progress = false;
    // INVARIANT(bottom_half: "what is scheduled in a round waits for the next one")
    for (let ready; (ready = this.#first) !== null && ready.round <= round;) {
      const { idle } = ready;
      // It has left before it is done, so that it can come back.
      this.#shift(ready);
      const traced = tracing.listener !== null && ready.name !== undefined;
      if (traced) emit({ type: "call", coroutine: cpu.current, what: `${ready}`, context });
      try {
        if (ready.run() && !idle) progress = true;
      } catch (error) {
        if (!idle) progress = true;
        errors.push(error);
      }
      if (traced) emit({ type: "called", coroutine: cpu.current, what: `${ready}`, context });
    }
    return progress;
  }
}
