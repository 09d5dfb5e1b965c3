/**
 * The server: who is let in, and how it all ends.
 *
 * @module
 */
import { type Co, Coroutine, CoSemaphore, sleep, until } from "@cofn/coroutine";
import { isCancelled, serveConnection } from "./connection.ts";
import type { Export } from "./export.ts";
import type { Lease } from "./file_threads.ts";

/** How long to wait before the next try where nobody can be accepted, as too many files are open. */
const RETRY_TIME = 0.1e9;

/** What goes with a server. */
export interface ServerOptions {
  /** How many clients there may be at once; others wait in the system's queue. */
  readonly connections?: number;
  /** Where each connection gets a storage of its own; by default, all use that of the export. */
  readonly storages?: { lease(): Co<Lease> } | undefined;
  /** Is told when a connection has ended otherwise than by the client's wish or by `stop`. */
  readonly onFailure?: (failure: unknown) => void;
}

/** Accepts clients, and serves each in a coroutine of its own. */
export class Server {
  readonly #listener: Deno.Listener;
  readonly #exported: Export;
  readonly #storages: ServerOptions["storages"];
  readonly #onFailure: (failure: unknown) => void;
  // Who has one is connected, or is about to be; who has all is alone.
  readonly #slots: CoSemaphore;
  readonly #connections = new Set<Coroutine>();
  readonly #ended: Promise<void>;
  #stopping = false;

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
    { connections = 16, storages, onFailure = () => {} }: ServerOptions = {},
  ) {
    this.#listener = listener;
    this.#exported = exported;
    this.#storages = storages;
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
   * Accepts nobody any more, lets every connection answer what it has accepted, and closes it.
   *
   * @returns Settles when that is done.
   */
  stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#listener.close();
      for (const connection of [...this.#connections]) connection.cancel("the server stops");
    }
    return this.#ended;
  }

  *#acceptAll(): Co {
    for (let n = 1;; n++) {
      yield* this.#slots.acquire();
      const connection = yield* this.#accept();
      if (connection === null) break;
      // It is entered at once, so that no cancellation can find it before it has begun.
      Coroutine.named(`connection ${n}`, () => this.#serve(connection)).enter();
    }
    this.#slots.release();
    yield* this.#slots.acquire(this.#slots.total);
  }

  /** The next client; null if the server stops. */
  *#accept(): Co<Deno.Conn | null> {
    while (!this.#stopping) {
      try {
        const connection = yield* until(this.#listener.accept());
        if (!this.#stopping) return connection;
        connection.close();
      } catch {
        if (!this.#stopping) yield* sleep(RETRY_TIME);
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
      using lease = this.#storages === undefined ? null : yield* this.#storages.lease();
      const { storage } = lease ?? this.#exported;
      const failure = yield* serveConnection(connection, { ...this.#exported, storage });
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

function isTcp(connection: Deno.Conn): connection is Deno.TcpConn {
  return "setNoDelay" in connection;
}
