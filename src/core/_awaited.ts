/**
 * Who waits for what comes by itself, sooner or later: a time, what the host does, an answer of another thread. They
 * are counted, so that to ask whether there is any costs nothing, however many wait for something else.
 *
 * @module
 */
import { core, type Coroutine } from "./coroutine.ts";
import type { Home } from "./_home.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { callerOf, cpu, homeOf } = core;

/** How many coroutines of this thread wait for what its host does. */
export let awaitedOfHost = 0;

/** The one that runs begins to wait for what comes by itself. Answers where: for {@linkcode endAwaiting}. */
export function beginAwaiting(ofHost: boolean): Home | null {
  const { home } = cpu;
  if (home !== null) home.awaited++;
  if (ofHost) awaitedOfHost++;
  return home;
}

/** Where one began to wait that has not gone on yet. */
export function homeOfParked(co: Coroutine<unknown>): Home | null {
  // If it is entered, it has not suspended since.
  return callerOf(co) === null ? homeOf(co) : cpu.home;
}

/** One that has begun to waits no longer. */
export function endAwaiting(home: Home | null, ofHost: boolean): void {
  if (home !== null) home.awaited--;
  if (ofHost) awaitedOfHost--;
}
