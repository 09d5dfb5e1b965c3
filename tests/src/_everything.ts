/**
 * All primitives, each beside the model of it, and all that must hold of them: what coroutines do
 * with them is in `_everything_deeds.ts`.
 *
 * @module
 */
import {
  AioContext,
  type Clock,
  CoMutex,
  CoQueue,
  Coroutine,
  CoroutineError,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  dump,
  TaskPool,
  VirtualClock,
} from "@cofn/coroutine";
import { type Deed, PUPPETS } from "./_everything_deed.ts";
import * as model from "./_everything_locks.ts";
import { Actor, Mismatch } from "./_everything_locks.ts";
import { Pool } from "./_everything_tasks.ts";
import { countedSignal } from "./_helpers.ts";
import { loopOf } from "../../src/contexts/aio_context.ts";
import { awaitedOfHost } from "../../src/core/_awaited.ts";
import { core } from "../../src/core/coroutine.ts";
import { Ears, type Listener } from "../../src/core/_signals.ts";
import { isLimited } from "../../src/time/_limits.ts";

/** What one throws that is told to. */
export class Planned {
  constructor(readonly who: string) {}
}
const loop = loopOf(AioContext.main);
const { placeOf, suspendedOnes } = core;

/** Whether the wait of a coroutine ends by itself. */
function awaits(co: Coroutine<unknown>): boolean {
  const { refusal, scheduledBy, limited } = placeOf(co) ?? {};
  return isLimited(co) || limited === true ||
    (refusal === "already-scheduled" && scheduledBy !== "AioContext.schedule");
}

/** Is told of those who listen to a signal. */
interface Watch {
  add(listener: Listener): void;
  delete(listener: Listener): void;
}

const watched = new WeakMap<AbortSignal, Watch>();
for (const what of ["add", "delete"] as const) {
  const real = Ears.prototype[what];
  Ears.prototype[what] = function (listener: Listener): void {
    watched.get(this.signal)?.[what](listener);
    real.call(this, listener);
  };
}

/** Why signals are aborted. */
export class Aborted {}

/** What an error is, in a word. */
export function tagOf(error: unknown): string {
  if (error instanceof CoroutineError) return error.code;
  return error instanceof Aborted ? "aborted" : "any";
}

/** What belongs to one coroutine, apart from the model. */
export interface Own {
  co?: Coroutine;
  /** What it does when it is entered next. */
  orders: readonly Deed[];
  /** The permits that it believes to have. */
  permits: number;
}

/** All that there is, each thing beside its model. */
export class World {
  /** What another world, which has failed, may have left behind. */
  readonly awaitedBefore = { awaited: loop.awaited, ofHost: awaitedOfHost };
  readonly leader = new Actor("outside", true);
  readonly actors = new Map<Actor, Own>();
  readonly puppets: Actor[] = [];
  readonly of = new Map<Coroutine, Actor>();
  readonly time = new VirtualClock();
  readonly clock: Clock = this.#tellingClock();
  readonly nap = { real: new CoSleep(), model: new model.Bed() };
  readonly sem = {
    real: new CoSemaphore(3, "s"),
    model: new model.Sem(3, 'CoSemaphore "s"'),
  };
  readonly pool = {
    real: new TaskPool(2, "p"),
    model: new Pool(2, 'TaskPool "p"'),
  };
  readonly mutexes = [0, 1].map(newMutex);
  readonly queues = [0, 1].map((i) => ({
    real: new CoQueue(`q${i}`),
    model: new model.Queue(`CoQueue "q${i}"`),
  }));
  rw = newRw();
  readonly oldRws: ReturnType<typeof newRw>[] = [];
  readonly signals = [0, 1].map(() => this.newSignal());
  /** Those who have failed, and whose enterers must be told. */
  readonly failures = new Set<string>();
  following: Actor | null = null;
  /** What other runs have left behind that have failed. */
  readonly waitedBefore = waitingInDump();
  broken: unknown;
  made = 0;

  constructor() {
    this.actors.set(this.leader, {
      co: Coroutine.self(),
      orders: [],
      permits: 0,
    });
    this.of.set(Coroutine.self(), this.leader);
  }

  newChild(): Actor {
    const actor = new Actor(`child ${++this.made}`);
    this.actors.set(actor, { orders: [], permits: 0 });
    return actor;
  }

  newSignal() {
    const counted = countedSignal();
    const { signal, abort } = counted;
    /** Those who are told when it is aborted. */
    const listeners = new Set<Listener>();
    watched.set(signal, {
      add: (listener) => {
        const target = this.following ?? this.self;
        const { limit } = target;
        const cancels = this.following !== null;
        const { aborted } = listener;
        listeners.add(listener);
        listener.aborted = (reason) => {
          listeners.delete(listener);
          if (cancels) {
            target.follows = null;
            target.cancel();
          } else if (limit !== null) target.giveUp(limit, "aborted");
          aborted.call(listener, reason);
        };
      },
      delete: (listener) => listeners.delete(listener),
    });
    return { signal, listeners, abort, heard: counted.listeners };
  }

  get self(): Actor {
    const self = this.of.get(Coroutine.self());
    if (self === undefined) throw new Mismatch("Somebody unknown runs");
    return self;
  }

  /** The models are told of each alarm before it rings. */
  #tellingClock(): Clock {
    const { time } = this;
    let set = 0;
    let last = { due: 0, nth: 0 };
    return {
      name: time.name,
      get now() {
        return time.now;
      },
      after: (ns, ring) => {
        const actor = this.self;
        const { place, limit } = actor;
        const alarm = { due: time.now + ns, nth: ++set };
        return time.after(ns, () => {
          const early = alarm.due > time.now || alarm.due < last.due;
          if (early || (alarm.due === last.due && alarm.nth < last.nth)) {
            this.break("An alarm does not ring in its turn");
          }
          last = alarm;
          if (place instanceof model.Nap) place.finish(false);
          else if (limit !== null) actor.giveUp(limit, "timeout");
          ring();
        });
      },
    };
  }

  /** One of those who may be told things: a puppet or a child that has begun. */
  target(who: number): Actor | undefined {
    if (who < PUPPETS) return this.puppets[who];
    const children = [...this.actors].filter(([actor, { co }]) =>
      actor.name.startsWith("child") && actor.place !== "ended" &&
      co !== undefined
    );
    return children[who - PUPPETS]?.[0];
  }

  isCancelled(actor: Actor, error: unknown): boolean {
    if (!(error instanceof CoroutineError && error.code === "cancelled")) {
      return false;
    }
    const co = this.actors.get(actor)?.co;
    // A child that has not begun is unknown.
    return co === undefined || error.coroutine === co;
  }

  expect(actor: Actor, got: string | undefined): void {
    const { expected } = actor;
    actor.expected = undefined;
    if (got !== expected) {
      this.break(`${actor.name} goes on with ${got}, not with ${expected}`);
    }
  }

  break(message: string): never {
    const error = new Mismatch(message);
    this.broken ??= error;
    throw error;
  }

  /** One has ended; what it has abandoned is replaced. */
  end(actor: Actor, how: model.End): void {
    actor.ended(how);
    for (const [i, { model: { abandoned } }] of this.mutexes.entries()) {
      if (abandoned) this.mutexes[i] = newMutex(i);
    }
    if (!this.rw.model.abandoned) return;
    // Others may read still.
    this.oldRws.push(this.rw);
    this.rw = newRw();
  }

  /** Somebody is told of failures; false if it is none. */
  report(error: unknown): boolean {
    if (error instanceof AggregateError) {
      return error.errors.every((one) => this.report(one));
    }
    if (error instanceof Planned) this.failures.delete(error.who);
    else if (tagOf(error) === "locks-held") {
      this.failures.delete((error as CoroutineError).coroutine?.name ?? "");
    } else {
      if (!(error instanceof CoroutineError || error instanceof Aborted)) {
        this.broken ??= error;
      }
      return false;
    }
    return true;
  }

  // What must hold.

  /** Compares all that can be seen. */
  check(): void {
    if (this.broken !== undefined) throw this.broken;
    let alarms = 0;
    const listeners = this.signals.map(() => 0);
    const listen = (to: model.Sig | null | undefined) => {
      const i = this.signals.findIndex(({ signal }) => signal === to);
      if (i >= 0) listeners[i] = (listeners[i] ?? 0) + 1;
    };
    for (const [actor, { co }] of this.actors) {
      if (actor.leader) continue;
      const { place, limit } = actor;
      if (co !== undefined) this.checkOne(actor, co);
      if (place === "ended") {
        this.actors.delete(actor);
        continue;
      }
      if (place instanceof model.Nap && place.ns < Infinity) alarms++;
      if (limit?.armed === true) {
        if (limit.ns < Infinity) alarms++;
        listen(limit.signal);
      }
      listen(actor.follows);
    }
    const [rw, sem] = [this.rw, this.sem];
    const locks = this.mutexes.map(({ real, model }) => [
      [real.locked, real.holder, real.waiters],
      [model.holder !== null, this.co(model.holder), model.line.tickets.length],
    ]);
    const pairs = [
      ...locks,
      ...this.queues.map(({ real, model }) => [[real.waiters], [model.line.tickets.length]]),
      [
        [rw.real.locked, rw.real.writer, rw.real.readers, rw.real.waiters],
        [
          !rw.model.free,
          this.co(rw.model.writer),
          rw.model.readers.size,
          rw.model.line.tickets.length,
        ],
      ],
      [
        [sem.real.available, sem.real.available, sem.real.waiters],
        [
          sem.model.available,
          sem.real.total - sem.model.taken - sem.model.promised,
          sem.model.line.tickets.length,
        ],
      ],
      [[this.nap.real.sleeping, this.pool.real.busy], [
        this.nap.model.nap !== null,
        this.pool.model.running.size,
      ]],
      [[this.time.alarms], [alarms]],
      [this.signals.map(({ listeners }) => listeners.size), listeners],
      // However many listen, the signal has one listener; from its abortion on none.
      [
        this.signals.map(({ heard }) => heard.size),
        this.signals.map(({ signal }, i) => signal.aborted ? 0 : Math.min(1, listeners[i] ?? 0)),
      ],
    ];
    for (const [real = [], said = []] of pairs) this.same("all", real, said);
    this.same("all", [loop.awaited > 0], [[...suspendedOnes()].some(awaits)]);
    const { writer, readers } = rw.real;
    if (writer !== undefined && readers > 0) {
      this.break("A writer is not alone");
    }
    const [first] = sem.model.line.tickets;
    if (first !== undefined && first.want <= sem.real.available) {
      this.break("The first one waits for permits that are there");
    }
  }

  checkOne(actor: Actor, co: Coroutine): void {
    const { place, fresh, locks, waitingOn } = actor;
    const inside = co === Coroutine.self() ? "running" : "normal";
    const status = place === "entered"
      ? inside
      : place === "ended"
      ? "terminated"
      : fresh
      ? "created"
      : "suspended";
    const scheduled = place instanceof model.Nap ? "sleep" : undefined;
    this.same(
      actor.name,
      [co.status, co.locksHeld, co.waitingOn, co.scheduledBy],
      [status, place === "ended" ? 0 : locks.size, waitingOn, scheduled],
    );
    if (actor.name.startsWith("c1") && co.signal.aborted !== (actor.cancelled !== "no")) {
      this.break(`The signal of ${actor.name} is wrong`);
    }
  }

  co(actor: Actor | null): Coroutine | undefined {
    return actor === null ? undefined : this.actors.get(actor)?.co ?? undefined;
  }

  same(what: string, real: readonly unknown[], said: readonly unknown[]): void {
    if (real.every((one, i) => one === said[i])) return;
    this.break(`Of ${what}: there is ${real.map(String)}, must be ${said.map(String)}`);
  }

  /** Nothing is held, and nobody waits. */
  checkHome(): void {
    for (const { real } of [...this.mutexes, this.rw]) {
      if (real.locked || real.waiters > 0) this.break(`${real} is not free`);
    }
    const { real } = this.sem;
    if (real.available !== real.total || this.time.alarms > 0) {
      this.break("Something is left");
    }
    const listeners = this.signals.flatMap(({ listeners }) => [...listeners]).length;
    const follow = [...this.actors.keys()].filter(({ follows }) => follows !== null).length;
    if (listeners !== follow) this.break("Somebody listens to a signal still");
    const { awaited, ofHost } = this.awaitedBefore;
    if (loop.awaited !== awaited || awaitedOfHost !== ofHost) {
      this.break("Somebody is waited for still");
    }
    if (waitingInDump() > this.waitedBefore) {
      this.break(`Somebody waits:\n${dump()}`);
    }
  }
}

function newMutex(i: number) {
  return {
    real: new CoMutex(`m${i}`),
    model: new model.Mutex(`CoMutex "m${i}"`),
  };
}

function newRw() {
  return { real: new CoRwLock("rw"), model: new model.Rw('CoRwLock "rw"') };
}

/** How many wait, are about to run, or hold something, as the dump says. */
function waitingInDump(): number {
  const waits = dump().coroutines.filter(({ waitingOn, woken, holds }) =>
    waitingOn !== undefined || woken || holds.length > 0
  );
  return waits.length;
}
