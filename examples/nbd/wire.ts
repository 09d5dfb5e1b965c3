/**
 * The bytes of a connection, on their way between the host and a reader and a writer.
 *
 * @module
 */
import type { Turn } from "./turns.ts";

/** The part of a connection that is used here. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "closeWrite">;

/** A call that has not ended after so many microtasks waits: one that need not takes two. */
const HOPS = 6;

/** Counts what comes and goes, keeps turns, and knows when the client is gone. */
export class Wire {
  /** How many bytes have come. */
  received = 0;
  /** How many bytes the host has taken. */
  taken = 0;
  /** What reading or writing has failed with: the client is gone. */
  failure: { readonly error: unknown } | null = null;
  readonly #connection: Connection;
  readonly #turn: Turn;
  readonly #sent: (piece: Uint8Array) => void;
  /** Pieces that are to be sent as they are, in order. */
  readonly #lent: Uint8Array[] = [];
  /** The host has taken the first one. It is given back with the next write, as the writer may look at it until then. */
  #took = false;
  #writing = false;
  #ended = false;

  /**
   * @param sent Is told of each piece that was lent, when nobody uses it any more.
   */
  constructor(connection: Connection, turn: Turn, sent: (piece: Uint8Array) => void) {
    this.#connection = connection;
    this.#turn = turn;
    this.#sent = sent;
  }

  /** A piece is about to be sent as it is, after all that are. */
  lend(piece: Uint8Array): void {
    this.#lent.push(piece);
  }

  /** Nothing will be sent any more. */
  end(): void {
    this.#ended = true;
    // The host may have the first one in its hands.
    if (!this.#writing) this.#giveBackAll();
  }

  async read(into: Uint8Array): Promise<number | null> {
    const n = await this.#call(() => this.#connection.read(into));
    this.received += n ?? 0;
    return n;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#giveBackTaken();
    this.#writing = true;
    try {
      const n = await this.#call(() => this.#connection.write(bytes));
      this.taken += n;
      this.#tookTo(bytes.buffer, bytes.byteOffset + n);
      return n;
    } finally {
      this.#writing = false;
      if (this.#ended) this.#giveBackAll();
    }
  }

  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  /** The host has taken what is in a buffer, to there: is that the end of a piece? */
  #tookTo(buffer: ArrayBufferLike, end: number): void {
    const [first] = this.#lent;
    this.#took = first?.buffer === buffer && first.byteOffset + first.length === end;
  }

  #giveBackTaken(): void {
    if (!this.#took) return;
    this.#took = false;
    const first = this.#lent.shift();
    if (first !== undefined) this.#sent(first);
  }

  #giveBackAll(): void {
    for (const piece of this.#lent.splice(0)) this.#sent(piece);
  }

  /**
   * Calls the host, in turn: what it has already, or has room for, is done at once, and one who always finds it so
   * would never wait.
   */
  async #call<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#turn;
    if (turn.over) await turn.pass();
    let settled = false;
    try {
      const calling = call();
      let hops = 0;
      let waited = false;
      const hop = (): void => {
        if (settled) return;
        if (++hops < HOPS) queueMicrotask(hop);
        else waited = true;
      };
      hop();
      const value = await calling;
      // It was for something from outside.
      if (waited) turn.begin();
      return value;
    } catch (error) {
      this.failure ??= { error };
      throw error;
    } finally {
      settled = true;
    }
  }
}
