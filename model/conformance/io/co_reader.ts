/**
 * How the readers of `specs/io/co_reader.ts` meet the code of `src/io/co_reader.ts`.
 *
 * @module
 */
import { CoReader, Coroutine, type Suspension } from "../../../mod.ts";
import { playSource } from "../../../src/io/co_reader.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coReader } from "../../specs/io/co_reader.ts";
import { type Deed, Rejected, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, mustWait, viewLifecycle } from "../core/coroutine.ts";
import { Awaited } from "./_awaited.ts";

type Got = (n: number | null) => void;
type Failed = (error: unknown) => void;

/** The puppets, their reader, and the host that it asks. */
class Stage extends Theatre {
  readonly awaited = new Awaited();
  /** What the host is asked for. */
  host: { readonly got: Got; readonly failed: Failed } | undefined;
  readonly reader: CoReader = new CoReader({
    // INVARIANT: nothing but `then` is called of what it returns, and that tells on the spot.
    read: () =>
      ({
        then: (got: Got, failed: Failed) => this.#ask({ got, failed }),
      }) as unknown as Promise<number>,
  }, { size: 4 });
  /** Tells the reader that its source has failed, asked or not. */
  readonly breakDown: (error: unknown) => void = playSource(this.reader);
  /** The waits, each of which is waited for again and again: those without limits by all. */
  readonly #fills = new Map<string, Suspension<boolean>>();
  /** Whether the host was asked while it was still reading: into the same room. */
  twice = false;

  #ask(host: NonNullable<Stage["host"]>): void {
    this.twice ||= this.host !== undefined;
    this.host = host;
  }

  /** The host that was asked, which answers now. */
  answers(): Stage["host"] {
    const { host } = this;
    this.host = undefined;
    return host;
  }

  /** A wait for so many. */
  fill(count: number): Suspension<boolean> {
    const { options } = this;
    const key = options === undefined ? `${count}` : `${count} ${Coroutine.self().name}`;
    let fill = this.#fills.get(key);
    if (fill === undefined) this.#fills.set(key, fill = this.reader.fill(count, options));
    return fill;
  }
}

interface Count {
  readonly count: number;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *throw() {},
  *fill(stage: Stage, { count }: Count) {
    return (yield* stage.fill(count)) ? "there" : "end";
  },
  *take(stage: Stage, { count }: Count) {
    stage.reader.skip(count);
  },
  *arrive(stage: Stage, { count }: Count) {
    stage.answers()?.got(count);
  },
  *end(stage: Stage) {
    stage.answers()?.got(null);
  },
  *fail(stage: Stage) {
    stage.answers()?.failed(new Rejected());
  },
  *breakDown(stage: Stage) {
    stage.breakDown(new Rejected());
  },
  *cancelReader({ reader }: Stage) {
    reader.cancel();
  },
} satisfies Record<string, Deed>;

type ReaderSpec = ReturnType<typeof coReader>;

/** The binding at a scope of the spec. */
export function coReaderBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): ReaderSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, deeds, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      if (stage.twice) throw new Error("the host was asked twice at once");
      s.buffered = stage.reader.buffered;
      s.asked = stage.host !== undefined;
      const { ended, ready } = stage.reader;
      if (ended !== (s.ended && s.buffered === 0)) throw new Error(`it has ended: ${ended}`);
      if (ready !== (s.ended || s.broken || s.buffered > 0)) {
        throw new Error(`it is ready: ${ready}`);
      }
      mustWait(stage, s.line, "CoReader");
      stage.awaited.mustBe(stage, s.line.length);
    },
    play: (stage, next) => stage.play(next),
  };
}
