/**
 * The bytes of a connection, on their way between the host and a reader and a writer.
 *
 * @module
 */
import type { Turn } from "./turns.ts";

/** The part of a connection that is used here. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "closeWrite">;

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
    const turn = this.#turn;
    // What the host has already comes at once: without this, one who always has more never waits.
    if (turn.over) await turn.pass();
    const begun = turn.now;
    try {
      const n = await this.#connection.read(into);
      turn.hasWaitedSince(begun);
      this.received += n ?? 0;
      return n;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#turn.over) await this.#turn.pass();
    try {
      const n = await this.#connection.write(bytes);
      this.taken += n;
      if (n === bytes.length) this.#sent(bytes);
      return n;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  #failed(error: unknown): unknown {
    this.failure ??= { error };
    return error;
  }
}
