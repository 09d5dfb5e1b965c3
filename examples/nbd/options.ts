/**
 * The options of the handshake, and how each is answered.
 *
 * @module
 */
import type { CoWriter } from "@cofn/coroutine";
import { equal, put16, put32, put64, putBig64 } from "./bytes.ts";
import { type Export, type Negotiated, transmissionFlags } from "./export.ts";
import { Fields } from "./fields.ts";
import {
  MAX_PAYLOAD,
  NBD_INFO_BLOCK_SIZE,
  NBD_INFO_DESCRIPTION,
  NBD_INFO_EXPORT,
  NBD_INFO_NAME,
  NBD_OPT_ABORT,
  NBD_OPT_GO,
  NBD_OPT_INFO,
  NBD_OPT_LIST,
  NBD_OPT_LIST_META_CONTEXT,
  NBD_OPT_SET_META_CONTEXT,
  NBD_OPT_STRUCTURED_REPLY,
  NBD_REP_ACK,
  NBD_REP_ERR_INVALID,
  NBD_REP_ERR_UNKNOWN,
  NBD_REP_ERR_UNSUP,
  NBD_REP_INFO,
  NBD_REP_MAGIC,
  NBD_REP_META_CONTEXT,
  NBD_REP_SERVER,
  OPTION_REPLY_SIZE,
} from "./protocol.ts";
import { ALLOCATION_ID } from "./replies.ts";

/** What is read and written at once without loss: a page of memory, as most systems have it. */
const PREFERRED_BLOCK = 4096;

const encoder = new TextEncoder();
const BASE = encoder.encode("base:");
const ALLOCATION = encoder.encode("base:allocation");

/**
 * Whether a client that asks for `name` means this export. The empty name is that of the default. They are compared as
 * bytes: a text may have lost what a decoder drops or replaces.
 */
export function isNameOf(exported: Export, name: Uint8Array): boolean {
  return name.length === 0 || equal(name, encoder.encode(exported.name));
}

/** Answers the options of one client, and knows what was agreed on so far. */
export class Options {
  readonly #writer: CoWriter;
  readonly #exported: Export;
  #structured = false;
  #allocation = false;

  constructor(writer: CoWriter, exported: Export) {
    this.#writer = writer;
    this.#exported = exported;
  }

  /** What was agreed on. */
  get negotiated(): Negotiated {
    return { structured: this.#structured, allocation: this.#allocation };
  }

  /**
   * Answers an option, any but NBD_OPT_EXPORT_NAME.
   *
   * @returns Whether the handshake is over.
   * @throws {Malformed} If the data is not what the option calls for: nothing was sent then.
   */
  answer(option: number, data: Uint8Array): boolean {
    const fields = new Fields(data);
    switch (option) {
      case NBD_OPT_ABORT:
        this.#send(option, NBD_REP_ACK, 0);
        return true;
      case NBD_OPT_LIST: {
        fields.end();
        const name = encoder.encode(this.#exported.name);
        const room = this.#send(option, NBD_REP_SERVER, 4 + name.length);
        put32(room, 0, name.length);
        room.set(name, 4);
        break;
      }
      case NBD_OPT_INFO:
      case NBD_OPT_GO:
        return this.#info(option, fields) && option === NBD_OPT_GO;
      case NBD_OPT_STRUCTURED_REPLY:
        fields.end();
        this.#structured = true;
        break;
      case NBD_OPT_LIST_META_CONTEXT:
      case NBD_OPT_SET_META_CONTEXT:
        this.#metaContext(option, fields);
        return false;
      default:
        this.reply(option, NBD_REP_ERR_UNSUP, "the option is not known");
        return false;
    }
    this.#send(option, NBD_REP_ACK, 0);
    return false;
  }

  /** Sends a reply that is a sentence, for people. */
  reply(option: number, type: number, text: string): void {
    const bytes = encoder.encode(text);
    this.#send(option, type, bytes.length).set(bytes);
  }

  /** Tells what there is to know of the export: was it the right name? */
  #info(option: number, fields: Fields): boolean {
    const name = fields.string();
    const wanted = new Set<number>();
    for (let left = fields.u16(); left > 0; left--) wanted.add(fields.u16());
    fields.end();
    if (!this.#knows(option, name)) return false;

    const { storage } = this.#exported;
    const room = this.#send(option, NBD_REP_INFO, 12);
    put16(room, 0, NBD_INFO_EXPORT);
    put64(room, 2, storage.size);
    put16(room, 10, transmissionFlags(this.#exported, this.#structured));
    if (wanted.has(NBD_INFO_NAME)) this.#infoText(option, NBD_INFO_NAME, this.#exported.name);
    if (wanted.has(NBD_INFO_DESCRIPTION)) {
      this.#infoText(option, NBD_INFO_DESCRIPTION, storage.description);
    }
    if (wanted.has(NBD_INFO_BLOCK_SIZE)) {
      const room = this.#send(option, NBD_REP_INFO, 14);
      put16(room, 0, NBD_INFO_BLOCK_SIZE);
      put32(room, 2, 1);
      put32(room, 6, PREFERRED_BLOCK);
      put32(room, 10, MAX_PAYLOAD);
    }
    this.#send(option, NBD_REP_ACK, 0);
    return true;
  }

  #infoText(option: number, kind: number, text: string): void {
    const bytes = encoder.encode(text);
    const room = this.#send(option, NBD_REP_INFO, 2 + bytes.length);
    put16(room, 0, kind);
    room.set(bytes, 2);
  }

  /** Tells of `base:allocation`, or chooses it. A new choice replaces the one before, even if it fails. */
  #metaContext(option: number, fields: Fields): void {
    const set = option === NBD_OPT_SET_META_CONTEXT;
    if (set) this.#allocation = false;
    const name = fields.string();
    const queries = fields.u32();
    let [some, all] = [false, false];
    for (let left = queries; left > 0; left--) {
      const query = fields.string();
      some ||= equal(query, ALLOCATION);
      all ||= equal(query, BASE);
    }
    fields.end();
    if (!this.#structured) {
      return this.reply(option, NBD_REP_ERR_INVALID, "structured replies come first");
    }
    if (!this.#knows(option, name)) return;

    // A namespace alone stands for all that is in it, and no query for all there is: in lists only.
    const asked = some || !set && (queries === 0 || all);
    if (asked) {
      const room = this.#send(option, NBD_REP_META_CONTEXT, 4 + ALLOCATION.length);
      put32(room, 0, set ? ALLOCATION_ID : 0);
      room.set(ALLOCATION, 4);
    }
    if (set) this.#allocation = asked;
    this.#send(option, NBD_REP_ACK, 0);
  }

  #knows(option: number, name: Uint8Array): boolean {
    if (isNameOf(this.#exported, name)) return true;
    this.reply(option, NBD_REP_ERR_UNKNOWN, "there is no such export");
    return false;
  }

  /** Sends a reply; the answer is the room for its data, to be filled at once. */
  #send(option: number, type: number, length: number): Uint8Array {
    const room = this.#writer.reserve(OPTION_REPLY_SIZE + length);
    putBig64(room, 0, NBD_REP_MAGIC);
    put32(room, 8, option);
    put32(room, 12, type);
    put32(room, 16, length);
    return room.subarray(OPTION_REPLY_SIZE);
  }
}
