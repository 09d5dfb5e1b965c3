/**
 * Threads that schedule a coroutine of another one by its handle: see `src/threads/co_handle.ts`.
 *
 * @module
 */
import { AioContext, loopOf } from "../../../src/contexts/aio_context.ts";
import { type Co, Coroutine } from "../../../src/core/coroutine.ts";
import { CoroutineError } from "../../../src/core/errors.ts";
import { type CoHandle, handleOf, schedule } from "../../../src/threads/co_handle.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { Burial, Commoned, type Here, LOCAL, threadCall } from "../shared/_threads.ts";

/**
 * Each of `schedulers` threads schedules the same coroutine until it is not refused; it goes on as often, and ends.
 * Its thread looks what has come again and again, and lets its context have a round when there was nothing more.
 *
 * @param late Another one schedules it once, at any time.
 * @param dies Another one does, and dies in the middle of anything; the others do when its thread has seen to that.
 */
export function sharedCoHandle(
  { schedulers, late = false, dies = false }: {
    schedulers: number;
    late?: boolean;
    dies?: boolean;
  },
): Explored {
  const commoned = new Commoned();
  const first = dies ? 1 : 0;
  const contexts = each(first + 1 + schedulers + (late ? 1 : 0), (t) => {
    if (!dies) return commoned.context(t);
    return commoned.context(t, "delivering", ...(t === 0 ? ["life" as const] : []));
  });
  if (dies) commoned.mourn();
  const record = commoned.record("co", 0, 0);
  const [made, ran, accepted, refused, gone, seen, over] = [
    "made",
    "ran",
    "accepted",
    "refused",
    "gone",
    "seen",
    "over",
  ].map((word) => commoned.add(word)) as [number, number, number, number, number, number, number];
  const death = dies ? new Burial(commoned, contexts) : undefined;
  const handle: CoHandle = { kind: "Coroutine", at: record, generation: 0, name: "co" };

  const goOn = (here: Here): void => {
    const context = new AioContext("context");
    const loop = loopOf(context);
    // Its rounds are begun below.
    loop.host = () => {};
    here.start(function* (): Co {
      yield* context.switchTo();
      // INVARIANT: it runs, and all others know where its record is.
      handleOf(Coroutine.self()!);
      here.signal(made);
      for (let i = 0; dies ? here.load(over) < schedulers : i < schedulers; i++) {
        yield;
        here.add(ran, 1);
        here.notify(ran);
      }
    });
    here.whenIdle(() => {
      if (!loop.busy) return false;
      context.poll(false);
      return true;
    });
    if (!dies) return;
    let mourned = false;
    here.commons.mourners.add(() => mourned = true);
    here.whenIdle(() => {
      if (!mourned) return false;
      mourned = false;
      here.signal(seen);
      return true;
    });
  };
  /** Schedules it; answers why not. */
  const attempt = (here: Here): string | undefined => {
    try {
      schedule(handle);
      here.add(accepted, 1);
      return undefined;
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
      here.add(error.code === "terminated" ? gone : refused, 1);
      return error.code;
    }
  };
  const insist = (here: Here): void => {
    for (;;) {
      const before = here.load(ran);
      if (attempt(here) !== "already-scheduled") return;
      // Somebody else has, and it has not gone on since.
      here.wait(ran, before);
    }
  };
  const scheduleIt = (here: Here): void => {
    here.wait(dies ? seen : made);
    if (dies) here.add(over, 1);
    insist(here);
  };
  const scheduleOnce = (here: Here): void => {
    here.wait(made);
    attempt(here);
  };
  const call = (t: number, name: string, body: (here: Here) => void) =>
    threadCall(name, commoned, contexts[t]!, t === first ? [record] : [], body);
  const more = dies || late ? 1 : 0;
  return {
    interleaving: {
      name: "shared_co_handle",
      memory: commoned.words,
      local: LOCAL,
      threads: [
        ...(death === undefined ? [] : [[death.of(call(0, "scheduleOnce", scheduleOnce))]]),
        [call(first, "goOn", goOn)],
        ...each(schedulers, (i) => [call(first + 1 + i, "scheduleIt", scheduleIt)]),
        ...(late ? [[call(first + 1 + schedulers, "scheduleOnce", scheduleOnce)]] : []),
        ...(death === undefined ? [] : [death.calls]),
      ],
      finally: {
        // It may have been scheduled for the last time before it ended; and who dies does not count.
        "it goes on as often as it was scheduled": (memory) =>
          memory[ran]! >= memory[accepted]! - more && memory[ran]! <= memory[accepted]! + more,
        "one that has ended is in no list": (memory) =>
          memory[commoned.placeOf(contexts[first]!)] === 0,
      },
      sometimes: {
        ...(dies
          ? {
            "what a dead one has scheduled goes on": (memory) => memory[ran]! > memory[accepted]!,
          }
          : { "one is refused": (memory) => memory[refused]! > 0 }),
      },
    },
    wrong: {
      ...(dies
        ? { "whoever dies has not scheduled it": (memory) => memory[ran]! <= memory[accepted]! }
        : { "nobody is refused": (memory) => memory[refused] === 0 }),
      ...(late ? { "nobody comes when it has ended": (memory) => memory[gone] === 0 } : {}),
    },
  };
}
