/**
 * The transmission phase: requests come in, and each is served by a coroutine of its own.
 *
 * @module
 */
import { type Co, type CoReader, Coroutine, type CoWriter } from "@cofn/coroutine";
import {
  decodeRequest,
  MAX_PAYLOAD,
  NBD_CMD_DISC,
  NBD_CMD_WRITE,
  ProtocolError,
  REQUEST_SIZE,
} from "./protocol.ts";
import { discard, receive } from "./receive.ts";
import { permitsOf, refusalOf, serve, type Session } from "./requests.ts";

/** So much may wait to be sent before no more requests are taken. */
export const HIGH_WATER: number = 2 ** 20;
/** Payloads up to this size are written straight from the reader's buffer, if the storage is instant. */
export const READ_AHEAD: number = 2 ** 20;

const NO_BYTES = new Uint8Array(0);

/**
 * Starts the requests of a client, in the order in which they come, until it disconnects. They end, and
 * are replied to, in any order; when this returns, some may not have ended yet.
 *
 * Everything that has come is gone through before the next wait. On an instant storage each
 * coroutine ends as soon as it is entered. So all replies go to the host by one call. (Such a request
 * could be served without a coroutine: that saves less than the copying of 4 KiB varies.)
 *
 * @throws {ProtocolError} If the client breaks the rules in a way that has no reply.
 * @throws What reading or sending has failed with.
 */
export function* transmit(reader: CoReader, writer: CoWriter, session: Session): Co {
  const { exported: { storage: { instant } }, replies, inFlight } = session;
  for (;;) {
    if (writer.pending > HIGH_WATER) yield* writer.drain();
    if (reader.buffered < REQUEST_SIZE) {
      yield* writer.drain(); // no wait, but tells if the client is gone
      if (!(yield* reader.fill(REQUEST_SIZE))) return;
    }
    const request = decodeRequest(reader.peek(REQUEST_SIZE));
    if (request === null) {
      throw new ProtocolError("Cannot read a request: expected its magic, got other bytes");
    }
    reader.skip(REQUEST_SIZE);
    if (request.type === NBD_CMD_DISC) return;

    const bytes = request.type === NBD_CMD_WRITE ? request.length : 0;
    if (bytes > MAX_PAYLOAD) {
      throw new ProtocolError(
        `Cannot take a payload: expected at most ${MAX_PAYLOAD} bytes, got ${bytes}`,
      );
    }
    const refusal = refusalOf(request, session);
    if (refusal !== null) {
      if (bytes > 0 && !(yield* discard(reader, bytes))) return;
      replies.error(request, refusal.number, refusal.why);
      continue;
    }

    let payload: Uint8Array | null = NO_BYTES;
    const lent = instant && bytes > 0 && bytes <= READ_AHEAD;
    if (lent) {
      if (reader.buffered < bytes && !(yield* reader.fill(bytes))) return;
    } else if (bytes > 0) {
      payload = yield* receive(reader, bytes);
      if (payload === null) return;
    }
    const permits = permitsOf(request);
    if (!inFlight.tryAcquire(permits)) yield* inFlight.acquire(permits);
    // No wait from here to the end, as the payload is a view of the reader's buffer.
    if (lent) payload = reader.peek(bytes);
    Coroutine.create(serve, session, request, payload).enter();
    if (lent) reader.skip(bytes);
  }
}
