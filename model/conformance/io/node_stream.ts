/**
 * How the stream of `specs/io/node_stream.ts` meets the code of `src/io/_node.ts`.
 *
 * @module
 */
import { inspect } from "node:util";
import { fromNode, type NodeReadable } from "../../../src/io/_node.ts";
import type { From } from "../../../src/io/_ends.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { nodeStream } from "../../specs/io/node_stream.ts";

type Listener = (error: Error) => void;

const FAILURE = new Error("it has failed");

/** A stream that does what it is told, on the spot. */
class Stream {
  readonly kind: string;
  chunks = 0;
  readonly is = { errored: false, ended: false, destroyed: false, finished: true };
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(kind: string, is: { errored: boolean; ended: boolean; destroyed: boolean }) {
    this.kind = kind;
    Object.assign(this.is, is);
    this.is.finished = kind !== "duplex";
  }

  /** What one of its kind says of itself. */
  get streamed(): NodeReadable {
    const { kind, is } = this;
    const says: Partial<Record<keyof NodeReadable, () => unknown>> = kind === "old" ? {} : {
      errored: () => is.errored ? FAILURE : null,
      readableEnded: () => is.ended,
      destroyed: () => is.destroyed,
      readable: () => !is.errored && !is.ended && !is.destroyed,
      ...(kind === "duplex" ? { writableFinished: () => is.finished } : {}),
    };
    const stream = {
      on: (event: string, listener: Listener) => this.#of(event).add(listener),
      off: (event: string, listener: Listener) => this.#of(event).delete(listener),
      read: () => {
        if (this.chunks === 0) return null;
        this.chunks--;
        return new Uint8Array([1]);
      },
      destroy: () => void (is.destroyed = true),
    };
    for (const [name, get] of Object.entries(says)) Object.defineProperty(stream, name, { get });
    // INVARIANT: what is used of a stream is there, or what says what has become of it.
    return stream as unknown as NodeReadable;
  }

  #of(event: string): Set<Listener> {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, listeners = new Set());
    return listeners;
  }

  listens(event: string): boolean {
    return this.#of(event).size > 0;
  }

  /** Answers whether anybody has listened. */
  emit(event: string): boolean {
    const listeners = [...this.#of(event)];
    for (const listener of listeners) listener(FAILURE);
    return listeners.length > 0;
  }
}

/** What a promise has come to, in the words of the spec; undefined as long as it waits. */
function cameTo(promise: Promise<unknown> | undefined): string | undefined {
  const text = inspect(promise);
  if (text.includes("<pending>")) return undefined;
  if (text.includes("Uint8Array")) return "bytes";
  if (text.includes("{ null }")) return "ended";
  return text.includes(FAILURE.message)
    ? "failed"
    : text.includes("ERR_STREAM_PREMATURE_CLOSE")
    ? "early"
    : text;
}

class Stage {
  readonly stream: Stream;
  readonly from: From;
  cancelled = false;
  /** The read that waits. */
  pulling: Promise<unknown> | undefined;

  constructor(stream: Stream) {
    this.stream = stream;
    this.from = fromNode(stream.streamed);
    this.from.failed?.catch(() => {});
  }

  /** What the read that waits has come to. */
  get outcome(): string | undefined {
    if (this.pulling === undefined) return undefined;
    const outcome = cameTo(this.pulling);
    if (outcome !== undefined) this.pulling = undefined;
    return outcome;
  }

  emit(event: string): string | undefined {
    this.stream.emit(event);
    return this.outcome;
  }
}

type StreamSpec = ReturnType<typeof nodeStream>;

/** The binding. */
export function nodeStreamBinding(): StreamSpec extends Spec<infer T, infer A>
  ? Binding<T, A, Stage>
  : never {
  return {
    create: ({ kind, errored, ended, destroyed }) =>
      new Stage(new Stream(kind, { errored, ended, destroyed })),
    actions: {
      arrive(stage) {
        stage.stream.chunks++;
        return stage.emit("readable");
      },
      end(stage) {
        stage.stream.is.ended = true;
        return stage.emit("end");
      },
      fail(stage, { destroyed }) {
        Object.assign(stage.stream.is, { errored: true, destroyed });
        return stage.stream.emit("error") ? stage.outcome : "unheard";
      },
      destroy: ({ stream }) => void (stream.is.destroyed = true),
      close: (stage) => stage.emit("close"),
      finish(stage) {
        stage.stream.is.finished = true;
        stage.stream.emit("finish");
      },
      pull(stage) {
        stage.pulling = stage.from.pull(new Uint8Array(1));
        // Nobody but the binding looks at it.
        stage.pulling.catch(() => {});
        return stage.outcome;
      },
      cancel(stage) {
        stage.cancelled = true;
        stage.from.cancel(null);
        return stage.outcome;
      },
    },
    view({ stream, from, pulling, cancelled }, s) {
      s.chunks = stream.chunks;
      Object.assign(s, stream.is);
      s.asked = stream.listens("readable");
      s.pending = pulling !== undefined;
      s.told = cameTo(from.failed) as typeof s.told ?? null;
      s.cancelled = cancelled;
    },
  };
}
