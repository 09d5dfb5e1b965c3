/**
 * Coroutines that do what they are told with all primitives there are, and must all come home.
 *
 * @module
 */
import { type Co, Coroutine } from "@cofn/coroutine";
import { Planned } from "./_everything.ts";
import { type Args, Deed, PUPPETS } from "./_everything_deed.ts";
import { Deeds } from "./_everything_deeds.ts";
import { Actor, type End, Mismatch } from "./_everything_locks.ts";

/** One run. */
export class Stage extends Deeds {
  constructor() {
    super();
    for (let i = 0; i < PUPPETS; i++) this.#newPuppet(i);
  }

  #newPuppet(i: number): void {
    const actor = new Actor(`c${i}${"'".repeat(this.made++ / PUPPETS)}`);
    const own = {
      co: Coroutine.named(actor.name, () => this.body(actor)),
      orders: [],
      permits: 0,
    };
    const asked = i === 0;
    if (asked) own.co.done.then(() => {}, () => {});
    actor.onEnd = (how) => {
      if (how === "failed" && !asked) this.failures.add(actor.name);
    };
    this.actors.set(actor, own);
    this.of.set(own.co, actor);
    this.puppets[i] = actor;
  }

  /** A body that tells when it begins and when it ends. */
  body(actor: Actor, deeds?: readonly Deed[], first?: () => void, last?: () => void): Co {
    const body = this.#act(actor, deeds, first, last);
    const resume = (go: () => IteratorResult<void, void>): IteratorResult<void, void> => {
      let how: End = "returned";
      try {
        const result = go();
        if (result.done !== true) return result;
      } catch (error) {
        how = this.isCancelled(actor, error) ? "cancelled" : "failed";
        this.end(actor, how);
        throw error;
      }
      this.end(actor, how);
      return { done: true, value: undefined };
    };
    const around: Partial<Co> = {
      next: (token) => resume(() => body.next(token)),
      throw: (error) => resume(() => body.throw(error)),
      // As a generator has it: what has none is a wait.
      return: (value) => body.return(value),
    };
    around[Symbol.iterator] = () => around as Co;
    return around as Co;
  }

  *#act(actor: Actor, mine?: readonly Deed[], first?: () => void, last?: () => void): Co {
    const own = this.actors.get(actor);
    if (own === undefined) throw new Mismatch("[internal] It is unknown");
    own.co = Coroutine.self();
    this.of.set(own.co, actor);
    actor.resumed();
    // Some of those who are cancelled go on as before; some take their time to clean up.
    const n = Number(/\d+/.exec(actor.name));
    const [stubborn, slow] = [n % 2 === 1, n % 3 === 1];
    try {
      first?.();
      for (;;) {
        const deeds = mine ?? own.orders;
        own.orders = [];
        for (const deed of deeds) {
          if (deed.op === "abandon") return;
          if (deed.op === "return") return void this.tidy(actor);
          try {
            if (deed.op === "throw") throw new Planned(actor.name);
            yield* this.perform(actor, deed);
          } catch (error) {
            if (!stubborn || !this.isCancelled(actor, error)) throw error;
          }
          this.check();
        }
        if (mine !== undefined) break;
        if (own.orders.length > 0) continue;
        try {
          yield* this.bare(actor);
        } catch (error) {
          if (!stubborn) throw error;
        }
      }
    } catch (error) {
      last?.();
      if (slow) yield* this.perform(actor, new Deed("sleep", { ns: 2 }));
      this.tidy(actor);
      throw error;
    }
    last?.();
    this.tidy(actor);
  }

  /** Those who have ended make room for others. */
  refresh(): void {
    for (const [i, { place }] of this.puppets.entries()) if (place === "ended") this.#newPuppet(i);
  }

  /** One step. */
  step(who: number | undefined, deeds: readonly Deed[]): void {
    const list = who === undefined ? deeds : [new Deed("enter", { who, deeds })];
    for (const deed of list) {
      this.perform(this.leader, deed).next();
      this.check();
      if ([...this.actors.keys()].some(({ place }) => place === "woken")) {
        this.break("Somebody was let go on, but has not run");
      }
      if (this.failures.size > 0) {
        this.break(`Nobody was told that ${[...this.failures]} failed`);
      }
      const next = this.time.nextAlarm;
      if (next !== undefined && next < this.time.now) {
        this.break("An alarm is late");
      }
    }
  }

  /** All are told to come home, and nobody may be missing then. */
  bringHome(): void {
    for (let round = 0;; round++) {
      if (round > 300) this.break("Somebody does not come home");
      this.#nudge();
      for (const [actor, { co }] of this.actors) {
        if (actor.leader || co === undefined || actor.place === "ended") {
          continue;
        }
        if (actor.place === "free" && !actor.fresh) {
          this.sync("ok", () => co.enter(), () => {
            actor.grant();
            const own = this.actors.get(actor);
            if (own !== undefined) own.orders = [new Deed("tidy")];
          });
          this.check();
        }
      }
      const away = [...this.actors.keys()].filter(({ leader, refusal }) =>
        !leader && refusal !== "terminated" && refusal !== "ok"
      );
      const held = [...this.actors.keys()].some(({ locks }) => locks.size > 0);
      if (away.length === 0 && !held && this.sem.model.taken === 0) break;
      const stuck = away.find(({ cancelled }) => cancelled === "no");
      const co = stuck && this.actors.get(stuck)?.co;
      if (round % 5 === 4 && stuck && co) {
        this.tell("cancel", this.leader, stuck, {
          co,
          deeds: [],
          s: undefined,
        });
      }
      this.check();
    }
    this.checkHome();
    this.#sendOff();
  }

  /** All that can be done from outside to let them go on. */
  #nudge(): void {
    const outside = (op: string, args: Args = {}) => this.step(undefined, [new Deed(op, args)]);
    for (const q of [0, 1]) outside("restartAll", { q });
    outside("wakeNap");
    while (this.sem.model.taken > 0) outside("release");
    outside("advance", { ns: 100 });
  }

  /** All end: they are cancelled, and those who do not care are told to return. */
  #sendOff(): void {
    const rest = () =>
      [...this.actors].filter(([{ leader, place }, { co }]) =>
        // One whose start was refused has never been there.
        !leader && place !== "ended" && co !== undefined
      );
    for (let round = 0; rest().length > 0; round++) {
      if (round > 100) this.break("Somebody does not end");
      for (const [actor, { co }] of rest()) {
        if (co === undefined) continue;
        const op = round === 0 ? "cancel" : "enter";
        const deeds = [new Deed("return")];
        this.tell(op, this.leader, actor, { co, deeds, s: undefined });
      }
      this.#nudge();
    }
    const listeners = this.signals.flatMap(({ listeners }) => [...listeners]);
    if (listeners.length > 0) this.break("Somebody listens to a signal still");
  }
}
