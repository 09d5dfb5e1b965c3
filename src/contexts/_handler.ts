/**
 * A callback of a context for as long as a source is ready.
 *
 * @module
 */
import type { Loop } from "./_loop.ts";
import { Ready } from "./_ready_list.ts";
import { endWatch, type Source } from "./_source.ts";
import { textOf } from "../core/_given.ts";

/** What a context calls in each round in which the source is ready. */
export class Handler extends Ready {
  declare readonly name: string;
  readonly #loop: Loop;
  /** What users know the source by. */
  readonly #key: Source | number;
  readonly #source: Source;
  readonly #callback: () => void;
  #unwatch: (() => void) | null;

  /** It is watched from now on, in place of the handler that the source had. */
  constructor(loop: Loop, key: Source | number, source: Source, callback: () => void) {
    super();
    this.#loop = loop;
    this.#key = key;
    this.#source = source;
    this.#callback = callback;
    this.name = textOf(source);
    this.#unwatch = source.watch(() => this.#look());
    try {
      this.#look();
      // It may have closed the context.
      loop.mustBeOpen("set a handler in");
    } catch (error) {
      // A source of somebody's own making has failed.
      this.delete();
      throw error;
    }
    const before = loop.handlers.get(key);
    loop.handlers.set(key, this);
    loop.live.add(this);
    before?.delete();
  }

  run(): boolean {
    if (!this.#source.ready || this.#unwatch === null) return false;
    try {
      this.#callback();
    } catch (error) {
      // That of the look may come besides.
      this.#loop.errors.push(error);
    }
    // INVARIANT(handlers: "whose event is set is to be called, or runs and looks again"): as long as
    // nobody takes what has come.
    this.#look();
    return true;
  }

  /** It is not called any more. */
  delete(): void {
    const unwatch = this.#unwatch;
    this.#unwatch = null;
    if (this.list !== null) this.list.remove(this);
    const { handlers, live } = this.#loop;
    live.delete(this);
    if (handlers.get(this.#key) === this) handlers.delete(this.#key);
    endWatch(unwatch);
  }

  override toString(): string {
    return `the handler of ${this.name}`;
  }

  #look(): void {
    // The source is of the user's making: as it is asked, it may end this, or tell that it is ready.
    if (!this.#idle || !this.#source.ready || !this.#idle) return;
    this.#loop.sources.add(this);
    this.#loop.notify();
  }

  /** Whether it is watched, and nothing has come. */
  get #idle(): boolean {
    return this.#unwatch !== null && this.list === null;
  }
}
