/**
 * When a thread ends, what it had is abandoned; and when it does nothing any more, for certain, others may have
 * its place.
 *
 * What a host says is not certain: Deno says that a thread has ended as soon as it was told to end it, and ends
 * none that computes before it has done so. But a port that the thread holds, its lifeline, is closed
 * with it, and not before. The first thread of the program, which outlives all others, has the other ends; by
 * its own, a thread sends it those of the threads that it starts.
 *
 * @module
 */
import { commonsNow } from "../shared/_commons.ts";
import type { Life } from "../shared/_lives.ts";
import { after } from "../time/_host.ts";

/** A port as it is needed here. */
export interface LifelinePort {
  on(event: "close", listener: () => void): void;
  on(event: "message", listener: (born: Born) => void): void;
  postMessage(born: Born, transfer: readonly unknown[]): void;
  start(): void;
  unref(): void;
}

/** A thread that was started, and the other end of its lifeline. */
export interface Born extends Life {
  readonly port: LifelinePort;
}

/** That of this thread; undefined in the first one. */
let own: LifelinePort | undefined;

/** This thread was started by another one, and holds this from now on. */
export function hold(lifeline: LifelinePort): void {
  own = lifeline;
}

/** Sees to it that a thread is buried when it does nothing any more, and that others may have its place. */
export function watch(born: Born): void {
  // Straight to the first thread: those in between may be gone before they had passed it on.
  if (own !== undefined) return own.postMessage(born, [born.port]);
  const { port } = born;
  // INVARIANT: what it has sent comes before the end: so those that it has started are watched by then.
  port.on("message", watch);
  port.on("close", async () => {
    const commons = commonsNow();
    const { lives, records } = commons;
    const children = lives.leave(born);
    lives.bury(born, records);
    commons.look();
    // INVARIANT: whose parent is still known is gone before that: so nobody is taken for a child of the next one.
    await Promise.all(children.map((child) => lives.gone(child)));
    lives.vacate(born, records.discard);
  });
  port.start();
  port.unref();
}

/** How long one that was killed may go on before others need not wait for what it has, in milliseconds… */
const GRACE_MS = 20;
/** … and before nobody waits for it any more. */
const PATIENCE_MS = 1000;

/**
 * A thread has ended, or was told to. Settles when it does nothing any more, nor do those that it has started; or when
 * that has taken too long. What they have is abandoned sooner, as others may wait for it.
 */
export async function bury(one: Life): Promise<void> {
  const commons = commonsNow();
  const { lives, records } = commons;
  lives.kill(one);
  const gone = lives.gone(one).then(() => true);
  for (const ms of [GRACE_MS, PATIENCE_MS - GRACE_MS]) {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const cancel = after(ms, () => resolve(false));
    const over = await Promise.race([gone, late]);
    cancel();
    // INVARIANT: the first thread has buried it then, with those that it has started.
    if (over) return;
    lives.bury(one, records);
    commons.look();
  }
}
