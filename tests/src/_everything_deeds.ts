/**
 * What coroutines do with all primitives: each deed is done with the real things and told to their
 * models, and what comes of it is compared.
 *
 * @module
 */
import {
  all,
  type Co,
  type Coroutine,
  race,
  scope,
  sleep,
  type Suspension,
  type WaitOptions,
} from "@cofn/coroutine";
import { Aborted, tagOf, World } from "./_everything.ts";
import type { Deed } from "./_everything_deed.ts";
import * as model from "./_everything_locks.ts";
import { type Actor, Mismatch, refused, Verdict, type Wait } from "./_everything_locks.ts";
import { Group, limited } from "./_everything_tasks.ts";

type Real<T> = () => Suspension<T> | Co<T>;

/** What can be done. */
export abstract class Deeds extends World {
  /** The body of a coroutine that does this and ends. */
  protected abstract body(
    actor: Actor,
    deeds: readonly Deed[],
    first?: () => void,
    last?: () => void,
  ): Co;

  /** Does something at once that must come to this: "ok", what it answers, or the code of an error. */
  sync(expected: string | boolean, real: () => unknown, then = (): void => {}): void {
    let got: unknown;
    if (expected === "ok") then();
    try {
      got = real();
      if (typeof got !== "boolean" || expected === "ok") got = "ok";
    } catch (error) {
      got = this.report(error) ? "ok" : tagOf(error);
      if (this.broken !== undefined) throw this.broken;
    }
    if (got !== expected) {
      this.break(`${this.self.name}: ${real} gives ${got}, not ${expected}`);
    }
  }

  /** Waits, or is refused, as the model says. */
  *wait<T>(actor: Actor, side: Wait, real: Real<T>): Co {
    if (actor.leader) {
      try {
        real()[Symbol.iterator]().next(undefined);
      } catch (error) {
        const tag = "yield-to-no-one";
        const ok = tagOf(error) === "not-in-coroutine" || tagOf(error) === tag;
        if (ok) return;
        if (tagOf(error) === "waiting" && this.nap.model.nap !== null) return;
      }
      this.break(`Outside, one can wait: ${real}`);
    }
    let it: Iterator<void, unknown, unknown> | undefined;
    const turn = (
      tell: () => IteratorResult<void, unknown>,
      go: () => IteratorResult<void, unknown>,
    ) => {
      actor.resumed();
      let said: string | boolean;
      let got: string | boolean;
      let result: IteratorResult<void, unknown> | undefined;
      let thrown: unknown;
      let worth: unknown;
      try {
        const told = tell();
        said = told.done === true;
        if (said) worth = told.value;
      } catch (error) {
        if (!(error instanceof Verdict)) throw error;
        said = error.tag;
      }
      try {
        result = go();
        got = result.done === true;
      } catch (error) {
        if (error instanceof Mismatch) throw error;
        thrown = error;
        got = tagOf(error);
        if (this.report(error) && said === true) {
          [got, result] = [true, { done: true, value: undefined }];
        }
      }
      if (said !== got && !(said === "any" && typeof got === "string")) {
        this.break(`${actor.name}: ${real} gives ${got}, not ${said}`);
      }
      if (result === undefined) throw thrown;
      if (worth !== undefined && result.value !== worth) {
        this.break(`${actor.name}: ${real} is worth ${result.value}, not ${worth}`);
      }
      if (got === false) actor.suspends();
      return result;
    };
    const both: Iterator<void, unknown, unknown> = {
      next: (token) =>
        turn(() => {
          this.expect(actor, undefined);
          return side.next();
        }, () => (it ??= real()[Symbol.iterator]()).next(token)),
      throw: (error) =>
        turn(
          () => {
            const tag = tagOf(error);
            if (actor.expected !== undefined) this.expect(actor, tag);
            return side.throw(new Verdict(tag));
          },
          () => it?.throw?.(error) ?? this.break("[internal] It cannot be told"),
        ),
    };
    try {
      yield* { [Symbol.iterator]: () => both };
    } catch (error) {
      if (error instanceof Mismatch || this.isCancelled(actor, error)) {
        throw error;
      }
    }
  }

  /** A deed, done by one that runs or outside any. */
  *perform(actor: Actor, { op, args }: Deed): Co {
    const { mutexes, rw, sem, pool, nap, clock } = this;
    const { n = 1, ns = 0, front = false, limits = {}, who = 0, deeds = [] } = args;
    const m = args.m === undefined ? undefined : mutexes[args.m];
    const q = this.queues[args.q ?? 0];
    const own = this.actors.get(actor);
    const s = limits.s === undefined ? undefined : this.signals[limits.s];
    if (m === undefined && args.m !== undefined || q === undefined || own === undefined) return;
    // One that has been cancelled cannot be so again: it must not wait for ever.
    const late = actor.cancelled === "yes" ? 3 : undefined;
    const timeout = limits.ns ?? late;
    const options: WaitOptions = { clock, timeout, signal: s?.signal };
    const lim = (wait: Wait) =>
      timeout === undefined && s === undefined
        ? wait
        : limited(actor, wait, timeout ?? Infinity, s?.signal);
    const limitless = timeout === undefined && s === undefined;
    const opts = limitless ? undefined : options;
    switch (op) {
      case "lock":
        if (m !== undefined) {
          yield* this.wait(actor, lim(m.model.lock(actor)), () => m.real.lock(opts));
        }
        break;
      case "tryLock":
        if (m !== undefined) {
          this.sync(m.model.attempt(actor), () => m.real.tryLock());
        }
        break;
      case "unlock":
        if (m !== undefined) {
          this.sync(m.model.asHolder(actor), () => m.real.unlock(), () => m.model.unlock());
        }
        break;
      case "wait": {
        const side = lim(q.model.wait(actor, m?.model, front));
        const given = limitless && !front ? undefined : { ...opts, front };
        yield* this.wait(
          actor,
          side,
          () => m === undefined ? q.real.wait(given) : q.real.wait(m.real, given),
        );
        if (m !== undefined && actor.locks.has(m.model) !== (m.real.holder === own.co)) {
          this.break(`${actor.name} has come back from a queue without its mutex`);
        }
        break;
      }
      case "next":
        this.sync(
          m?.model.asHolder(actor) ?? "ok",
          () => m === undefined ? q.real.next() : q.real.enterNext(m.real),
          () => q.model.line.tell(),
        );
        break;
      case "restartAll":
        this.sync(
          m?.model.asHolder(actor) ?? "ok",
          () => m === undefined ? q.real.restartAll() : q.real.enterAll(m.real),
          () => q.model.line.tellAll(),
        );
        break;
      case "read":
        yield* this.wait(actor, lim(rw.model.lock(actor, 1)), () => rw.real.readLock(opts));
        break;
      case "write":
        yield* this.wait(actor, lim(rw.model.lock(actor, -1)), () => rw.real.writeLock(opts));
        break;
      case "tryRead":
        this.sync(rw.model.attempt(actor, 1), () => rw.real.tryReadLock());
        break;
      case "tryWrite":
        this.sync(rw.model.attempt(actor, -1), () => rw.real.tryWriteLock());
        break;
      case "upgrade":
        yield* this.wait(actor, lim(rw.model.upgrade(actor)), () => rw.real.upgrade(opts));
        break;
      case "downgrade":
        this.sync(
          rw.model.asWriter(actor),
          () => rw.real.downgrade(),
          () => rw.model.downgrade(actor),
        );
        break;
      case "rwUnlock":
        this.sync(rw.model.asOwner(actor), () => rw.real.unlock(), () => rw.model.unlock(actor));
        break;
      case "acquire": {
        const before = sem.model.taken;
        const side = n > 3 ? refused("too-many") : lim(sem.model.acquire(actor, n));
        let got = false;
        yield* this.wait(actor, noted(side, () => got = true), () => sem.real.acquire(n, opts));
        if (got && before >= 0) own.permits += n;
        break;
      }
      case "tryAcquire": {
        const got = sem.model.attempt(n);
        if (got === true) own.permits += n;
        this.sync(got, () => sem.real.tryAcquire(n));
        break;
      }
      case "release": {
        const ok = n <= sem.model.taken;
        if (ok) own.permits = Math.max(0, own.permits - n);
        this.sync(
          ok ? "ok" : "not-acquired",
          () => sem.real.release(n),
          () => sem.model.release(n),
        );
        break;
      }
      case "sleep": {
        const from = this.time.now;
        yield* this.wait(actor, model.nap(actor, ns), () => sleep(ns, clock));
        if (this.time.now < from + ns && !actor.leader) {
          this.break(`${actor.name} sleeps too short`);
        }
        break;
      }
      case "nap":
        yield* this.wait(actor, nap.model.sleep(actor, ns), () => nap.real.sleep(ns, clock));
        break;
      case "wakeNap":
        this.sync("ok", () => nap.real.wake(), () => nap.model.nap?.finish(true));
        break;
      case "yield":
        if (!actor.leader) yield* this.bare(actor);
        break;
      case "enter":
      case "wake":
      case "cancel":
      case "follow": {
        const target = this.target(who);
        const theirs = target && this.actors.get(target);
        const co = theirs?.co;
        if (target && co) {
          this.tell(op, actor, target, { co, deeds, s: s?.signal });
        }
        break;
      }
      case "all":
      case "race":
      case "scope":
        yield* this.group(op, actor, args.tasks ?? []);
        break;
      case "start": {
        // This wait takes no limits.
        if (late !== undefined) break;
        const child = this.newChild();
        yield* this.wait(
          actor,
          pool.model.start(actor, child),
          () => pool.real.start(() => this.body(child, deeds)),
        );
        break;
      }
      case "waitOne":
        yield* this.wait(actor, lim(pool.model.waitOne(actor)), () => pool.real.waitOne(opts));
        break;
      case "waitAll":
        yield* this.wait(actor, lim(pool.model.waitAll(actor)), () => pool.real.waitAll(opts));
        break;
      case "waitSlot":
        yield* this.wait(
          actor,
          noted(lim(pool.model.slots.acquire(actor, 1)), () => pool.model.slots.release(1)),
          () => pool.real.waitSlot(opts),
        );
        break;
      case "tidy":
        this.tidy(actor);
        break;
      case "cancelPool":
        this.sync("ok", () => pool.real.cancel(), () => {
          for (const child of pool.model.running) child.cancel();
        });
        break;
      case "advance":
        this.sync("ok", () => this.time.advance(ns));
        break;
      case "abort":
        if (s?.signal.aborted === true) {
          this.signals[limits.s ?? 0] = this.newSignal();
        } else s?.abort(new Aborted());
        break;
    }
  }

  tell(
    op: string,
    actor: Actor,
    target: Actor,
    { co, deeds, s }: {
      co: Coroutine;
      deeds: readonly Deed[];
      s: AbortSignal | undefined;
    },
  ): void {
    if (op === "cancel") {
      return this.sync("ok", () => co.cancel(), () => target.cancel());
    }
    if (op === "follow") {
      if (s === undefined) return;
      this.sync("ok", () => {
        if (!s.aborted) this.following = target;
        co.cancelOn(s);
        this.following = null;
      }, () => {
        if (s.aborted) target.cancel();
        else if (target.place !== "ended") target.follows = s;
      });
      return;
    }
    const itself = op === "wake" && target === actor;
    const code = itself ? "wake-self" : target.refusal;
    const theirs = this.actors.get(target);
    if (code === "ok" && theirs !== undefined) theirs.orders = deeds;
    this.sync(code, () => op === "wake" ? co.wake() : co.enter(), () => target.grant());
  }

  *group(op: "all" | "race" | "scope", actor: Actor, lists: readonly (readonly Deed[])[]): Co {
    const group = new Group(op, actor);
    const children = lists.map((deeds) => ({ child: this.newChild(), deeds }));
    const bodies = children.map(({ child, deeds }) => () => this.body(child, deeds));
    const [main, ...others] = children;
    if (main === undefined) return;
    const adopted = op === "scope" ? [main] : children;
    const side = begun(group.wait(actor), () => {
      for (const { child } of adopted) group.adopt(child);
    });
    if (op === "all") return yield* this.wait(actor, side, () => all(bodies));
    if (op === "race") return yield* this.wait(actor, side, () => race(bodies));
    yield* this.wait(actor, side, () =>
      scope((jobs) => {
        const start = () => {
          const next = others.shift();
          if (next === undefined) return;
          const body = () => this.body(next.child, next.deeds);
          this.sync("ok", () => jobs.start(body), () => group.adopt(next.child));
        };
        // One before its own deeds and one after them, even if it is cancelled.
        return this.body(main.child, main.deeds, start, start);
      }));
  }

  *bare(actor: Actor): Co {
    actor.place = "free";
    actor.suspends();
    try {
      yield;
    } catch (error) {
      actor.resumed();
      this.expect(actor, tagOf(error));
      throw error;
    }
    actor.resumed();
    this.expect(actor, undefined);
  }

  /** Gives back all that it holds. */
  tidy(actor: Actor): void {
    for (const lock of actor.locks) {
      const { real } = [...this.mutexes, this.rw, ...this.oldRws].find(({ model }) =>
        model === lock
      ) ?? {};
      if (real === undefined) continue;
      this.sync("ok", () => real.unlock(), () => lock.unlock(actor));
    }
    const own = this.actors.get(actor);
    const n = Math.min(own?.permits ?? 0, this.sem.model.taken);
    if (own !== undefined) own.permits = 0;
    if (n > 0) {
      this.sync("ok", () => this.sem.real.release(n), () => this.sem.model.release(n));
    }
  }
}

/** A wait that tells when it has come to a good end. */
function* noted(wait: Wait, then: () => void): Wait {
  yield* wait;
  then();
}

/** A wait that does something first. */
function* begun(wait: Wait, first: () => void): Wait {
  first();
  yield* wait;
}
