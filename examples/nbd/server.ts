/**
 * The server: who is let in, and how it all ends.
 *
 * @module
 */
import { type Co, Coroutine, CoSemaphore, monotonic, sleep, until } from "@cofn/coroutine";
import { serveConnection } from "./connection.ts";
import type { Export } from "./export.ts";
import { LIMITS, type Limits } from "./patience.ts";
import { isCancelled } from "./transmission.ts";
import { Turn, Turns } from "./turns.ts";

/** What the system says when it has no room for one more: that may change when somebody goes. */
const SCARCE: readonly unknown[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];
/** How long to wait before the next try then, in nanoseconds. */
const RETRY_TIME = 0.1e9;
/** How long clients are still told that the server is closing, in nanoseconds. */
const GRACE = 1e9;

/** What goes with a server. */
export interface ServerOptions {
  /** How many clients there may be at once; others wait in the system's queue. */
  readonly connections?: number;
  /** How long they may say nothing, or take nothing. */
  readonly limits?: Limits;
  /** How long they are still told that the server is closing, in nanoseconds. */
  readonly grace?: number;
  /** Is told when a connection has ended otherwise than by the client's wish or by `stop`. */
  readonly onFailure?: (failure: unknown) => void;
}

/** Accepts clients, and serves each in a coroutine of its own. */
export class Server {
  readonly #listener: Deno.Listener;
  readonly #exported: Export;
  readonly #limits: Limits;
  readonly #grace: number;
  readonly #onFailure: (failure: unknown) => void;
  // Who has one is connected, or is about to be; who has all is alone.
  readonly #slots: CoSemaphore;
  readonly #connections = new Set<Coroutine>();
  readonly #ended: Promise<void>;
  /** What the connections know of it. */
  readonly #house = { closing: false, turns: new Turns() };

  /**
   * Begins to accept clients.
   *
   * @param listener Where they come from. It is closed by `stop`.
   * @param exported What they can have; it may be given back when `stop` is over.
   * @param options What else.
   */
  constructor(
    listener: Deno.Listener,
    exported: Export,
    { connections = 16, limits = LIMITS, grace = GRACE, onFailure = () => {} }: ServerOptions = {},
  ) {
    this.#listener = listener;
    this.#exported = exported;
    this.#limits = limits;
    this.#grace = grace;
    this.#onFailure = onFailure;
    this.#slots = new CoSemaphore(connections, "connections");
    const acceptor = Coroutine.named("acceptor", () => this.#acceptAll());
    this.#ended = acceptor.done;
    acceptor.enter();
  }

  /** How many clients are connected. */
  get connected(): number {
    return this.#connections.size;
  }

  /**
   * Accepts nobody any more, lets every connection answer what it has accepted, and closes it. For a moment
   * clients are told that the server is closing, whatever they ask for, so that they know why.
   *
   * @returns Settles when that is done.
   */
  stop(): Promise<void> {
    if (!this.#house.closing) {
      this.#house.closing = true;
      this.#listener.close();
      const alarm = monotonic.after(this.#grace, () => {
        for (const connection of [...this.#connections]) connection.cancel("the server stops");
      });
      void this.#ended.then(() => alarm.cancel());
    }
    return this.#ended;
  }

  *#acceptAll(): Co {
    const turn = new Turn(this.#house.turns, monotonic);
    for (let n = 1;; n++) {
      yield* this.#slots.acquire();
      if (turn.over) yield* until(turn.pass());
      const connection = yield* this.#accept(turn);
      if (connection === null) break;
      // It is entered at once, so that no cancellation can find it before it has begun.
      Coroutine.named(`connection ${n}`, () => this.#serve(connection)).enter();
    }
    this.#slots.release();
    yield* this.#slots.acquire(this.#slots.total);
  }

  /** The next client; null if the server stops. */
  *#accept(turn: Turn): Co<Deno.Conn | null> {
    while (!this.#house.closing) {
      try {
        const connection = yield* until(this.#listener.accept());
        if (!this.#house.closing) return connection;
        connection.close();
      } catch (error) {
        if (this.#house.closing) break;
        if (error instanceof Deno.errors.BadResource) {
          // Somebody else has closed the listener: those who are there may stay.
          this.#onFailure(error);
          break;
        }
        if (SCARCE.includes(codeOf(error))) yield* sleep(RETRY_TIME);
        // Anything else is the affair of one client, such as that it has gone: the next one may be there.
        else if (turn.over) yield* until(turn.pass());
      }
    }
    return null;
  }

  /** Serves one client. It never fails: a failure would be the host's. */
  *#serve(connection: Deno.Conn): Co {
    const self = Coroutine.self();
    this.#connections.add(self);
    try {
      // A small reply must not wait until the one before was acknowledged.
      if (isTcp(connection)) connection.setNoDelay();
      const failure = yield* serveConnection(connection, this.#exported, {
        house: this.#house,
        limits: this.#limits,
      });
      if (failure !== undefined) this.#onFailure(failure);
    } catch (error) {
      if (!isCancelled(error)) this.#onFailure(error);
    } finally {
      this.#connections.delete(self);
      connection.close();
      this.#slots.release();
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function isTcp(connection: Deno.Conn): connection is Deno.TcpConn {
  return "setNoDelay" in connection;
}
