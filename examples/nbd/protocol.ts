/**
 * The numbers of the NBD protocol, named as in its standard (doc/proto.md of NetworkBlockDevice/nbd),
 * and the request header. No I/O.
 *
 * @module
 */
import { get16, get32, get64 } from "./bytes.ts";

// ---------------------------------------------------------------------------------- handshake

/** What the server says first: "NBDMAGIC". */
export const NBD_MAGIC: bigint = 0x4e42444d41474943n;
/** What comes next, and before each option: "IHAVEOPT". */
export const NBD_OPTS_MAGIC: bigint = 0x49484156454f5054n;
/** Before each reply to an option. */
export const NBD_REP_MAGIC: bigint = 0x0003e889045565a9n;

export const NBD_FLAG_FIXED_NEWSTYLE = 1 << 0;
export const NBD_FLAG_NO_ZEROES = 1 << 1;
export const NBD_FLAG_C_FIXED_NEWSTYLE = 1 << 0;
export const NBD_FLAG_C_NO_ZEROES = 1 << 1;

export const NBD_OPT_EXPORT_NAME = 1;
export const NBD_OPT_ABORT = 2;
export const NBD_OPT_LIST = 3;
export const NBD_OPT_INFO = 6;
export const NBD_OPT_GO = 7;
export const NBD_OPT_STRUCTURED_REPLY = 8;
export const NBD_OPT_LIST_META_CONTEXT = 9;
export const NBD_OPT_SET_META_CONTEXT = 10;

export const NBD_REP_ACK = 1;
export const NBD_REP_SERVER = 2;
export const NBD_REP_INFO = 3;
export const NBD_REP_META_CONTEXT = 4;
const REP_ERROR = 2 ** 31;
export const NBD_REP_ERR_UNSUP: number = REP_ERROR + 1;
export const NBD_REP_ERR_INVALID: number = REP_ERROR + 3;
export const NBD_REP_ERR_UNKNOWN: number = REP_ERROR + 6;
export const NBD_REP_ERR_SHUTDOWN: number = REP_ERROR + 7;
export const NBD_REP_ERR_TOO_BIG: number = REP_ERROR + 9;

export const NBD_INFO_EXPORT = 0;
export const NBD_INFO_NAME = 1;
export const NBD_INFO_DESCRIPTION = 2;
export const NBD_INFO_BLOCK_SIZE = 3;

/** The magic, the option and the length of its data. */
export const OPTION_SIZE = 16;
/** The magic, the option, the type of the reply and the length of its data. */
export const OPTION_REPLY_SIZE = 20;
/** The most bytes that the standard lets a name have. */
export const MAX_STRING = 4096;

// ------------------------------------------------------------------------------- transmission

export const NBD_FLAG_HAS_FLAGS = 1 << 0;
export const NBD_FLAG_READ_ONLY = 1 << 1;
export const NBD_FLAG_SEND_FLUSH = 1 << 2;
export const NBD_FLAG_SEND_FUA = 1 << 3;
export const NBD_FLAG_SEND_TRIM = 1 << 5;
export const NBD_FLAG_SEND_WRITE_ZEROES = 1 << 6;
export const NBD_FLAG_SEND_DF = 1 << 7;
export const NBD_FLAG_CAN_MULTI_CONN = 1 << 8;
export const NBD_FLAG_SEND_FAST_ZERO = 1 << 11;

export const NBD_REQUEST_MAGIC = 0x25609513;
export const NBD_SIMPLE_REPLY_MAGIC = 0x67446698;
export const NBD_STRUCTURED_REPLY_MAGIC = 0x668e33ef;

export const NBD_CMD_READ = 0;
export const NBD_CMD_WRITE = 1;
export const NBD_CMD_DISC = 2;
export const NBD_CMD_FLUSH = 3;
export const NBD_CMD_TRIM = 4;
export const NBD_CMD_WRITE_ZEROES = 6;
export const NBD_CMD_BLOCK_STATUS = 7;

export const NBD_CMD_FLAG_FUA = 1 << 0;
export const NBD_CMD_FLAG_NO_HOLE = 1 << 1;
export const NBD_CMD_FLAG_DF = 1 << 2;
export const NBD_CMD_FLAG_REQ_ONE = 1 << 3;
export const NBD_CMD_FLAG_FAST_ZERO = 1 << 4;

export const NBD_REPLY_FLAG_DONE = 1 << 0;
export const NBD_REPLY_TYPE_NONE = 0;
export const NBD_REPLY_TYPE_OFFSET_DATA = 1;
export const NBD_REPLY_TYPE_BLOCK_STATUS = 5;
export const NBD_REPLY_TYPE_ERROR: number = 2 ** 15 + 1;

export const NBD_STATE_HOLE = 1 << 0;
export const NBD_STATE_ZERO = 1 << 1;

export const NBD_EPERM = 1;
export const NBD_EIO = 5;
export const NBD_ENOMEM = 12;
export const NBD_EINVAL = 22;
export const NBD_ENOSPC = 28;
export const NBD_ESHUTDOWN = 108;

export const REQUEST_SIZE = 28;
export const SIMPLE_REPLY_SIZE = 16;
export const CHUNK_SIZE = 20;
/** The most that one READ or WRITE may carry, which every client may count on: 32 MiB. */
export const MAX_PAYLOAD: number = 32 * 2 ** 20;

/** The other side does not speak NBD, or breaks its rules in a way that has no reply. */
export class ProtocolError extends Error {
  static {
    this.prototype.name = "ProtocolError";
  }
}

/** A request of the transmission phase, without its payload. */
export interface Request {
  readonly flags: number;
  readonly type: number;
  /** What the client knows the request by, in two halves: it is only ever sent back. */
  readonly cookieHigh: number;
  readonly cookieLow: number;
  /** Exact up to 2^53; above that it is rounded, but still above every size. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the header of a request.
 *
 * @param bytes {@linkcode REQUEST_SIZE} of them.
 * @returns It; null if the magic is wrong.
 */
export function decodeRequest(bytes: Uint8Array): Request | null {
  if (get32(bytes, 0) !== NBD_REQUEST_MAGIC) return null;
  return {
    flags: get16(bytes, 4),
    type: get16(bytes, 6),
    cookieHigh: get32(bytes, 8),
    cookieLow: get32(bytes, 12),
    offset: get64(bytes, 16),
    length: get32(bytes, 24),
  };
}
