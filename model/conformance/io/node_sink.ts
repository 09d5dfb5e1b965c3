/**
 * How the stream of `specs/io/node_sink.ts` meets the code of `src/io/_node.ts`.
 *
 * @module
 */
import { inspect } from "node:util";
import type { To } from "../../../src/io/_ends.ts";
import { type NodeWritable, toNode } from "../../../src/io/_node.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { nodeSink } from "../../specs/io/node_sink.ts";

type SinkSpec = ReturnType<typeof nodeSink>;

const FAILURE = new Error("it has failed");

interface Is {
  readonly kind: string;
  errored: boolean;
  finished: boolean;
  destroyed: boolean;
}

/** A stream that does what it is told, on the spot, and whoever writes to it. */
class Stage {
  readonly is: Is;
  readonly #bytes: Uint8Array;
  readonly #listeners: [event: string, listener: (error: Error) => void][] = [];
  readonly to: To;
  /** What it was given, and whom it tells when it has taken that. */
  #given: { readonly bytes: Uint8Array; done(error?: Error): void } | undefined;
  #pushing: Promise<number> | undefined;
  /** How often it was told that no more will come. */
  #ends = 0;

  constructor(is: Is, bytes: number) {
    this.is = is;
    this.#bytes = new Uint8Array(bytes);
    const stream = {
      on: (event: string, listener: (error: Error) => void) =>
        void this.#listeners.push([event, listener]),
      write: (bytes: Uint8Array, done: () => void) => void (this.#given = { bytes, done }),
      end: () => void this.#ends++,
    };
    Object.defineProperties(stream, {
      writableFinished: { get: () => is.finished },
      destroyed: { get: () => is.destroyed },
      errored: { get: () => is.kind === "old" ? undefined : is.errored ? FAILURE : null },
    });
    // INVARIANT: what is used of a stream is there.
    this.to = toNode(stream as unknown as NodeWritable);
    this.to.failed?.catch(() => {});
  }

  emit(what: string): void {
    for (const [event, listener] of this.#listeners) if (event === what) listener(FAILURE);
  }

  get pending(): boolean {
    return this.#given !== undefined;
  }

  push(): void {
    this.#pushing = this.to.push(this.#bytes);
    this.#pushing.catch(() => {});
  }

  end(): string {
    const ends = this.#ends;
    const closing = this.to.close();
    closing.catch(() => {});
    const text = inspect(closing);
    const told = this.#ends > ends ? "it is told" : "nothing";
    if (!text.includes("<rejected>")) return told;
    return text.includes(FAILURE.message)
      ? "failed"
      : text.includes("before its end")
      ? "early"
      : text;
  }

  taken(failed: boolean): string {
    const given = this.#given;
    this.#given = undefined;
    if (failed) given?.done(FAILURE);
    else given?.done();
    const text = inspect(this.#pushing);
    if (text.includes("<rejected>") && text.includes(FAILURE.message)) return "failed";
    const copied = given?.bytes !== this.#bytes && given?.bytes.buffer !== this.#bytes.buffer;
    return `${text.replace(/^Promise \{ (.*) \}$/, "$1")} bytes, ${copied ? "copied" : "lent"}`;
  }

  /** What whoever writes was told. */
  get told(): "failed" | "early" | null {
    const text = inspect(this.to.failed);
    if (text.includes("<pending>")) return null;
    return text.includes(FAILURE.message) ? "failed" : "early";
  }
}

/** The binding at a scope of the spec. */
export function nodeSinkBinding(
  { bytes }: { bytes: number },
): SinkSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  return {
    create: ({ kind, errored, finished, destroyed }) =>
      new Stage({ kind, errored, finished, destroyed }, bytes),
    actions: {
      push: (stage) => stage.push(),
      taken: (stage, { failed }) => stage.taken(failed),
      end: (stage) => stage.end(),
      finish(stage) {
        stage.is.finished = true;
        stage.emit("finish");
      },
      fail(stage) {
        stage.is.errored = true;
        stage.emit("error");
      },
      destroy: ({ is }) => void (is.destroyed = true),
      close: (stage) => stage.emit("close"),
    },
    view(stage, s) {
      const { errored, finished, destroyed } = stage.is;
      Object.assign(s, { errored, finished, destroyed });
      s.told = stage.told;
      s.pending = stage.pending;
    },
  };
}
