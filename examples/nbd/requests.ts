/**
 * What becomes of one request.
 *
 * @module
 */
import type { Co, CoSemaphore } from "@cofn/coroutine";
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
  type Request,
} from "./protocol.ts";
import type { Replies } from "./replies.ts";
import { errorNumber } from "./storage.ts";

/** A connection after its handshake, as its requests see it. */
export interface Session {
  readonly exported: Export;
  readonly negotiated: Negotiated;
  readonly replies: Replies;
  /** Whoever is served has some: see {@linkcode permitsOf}. */
  readonly inFlight: CoSemaphore;
}

/** How many permits there are: requests that are served at once. */
export const IN_FLIGHT = 128;
/** A bigger request takes one for each so many bytes: so the permits limit the memory, too. */
const BYTES_A_PERMIT = MAX_PAYLOAD / IN_FLIGHT;

/** How many permits it takes to serve a request. */
export function permitsOf({ type, length }: Request): number {
  const carries = type === NBD_CMD_READ || type === NBD_CMD_WRITE;
  return carries && length > BYTES_A_PERMIT ? Math.ceil(length / BYTES_A_PERMIT) : 1;
}

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

/** Why a request cannot be carried out; null if it can. */
export function refusalOf(
  { type, flags, offset, length }: Request,
  { exported: { storage, readOnly }, negotiated }: Session,
): Refusal | null {
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
 * @param payload What a WRITE writes. If the storage is instant, it need not be valid any longer than
 * until this coroutine ends, at once; else it is its own.
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
        yield* storage.zero(offset, length, (flags & NBD_CMD_FLAG_NO_HOLE) !== 0);
        break;
      case NBD_CMD_TRIM:
        yield* storage.trim(offset, length);
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
    // What is in the error may be nobody else's business, such as a path.
    replies.error(request, errorNumber(error), "the storage has failed");
  } finally {
    session.inFlight.release(permitsOf(request));
  }
}
