/**
 * How the timeline of `specs/together/chrome_trace.ts` meets the text that `src/watch/chrome_trace.ts` writes.
 *
 * @module
 */
import { AioContext, chromeTrace as traceTo, CoMutex, type Coroutine } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { chromeTrace } from "../../specs/together/chrome_trace.ts";
import {
  alarmDeeds,
  lifecycleDeeds,
  moreDeeds,
  viewLifecycle,
  viewList,
} from "../core/coroutine.ts";
import { type Deed, type Next, Theatre } from "../core/_puppets.ts";
import { viewMutexes } from "../locks/co_mutex.ts";

const { placeOf, WOKEN } = core;

/** What may be in a line. */
interface Line {
  readonly ph: string;
  readonly name?: string;
  readonly cat?: string;
  readonly id?: number;
  readonly ts?: number;
  readonly pid?: number;
  readonly tid?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** What somebody reads who opens the file. */
class Reader {
  readonly #stage: Stage;
  #text = "";
  #lines = 0;
  #last = 0;
  /** The rows that have a name. */
  readonly #rows = new Map<number, unknown>();
  /** The slices that are open, the outermost first. */
  readonly slices: { readonly name: string }[] = [];
  /** To whom arrows lead, by their numbers. */
  readonly arrows = new Map<number, Coroutine>();
  #wrong: string | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The next piece of text. */
  hear(text: string): void {
    this.#text += text;
    if (text === "[" || text === "\n]\n") return;
    const [, comma, json = ""] = /^(,?)\n(.*)$/.exec(text) ?? [];
    const wrong = (comma === "") === (this.#lines++ === 0)
      ? this.#read(JSON.parse(json))
      : "a comma";
    if (wrong !== undefined) this.#wrong ??= `the timeline shows what is not so: ${wrong}: ${text}`;
  }

  /** Throws if it has read what cannot be. */
  check(): void {
    if (this.#wrong !== undefined) throw new Error(this.#wrong);
  }

  /** The file is whole. */
  end(): void {
    const rows: unknown = JSON.parse(this.#text);
    if (!Array.isArray(rows) || rows.length !== this.#lines) throw new Error("lines are missing");
    if (this.slices.length > 0) throw new Error("slices are open");
  }

  /** Answers what is wrong with a line, if anything is. */
  #read(line: Line): string | undefined {
    const { ph, name = "", cat, args = {}, pid, tid = 0 } = line;
    if (pid !== 1) return "another program";
    if (ph === "M") {
      if (this.#rows.has(tid) || name !== "thread_name") return "a name";
      this.#rows.set(tid, args["name"]);
      return args["name"] === `${AioContext.main}` ? undefined : "another context";
    }
    if (!this.#rows.has(tid)) return "a row without a name";
    const { ts = NaN } = line;
    if (!(ts >= this.#last)) return "what comes later was earlier";
    this.#last = ts;
    const top = this.slices.at(-1);
    switch (ph) {
      case "B":
        this.slices.push({ name });
        return cat === "coroutine" ? undefined : "a kind";
      case "E":
        this.slices.pop();
        return this.#howItEnds(args, top?.name);
      case "s": {
        const woken = this.#stage.players.filter((co) =>
          placeOf(co) === WOKEN && ![...this.arrows.values()].includes(co)
        );
        const [to] = woken;
        if (to === undefined || woken.length > 1 || line.id === undefined) return "an arrow";
        this.arrows.set(line.id, to);
        return name === "wake" && cat === "wake" ? undefined : "a kind of arrow";
      }
      case "f": {
        const to = this.arrows.get(line.id ?? 0);
        this.arrows.delete(line.id ?? 0);
        return to !== undefined && to.name === top?.name ? undefined : "where an arrow ends";
      }
      case "i":
        return cat === "lock" ? this.#ofLock(name, args, top?.name) : this.#ofLife(name);
      default:
        return "a line that nobody knows";
    }
  }

  #howItEnds(args: Line["args"] = {}, name: string | undefined): string | undefined {
    const co = this.#stage.players.find((one) => one.name === name);
    if (co === undefined) return "whose end";
    const says = Object.keys(args).join();
    if (co.status !== "terminated") {
      return says === "waitingOn" && args["waitingOn"] === (co.waitingOn ?? "to be entered")
        ? undefined
        : "what it waits for";
    }
    return says === "" || says === "failed" ? undefined : "its end";
  }

  #ofLock(name: string, args: Line["args"] = {}, top: string | undefined): string | undefined {
    const { mutex } = this.#stage;
    const what = ["lock", "wait", "unlock"].find((one) => name === `${one} ${mutex}`);
    // Whoever is handed a lock has it while the one before runs.
    const who = what === "lock" ? mutex.holder?.name : top;
    const says = what !== undefined && args["coroutine"] === who &&
      args["waiters"] === mutex.waiters;
    return says ? undefined : "a lock";
  }

  #ofLife(name: string): string | undefined {
    const known = this.#stage.players.some((co) => name === `cancel ${co.name}`);
    return known ? undefined : "what becomes of one";
  }
}

/** The puppets, their mutex, and whoever reads what is written. */
class Stage extends Theatre {
  readonly mutexes: readonly CoMutex[] = [new CoMutex("m1")];
  readonly reader: Reader = new Reader(this);

  constructor(coroutines: readonly string[], timed: number) {
    super(coroutines, deeds, timed);
  }

  get mutex(): CoMutex {
    // INVARIANT: there is one.
    return this.mutexes[0]!;
  }

  override play(next: Next): void {
    const tracing = traceTo((text) => this.reader.hear(text));
    try {
      super.play(next);
    } finally {
      tracing[Symbol.dispose]();
      // Once more does nothing.
      tracing[Symbol.dispose]();
    }
    this.reader.end();
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...moreDeeds,
  ...alarmDeeds,
  *lock(stage: Stage) {
    yield* stage.kept("m1", (options) => stage.mutex.lock(options));
  },
  *unlock(stage: Stage) {
    stage.mutex.unlock();
  },
} satisfies Record<string, Deed>;

type TraceSpec = ReturnType<typeof chromeTrace>;

/** The binding at a scope of the spec. */
export function chromeTraceBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): TraceSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, timed),
    actions: deeds,
    view(stage, s) {
      const { reader, players } = stage;
      reader.check();
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
      viewList(s.slices, reader.slices);
      const woken = new Set(reader.arrows.values());
      for (const co of players) s.arrows.set(co.name, woken.has(co));
    },
    play: (stage, next) => stage.play(next),
  };
}
