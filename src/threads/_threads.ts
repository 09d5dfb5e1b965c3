/**
 * The host's threads: those of node, which Deno has, too.
 *
 * @module
 */
import { CoroutineError } from "../core/errors.ts";
import type { Port } from "./_messages.ts";
import type { LifelinePort } from "./_undertaker.ts";

/** A thread of the host's. */
export interface HostThread {
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  terminate(): Promise<number>;
  unref(): void;
}

/** The part of node's `worker_threads` that is used here. */
export interface Threads {
  readonly Worker: new (
    url: URL,
    options: { workerData: unknown; transferList: unknown[]; name?: string },
  ) => HostThread;
  readonly MessageChannel: new () => {
    readonly port1: Port & LifelinePort;
    readonly port2: Port & LifelinePort;
  };
  receiveMessageOnPort(port: Port): { readonly message: Sealed | Announcement } | undefined;
  readonly workerData: unknown;
  readonly parentPort: Port | null;
}

/**
 * A message on its way. Deno looks for ports in all objects that it receives, byte by byte in buffers: it
 * looks into no Map.
 */
export type Sealed = ReadonlyMap<0, unknown>;

/**
 * Sends a message of a call.
 *
 * @param about What there is in it of the user's: where that is large, it is announced, as it may be nested so deep
 * that it can be written, but not read.
 */
export function send<T extends Numbered>(
  port: Port,
  message: T,
  about: readonly unknown[],
  moved: readonly Transferable[] = [],
): void {
  // If this cannot be sent, another message follows, which means as little: it announces itself, or can be read.
  if (!about.every(isSmall)) port.postMessage({ announced: message.id } satisfies Announcement);
  port.postMessage(new Map([[0, message]]) satisfies Sealed, moved);
}

/** How much a value may have in it that is small. */
const SMALL = 16;

/** Whether a value has few others in it, which have none. */
function isSmall(value: unknown): boolean {
  if (isLeaf(value)) return true;
  // What is no plain object may be anything, such as a proxy.
  if (Array.isArray(value)) return value.length <= SMALL && value.every(isLeaf);
  return false;
}

function isLeaf(value: unknown): boolean {
  return typeof value !== "object" || value === null || ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

/** What came: undefined if nothing has. */
export type Received<T> = { readonly message: T } | { readonly unread: number | undefined };

/** The messages that come at a port. */
export class Inbox<T extends Numbered> {
  readonly #threads: Threads;
  readonly #port: Port;
  /** The call of which the next message is. */
  #announced: number | undefined;

  constructor(threads: Threads, port: Port) {
    this.#threads = threads;
    this.#port = port;
  }

  /** Takes the next one. One that cannot be read is gone: it was of the call that is told, if it is known. */
  receive(): Received<T> | undefined {
    for (;;) {
      const announced = this.#announced;
      let got: { readonly message: Sealed | Announcement } | undefined;
      try {
        got = this.#threads.receiveMessageOnPort(this.#port);
      } catch {
        this.#announced = undefined;
        return { unread: announced };
      }
      if (got === undefined) return undefined;
      if (got.message instanceof Map) {
        this.#announced = undefined;
        // INVARIANT: the other side sends nothing else.
        return { message: got.message.get(0) as T };
      }
      this.#announced = (got.message as Announcement).announced;
    }
  }
}

/** What each message has. */
interface Numbered {
  readonly id: number;
}

/** The next message is of this call. */
interface Announcement {
  readonly announced: number;
}

/** The error for what was nested too deep to be read. */
export function tooDeep(what: string): DOMException {
  return new DOMException(`${what} could not be read: it is nested too deep`, "DataCloneError");
}

/** Those of this host. */
export function hostThreads(): Threads {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  if (threads === undefined) {
    throw new CoroutineError("unsupported", "Cannot start a thread: this host has none");
  }
  // INVARIANT: it is node's own module, or that of a host that has the same.
  return threads as Threads;
}

/** Ends the thread that calls this, at once. */
export function endThread(): void {
  const { close, process } = globalThis as {
    close?: () => void;
    process?: { exit(code: number): void };
  };
  // Node's threads have no `close`.
  if (close !== undefined) close();
  else process?.exit(0);
}
