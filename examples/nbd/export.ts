/**
 * What a server offers to its clients.
 *
 * @module
 */
import {
  NBD_FLAG_CAN_MULTI_CONN,
  NBD_FLAG_HAS_FLAGS,
  NBD_FLAG_READ_ONLY,
  NBD_FLAG_SEND_DF,
  NBD_FLAG_SEND_FAST_ZERO,
  NBD_FLAG_SEND_FLUSH,
  NBD_FLAG_SEND_FUA,
  NBD_FLAG_SEND_TRIM,
  NBD_FLAG_SEND_WRITE_ZEROES,
} from "./protocol.ts";
import type { Storage } from "./storage.ts";

/** A block device under a name. */
export interface Export {
  /** Clients get it by this name, and by the empty one. */
  readonly name: string;
  readonly storage: Storage;
  readonly readOnly: boolean;
}

/** What a client has chosen in the handshake. */
export interface Negotiated {
  readonly structured: boolean;
  /** Whether it may ask where there are holes, by the context `base:allocation`. */
  readonly allocation: boolean;
}

/** The transmission flags: what the client may do. */
export function transmissionFlags({ storage, readOnly }: Export, structured: boolean): number {
  // A flush is for the device, whichever connection has written: so clients may have several.
  let flags = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA |
    NBD_FLAG_CAN_MULTI_CONN;
  if (readOnly) flags |= NBD_FLAG_READ_ONLY;
  else {
    flags |= NBD_FLAG_SEND_WRITE_ZEROES;
    if (storage.sparse) flags |= NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_FAST_ZERO;
  }
  if (structured) flags |= NBD_FLAG_SEND_DF;
  return flags;
}
