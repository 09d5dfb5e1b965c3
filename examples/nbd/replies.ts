/**
 * Replies of the transmission phase.
 *
 * @module
 */
import type { CoWriter } from "@cofn/coroutine";
import type { Wire } from "./wire.ts";
import { put16, put32, put64 } from "./bytes.ts";
import {
  CHUNK_SIZE,
  NBD_REPLY_FLAG_DONE,
  NBD_REPLY_TYPE_BLOCK_STATUS,
  NBD_REPLY_TYPE_ERROR,
  NBD_REPLY_TYPE_NONE,
  NBD_REPLY_TYPE_OFFSET_DATA,
  NBD_SIMPLE_REPLY_MAGIC,
  NBD_STRUCTURED_REPLY_MAGIC,
  type Request,
  SIMPLE_REPLY_SIZE,
} from "./protocol.ts";
import { type Extent, LEND_FROM } from "./storage.ts";

/** The number under which `base:allocation` goes; it is the only context. */
export const ALLOCATION_ID = 1;

/**
 * Sends replies, simple ones or structured ones. Each is written in one go, header and payload, before
 * anybody else runs. So those of several coroutines cannot get
 * mixed up, and no lock is needed.
 */
export class Replies {
  readonly #writer: CoWriter;
  readonly #wire: Wire;
  readonly #structured: boolean;

  constructor(writer: CoWriter, wire: Wire, structured: boolean) {
    this.#writer = writer;
    this.#wire = wire;
    this.#structured = structured;
  }

  /** It was done, and there is nothing to send. */
  done(request: Request): void {
    if (this.#structured) this.#chunk(request, NBD_REPLY_TYPE_NONE, 0);
    else this.#simple(request, 0, 0);
  }

  /** It was not done. A client that is gone is not told. */
  error(request: Request, number: number, why: string): void {
    try {
      if (!this.#structured) this.#simple(request, number, 0);
      else {
        const text = new TextEncoder().encode(why);
        const room = this.#chunk(request, NBD_REPLY_TYPE_ERROR, 6 + text.length);
        put32(room, CHUNK_SIZE, number);
        put16(room, CHUNK_SIZE + 4, text.length);
        room.set(text, CHUNK_SIZE + 6);
      }
    } catch {
      // The connection has failed: whoever reads or drains it finds that out as well.
    }
  }

  /**
   * What was read, in pieces. Large ones are sent as they are: whoever writes to them before the client
   * has all of the reply does so at the same time as the read, and the client may get either.
   */
  data(request: Request, pieces: readonly Uint8Array[]): void {
    const { offset, length } = request;
    const lent = length < LEND_FROM ? 0 : length;
    // First, as nothing may be written any more: they are given back all the same.
    if (lent > 0) { for (const piece of pieces) this.#wire.lend(piece); }
    let room: Uint8Array;
    if (this.#structured) {
      room = this.#chunk(request, NBD_REPLY_TYPE_OFFSET_DATA, 8 + length, lent);
      put64(room, CHUNK_SIZE, offset);
    } else room = this.#simple(request, 0, length - lent);
    let at = room.length - length;
    for (const piece of pieces) {
      if (lent > 0) this.#writer.lend(piece);
      else {
        room.set(piece, at);
        at += piece.length;
      }
    }
  }

  /** What is where. */
  extents(request: Request, extents: readonly Extent[]): void {
    const room = this.#chunk(request, NBD_REPLY_TYPE_BLOCK_STATUS, 4 + 8 * extents.length);
    put32(room, CHUNK_SIZE, ALLOCATION_ID);
    let at = CHUNK_SIZE + 4;
    for (const { length, state } of extents) {
      put32(room, at, length);
      put32(room, at + 4, state);
      at += 8;
    }
  }

  #simple(request: Request, error: number, payload: number): Uint8Array {
    const room = this.#writer.reserve(SIMPLE_REPLY_SIZE + payload);
    put32(room, 0, NBD_SIMPLE_REPLY_MAGIC);
    put32(room, 4, error);
    put32(room, 8, request.cookieHigh);
    put32(room, 12, request.cookieLow);
    return room;
  }

  /** A structured reply of one chunk, without that part of its payload that is lent. */
  #chunk(request: Request, type: number, payload: number, lent: number = 0): Uint8Array {
    const room = this.#writer.reserve(CHUNK_SIZE + payload - lent);
    put32(room, 0, NBD_STRUCTURED_REPLY_MAGIC);
    put16(room, 4, NBD_REPLY_FLAG_DONE);
    put16(room, 6, type);
    put32(room, 8, request.cookieHigh);
    put32(room, 12, request.cookieLow);
    put32(room, 16, payload);
    return room;
  }
}
