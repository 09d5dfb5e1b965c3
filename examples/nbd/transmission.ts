/**
 * The transmission phase: requests come in, and each is served by a coroutine of its own.
 *
 * @module
 */
import {
  type Co,
  type CoReader,
  Coroutine,
  CoroutineError,
  type CoWriter,
  until,
} from "@cofn/coroutine";
import {
  decodeRequest,
  MAX_PAYLOAD,
  NBD_CMD_DISC,
  NBD_CMD_WRITE,
  ProtocolError,
  type Request,
  REQUEST_SIZE,
} from "./protocol.ts";
import { Buffers } from "./buffers.ts";
import { discard, receive } from "./receive.ts";
import {
  costOf,
  type LongWrite,
  permitsOf,
  refusalOf,
  serve,
  servePiece,
  type Session,
} from "./requests.ts";
import type { Wire } from "./wire.ts";

/** So much may wait to be sent before no more requests are taken. */
export const HIGH_WATER: number = 2 ** 20;
/** So much is read ahead. */
export const READ_AHEAD: number = 2 ** 18;
/**
 * A payload that is not longer is written straight from the reader's buffer, which is as large as that for those who
 * write so much at once; one that is longer, in pieces.
 */
const PIECE = 2 ** 20;

/** For the pieces. */
const buffers = new Buffers();
const NO_BYTES = new Uint8Array(0);

/**
 * Starts the requests of a client, in the order in which they come, until it disconnects. They end, and
 * are replied to, in any order; when this returns, some may not have ended yet.
 *
 * Everything that has come is gone through before the next wait, as long as its turn lasts. What needs no wait is
 * done when its coroutine has been entered. So the replies to all that go to the host by one
 * call. (Such a request could be served without a coroutine: that saves less than the copying of
 * 4 KiB varies.)
 *
 * @throws {ProtocolError} If the client breaks the rules in a way that has no reply.
 * @throws What reading or sending has failed with.
 */
export function* transmit(reader: CoReader, writer: CoWriter, wire: Wire, session: Session): Co {
  const { exported, replies, inFlight, turn } = session;
  for (;;) {
    if (writer.pending > HIGH_WATER) yield* writer.drain();
    if (reader.buffered < REQUEST_SIZE) {
      yield* writer.drain(); // no wait, but tells if the client is gone
      if (!(yield* reader.fill(REQUEST_SIZE))) return leave(session);
    }
    const request = decodeRequest(reader.peek(REQUEST_SIZE));
    if (request === null) {
      throw new ProtocolError("Cannot read a request: expected its magic, got other bytes");
    }
    reader.skip(REQUEST_SIZE);
    session.requests++;
    if (request.type === NBD_CMD_DISC) return;

    const bytes = request.type === NBD_CMD_WRITE ? request.length : 0;
    if (bytes > MAX_PAYLOAD) {
      throw new ProtocolError(
        `Cannot take a payload: expected at most ${MAX_PAYLOAD} bytes, got ${bytes}`,
      );
    }
    const refusal = refusalOf(request, session);
    if (refusal !== null) {
      if (bytes > 0 && !(yield* discard(reader, bytes))) return leave(session);
      replies.error(request, refusal.number, refusal.why);
    } else if (bytes > PIECE) {
      if (!(yield* takeLong(reader, session, request))) return leave(session);
    } else {
      if (reader.buffered < bytes && !(yield* reader.fill(bytes))) return leave(session);
      const permits = permitsOf(request, exported.storage);
      while (!inFlight.tryAcquire(permits)) {
        yield* waitFor(permits, reader, session);
        // Those that have ended meanwhile may have much to be sent.
        if (writer.pending > HIGH_WATER) yield* writer.drain();
      }
      // No wait from here to the end, as the payload is a view of the reader's buffer.
      const payload = bytes > 0 ? reader.peek(bytes) : NO_BYTES;
      Coroutine.create(serve, session, request, payload).enter();
      if (bytes > 0) reader.skip(bytes);
    }
    if (turn.spend(costOf(request))) yield* until(turn.pass());
    if (session.gone || wire.failure !== null) return leave(session, wire);
  }
}

/** Takes the pieces of a large WRITE as they come: is the client still there? */
function* takeLong(reader: CoReader, session: Session, request: Request): Co<boolean> {
  const { exported, inFlight, turn } = session;
  const write: LongWrite = { request, left: request.length, failure: null };
  for (let at = 0; at < request.length; at += PIECE) {
    const n = Math.min(PIECE, request.length - at);
    const permits = permitsOf({ ...request, length: n }, exported.storage);
    const piece = buffers.take(n);
    let begun = false;
    try {
      if (!(yield* receive(reader, piece))) return false;
      // Not before: who waits for a client's bytes is not busy.
      while (!inFlight.tryAcquire(permits)) yield* waitFor(permits, reader, session);
      begun = true;
    } finally {
      if (!begun) buffers.giveBack(piece);
    }
    Coroutine.create(servePiece, session, write, at, piece, buffers).enter();
    if (turn.spend(costOf({ ...request, length: n }))) yield* until(turn.pass());
  }
  return true;
}

/** The client has gone without a word: what takes long need not be ended. */
function leave(session: Session, wire?: Wire): void {
  session.gone = true;
  if (wire?.failure) throw wire.failure.error;
}

/**
 * Waits until there are so many permits, which may take long. Nobody reads meanwhile, and so nobody would notice that
 * the client is gone: hence another one waits for the next byte, or for the end.
 */
function* waitFor(permits: number, reader: CoReader, session: Session): Co {
  const { inFlight } = session;
  const watcher = Coroutine.named("watcher", function* () {
    try {
      if (reader.buffered >= 2 * READ_AHEAD) return;
      const more = yield* reader.fill(reader.buffered + 1);
      if (!more && !endsWithGoodbye(reader)) session.gone = true;
    } catch (error) {
      if (!isCancelled(error)) session.gone = true;
    }
  });
  watcher.enter();
  try {
    // INVARIANT: nobody else takes any: who goes on with this finds them.
    yield* inFlight.acquire(permits);
    inFlight.release(permits);
  } finally {
    // The next one that reads must not stand behind it.
    if (watcher.status !== "terminated") watcher.cancel("it has been waited for");
  }
}

/** Whether the last thing that has come is a wish to end: then all that came before is to be carried out. */
function endsWithGoodbye(reader: CoReader): boolean {
  const { buffered } = reader;
  if (buffered < REQUEST_SIZE) return false;
  const last = reader.peek(buffered).subarray(-REQUEST_SIZE);
  return decodeRequest(last)?.type === NBD_CMD_DISC;
}

/** Whether it is what a cancelled wait throws. */
export function isCancelled(error: unknown): boolean {
  return error instanceof CoroutineError && error.code === "cancelled";
}
