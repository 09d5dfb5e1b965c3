/**
 * Where bytes come from and go to: the host's own kinds, by one interface.
 *
 * @module
 */
import { kindOf } from "./_refusals.ts";

/** What bytes can be read from: a connection, a file or standard input of Deno's, or a Web stream. */
export type ReadableBytes =
  | { read(into: Uint8Array): Promise<number | null> }
  | ReadableStream<Uint8Array>
  | { readonly readable: ReadableStream<Uint8Array> };

/** What bytes can be written to: a connection, a file or standard output of Deno's, or a Web stream. */
export type WritableBytes =
  | { write(bytes: Uint8Array): Promise<number>; closeWrite?(): Promise<void> }
  | WritableStream<Uint8Array>
  | { readonly writable: WritableStream<Uint8Array> };

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
  if (typeof (given as { read?: unknown } | null)?.read === "function") {
    const from = given as { read(into: Uint8Array): Promise<number | null> };
    return { pull: (room) => from.read(room), cancel() {} };
  }
  const stream = given instanceof ReadableStream
    ? given
    : (given as { readable?: unknown } | null)?.readable;
  if (!(stream instanceof ReadableStream)) {
    throw new TypeError(
      `Cannot read from it: expected an object with read(), or a ReadableStream, got ${
        kindOf(given)
      }`,
    );
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader();
  return {
    async pull() {
      const { done, value } = await reader.read();
      if (done) return null;
      if (value instanceof Uint8Array) return value;
      throw new TypeError(`Cannot read from the stream: expected bytes, got ${kindOf(value)}`);
    },
    cancel: () => reader.releaseLock(),
  };
}

/** Where users want bytes to go. */
export function toOf(given: WritableBytes): To {
  if (typeof (given as { write?: unknown } | null)?.write === "function") {
    const to = given as { write(bytes: Uint8Array): Promise<number>; closeWrite?(): Promise<void> };
    return { push: (bytes) => to.write(bytes), close: async () => await to.closeWrite?.() };
  }
  const stream = given instanceof WritableStream
    ? given
    : (given as { writable?: unknown } | null)?.writable;
  if (!(stream instanceof WritableStream)) {
    throw new TypeError(
      `Cannot write to it: expected an object with write(), or a WritableStream, got ${
        kindOf(given)
      }`,
    );
  }
  const writer: WritableStreamDefaultWriter<Uint8Array> = stream.getWriter();
  return {
    async push(bytes) {
      await writer.write(bytes);
      return bytes.length;
    },
    close: () => writer.close(),
  };
}
