/**
 * Where bytes come from and go to: the host's own kinds, by one interface.
 *
 * @module
 */
import { isPlain, kindOf, textOf } from "../core/_given.ts";
import { soon } from "../time/_host.ts";
import type { From, To } from "./_ends.ts";
import { bytesIn, fromNode, type NodeReadable, type NodeWritable, toNode } from "./_node.ts";

/**
 * What bytes can be read from: a connection, a file or standard input of Deno's, a Web stream, or a
 * stream of node's.
 */
export type ReadableBytes =
  | { read(into: Uint8Array): Promise<number | null> }
  | ReadableStream<Uint8Array>
  | { readonly readable: ReadableStream<Uint8Array> }
  | {
    pipe(...those: never[]): unknown;
    on(event: "error", listener: (error: Error) => void): unknown;
  };

/**
 * What bytes can be written to: a connection, a file or standard output of Deno's, a Web stream, or a
 * stream of node's (its `write` is not named: TypeScript would not know any more what that of Deno's
 * kinds is called with).
 */
export type WritableBytes =
  | { write(bytes: Uint8Array): Promise<number>; closeWrite?(): Promise<void> }
  | WritableStream<Uint8Array>
  | WritableStream<BufferSource>
  | { readonly writable: WritableStream<Uint8Array> | WritableStream<BufferSource> }
  | {
    end(done: () => void): unknown;
    on(event: "error", listener: (error: Error) => void): unknown;
  };

/** The source of bytes that users have given. */
export function fromOf(given: ReadableBytes): From {
  if (has(given, "pipe") && has(given, "on") && has(given, "read")) {
    return fromNode(given as unknown as NodeReadable);
  }
  if (has(given, "read")) return fromDeno(given as DenoReadable);
  const stream = given instanceof ReadableStream
    ? given
    : (given as { readable?: unknown } | null)?.readable;
  if (!(stream instanceof ReadableStream)) {
    throw new TypeError(
      "Cannot read from it: expected an object with read(), a ReadableStream or a stream of node's, " +
        `got ${kindOf(given)}${streamOf(given)}`,
    );
  }
  const reader: ReadableStreamDefaultReader<unknown> = stream.getReader();
  return {
    async pull() {
      const { done, value } = await reader.read();
      return done ? null : bytesIn(value);
    },
    cancel() {
      // Whoever cancels does not ask what becomes of it.
      reader.cancel().catch(() => {});
      reader.releaseLock();
    },
  };
}

interface DenoReadable {
  read(into: Uint8Array): Promise<number | null>;
  ref?(): void;
  unref?(): void;
}

function fromDeno(from: DenoReadable): From {
  return {
    pull: (room) => from.read(room),
    cancel(pulling) {
      if (pulling === null || from.unref === undefined) return;
      // It cannot be taken back, but must not keep the program from ending.
      from.unref();
      const again = (): void => from.ref?.();
      pulling.then(again, again);
    },
  };
}

/** Where users want bytes to go. */
export function toOf(given: WritableBytes): To {
  if (has(given, "write") && has(given, "end") && has(given, "on")) {
    return toNode(given as unknown as NodeWritable);
  }
  if (has(given, "write")) {
    const to = given as { write(bytes: Uint8Array): Promise<number>; closeWrite?(): Promise<void> };
    return {
      push: (bytes) => to.write(bytes),
      close: () => to.closeWrite?.() ?? Promise.resolve(),
    };
  }
  const stream = given instanceof WritableStream
    ? given
    : (given as { writable?: unknown } | null)?.writable;
  if (!(stream instanceof WritableStream)) {
    throw new TypeError(
      "Cannot write to it: expected an object with write(), a WritableStream or a stream of node's, " +
        `got ${kindOf(given)}`,
    );
  }
  const writer: WritableStreamDefaultWriter<Uint8Array> = stream.getWriter();
  return {
    failed: writer.closed,
    async push(bytes) {
      // Whoever reads at the other end may keep it.
      await writer.write(bytes.slice());
      return bytes.length;
    },
    close: () => writer.close(),
  };
}

function has(given: unknown, method: PropertyKey): boolean {
  return typeof (given as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

/** What a host answers, to be asked once: somebody's own method may throw, or have forgotten to make a promise. */
export function promised<T>(call: () => Promise<T>): PromiseLike<T> {
  try {
    const answer = call();
    if (isPlain(answer)) return answer;
    const { then } = (answer as Partial<Promise<T>> | undefined) ?? {};
    return typeof then === "function" ? onceOf(answer) : Promise.resolve(answer);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** So often one may be answered at once, in the answer before: then the host has its turn, and the stack begins anew. */
const MOST_AT_ONCE = 100;
/** How many answers are being asked for, one in another. */
let asking = 0;

/**
 * A promise of somebody's own making, which may call both, or throw, or both: the first of that counts. It may do so at
 * once, as often as it is asked.
 */
function onceOf<T>(answer: PromiseLike<T>): PromiseLike<T> {
  // INVARIANT: nobody makes use of what `then` returns.
  const once = (
    fulfilled?: ((value: T) => unknown) | null,
    rejected?: ((error: unknown) => unknown) | null,
  ): void => {
    let over = false;
    const first = <A>(told: ((value: A) => unknown) | null | undefined) => (value: A): void => {
      if (over) return;
      over = true;
      if (asking <= MOST_AT_ONCE) told?.(value);
      else soon(() => told?.(value));
    };
    const fails = first(rejected);
    asking++;
    try {
      answer.then(first(fulfilled), fails);
    } catch (error) {
      fails(error);
    } finally {
      asking--;
    }
  };
  return { then: once } as unknown as PromiseLike<T>;
}

/** What is wrong with the number that `read()` or `write()` has answered; null if nothing is. */
export function wrongCount(verb: string, n: number, least: number, most: number): TypeError | null {
  if (Number.isSafeInteger(n) && n >= least && n <= most) return null;
  return new TypeError(
    `Cannot ${verb}: expected ${verb}() to answer with a number from ${least} to ${most}, got ${
      textOf(n)
    }`,
  );
}

/** How to come by the stream of what has one. */
function streamOf(given: unknown): string {
  if (has(given, "stream")) return " (give what its stream() makes)";
  return (given as { body?: unknown } | null)?.body instanceof ReadableStream
    ? " (give its body)"
    : "";
}
