/**
 * Coroutines and fair mutexes: a mutex keeps a queue of those who wait for it, and is handed to the
 * first of them when it is unlocked.
 *
 * At most one coroutine runs. Whoever runs may yield, lock or unlock a mutex, or end (and be created
 * anew); whoever waits is made ready by the coroutine that hands it the mutex. Mutexes are locked in
 * the order of their numbers, so there is no deadlock; `dining.ts` shows what happens otherwise.
 *
 *     deno task check examples/specs/queue_lock.ts --set coroutines=6 --set mutexes=3
 */
import { type AnySpec, fill, Int, Seq, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

export const queueLock = (
  { coroutines = 3, mutexes = 2 }: { coroutines?: number; mutexes?: number } = {},
): AnySpec => {
  // ---------------------------------------------------------------------------------- constants

  const Who = Int(1, coroutines);
  const Mutex = Int(1, mutexes);
  const Status = Schema.Literals(["fresh", "ready", "running", "waiting"]);

  return spec({
    name: `queue lock, ${coroutines} coroutines, ${mutexes} mutexes`,

    // ------------------------------------------------------------------------------------ state

    state: Schema.Struct({
      status: Table(Who, Status),
      current: Schema.NullOr(Who),
      owner: Table(Mutex, Schema.NullOr(Who)),
      waiters: Table(Mutex, Seq(Who, coroutines - 1)),
    }),
    init: [{
      status: fill(Who, "fresh"),
      current: null,
      owner: fill(Mutex, null),
      waiters: fill(Mutex, []),
    }],

    // ---------------------------------------------------------------------------------- actions

    actions: {
      enter: {
        for: { who: Who },
        when: (s, { who }) =>
          s.current === null && (s.status.at(who) === "fresh" || s.status.at(who) === "ready"),
        do: (s, { who }) => {
          s.current = who;
          s.status.set(who, "running");
        },
      },
      yield: {
        for: { who: Who },
        when: (s, { who }) => s.current === who,
        do: (s, { who }) => {
          s.current = null;
          s.status.set(who, "ready");
        },
      },
      exit: {
        for: { who: Who },
        when: (s, { who }) => s.current === who && s.owner.every((owner) => owner !== who),
        do: (s, { who }) => {
          s.current = null;
          s.status.set(who, "fresh");
        },
      },
      lockFree: {
        for: { who: Who, mutex: Mutex },
        when: (s, { who, mutex }) =>
          s.current === who && s.owner.at(mutex) === null &&
          s.owner.every((owner, m) => m < mutex || owner !== who),
        do: (s, { who, mutex }) => s.owner.set(mutex, who),
      },
      lockWait: {
        for: { who: Who, mutex: Mutex },
        when: (s, { who, mutex }) =>
          s.current === who && s.owner.at(mutex) !== null &&
          s.owner.every((owner, m) => m < mutex || owner !== who),
        do: (s, { who, mutex }) => {
          s.waiters.at(mutex).push(who);
          s.status.set(who, "waiting");
          s.current = null;
        },
      },
      unlock: {
        for: { who: Who, mutex: Mutex },
        when: (s, { who, mutex }) => s.current === who && s.owner.at(mutex) === who,
        do: (s, { mutex }) => {
          const waiters = s.waiters.at(mutex);
          if (waiters.length === 0) {
            s.owner.set(mutex, null);
          } else {
            const next = waiters.shift();
            s.owner.set(mutex, next);
            s.status.set(next, "ready");
          }
        },
      },
    },

    // ----------------------------------------------------------------------------------- claims

    always: {
      "who is current runs": (s) => s.current === null || s.status.at(s.current) === "running",
      "only who is current runs": (s) =>
        s.status.every((status, who) => status !== "running" || s.current === who),
      "nobody waits for a free mutex": (s) =>
        s.waiters.every((waiters, mutex) => waiters.length === 0 || s.owner.at(mutex) !== null),
      "whoever queues waits, and for another": (s) =>
        s.waiters.every((waiters, mutex) =>
          waiters.every((who) => s.status.at(who) === "waiting" && s.owner.at(mutex) !== who)
        ),
    },
    sometimes: {
      "all but one wait": (s) =>
        s.status.count((status) => status === "waiting") === coroutines - 1,
    },
  });
};
