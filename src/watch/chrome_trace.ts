/**
 * What happened, in the format of Chrome's traces, which Perfetto shows.
 *
 * @module
 */
import { AioContext } from "../contexts/aio_context.ts";
import { monotonic } from "../time/clock.ts";
import type { Coroutine } from "../core/coroutine.ts";
import { mustBeCallback, textOf } from "../core/_given.ts";
import { trace, type TraceEvent } from "../core/trace.ts";

/** All of it is one process there. */
const PID = 1;
const NS_PER_US = 1000;

/** One event of the file: see the "Trace Event Format". */
type Row = Readonly<Record<string, unknown>>;

/**
 * Traces everything in this thread from now on, in Chrome's trace format: a row for each context, a slice for each
 * time that a coroutine or a callback runs, an arrow from whoever wakes or schedules a coroutine to
 * where that goes on. It is the one listener that there can be: see {@linkcode trace}.
 *
 * @param write Is given the text, piece by piece: all pieces together are the file. What coroutines do that it runs
 * is not in it.
 * @returns Disposing of it ends the tracing, and the text.
 * @throws {TypeError} If it is no function.
 *
 * @example
 * ```ts
 * import { chromeTrace, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * {
 *   using _ = chromeTrace((piece) => text += piece);
 *   Coroutine.create(function* hello() {}).enter();
 * }
 * const slices = JSON.parse(text).filter(({ ph }: { ph: string }) => ph === "B");
 * assertEquals(slices.map(({ name }: { name: string }) => name), ["hello"]);
 * ```
 */
export function chromeTrace(write: (text: string) => void): Disposable {
  mustBeCallback("write a trace", write);
  const tracer = new Tracer(write);
  const listening = trace((event) => tracer.tell(event));
  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      tracer.end();
    },
  };
}

class Tracer {
  readonly #write: (text: string) => void;
  #empty = true;
  readonly #rows = new Map<AioContext, number>();
  /** The arrow that ends where a coroutine goes on. */
  readonly #arrows = new WeakMap<Coroutine<unknown>, number>();
  #arrow = 0;
  /** Those whose slices have begun and not ended. */
  readonly #running = new WeakSet<Coroutine<unknown>>();
  #ended = false;
  #telling = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
    write("[");
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#write("\n]\n");
  }

  tell(event: TraceEvent): void {
    // What coroutines do that `write` runs would be written, and so on for ever.
    if (this.#telling) return;
    this.#telling = true;
    try {
      this.#tell(event);
    } finally {
      this.#telling = false;
    }
  }

  #tell(event: TraceEvent): void {
    const { coroutine, type } = event;
    switch (type) {
      case "enter":
        this.#running.add(coroutine);
        this.#put({ ph: "B", name: coroutine.name, cat: "coroutine" });
        this.#endArrow(coroutine);
        return;
      case "yield":
        if (!this.#running.delete(coroutine)) return;
        return this.#put({ ph: "E", args: { waitingOn: event.waitingOn ?? "to be entered" } });
      case "terminate":
        // Cancelled before it has ever run, it has no slice.
        if (!this.#running.delete(coroutine)) return;
        return this.#put({
          ph: "E",
          args: "error" in event ? { failed: textOf(event.error) } : {},
        });
      case "wake":
      case "schedule":
        return this.#beginArrow(coroutine, "wake");
      case "call":
        return this.#put({ ph: "B", name: event.what, cat: "callback" });
      case "called":
        return this.#put({ ph: "E" });
      case "lock":
      case "wait":
      case "unlock":
        return this.#put({
          ph: "i",
          s: "t",
          name: `${type} ${event.mutex}`,
          cat: "lock",
          args: { coroutine: coroutine.name, waiters: event.waiters },
        });
      case "create":
      case "cancel":
        return this.#put({ ph: "i", s: "t", name: `${type} ${coroutine.name}`, cat: "coroutine" });
      default:
        return type satisfies never;
    }
  }

  #beginArrow(to: Coroutine<unknown>, name: string): void {
    const id = ++this.#arrow;
    this.#arrows.set(to, id);
    this.#put({ ph: "s", id, name, cat: "wake" });
  }

  #endArrow(to: Coroutine<unknown>): void {
    const id = this.#arrows.get(to);
    if (id === undefined) return;
    this.#arrows.delete(to);
    this.#put({ ph: "f", bp: "e", id, name: "wake", cat: "wake" });
  }

  /** Adds one to the row of the current context. */
  #put(row: Row): void {
    const context = AioContext.current;
    let tid = this.#rows.get(context);
    if (tid === undefined) {
      tid = this.#rows.size + 1;
      this.#rows.set(context, tid);
      this.#line({ ph: "M", name: "thread_name", pid: PID, tid, args: { name: `${context}` } });
    }
    this.#line({ ...row, ts: monotonic.now / NS_PER_US, pid: PID, tid });
  }

  #line(row: Row): void {
    // To write may have ended it.
    if (this.#ended) return;
    this.#write(`${this.#empty ? "" : ","}\n${JSON.stringify(row)}`);
    this.#empty = false;
  }
}
