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
  receiveMessageOnPort(port: Port): { readonly message: Sealed } | undefined;
  readonly workerData: unknown;
  readonly parentPort: Port | null;
}

/**
 * A message on its way. Deno looks for ports in all objects that it receives, byte by byte in buffers: it
 * looks into no Map.
 */
export type Sealed = ReadonlyMap<0, unknown>;

/** Sends a message. */
export function send(port: Port, message: unknown, moved: readonly Transferable[] = []): void {
  port.postMessage(new Map([[0, message]]) satisfies Sealed, moved);
}

/** Receives what has come: undefined if nothing has. */
export function receive(threads: Threads, port: Port): { readonly message: unknown } | undefined {
  const got = threads.receiveMessageOnPort(port);
  return got === undefined ? undefined : { message: got.message.get(0) };
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
