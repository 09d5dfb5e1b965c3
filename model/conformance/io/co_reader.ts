/**
 * How the readers of `specs/io/co_reader.ts` meet the code of `src/io/co_reader.ts`.
 *
 * @module
 */
import { CoReader } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coReader } from "../../specs/io/co_reader.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, mustWait, viewLifecycle } from "../core/coroutine.ts";

type Got = (n: number | null) => void;

/** The puppets, their reader, and the host that it asks. */
class Stage extends Theatre {
  /** What the host is asked for. */
  host: Got | undefined;
  readonly reader: CoReader = new CoReader({
    // INVARIANT: nothing but `then` is called of what it returns, and that tells on the spot.
    read: () => ({ then: (got: Got) => this.#ask(got) }) as unknown as Promise<number>,
  }, { size: 4 });
  /** Whether the host was asked while it was still reading: into the same room. */
  twice = false;

  #ask(got: Got): void {
    this.twice ||= this.host !== undefined;
    this.host = got;
  }

  /** What the host answers. */
  answer(n: number | null): void {
    const got = this.host;
    this.host = undefined;
    got?.(n);
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
    return (yield* stage.reader.fill(count, stage.options)) ? "there" : "end";
  },
  *take(stage: Stage, { count }: Count) {
    stage.reader.skip(count);
  },
  *arrive(stage: Stage, { count }: Count) {
    stage.answer(count);
  },
  *end(stage: Stage) {
    stage.answer(null);
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
      mustWait(stage, s.line, "CoReader");
    },
    play: (stage, next) => stage.play(next),
  };
}
