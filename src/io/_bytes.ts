/**
 * Where bytes come from and go to: the host's own kinds, by one interface.
 *
 * @module
 */
import { kindOf, textOf } from "../core/_given.ts";

/**
 * What bytes can be read from: a connection, a file or standard input of Deno's, a Web stream, or a
 * stream of node's.
 */
export type ReadableBytes =
  | { read(into: Uint8Array): Promise<number | null> }
  | ReadableStream<Uint8Array>
  | { readonly readable: ReadableStream<Uint8Array> }
  | { pipe(...those: never[]): unknown; [Symbol.asyncIterator](): AsyncIterator<unknown> };

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

/** Where bytes come from. */
export interface From {
  /** Reads some bytes: into the room that it is given, answering how many, or as a chunk of its own; null at the end. */
  pull(room: Uint8Array): Promise<number | Uint8Array | null>;
  /** Nothing is read any more. */
  cancel(): void;
}

/** Where bytes go to. */
export interface To {
  /** Takes some of them, at least one: how many? */
  push(bytes: Uint8Array): Promise<number>;
  /** No more will come. */
  close(): Promise<void>;
}

/** The source of bytes that users have given. */
export function fromOf(given: ReadableBytes): From {
  if (has(given, "pipe") && has(given, Symbol.asyncIterator)) {
    return fromChunks((given as AsyncIterable<unknown>)[Symbol.asyncIterator](), () => {});
  }
  if (has(given, "read")) {
    const from = given as { read(into: Uint8Array): Promise<number | null> };
    return { pull: (room) => from.read(room), cancel() {} };
  }
  const stream = given instanceof ReadableStream
    ? given
    : (given as { readable?: unknown } | null)?.readable;
  if (!(stream instanceof ReadableStream)) {
    throw new TypeError(
      "Cannot read from it: expected an object with read(), a ReadableStream or a stream of node's, " +
        `got ${kindOf(given)}`,
    );
  }
  const reader: ReadableStreamDefaultReader<unknown> = stream.getReader();
  return fromChunks({ next: () => reader.read() as Promise<IteratorResult<unknown>> }, () => {
    reader.releaseLock();
  });
}

function fromChunks(chunks: AsyncIterator<unknown>, cancel: () => void): From {
  return {
    async pull() {
      const { done, value } = await chunks.next();
      if (done) return null;
      if (value instanceof Uint8Array) return value;
      throw new TypeError(`Cannot read from the stream: expected bytes, got ${kindOf(value)}`);
    },
    cancel,
  };
}

/** Where users want bytes to go. */
export function toOf(given: WritableBytes): To {
  if (has(given, "write") && has(given, "end") && has(given, "on")) {
    return toNode(given as NodeWritable);
  }
  if (has(given, "write")) {
    const to = given as { write(bytes: Uint8Array): Promise<number>; closeWrite?(): Promise<void> };
    return { push: (bytes) => to.write(bytes), close: async () => await to.closeWrite?.() };
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
    async push(bytes) {
      // Whoever reads at the other end may keep it.
      await writer.write(bytes.slice());
      return bytes.length;
    },
    close: () => writer.close(),
  };
}

interface NodeWritable {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

function toNode(to: NodeWritable): To {
  let fail: (error: Error) => void = () => {};
  // What fails is told by the event, and without a listener node ends the program.
  to.on("error", (error) => fail(error));
  return {
    push: (bytes) =>
      new Promise((resolve, reject) => {
        fail = reject;
        // It may be kept at the other end.
        to.write(bytes.slice(), (error) => error ? reject(error) : resolve(bytes.length));
      }),
    close: () =>
      new Promise((resolve, reject) => {
        fail = reject;
        to.end(resolve);
      }),
  };
}

function has(given: unknown, method: PropertyKey): boolean {
  return typeof (given as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

/** What a host has answered, as a promise: somebody's own method may have forgotten to make one. */
export function promised<T>(answer: Promise<T>): Promise<T> {
  const { then } = (answer as Partial<Promise<T>> | undefined) ?? {};
  return typeof then === "function" ? answer : Promise.resolve(answer);
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
