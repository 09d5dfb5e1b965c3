/**
 * What a thread of an `IOThread` runs: it loads the module, and serves calls until it is told to end.
 *
 * @module
 */
import { awaitedOfHost } from "../core/_awaited.ts";
import { AioContext, loopOf } from "../contexts/aio_context.ts";
import { hostClocks } from "../time/clock.ts";
import { joinCommons } from "../shared/_commons.ts";
import { type Co, core, Coroutine } from "../core/coroutine.ts";
import { soon, stayUp, turnsDue } from "../time/_host.ts";
import {
  type Greeting,
  type Reply,
  type Request,
  type Start,
  unpacked,
  wrap,
} from "./_messages.ts";
import { NOTIFIED } from "../lockfree/signal.ts";
import { isStopping, lives } from "../lockfree/life.ts";
import { LIFE, SIGNAL, WORK } from "../lockfree/words.ts";
import { endThread, hostThreads, Inbox, send, tooDeep } from "./_threads.ts";
import { hold } from "./_undertaker.ts";
import { isWait } from "../core/_given.ts";
import { until } from "../core/until.ts";

const { cancel, fateOf } = core;

const threads = hostThreads();
// INVARIANT: IOThread.spawn has started this.
const start = threads.workerData as Start;
const commons = joinCommons(new Int32Array(start.buffer), start.context);
hold(start.lifeline);
const { memory, context } = commons;
const main = AioContext.main;
const loop = loopOf(main);
Object.defineProperty(main, "name", { value: start.name, enumerable: true });

const inbox = new Inbox<Request>(threads, start.port);

/** The calls that are under way. */
const calls = new Map<number, Coroutine<unknown>>();

/** Ends the wait for the host. */
let wakeUp: (() => void) | undefined;
/** The next turn of this thread's context. */
let turn: (() => void) | undefined;
// INVARIANT: the context asks for one turn at a time, and for the next one when it has had that.
loop.host = (call) => {
  turn = call;
  wakeUp?.();
};

function reply(reply: Reply): void {
  try {
    const { sent: [value], moved } = unpacked("value" in reply ? [reply.value] : []);
    const about = "value" in reply ? [value] : [reply.error];
    send(start.port, "value" in reply ? { id: reply.id, value } : reply, about, moved);
  } catch (error) {
    // What it has returned cannot be sent.
    send(start.port, { id: reply.id, error: wrap(error) } satisfies Reply, [null]);
  }
  commons.notify(start.parent);
}

function* carryOut(entry: unknown, name: string, args: readonly unknown[]): Co<unknown> {
  if (typeof entry !== "function") {
    throw new TypeError(`Cannot call ${name} of ${start.module}: it exports no such function`);
  }
  const result: unknown = entry(...args);
  if (isCo(result) || isWait(result)) return yield* result;
  return isPromise(result) ? yield* until(result) : result;
}

function isCo(result: unknown): result is Co<unknown> {
  return Object.prototype.toString.call(result) === "[object Generator]";
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** A call is not wanted any more. What others fail with because of that is told as whatever fails here. */
function cancelCall(id: number, reason: unknown): void {
  const co = calls.get(id);
  if (co !== undefined) cancel(co, reason);
}

/** A message could not be read: of a call, or of why one is not wanted any more. */
function unread(id: number | undefined): void {
  if (id === undefined) return;
  const error = tooDeep("What the call was given");
  if (calls.has(id)) cancelCall(id, error);
  else reply({ id, error: wrap(error) });
}

/** Sees to what was asked for. */
function receive(exports: Readonly<Record<string, unknown>>): boolean {
  let any = false;
  for (let got; (got = inbox.receive()) !== undefined;) {
    any = true;
    if ("unread" in got) {
      unread(got.unread);
      continue;
    }
    const request = got.message;
    const { id } = request;
    if ("cancel" in request) {
      cancelCall(id, request.cancel);
      continue;
    }
    const { name, args } = request;
    const own = Object.hasOwn(exports, name) ? exports[name] : undefined;
    const co = Coroutine.named(name, carryOut, own, name, args);
    calls.set(id, co);
    fateOf(co).owner = {
      ended(_, failed, outcome) {
        calls.delete(id);
        reply(failed ? { id, error: wrap(outcome) } : { id, value: outcome });
        // It may have been the last one.
        wakeUp?.();
        return true;
      },
    };
    main.schedule(co);
  }
  return any;
}

/** Whether the thread must let its host do something. */
function needsHost(): boolean {
  return loop.handlers.size > 0 || awaitedOfHost > 0;
}

/** Tells the others whether something will happen here by itself: a program does not end before. */
function tellWork(host: boolean): void {
  const work = host || calls.size > 0 || hostClocks.some((clock) => clock.left < Infinity);
  Atomics.store(memory, context + WORK, work ? 1 : 0);
}

/** However much there is to do, after so many rounds the host has its turn. */
const ROUNDS_AT_ONCE = 64;

const SPINS = 10_000;

/** Looks for a few microseconds whether somebody notifies. */
function spin(): boolean {
  // EQUIVALENT(i < SPINS -> false): how long it looks is a matter of speed alone.
  for (let i = 0; i < SPINS; i++) {
    if (Atomics.load(memory, context + SIGNAL) === NOTIFIED) return true;
  }
  return false;
}

/**
 * Whoever notifies a thread that naps wakes it sooner than one that waits by its host. But what the module
 * does without coroutines, such as by a timer of its own, cannot be seen here. So the host has its turn now
 * and then: after so long, in milliseconds, and then after twice as long, …
 */
const FIRST_NAP = 1;
/** … up to this. Whatever has nothing to do for longer waits by its host. */
const LONGEST_NAP = 8;

/** Sleeps until somebody notifies or an alarm is due, for so many milliseconds at most. */
function sleep(most: number): void {
  let left = Infinity;
  for (const clock of hostClocks) left = Math.min(left, clock.left);
  // EQUIVALENT(1e6 -> 1000001): an alarm that is not due yet rings after the next nap.
  commons.rest(Math.min(Math.max(0, left) / 1e6, most));
  if (left < Infinity) { for (const clock of hostClocks) clock.ring(); }
}

/** Lets the host have its turns until there is something to do. */
async function letHost(): Promise<void> {
  const work = new Promise<void>((resolve) => wakeUp = resolve);
  if (!commons.mayRest() || turn !== undefined) return;
  await Promise.race([work, commons.notified()]);
  wakeUp = undefined;
}

async function serve(exports: Readonly<Record<string, unknown>>): Promise<void> {
  commons.inboxes.add(() => receive(exports));
  const endStay = stayUp();
  let nap = FIRST_NAP;
  for (let rounds = 0;;) {
    // INVARIANT: seen before it looks: whatever was asked for before that is found.
    const life = Atomics.load(memory, context + LIFE);
    // It was killed, and its host may never end it.
    if (!lives(life)) return endThread();
    let did = commons.look();
    while (turn !== undefined) {
      const call = turn;
      turn = undefined;
      call();
      did = true;
    }
    // What was promised has its turn.
    await undefined;
    if (turnsDue > 0 || ++rounds > ROUNDS_AT_ONCE) {
      rounds = 0;
      await new Promise<void>((resolve) => soon(resolve));
    }
    if (did) {
      // EQUIVALENT(nap = FIRST_NAP; continue; -> nothing): it naps longer; one that is to stop may end now.
      nap = FIRST_NAP;
      continue;
    }
    if (isStopping(life) && calls.size === 0) break;
    if (spin()) continue;
    const host = needsHost();
    tellWork(host);
    if (host || nap > LONGEST_NAP) await letHost();
    else if (commons.mayRest()) {
      sleep(nap);
      if (Atomics.load(memory, context + SIGNAL) === NOTIFIED) continue;
      nap *= 2;
      await new Promise<void>((resolve) => soon(resolve));
    }
  }
  endStay();
  commons.records.end();
}

async function run(): Promise<void> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(start.module);
  } catch (error) {
    threads.parentPort?.postMessage({ failed: wrap(error) } satisfies Greeting);
    start.port.close();
    return;
  }
  threads.parentPort?.postMessage({ ready: true } satisfies Greeting);
  await serve(exports);
  start.port.close();
  // INVARIANT: who is joined does nothing more, whatever its coroutines wait for, and its module: nobody looks.
  endThread();
}

// Not awaited: Deno gives the memory of a thread that is killed at an await at top level never back.
void run();
