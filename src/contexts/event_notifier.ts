/**
 * A source that is made ready by hand.
 *
 * @module
 */
import { givenName } from "../core/_given.ts";
import { type Source, Watchers } from "./_source.ts";

let unnamed = 0;

/**
 * Something that one part of a program makes ready for another one (QEMU's `EventNotifier`): a context
 * calls its handler, or a coroutine waits for it by `yield* readable(notifier)`.
 *
 * @example
 * ```ts
 * import { AioContext, EventNotifier } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const [context, event] = [new AioContext(), new EventNotifier()];
 * let calls = 0;
 * context.setHandler(event, () => {
 *   event.testAndClear();
 *   calls++;
 * });
 * event.set();
 * assertEquals([context.poll(), context.poll(), calls], [true, false, 1]);
 * context.setHandler(event, null);
 * ```
 */
export class EventNotifier implements Source {
  /** What errors call it. */
  readonly name: string;
  #ready = false;
  readonly #watchers = new Watchers();

  /**
   * Makes one that is not ready.
   *
   * @param name What errors call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = givenName("make a notifier", name);
  }

  /** Whether it was set, and not cleared since. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Makes it ready (`event_notifier_set`). */
  set(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#watchers.tell();
  }

  /**
   * Ends that (`event_notifier_test_and_clear`).
   *
   * @returns Whether it was ready.
   */
  testAndClear(): boolean {
    const was = this.#ready;
    this.#ready = false;
    return was;
  }

  /** See {@linkcode Source.watch}. */
  watch(changed: () => void): () => void {
    return this.#watchers.add(changed);
  }

  /** `EventNotifier "name"`. */
  toString(): string {
    return `EventNotifier "${this.name}"`;
  }
}
