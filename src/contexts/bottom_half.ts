/**
 * Work that is put off until a context has its next round.
 *
 * @module
 */
import { type AioContext, loopOf } from "./aio_context.ts";
import { CoroutineError } from "../core/errors.ts";
import type { Loop } from "./_loop.ts";
import { Callback } from "./_callback.ts";
import { givenName, mustBeCallback, nameOf } from "../core/_given.ts";

/**
 * A callback that a context calls in its next round, each time that it is scheduled (QEMU's `QEMUBH`).
 * They are called in the order in which they were scheduled; one that is scheduled twice before it is
 * called is called once.
 *
 * @example
 * ```ts
 * import { AioContext, BottomHalf } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const context = new AioContext();
 * let calls = 0;
 * using bh = new BottomHalf(context, () => calls++);
 * bh.schedule();
 * bh.schedule();
 * assertEquals([context.poll(), context.poll(), calls], [true, false, 1]);
 * ```
 */
export class BottomHalf implements Disposable {
  /** What errors call it. */
  readonly name: string;
  /** Where it is called. */
  readonly context: AioContext;
  readonly #loop: Loop;
  readonly #job: Callback;
  #deleted = false;

  /**
   * Makes one that is not scheduled.
   *
   * @param context Where it is called.
   * @param callback What to do. It may schedule, cancel and delete any, itself too.
   * @param name What errors call it; the name of the function by default.
   * @throws {CoroutineError} `closed`.
   * @throws {TypeError} If `callback` is no function, or one that makes a generator; if the context is none.
   */
  constructor(context: AioContext, callback: () => void, name?: string) {
    this.#loop = loopOf(context);
    mustBeCallback("make a bottom half", callback);
    this.context = context;
    this.#loop.mustBeOpen("make a bottom half in");
    this.name = name === undefined ? nameOf(callback) : givenName("make a bottom half", name);
    this.#job = new Callback("BottomHalf", callback, this.name);
    this.#loop.live.add(this);
  }

  /**
   * Lets it be called in the next round; one that is scheduled already is called once
   * (`qemu_bh_schedule`).
   *
   * @throws {CoroutineError} `closed` if it was deleted.
   */
  schedule(): void {
    const job = this.#job;
    const { bottomHalves } = this.#loop;
    if (job.list !== null) bottomHalves.hurry(job);
    else {
      this.#mustLive();
      job.idle = false;
      bottomHalves.add(job);
    }
    this.#loop.notify();
  }

  /**
   * Lets it be called when there is time: a poll does not count it as progress, and where nobody polls,
   * the host waits 10 ms with it (`qemu_bh_schedule_idle`).
   *
   * @throws {CoroutineError} `closed` if it was deleted.
   */
  idle(): void {
    const job = this.#job;
    if (job.list !== null) return;
    this.#mustLive();
    job.idle = true;
    this.#loop.bottomHalves.add(job);
    this.#loop.notify();
  }

  /** It is not to be called, unless it is scheduled once more (`qemu_bh_cancel`). */
  cancel(): void {
    if (this.#job.list !== null) this.#loop.forget(this.#job);
  }

  /** It is never to be called again (`qemu_bh_delete`). */
  delete(): void {
    this.cancel();
    this.#deleted = true;
    this.#loop.live.delete(this);
  }

  /** Whether it will be called. */
  get scheduled(): boolean {
    return this.#job.list !== null;
  }

  /** Whether it was deleted. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Deletes it: what `using` calls. */
  [Symbol.dispose](): void {
    this.delete();
  }

  /** `BottomHalf "name"`. */
  toString(): string {
    return `${this.#job}`;
  }

  #mustLive(): void {
    if (this.#deleted) {
      throw new CoroutineError("closed", `Cannot schedule ${this}: it was deleted`);
    }
  }
}
