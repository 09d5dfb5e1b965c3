/**
 * A callback of a context for as long as a source is ready.
 *
 * @module
 */
import type { Loop } from "./_loop.ts";
import { Ready } from "./_ready_list.ts";
import type { Source } from "./_source.ts";

/** What a context calls in each round in which the source is ready. */
export class Handler extends Ready {
  declare readonly name: string;
  readonly #loop: Loop;
  readonly #source: Source;
  readonly #callback: () => void;
  readonly #deleted: () => void;
  #unwatch: (() => void) | null;

  /** It is watched from now on. */
  constructor(loop: Loop, source: Source, callback: () => void, deleted: () => void) {
    super();
    this.#deleted = deleted;
    this.#loop = loop;
    this.#source = source;
    this.#callback = callback;
    this.name = `${source}`;
    this.#unwatch = source.watch(() => this.#look());
    loop.live.add(this);
    this.#look();
  }

  run(): boolean {
    if (!this.#source.ready) return false;
    try {
      this.#callback();
    } finally {
      // As long as nobody takes what has come, it is called again.
      this.#look();
    }
    return true;
  }

  /** It is not called any more. */
  delete(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.list !== null) this.list.remove(this);
    this.#loop.live.delete(this);
    this.#deleted();
  }

  override toString(): string {
    return `the handler of ${this.#source}`;
  }

  #look(): void {
    if (this.#unwatch === null || this.list !== null || !this.#source.ready) return;
    this.#loop.sources.add(this);
    this.#loop.notify();
  }
}
