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
  readonly #sent: (bytes: Uint8Array) => void;

  /**
   * @param sent Is told of bytes of which the host has taken the last one.
   */
  constructor(connection: Connection, turn: Turn, sent: (bytes: Uint8Array) => void) {
    this.#connection = connection;
    this.#turn = turn;
    this.#sent = sent;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const n = await this.#call(() => this.#connection.read(into));
    this.received += n ?? 0;
    return n;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const n = await this.#call(() => this.#connection.write(bytes));
    this.taken += n;
    if (n === bytes.length) this.#sent(bytes);
    return n;
  }

  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
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
