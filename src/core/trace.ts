/**
 * What happened, as it happens: one listener is told of every event.
 *
 * @module
 */
import type { AioContext, CoMutex } from "./_above.ts";
import type { Coroutine } from "./coroutine.ts";
import { host } from "./_report.ts";

/**
 * One event. `coroutine` is the one that it happens to.
 *
 * | type | when |
 * |---|---|
 * | `create` | it was made |
 * | `enter` | it is about to run; `by` gets control back (`qemu_aio_coroutine_enter`) |
 * | `yield` | it has given control back to `to`; `waitingOn` says what for (`qemu_coroutine_yield`) |
 * | `wake` | it will run when `by` yields or ends (`aio_co_wake`) |
 * | `schedule` | it will run in `context`, when that is polled next (`aio_co_schedule`) |
 * | `call`, `called` | `context` calls a bottom half, a timer or a handler, `what`, and has done so (`aio_poll`); `coroutine` is the leader |
 * | `cancel` | `by` has cancelled it, for `reason`; it ends when it has cleaned up |
 * | `terminate` | it has ended; `error` is there if it failed (`qemu_coroutine_terminate`) |
 * | `lock` | it has got the lock, at once or handed over (`qemu_co_mutex_lock_return`) |
 * | `wait` | it has joined the queue of the lock (`qemu_co_mutex_lock_entry`) |
 * | `unlock` | it has given the lock back; `holder` is the one that it was handed to (`qemu_co_mutex_unlock_return`) |
 */
export type TraceEvent =
  | { readonly type: "create"; readonly coroutine: Coroutine }
  | { readonly type: "enter"; readonly coroutine: Coroutine; readonly by: Coroutine }
  | {
    readonly type: "yield";
    readonly coroutine: Coroutine;
    readonly to: Coroutine;
    readonly waitingOn: string | undefined;
  }
  | { readonly type: "wake"; readonly coroutine: Coroutine; readonly by: Coroutine }
  | {
    readonly type: "schedule";
    readonly coroutine: Coroutine;
    readonly by: Coroutine;
    readonly context: AioContext;
  }
  | {
    readonly type: "call" | "called";
    readonly coroutine: Coroutine;
    readonly what: string;
    readonly context: AioContext;
  }
  | {
    readonly type: "cancel";
    readonly coroutine: Coroutine;
    readonly by: Coroutine;
    readonly reason: unknown;
  }
  | {
    readonly type: "terminate";
    readonly coroutine: Coroutine;
    readonly to: Coroutine;
    readonly error?: unknown;
  }
  | {
    readonly type: "lock" | "wait" | "unlock";
    readonly coroutine: Coroutine;
    readonly mutex: CoMutex;
    readonly holder: Coroutine | undefined;
    readonly waiters: number;
  };

/** Is told of every event; see {@linkcode trace}. */
export type TraceListener = (event: TraceEvent) => void;

/** The listener, or null: what every place that has something to tell looks at first. */
export const tracing: { listener: TraceListener | null } = { listener: null };

/**
 * Tells `to` of every event from now on, in place of whoever was told before, until the
 * result is disposed of or another listener is set; `null` tells nobody.
 *
 * The listener runs where the event happens. One that throws does not disturb the
 * coroutines: its error is reported as uncaught. With no listener set, an event costs one
 * comparison.
 *
 * @param to The listener.
 * @throws {TypeError} If `to` is neither a function nor null.
 * @returns Disposing of it ends the tracing, unless another listener has been set.
 *
 * @example
 * ```ts
 * import { Coroutine, trace } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: string[] = [];
 * {
 *   using _ = trace((event) => seen.push(`${event.type} ${event.coroutine.name}`));
 *   Coroutine.create(function* hello() {}).enter();
 * }
 * assertEquals(seen, ["create hello", "enter hello", "terminate hello"]);
 * ```
 */
export function trace(to: TraceListener | null): Disposable {
  if (to !== null && typeof to !== "function") {
    throw new TypeError(`Cannot trace: expected a function or null, got ${typeof to}`);
  }
  tracing.listener = to;
  // One function may be set twice.
  const mine = ++times;
  return {
    [Symbol.dispose]() {
      if (times === mine) tracing.listener = null;
    },
  };
}

/** How often a listener was set. */
let times = 0;

/** How a listener is told, so that it does not meddle with what is under way. */
export const apart: { tell: (listener: TraceListener, event: TraceEvent) => void } = {
  tell: (listener, event) => listener(event),
};

/** Tells the listener; call it only where {@linkcode tracing} was seen to be there. */
export function emit(event: TraceEvent): void {
  try {
    if (tracing.listener !== null) apart.tell(tracing.listener, event);
  } catch (error) {
    // The runtime is in the middle of a switch here: the error must not pass through it.
    host.report(error);
  }
}
