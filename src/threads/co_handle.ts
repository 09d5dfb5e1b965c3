/**
 * Coroutines that other threads may schedule.
 *
 * @module
 */
import { AioContext, loopOf } from "../contexts/aio_context.ts";
import { type Commons, commonsNow } from "../shared/_commons.ts";
import { hasRecord } from "../shared/_layout.ts";
import { core, Coroutine } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { kindOf } from "../core/_given.ts";
import { release, retire, schedule as scheduleRecord } from "../lockfree/schedule.ts";
import { CONTEXT, IDLE } from "../lockfree/words.ts";
import { soon } from "../time/_host.ts";

const { fateOf, leader } = core;

/**
 * What stands for a coroutine in a message to another thread. Its frames stay where they are: whoever has
 * the handle can let it go on there, by {@linkcode schedule}.
 */
export interface CoHandle {
  /** What it is. */
  readonly kind: "Coroutine";
  /** Where it is. */
  readonly at: number;
  /** Which one of those that were there. */
  readonly generation: number;
  /** What errors call it. */
  readonly name: string;
}

/** The handles of this thread's coroutines. */
const handles = new WeakMap<Coroutine<unknown>, CoHandle>();

/**
 * The handle of a coroutine, by which other threads can schedule it: always the same one. When the
 * coroutine has ended, whoever uses the handle is told so; it never stands for another one.
 *
 * @param co One that has not ended.
 * @returns What a message can carry.
 * @throws {CoroutineError} `terminated`; `not-in-coroutine` for the leader.
 * @throws {TypeError} If it is no coroutine.
 * @throws {RangeError} If there is no memory left for it.
 *
 * @example
 * ```ts
 * import { Coroutine, handleOf, schedule } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const co = Coroutine.create(function* () {
 *   yield;
 *   return "scheduled";
 * });
 * co.enter();
 * schedule(handleOf(co)); // as any thread may
 * assertEquals(await co.done, "scheduled");
 * ```
 */
export function handleOf(co: Coroutine<unknown>): CoHandle {
  if (!(co instanceof Coroutine)) {
    throw new TypeError(`Cannot share: expected a coroutine, got ${kindOf(co)}`);
  }
  if (co === leader) {
    throw new CoroutineError(
      "not-in-coroutine",
      "Cannot share the leader: it is what runs outside any coroutine",
    );
  }
  const known = handles.get(co);
  if (known !== undefined) return known;
  if (co.status === "terminated") {
    throw new CoroutineError("terminated", `Cannot share coroutine "${co.name}": it has ended`, {
      coroutine: co as Coroutine,
    });
  }
  const commons = commonsNow();
  const { records } = commons;
  let ended = false;
  /** Whether it is about to go on in its context. */
  let comes = false;
  const goesOn = (): void => {
    comes = false;
    release(commons.memory, at, handle.generation, commons.atomics);
  };
  const at = records.take(IDLE, 0, () => {
    if (ended) return records.discard(at);
    // INVARIANT: it is SCHEDULED until then: a dead thread that may have scheduled it has not done so since.
    if (comes) return;
    comes = true;
    try {
      // INVARIANT(shared_co_handle: "it goes on as often as it was scheduled"): whoever schedules it before it goes on
      // is refused.
      deliver(co, goesOn);
    } catch (error) {
      goesOn();
      throw error;
    }
  });
  const handle: CoHandle = {
    kind: "Coroutine",
    at,
    generation: records.generationAt(at),
    name: co.name,
  };
  fateOf(co).whenEnded(() => {
    ended = true;
    retireOrWait(commons, handle);
  });
  handles.set(co, handle);
  commons.listen();
  return handle;
}

/** It goes on where it ran last; if that context is closed, in the main one, as whoever is woken then. */
function deliver(co: Coroutine<unknown>, goesOn: () => void): void {
  const loop = loopOf(co.context ?? AioContext.main);
  (loop.closed ? loopOf(AioContext.main) : loop).deliver(co, goesOn);
}

let looksSoon = false;

/**
 * It was one of this thread's own. Where there is no other thread, the host sees nothing that is under way, and would
 * end the program.
 */
function lookSoon(commons: Commons): void {
  if (looksSoon || commons.looksItself) return;
  looksSoon = true;
  soon(() => {
    looksSoon = false;
    commons.look();
  });
}

/** Gives the record back; or, if it is scheduled, when that comes to it. */
function retireOrWait({ memory, records, atomics }: Commons, { at, generation }: CoHandle): void {
  if (retire(memory, at, generation, atomics)) records.discard(at);
}

/**
 * Lets a coroutine of any thread go on, in the context where it ran last (`aio_co_schedule`,
 * `aio_co_wake`). It must have suspended, or be about to, by a bare `yield`: if it waits for something
 * else when its turn comes, its thread reports the error.
 *
 * @param handle What {@linkcode handleOf} has given.
 * @throws {CoroutineError} `already-scheduled` if somebody has, and it has not gone on since; `terminated`.
 * @throws {TypeError} If it is no handle.
 */
export function schedule(handle: CoHandle): void {
  const commons = commonsNow();
  if (handle?.kind !== "Coroutine" || !hasRecord(commons.memory, handle.at, handle.generation)) {
    throw new TypeError(
      `Cannot schedule: expected the handle of a coroutine, got ${kindOf(handle)}`,
    );
  }
  commons.vigil.goOn();
  const outcome = scheduleRecord(
    commons.memory,
    handle.at,
    handle.generation,
    commons.context,
    commons.atomics,
  );
  if (outcome === "scheduled") {
    if (commons.atomics.load(commons.memory, handle.at + CONTEXT) === commons.context) {
      lookSoon(commons);
    }
    return;
  }
  const why = outcome === "terminated" ? "it has ended" : "it was already scheduled by schedule()";
  throw new CoroutineError(outcome, `Cannot schedule coroutine "${handle.name}": ${why}`, {
    scheduledBy: outcome === "terminated" ? undefined : "schedule",
  });
}
