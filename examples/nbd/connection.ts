/**
 * One client, from its first byte to its last.
 *
 * @module
 */
import {
  type Clock,
  type Co,
  CoReader,
  Coroutine,
  CoSemaphore,
  CoWriter,
  monotonic,
  type Suspension,
  withTimeout,
} from "@cofn/coroutine";
import type { Export } from "./export.ts";
import { handshake } from "./handshake.ts";
import { LIMITS, type Limits, type OutOfPatience, Patience } from "./patience.ts";
import { Replies } from "./replies.ts";
import { type House, IN_FLIGHT, type Session } from "./requests.ts";
import { HIGH_WATER, isCancelled, READ_AHEAD, transmit } from "./transmission.ts";
import { Turn, Turns } from "./turns.ts";
import { type Connection, Wire } from "./wire.ts";

/** How long a handshake may take, in nanoseconds: who says nothing must not keep others out. */
const HANDSHAKE_TIME = 30e9;
/** How long a client may take to accept the last replies, in nanoseconds. */
const FAREWELL_TIME = 5e9;

/** What goes with a connection. */
export interface ConnectionOptions {
  /** The server that it belongs to. */
  readonly house?: House & { readonly turns: Turns };
  readonly limits?: Limits;
  readonly clock?: Clock;
}

/**
 * Serves a client until it disconnects, is gone, breaks the rules, comes up to a limit, or until this is
 * cancelled. What was accepted by then is carried out, and replied to as far as the client takes it. Then this
 * returns: nothing is left behind, but for the connection itself, which is up to the caller.
 *
 * @param bytes The connection.
 * @param exported What the client can have.
 * @param options What else.
 * @returns What has ended it, other than the client's wish or the cancellation. It throws nothing.
 */
export function* serveConnection(
  bytes: Connection,
  exported: Export,
  {
    house = { closing: false, turns: new Turns() },
    limits = LIMITS,
    clock = monotonic,
  }: ConnectionOptions = {},
): Co<unknown> {
  const { turns } = house;
  turns.connections++;
  const turn = new Turn(turns, clock);
  const wire = new Wire(bytes, turn, (piece) => exported.storage.sent(piece));
  const reader = new CoReader(wire, { size: READ_AHEAD });
  const writer = new CoWriter(wire, { highWater: HIGH_WATER });
  const inFlight = new CoSemaphore(IN_FLIGHT, "requests in flight");
  let session: Session | undefined;
  let patience: Patience | undefined;
  let failure: unknown;
  let expired: OutOfPatience | undefined;
  try {
    const handshaking = () => handshake(reader, writer, { exported, house, turn });
    const negotiated = yield* withTimeout(HANDSHAKE_TIME, handshaking, clock);
    if (negotiated !== null) {
      const replies = new Replies(writer, wire, negotiated.structured);
      const begun: Session = session = {
        exported,
        negotiated,
        replies,
        inFlight,
        turn,
        house,
        gone: false,
        requests: 0,
      };
      const self = Coroutine.self();
      const progress = {
        get requests() {
          return begun.requests;
        },
        get received() {
          return wire.received;
        },
        get taken() {
          return wire.taken;
        },
        get pending() {
          return writer.pending;
        },
        get busy() {
          return inFlight.available < IN_FLIGHT;
        },
      };
      patience = new Patience(clock, limits, progress, (why) => {
        expired = why;
        self.cancel(why.message);
      });
      yield* transmit(reader, writer, wire, session);
    }
  } catch (error) {
    if (!isCancelled(error)) failure = error;
  }
  patience?.end();
  if (session !== undefined && (expired ?? wire.failure)) session.gone = true;
  try {
    // Whoever has all permits is the last.
    yield* inSpiteOfCancel(() => inFlight.acquire(IN_FLIGHT));
    const farewell = { timeout: expired === undefined ? FAREWELL_TIME : 0, clock };
    yield* inSpiteOfCancel(() => writer.close(farewell));
  } catch {
    // Clients need not wait for the last replies: some go as soon as they have said that they will.
  }
  reader.cancel();
  wire.end();
  turns.connections--;
  return expired ?? failure;
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
