/**
 * The queue of `co_queue.ts`, with one mutex of `_mutexes.ts`, for specs that have one besides: state,
 * steps and claims.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, Table, type TableView } from "../../mod.ts";
import { entered, type Life, parties, type Patience } from "../core/_lifecycle.ts";
import { stand } from "./_line.ts";
import {
  abandoned,
  leaveLine,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
  take,
  unlock,
} from "./_mutexes.ts";

/** The mutex that goes with the queue. */
export const M = "m1";

// ------------------------------------------------------------------------------------ state

/** The life cycle, the mutex and the queue. */
export interface Queue extends Mutexes {
  /** Who waits to be told, first to last. */
  readonly queue: SeqView<string>;
  /** Whether it has given the mutex back to wait, and does not have it again. */
  readonly regains: TableView<string, boolean>;
}

/** The fields of {@linkcode Queue} that are not of the life cycle. */
export function queueFields(n: number) {
  const { Who } = parties(n);
  return { ...mutexFields(n, 1), queue: Seq(Who, n), regains: Table(Who, Schema.Boolean) };
}

/** Nobody waits, nobody holds anything. */
export function queueInit(n: number) {
  const { Who } = parties(n);
  return { ...mutexInit(n, 1), queue: [], regains: fill(Who, false) };
}

// ------------------------------------------------------------------------------------ steps

/** In how many lists it waits. */
export function places(s: Queue, who: string): number {
  return queues(s, who) + (s.queue.includes(who) ? 1 : 0);
}

/** Whoever gave the mutex back to wait takes it again first; false if it waits for that. */
export function regain(s: Queue): boolean {
  const me = s.current;
  if (!s.regains.at(me)) return true;
  if (s.holder.at(M) === null) take(s, me, M);
  else if (abandoned(s, M)) s.finds.set(me, "its wait failed");
  else if (s.holder.at(M) !== me) {
    stand(s, s.waiters.at(M), me);
    s.alarm.set(me, false);
    return false;
  }
  s.regains.set(me, false);
  return true;
}

/** Whether it waits for the mutex that it gave back: it must not go on without that. */
export function regainsNow(s: Queue, who: string): boolean {
  return s.regains.at(who) && queues(s, who) > 0;
}

/** Gives up its place, in the queue or in that of the mutex. */
export function leaveQueue(s: Queue, who: string): void {
  const place = s.queue.indexOf(who);
  if (place >= 0) s.queue.removeAt(place);
  leaveLine(s, who);
}

function standInQueue(s: Queue, front: boolean): void {
  if (front) s.queue.unshift(s.current);
  else s.queue.push(s.current);
}

/** The running one waits to be told. */
export function wait<S extends Queue>(
  s: S,
  life: Life<S>,
  front: boolean,
  patience: Patience,
): string | undefined {
  standInQueue(s, front);
  return life.wait(s, patience);
}

/** The same, and it gives the mutex back. */
export function waitWithMutex<S extends Queue>(
  s: S,
  life: Life<S>,
  front: boolean,
  patience: Patience,
): string | undefined {
  standInQueue(s, front);
  unlock(s, M, (s, who) => life.wake(s, who));
  s.regains.set(s.current, true);
  return life.wait(s, patience);
}

/** Tells the first one: whether there was one. */
export function next<S extends Queue>(s: S, life: Life<S>): string {
  if (s.queue.length === 0) return "nobody";
  life.wake(s, s.queue.shift());
  return "one";
}

/** Tells all. */
export function restartAll<S extends Queue>(s: S, life: Life<S>): void {
  while (s.queue.length > 0) life.wake(s, s.queue.shift());
}

// ----------------------------------------------------------------------------------- claims

/** The claims about every spec that has such a queue. */
export const queueClaims = {
  "whoever waits with a mutex has it again when it goes on": (s: Queue) =>
    s.regains.every((regains, who) => !regains || !entered(s, who)),
  "whoever waits with a mutex does not hold it": (s: Queue) =>
    s.regains.every((regains, who) => !regains || !s.queue.includes(who) || s.holder.at(M) !== who),
  "whoever stands in the queue can be told: no wake-up is lost on one that has given up": (
    s: Queue,
  ) => s.queue.every((who) => s.finds.at(who) === null),
};
