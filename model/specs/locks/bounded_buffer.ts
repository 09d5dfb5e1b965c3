/**
 * A bounded buffer: producers and consumers, one mutex and two queues, as programs use them together.
 *
 * The spec is the life cycle of `_lifecycle.ts`, one mutex of `_mutexes.ts`, and two queues as in
 * `co_queue.ts`. Whoever wants to put something in locks the mutex, and waits with it as long as the
 * buffer is full; then it is ready, and may do anything else before it does so. Whoever wants to take
 * something out waits as long as it is empty. One that gives up or is cancelled has the mutex then, and
 * unlocks it. One that is ready and changes its mind passes on the wake-up that it may have had.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  alarmActions,
  entered,
  type Extent,
  LEADER,
  Life,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  parties,
  wake,
} from "../core/_lifecycle.ts";
import { stand } from "./_line.ts";
import {
  abandon,
  abandoned,
  leaveLine,
  mutexClaims,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
  take,
  unlock,
  waitingClaims,
} from "./_mutexes.ts";
import { firstOf } from "../core/_names.ts";

// ------------------------------------------------------------------------------------ state

const M = "m1";

/** The life cycle, the mutex, the buffer, and those who wait for room or for something in it. */
export interface Buffer extends Mutexes {
  /** How many are in the buffer. */
  items: number;
  readonly waitForRoom: SeqView<string>;
  readonly waitForItem: SeqView<string>;
  /** Where it is in what it does. */
  readonly phase: TableView<string, "idle" | "locks" | "waits" | "ready">;
}

/** The first half of the names are producers. */
function produces(s: Buffer, who: string): boolean {
  const all = s.phase.keys();
  return all.indexOf(who) < all.length / 2;
}

function queueOf(s: Buffer, who: string): SeqView<string> {
  return produces(s, who) ? s.waitForRoom : s.waitForItem;
}

/** In how many lists it waits. */
function places(s: Buffer, who: string): number {
  return queues(s, who) + (queueOf(s, who).includes(who) ? 1 : 0);
}

/** Whether it waits for the mutex that it gave back: it must not go on without that. */
function shielded(s: Buffer, who: string): boolean {
  return s.phase.at(who) === "waits" && queues(s, who) > 0;
}

// ------------------------------------------------------------------------------------ the spec

/**
 * `coroutines`, half of them producers and half consumers, and a buffer of `capacity`.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; claims to add.
 */
export function boundedBuffer(
  { coroutines = 4, capacity = 2, always = {}, ...extent }: Extent & {
    coroutines?: number;
    capacity?: number;
    always?: Record<string, (s: Buffer) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  const { cancels = 0, timed = 0 } = extent;
  const isTimed = firstOf(n, timed);

  const possible = (s: Buffer, who: string): boolean =>
    produces(s, who) ? s.items < capacity : s.items > 0;

  /** It has the mutex: it is ready, or gives the mutex back and waits; false in that case. */
  const look = (s: Buffer): boolean => {
    const me = s.current;
    if (possible(s, me)) {
      s.phase.set(me, "ready");
      return true;
    }
    s.phase.set(me, "waits");
    queueOf(s, me).push(me);
    unlock(s, M);
    s.alarm.set(me, isTimed(me));
    return false;
  };

  const life: Life<Buffer> = new Life<Buffer>({
    barred: (s, who) => places(s, who) > 0 ? "waiting" : undefined,
    ends: abandon,
    leave: (s, who) => {
      const place = queueOf(s, who).indexOf(who);
      if (place >= 0) queueOf(s, who).removeAt(place);
      leaveLine(s, who);
    },
    shielded,
    goOn: (s) => {
      const me = s.current;
      const phase = s.phase.at(me);
      if (phase !== "locks" && phase !== "waits") return true;
      const gone = abandoned(s, M);
      if (phase === "waits" && s.holder.at(M) !== me) {
        if (gone) s.finds.set(me, "its wait failed");
        else if (s.holder.at(M) === null) take(s, me, M);
        else {
          stand(s, s.waiters.at(M), me);
          s.alarm.set(me, false);
          return false;
        }
      }
      if (s.finds.at(me) === null) return look(s);
      if (s.holder.at(M) === me) unlock(s, M);
      s.phase.set(me, "idle");
      return true;
    },
  });

  return spec({
    name: "bounded_buffer",
    state: Schema.Struct({
      ...lifecycleFields(n),
      ...mutexFields(n, 1),
      items: Int(0, capacity),
      waitForRoom: Seq(Who, n),
      waitForItem: Seq(Who, n),
      phase: Table(Who, Schema.Literals(["idle", "locks", "waits", "ready"])),
    }),
    init: [{
      ...lifecycleInit(n),
      ...mutexInit(n, 1),
      items: 0,
      waitForRoom: [],
      waitForItem: [],
      phase: fill(Who, "idle" as const),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, (s, who) => places(s, who) > 0),
      getReady: {
        for: {},
        when: (s: Buffer) =>
          s.current !== LEADER && s.phase.at(s.current) === "idle" && !abandoned(s, M),
        do: (s: Buffer) => {
          const me = s.current;
          if (s.holder.at(M) !== null) {
            s.phase.set(me, "locks");
            stand(s, s.waiters.at(M), me);
            s.alarm.set(me, isTimed(me));
            return life.suspend(s);
          }
          take(s, me, M);
          return look(s) ? undefined : life.suspend(s);
        },
        refuse: (s: Buffer) =>
          s.current === LEADER
            ? "not-in-coroutine"
            : s.phase.at(s.current) === "idle"
            ? "abandoned"
            : undefined,
      },
      doIt: {
        for: {},
        when: (s: Buffer) => s.current !== LEADER && s.phase.at(s.current) === "ready",
        do: (s: Buffer) => {
          const me = s.current;
          s.phase.set(me, "idle");
          s.items += produces(s, me) ? 1 : -1;
          const others = produces(s, me) ? s.waitForItem : s.waitForRoom;
          if (others.length > 0) wake(s, others.shift());
          unlock(s, M);
        },
      },
      changeItsMind: {
        for: {},
        when: (s: Buffer) => s.current !== LEADER && s.phase.at(s.current) === "ready",
        do: (s: Buffer) => {
          const me = s.current;
          s.phase.set(me, "idle");
          const others = queueOf(s, me);
          if (others.length > 0) wake(s, others.shift());
          unlock(s, M);
        },
      },
    },
    always: {
      ...lifecycleClaims(shielded),
      ...mutexClaims,
      ...waitingClaims(places, shielded),
      "whoever is ready holds the mutex": (s) =>
        s.phase.every((phase, who) =>
          phase !== "ready" || s.holder.at(M) === who || s.status.at(who) === "terminated"
        ),
      "whoever is ready finds it so: there is room, or something to take": (s) =>
        s.phase.every((phase, who) => phase !== "ready" || abandoned(s, M) || possible(s, who)),
      "whoever waits with the mutex has it again when it goes on": (s) =>
        s.phase.every((phase, who) => phase !== "waits" || !entered(s, who)),
      "no wake-up is lost: nobody waits for what is there, unless another one is on its way to it":
        (
          s,
        ) =>
          abandoned(s, M) ||
          s.phase.every((_, who) =>
            !queueOf(s, who).includes(who) || !possible(s, who) ||
            s.phase.some((phase, other) =>
              produces(s, other) === produces(s, who) &&
              (phase === "ready" || (phase === "waits" && !queueOf(s, other).includes(other)))
            )
          ),
      ...always,
    },
    sometimes: {
      "the buffer is full, and all producers wait": (s) =>
        s.items === capacity && s.waitForRoom.length === Math.ceil(n / 2),
      "all consumers wait": (s) => s.waitForItem.length === Math.floor(n / 2),
      "one that was woken waits for the mutex": (s) => s.phase.some((_, who) => shielded(s, who)),
      "somebody waits again, as another one was faster": (s) =>
        s.waitForItem.length > 0 && s.items === 0 &&
        s.phase.some((phase, who) => phase === "ready" && produces(s, who)),
      ...(timed + cancels === 0 ? {} : {
        "one has given up and waits for the mutex": (s: Buffer) =>
          s.finds.some((finds, who) => finds !== null && shielded(s, who)),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody waits for what is there": (s: Buffer) => s.items === 0 || s.waitForItem.length === 0,
  "whoever was woken finds what it waited for": (s: Buffer) =>
    s.phase.every((phase, who) =>
      phase !== "waits" || queueOf(s, who).includes(who) || produces(s, who) || s.items > 0
    ),
};
