/** The client's side of the protocol, written apart from the server's: over DataView. */
import { Coroutine, VirtualClock } from "@cofn/coroutine";
import { assertEquals } from "@std/assert";
import { type ConnectionOptions, serveConnection } from "../../../examples/nbd/connection.ts";
import type { Export } from "../../../examples/nbd/export.ts";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import type { Storage } from "../../../examples/nbd/storage.ts";
import { Duplex } from "./_duplex.ts";

type Part = Uint8Array | string | { u16: number } | { u32: number } | { u64: bigint };

/** Bytes of parts. */
export function bytes(...parts: Part[]): Uint8Array {
  const all = parts.map(bytesOf);
  const joined = new Uint8Array(all.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of all) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function bytesOf(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === "string") return new TextEncoder().encode(part);
  const view = new DataView(new ArrayBuffer(8));
  if ("u16" in part) view.setUint16(6, part.u16);
  else if ("u32" in part) view.setUint32(4, part.u32);
  else view.setBigUint64(0, part.u64);
  return new Uint8Array(view.buffer, "u16" in part ? 6 : "u32" in part ? 4 : 0);
}

/** So many bytes of one kind. */
export function filled(n: number, value: number): Uint8Array {
  return new Uint8Array(n).fill(value);
}

export function hello(flags = 3): Uint8Array {
  return bytes({ u32: flags });
}

export function option(number: number, data: Uint8Array = bytes(), length = data.length) {
  return bytes("IHAVEOPT", { u32: number }, { u32: length }, data);
}

export function string(text: string): Uint8Array {
  const encoded = bytes(text);
  return bytes({ u32: encoded.length }, encoded);
}

/** NBD_OPT_GO, or NBD_OPT_INFO by `number`. */
export function go(name = "", wanted: number[] = [], number = 7): Uint8Array {
  const kinds = wanted.map((u16) => bytes({ u16 }));
  return option(number, bytes(string(name), { u16: kinds.length }, ...kinds));
}

/** NBD_OPT_SET_META_CONTEXT, or NBD_OPT_LIST_META_CONTEXT by `number`. */
export function context(queries: string[], number = 10, name = ""): Uint8Array {
  return option(number, bytes(string(name), { u32: queries.length }, ...queries.map(string)));
}

export const STRUCTURED = option(8);
export const DISC = request(2);

/** A request; its cookie is `cookie`. */
export function request(
  type: number,
  offset: number | bigint = 0,
  length = 0,
  { cookie = 7n, flags = 0, data = bytes() }: {
    cookie?: bigint;
    flags?: number;
    data?: Uint8Array;
  } = {},
): Uint8Array {
  return bytes(
    { u32: 0x25609513 },
    { u16: flags },
    { u16: type },
    { u64: cookie },
    { u64: BigInt(offset) },
    { u32: length },
    data,
  );
}

export function write(offset: number | bigint, data: Uint8Array, flags = 0, cookie = 7n) {
  return request(1, offset, data.length, { data, flags, cookie });
}

/** Takes what the server has sent apart. */
export class Sent {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(sent: Uint8Array) {
    this.#bytes = sent;
    this.#view = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }
  take(n: number): Uint8Array {
    const at = this.#take(n);
    return this.#bytes.slice(at, at + n);
  }

  greeting(): this {
    assertEquals(this.take(16), bytes("NBDMAGICIHAVEOPT"));
    assertEquals(this.u16(), 3);
    return this;
  }

  option(): { option: number; type: number; data: Uint8Array } {
    assertEquals(this.u64(), 0x3e889045565a9n);
    return { option: this.u32(), type: this.u32(), data: this.take(this.u32()) };
  }

  /** The types of all replies to options up to the one that ends it, or to the end. */
  options(): { option: number; type: number; data: Uint8Array }[] {
    const all = [];
    while (this.left >= 20) {
      if (this.#view.getBigUint64(this.#at) !== 0x3e889045565a9n) break;
      all.push(this.option());
    }
    return all;
  }

  simple(length = 0): { error: number; cookie: bigint; data: Uint8Array } {
    assertEquals(this.u32(), 0x67446698);
    const error = this.u32();
    return { error, cookie: this.u64(), data: this.take(error === 0 ? length : 0) };
  }

  chunk(): { flags: number; type: number; cookie: bigint; payload: Uint8Array } {
    assertEquals(this.u32(), 0x668e33ef);
    return {
      flags: this.u16(),
      type: this.u16(),
      cookie: this.u64(),
      payload: this.take(this.u32()),
    };
  }

  #take(n: number): number {
    const at = this.#at;
    if (n > this.left) throw new RangeError(`Cannot take ${n} bytes: ${this.left} are left`);
    this.#at += n;
    return at;
  }
}

/** An export of memory, if nothing else is given. */
export function exporting(
  storage: Storage = new MemoryStorage(4 * 2 ** 20),
  { name = "disk", readOnly = false } = {},
): Export {
  return { storage, name, readOnly };
}

/** What the server says to `hello` and `go`. */
export const HANDSHAKE: number = 18 + (20 + 12) + 20;

/** A connection that is being served. */
export function connect(
  exported: Export,
  chunk?: number,
  options: Omit<ConnectionOptions, "clock"> = {},
) {
  const duplex = new Duplex(chunk);
  const clock = new VirtualClock();
  const co = Coroutine.create(serveConnection, duplex, exported, { ...options, clock });
  const { done } = co;
  co.enter();
  return { duplex, clock, co, done };
}

/** Sends it all, then ends: what has the server sent, and what has gone wrong? */
export async function talk(
  exported: Export,
  said: Uint8Array[],
  chunk?: number,
): Promise<{ sent: Sent; failure: unknown; writes: number }> {
  const { duplex, clock, done } = connect(exported, chunk);
  duplex.send(bytes(...said));
  duplex.end();
  const failure = await done;
  assertEquals([duplex.closed, clock.alarms], [true, 0]);
  return { sent: new Sent(duplex.sent), failure, writes: duplex.writes };
}

/** As {@linkcode talk}, after a handshake that went well. */
export async function transmit(
  exported: Export,
  requests: Uint8Array[],
  { structured = false, chunk }: { structured?: boolean; chunk?: number } = {},
) {
  const hands = structured ? [hello(), STRUCTURED, context(["base:allocation"])] : [hello()];
  const result = await talk(exported, [...hands, go(), ...requests], chunk);
  const replies = result.sent.greeting().options();
  assertEquals(replies.at(-1), { option: 7, type: 1, data: bytes() });
  return result;
}
