/**
 * Streams of node's, by their events: whatever becomes of one is told to whoever asks next, however long
 * before that it was.
 *
 * @module
 */
import { kindOf } from "../core/_given.ts";
import type { From, To } from "./_ends.ts";

/** What is used of a stream; older ones do not have all of it. */
interface NodeStream {
  on(event: string, listener: (error: Error) => void): unknown;
  off?(event: string, listener: (error: Error) => void): unknown;
  destroy?(): unknown;
  readonly destroyed?: boolean;
  readonly errored?: Error | null;
  readonly writableFinished?: boolean;
}

/** One that can be read. */
export interface NodeReadable extends NodeStream {
  read(): unknown;
  readonly readable?: boolean;
  readonly readableEnded?: boolean;
}

/** One that can be written to. */
export interface NodeWritable extends NodeStream {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done: (error?: Error | null) => void): unknown;
  readonly _writableState?: { readonly emitClose?: boolean };
}

/** What has become of one: it has ended, or failed. */
type Over = { readonly error: Error } | "ended";

/** Reads from one. Nothing is asked of it before the first `pull`. */
export function fromNode(from: NodeReadable): From {
  let over: Over | null = null;
  let asked = false;
  /** Looks whether whoever waits has to wait on. */
  let look = (): void => {};
  let fail = (_error: Error): void => {};
  const failed = new Promise<never>((_, reject) => fail = reject);
  const is = (how: Over | null): void => {
    over ??= how;
    // It may fail when it has ended, too.
    if (how !== null && how !== "ended") fail(how.error);
    look();
  };
  const listeners: Readonly<Record<string, (error: Error) => void>> = {
    error: (error) => is({ error }),
    end: () => is("ended"),
    close: () => is(overOf(from) ?? { error: closedEarly() }),
  };
  const readable = (): void => look();
  for (const [event, listener] of Object.entries(listeners)) from.on(event, listener);
  is(overOf(from));
  return {
    failed,
    pull() {
      if (!asked && over === null) from.on("readable", readable);
      asked = true;
      return new Promise((resolve, reject) => {
        look = () => {
          try {
            // What it has read ahead is lost when it is destroyed.
            const chunk = from.destroyed === true ? null : from.read();
            if (chunk !== null) resolve(bytesIn(chunk));
            else if ((over ??= overOf(from)) === null) return;
            else if (over === "ended") resolve(null);
            else reject(over.error);
          } catch (error) {
            reject(error);
          }
          look = () => {};
        };
        look();
      });
    },
    cancel() {
      is("ended");
      for (const [event, listener] of Object.entries(listeners)) from.off?.(event, listener);
      from.off?.("readable", readable);
      // As long as somebody writes to its other side, it is needed.
      if (from.writableFinished === false && from.destroyed !== true) {
        from.on("finish", () => from.destroy?.());
      } else {
        // Nobody is left to be told.
        from.on("error", () => {});
        from.destroy?.();
      }
    },
  };
}

/** What has become of one that is read; null if more may come. */
function overOf(from: NodeReadable): Over | null {
  if (hasFailed(from)) return { error: from.errored };
  if (from.readableEnded === true) return "ended";
  if (from.destroyed === true) return { error: closedEarly() };
  return from.readable === false ? "ended" : null;
}

/** What came from a stream, which must be bytes. */
export function bytesIn(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`Cannot read from the stream: expected bytes, got ${kindOf(chunk)}`);
}

/** Writes to one. */
export function toNode(to: NodeWritable): To {
  let finished = to.writableFinished === true;
  const closed = new Promise<void>((resolve) => to.on("close", () => resolve()));
  /** What a stream that is destroyed, or closed, has failed with; null if it has come to its end. */
  const reason = (): Error | null => hasFailed(to) ? to.errored : finished ? null : closedEarly();
  const failed = new Promise<never>((_, reject) => {
    const gone = (): void => {
      const error = reason();
      if (error !== null) reject(error);
    };
    // Without a listener node ends the program.
    to.on("error", reject);
    to.on("finish", () => void (finished = true));
    to.on("close", gone);
    if (to.destroyed === true) gone();
  });
  return {
    failed,
    push: (bytes) =>
      new Promise((resolve, reject) => {
        // It may be kept at the other end.
        to.write(bytes.slice(), (error) => error ? reject(error) : resolve(bytes.length));
      }),
    async close() {
      // Such a one may answer nothing at all.
      const error = to.destroyed === true ? reason() : null;
      if (error !== null) throw error;
      await new Promise<void>((resolve, reject) => {
        to.end((error) => error ? reject(error) : resolve());
      });
      // One that is destroyed at its end may fail in that: so it says when that is done.
      if (to.destroyed === true && to._writableState?.emitClose === true) await closed;
    },
  };
}

/** Whether it knows what it has failed with. */
function hasFailed<S extends NodeStream>(stream: S): stream is S & { readonly errored: Error } {
  return stream.errored !== undefined && stream.errored !== null;
}

/** For one that was destroyed before its end, without a reason: as node says it. */
function closedEarly(): Error {
  return Object.assign(new Error("The stream was closed before its end"), {
    code: "ERR_STREAM_PREMATURE_CLOSE",
  });
}
