/**
 * One client, from its first byte to its last.
 *
 * @module
 */
import {
  type Clock,
  type Co,
  CoReader,
  CoroutineError,
  CoSemaphore,
  CoWriter,
  monotonic,
  type ReadableBytes,
  type Suspension,
  withTimeout,
  type WritableBytes,
} from "@cofn/coroutine";
import type { Export } from "./export.ts";
import { handshake } from "./handshake.ts";
import { Replies } from "./replies.ts";
import { IN_FLIGHT } from "./requests.ts";
import { HIGH_WATER, READ_AHEAD, transmit } from "./transmission.ts";

/** How long a handshake may take, in nanoseconds: who says nothing must not keep others out. */
const HANDSHAKE_TIME = 30e9;
/** How long a client may take to accept the last replies, in nanoseconds. */
const FAREWELL_TIME = 5e9;

/**
 * Serves a client until it disconnects, is gone, breaks the rules, or until this is cancelled. What was
 * accepted by then is carried out, and replied to as far as the client takes it. Then this returns: nothing
 * is left behind, but for the connection itself, which is up to the caller.
 *
 * @param bytes The connection.
 * @param exported What the client can have.
 * @param clock For the time-outs.
 * @returns What has ended it, other than the client's wish or the cancellation. It throws nothing.
 */
export function* serveConnection(
  bytes: ReadableBytes & WritableBytes,
  exported: Export,
  clock: Clock = monotonic,
): Co<unknown> {
  const reader = new CoReader(bytes, { size: READ_AHEAD });
  const writer = new CoWriter(bytes, { highWater: HIGH_WATER });
  const inFlight = new CoSemaphore(IN_FLIGHT, "requests in flight");
  let failure: unknown;
  try {
    const handshaking = () => handshake(reader, writer, exported);
    const negotiated = yield* withTimeout(HANDSHAKE_TIME, handshaking, clock);
    if (negotiated !== null) {
      const replies = new Replies(writer, negotiated.structured);
      yield* transmit(reader, writer, { exported, negotiated, replies, inFlight });
    }
  } catch (error) {
    if (!isCancelled(error)) failure = error;
  }
  try {
    // Whoever has all permits is the last.
    yield* inSpiteOfCancel(() => inFlight.acquire(IN_FLIGHT));
    yield* inSpiteOfCancel(() => writer.close({ timeout: FAREWELL_TIME, clock }));
  } catch {
    // Clients need not wait for the last replies: some go as soon as they have said that they will.
  }
  reader.cancel();
  return failure;
}

/** Begins a wait again if it is cancelled, which can happen only once. */
function* inSpiteOfCancel<T>(begin: () => Suspension<T>): Co<T> {
  try {
    return yield* begin();
  } catch (error) {
    if (!isCancelled(error)) throw error;
    return yield* begin();
  }
}

/** Whether it is what a cancelled wait throws. */
export function isCancelled(error: unknown): boolean {
  return error instanceof CoroutineError && error.code === "cancelled";
}
