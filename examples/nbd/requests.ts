/**
 * What becomes of one request.
 *
 * @module
 */
import { type Co, type CoSemaphore, until } from "@cofn/coroutine";
import type { Buffers } from "./buffers.ts";
import type { Export, Negotiated } from "./export.ts";
import {
  MAX_PAYLOAD,
  NBD_CMD_BLOCK_STATUS,
  NBD_CMD_FLAG_DF,
  NBD_CMD_FLAG_FAST_ZERO,
  NBD_CMD_FLAG_FUA,
  NBD_CMD_FLAG_NO_HOLE,
  NBD_CMD_FLAG_REQ_ONE,
  NBD_CMD_FLUSH,
  NBD_CMD_READ,
  NBD_CMD_TRIM,
  NBD_CMD_WRITE,
  NBD_CMD_WRITE_ZEROES,
  NBD_EINVAL,
  NBD_ENOSPC,
  NBD_EPERM,
  NBD_ESHUTDOWN,
  type Request,
} from "./protocol.ts";
import type { Replies } from "./replies.ts";
import { errorNumber, type Storage, ZERO_PIECE } from "./storage.ts";
import type { Turn } from "./turns.ts";

/** A server, as its connections see it. */
export interface House {
  /** It closes: nothing new is begun, and nothing that takes long is ended. */
  readonly closing: boolean;
}

/** A connection after its handshake, as its requests see it. */
export interface Session {
  readonly exported: Export;
  readonly negotiated: Negotiated;
  readonly replies: Replies;
  /** Whoever is served has some: see {@linkcode permitsOf}. */
  readonly inFlight: CoSemaphore;
  readonly turn: Turn;
  readonly house: House;
  /** The client is gone: nobody wants the rest of what takes long. */
  gone: boolean;
  /** How many requests have come. */
  requests: number;
}

/** How many permits there are: requests that are served at once. */
export const IN_FLIGHT = 128;
/** A request that carries more takes one for each so many bytes: so the permits limit the memory, too. */
const BYTES_A_PERMIT = MAX_PAYLOAD / IN_FLIGHT;
/** One that carries nothing, but has much done: trims, questions where there are holes, and zeroes if they are quick. */
const RANGE_A_PERMIT = MAX_PAYLOAD;
/** It leaves some for others, however much it is. */
const MOST_FOR_RANGES = IN_FLIGHT / 2;

/** How many permits it takes to serve a request: as many as it is work. */
export function permitsOf({ type, length }: Request, storage: Storage): number {
  switch (type) {
    case NBD_CMD_READ:
    case NBD_CMD_WRITE:
      return Math.max(1, Math.ceil(length / BYTES_A_PERMIT));
    case NBD_CMD_TRIM:
    case NBD_CMD_BLOCK_STATUS:
      return Math.max(1, Math.min(MOST_FOR_RANGES, Math.ceil(length / RANGE_A_PERMIT)));
    case NBD_CMD_WRITE_ZEROES: {
      const each = storage.sparse ? RANGE_A_PERMIT : BYTES_A_PERMIT;
      return Math.max(1, Math.min(MOST_FOR_RANGES, Math.ceil(length / each)));
    }
    default:
      return 1;
  }
}

/** What it costs to serve one that waits for nothing: see {@linkcode Turn.spend}. */
export function costOf({ type, length }: Request): number {
  const carries = type === NBD_CMD_READ || type === NBD_CMD_WRITE;
  return 1 + length / (carries ? COPIED_A_UNIT : RANGE_A_UNIT);
}

const COPIED_A_UNIT = 2 ** 16;
const RANGE_A_UNIT = 2 ** 21;

/** What a request is refused for, before anything is done. */
export interface Refusal {
  readonly number: number;
  readonly why: string;
}

const READ_ONLY: Refusal = { number: NBD_EPERM, why: "the export is read-only" };
const NO_SPACE: Refusal = { number: NBD_ENOSPC, why: "it goes past the end" };
const PAST_END: Refusal = { number: NBD_EINVAL, why: "it goes past the end" };
const TOO_LONG: Refusal = { number: NBD_EINVAL, why: "it is longer than 32 MiB" };
const UNKNOWN: Refusal = { number: NBD_EINVAL, why: "the command is not known" };
const BAD_FLAGS: Refusal = { number: NBD_EINVAL, why: "a flag is not known for this command" };
const NO_CONTEXT: Refusal = { number: NBD_EINVAL, why: "no metadata context was chosen" };
const EMPTY: Refusal = { number: NBD_EINVAL, why: "it is empty" };
const CLOSING: Refusal = { number: NBD_ESHUTDOWN, why: "the server is closing" };

/** Why a request cannot be carried out; null if it can. */
export function refusalOf(
  { type, flags, offset, length }: Request,
  { exported: { storage, readOnly }, negotiated, house }: Session,
): Refusal | null {
  if (house.closing) return CLOSING;
  let known = NBD_CMD_FLAG_FUA; // which is allowed with every command
  let writes = true;
  switch (type) {
    case NBD_CMD_READ:
      if (negotiated.structured) known |= NBD_CMD_FLAG_DF;
      if (length > MAX_PAYLOAD) return TOO_LONG;
      writes = false;
      break;
    case NBD_CMD_WRITE:
    case NBD_CMD_TRIM:
      break;
    case NBD_CMD_WRITE_ZEROES:
      known |= NBD_CMD_FLAG_NO_HOLE;
      if (storage.sparse) known |= NBD_CMD_FLAG_FAST_ZERO;
      break;
    case NBD_CMD_FLUSH:
      // Its offset and length mean nothing.
      return (flags & ~known) === 0 ? null : BAD_FLAGS;
    case NBD_CMD_BLOCK_STATUS:
      known |= NBD_CMD_FLAG_REQ_ONE;
      if (!negotiated.allocation) return NO_CONTEXT;
      if (length === 0) return EMPTY;
      writes = false;
      break;
    default:
      return UNKNOWN;
  }
  if ((flags & ~known) !== 0) return BAD_FLAGS;
  if (writes && readOnly) return READ_ONLY;
  // In this order nothing can overflow, and an offset that was rounded is still too big.
  if (offset > storage.size || length > storage.size - offset) {
    return type === NBD_CMD_WRITE || type === NBD_CMD_WRITE_ZEROES ? NO_SPACE : PAST_END;
  }
  return null;
}

/**
 * The body of a coroutine that carries out one request and replies. It never fails, and gives
 * back the permits that its starter took. Nobody may cancel it.
 *
 * @param request One that is not refused.
 * @param payload What a WRITE writes, which is lent until the first wait.
 */
export function* serve(session: Session, request: Request, payload: Uint8Array): Co {
  const { exported: { storage }, replies } = session;
  const { type, flags, offset, length } = request;
  try {
    switch (type) {
      case NBD_CMD_READ:
        // A chunk of data may not be empty.
        if (length === 0) break;
        replies.data(request, yield* storage.read(offset, length));
        return;
      case NBD_CMD_WRITE:
        yield* storage.write(offset, payload);
        break;
      case NBD_CMD_WRITE_ZEROES:
      case NBD_CMD_TRIM:
        yield* zero(session, request);
        break;
      case NBD_CMD_FLUSH:
        yield* storage.flush();
        break;
      case NBD_CMD_BLOCK_STATUS: {
        const most = (flags & NBD_CMD_FLAG_REQ_ONE) !== 0 ? 1 : Infinity;
        const extents = Iterator.from(storage.extents(offset, length)).take(most);
        replies.extents(request, extents.toArray());
        return;
      }
    }
    if ((flags & NBD_CMD_FLAG_FUA) !== 0) yield* storage.flush();
    replies.done(request);
  } catch (error) {
    fail(session, request, error);
  } finally {
    session.inFlight.release(permitsOf(request, storage));
  }
}

/** Zeroes and trims in pieces, between which others have their turn. Nobody wants the rest when the end has come. */
function* zero(session: Session, { type, flags, offset, length }: Request): Co {
  const { exported: { storage }, turn } = session;
  for (let at = 0; at < length; at += ZERO_PIECE) {
    if (session.gone || session.house.closing) throw new Halted();
    const n = Math.min(ZERO_PIECE, length - at);
    if (type === NBD_CMD_TRIM) yield* storage.trim(offset + at, n);
    else yield* storage.zero(offset + at, n, (flags & NBD_CMD_FLAG_NO_HOLE) !== 0);
    if (turn.spend(n / RANGE_A_UNIT)) yield* until(turn.pass());
  }
}

/** What has taken long ends before its time. */
class Halted extends Error {}

/** A WRITE that comes in several pieces. */
export interface LongWrite {
  readonly request: Request;
  /** How many bytes have not been written. */
  left: number;
  /** What the first one of them has failed with. */
  failure: { readonly error: unknown } | null;
}

/**
 * As {@linkcode serve}, for a piece of a WRITE: the one that ends last replies.
 *
 * @param at Where in the WRITE it begins.
 * @param piece Its bytes, which are its own.
 * @param buffers Where they go when they are written.
 */
export function* servePiece(
  session: Session,
  write: LongWrite,
  at: number,
  piece: Uint8Array<ArrayBuffer>,
  buffers: Buffers,
): Co {
  const { exported: { storage }, replies } = session;
  const { request } = write;
  const { length } = piece;
  try {
    yield* storage.write(request.offset + at, piece, true);
  } catch (error) {
    write.failure ??= { error };
  }
  try {
    if ((write.left -= length) > 0) return;
    if (write.failure !== null) throw write.failure.error;
    if ((request.flags & NBD_CMD_FLAG_FUA) !== 0) yield* storage.flush();
    replies.done(request);
  } catch (error) {
    fail(session, request, error);
  } finally {
    buffers.giveBack(piece);
    session.inFlight.release(permitsOf({ ...request, length }, storage));
  }
}

function fail({ replies }: Session, request: Request, error: unknown): void {
  if (error instanceof Halted) replies.error(request, CLOSING.number, CLOSING.why);
  // What is in the error may be nobody else's business, such as a path.
  else replies.error(request, errorNumber(error), "the storage has failed");
}
