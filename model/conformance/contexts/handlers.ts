/**
 * How the handlers of `specs/contexts/handlers.ts` meet the code of `src/contexts/_handler.ts`, and the
 * descriptors that of `_fd.ts` and `_poller.ts`.
 *
 * @module
 */
import { AioContext, type Co, Coroutine, EventNotifier } from "../../../mod.ts";
import { FdSource } from "../../../src/contexts/_fd.ts";
import { Poller } from "../../../src/contexts/_poller.ts";
import type { Source } from "../../../src/contexts/_source.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { contextNames, isDescriptor, sourceNames } from "../../specs/contexts/_sources.ts";
import type { handlers, How } from "../../specs/contexts/handlers.ts";
import { viewList } from "../core/coroutine.ts";
import { type Act, Callbacks } from "./_callbacks.ts";
import { PlannedHost } from "./_libc.ts";

interface Where {
  readonly context: string;
}

interface What {
  readonly source: string;
}

/** A context whose host does nothing before it is told to, and its handlers. */
class Place {
  readonly context: AioContext;
  readonly #stage: Stage;
  /** What it knows the sources by: a descriptor is one source for each context. */
  readonly #sources = new Map<string, Source>();
  /** The handlers are made once, and set again and again. */
  readonly #handlers = new Map<string, () => void>();
  /** What the host will call in its next turn. */
  turn: (() => void) | undefined;
  waiter: "none" | "waits" | "released" = "none";

  constructor(stage: Stage, name: string, sources: readonly string[]) {
    this.#stage = stage;
    this.context = new AioContext(name);
    loopOf(this.context).host = (turn) => {
      this.turn = turn;
    };
    for (const source of sources) {
      const event = stage.events.get(source);
      this.#sources.set(source, event ?? new FdSource(numberOf(source), stage.poller));
      this.#handlers.set(source, () => stage.call(`${name}: ${source}`));
    }
  }

  get loop(): ReturnType<typeof loopOf> {
    return loopOf(this.context);
  }

  source(name: string): Source {
    return got(this.#sources, name);
  }

  setHandler(source: string): void {
    this.context.setHandler(this.source(source), got(this.#handlers, source));
  }

  removeHandler(source: string): void {
    this.context.setHandler(this.source(source), null);
  }

  handles(source: string): boolean {
    return this.loop.handlers.has(this.source(source));
  }

  isArmed(source: string): boolean {
    const one = this.source(source);
    return one instanceof FdSource && this.#stage.poller.isArmed(numberOf(source), one);
  }

  poll(how: How): boolean {
    const { context } = this;
    const poll = (): boolean => how.startsWith("sync") ? context.pollSync() : context.poll();
    if (!how.endsWith("in a coroutine")) return poll();
    Coroutine.create(function* poller(): Co {
      poll();
    }).enter();
    throw new Error("A coroutine may poll");
  }

  beginWaiting(): void {
    this.loop.mustPoll();
    this.waiter = "waits";
    this.loop.block(() => {
      this.waiter = "released";
    });
  }

  afterWaiting(): boolean {
    this.waiter = "none";
    return this.loop.afterBlock();
  }

  hostTurn(): void {
    const { turn } = this;
    this.turn = undefined;
    turn?.();
  }
}

/** The contexts, the sources, and the host that waits for them. */
class Stage extends Callbacks {
  readonly host = new PlannedHost();
  readonly poller: Poller = new Poller(this.host);
  readonly events: ReadonlyMap<string, EventNotifier>;
  readonly places: ReadonlyMap<string, Place>;

  constructor(contexts: readonly string[], sources: readonly string[]) {
    super(acts);
    const events = sources.filter((source) => !isDescriptor(source));
    this.events = new Map(events.map((name) => [name, new EventNotifier(name)]));
    this.places = new Map(contexts.map((name) => [name, new Place(this, name, sources)]));
  }

  /** The context of that name. */
  at(name: string): Place {
    return got(this.places, name);
  }

  isReady(source: string): boolean {
    return this.events.get(source)?.ready ?? this.host.readable.has(numberOf(source));
  }
}

function got<T>(map: ReadonlyMap<string, T>, name: string): T {
  const one = map.get(name);
  if (one === undefined) throw new Error(`[internal] There is no ${name}`);
  return one;
}

/** The number of `fd1` and its like. */
const numberOf = (source: string): number => Number(source.slice(2));

const acts = {
  setHandler: (stage: Stage, { context, source }: Where & What) =>
    stage.at(context).setHandler(source),
  removeHandler: (stage: Stage, { context, source }: Where & What) =>
    stage.at(context).removeHandler(source),
  set: ({ events, host }: Stage, { source }: What) => {
    const event = events.get(source);
    if (event === undefined) host.readable.add(numberOf(source));
    else event.set();
  },
  clear: ({ events, host }: Stage, { source }: What) => {
    const event = events.get(source);
    if (event === undefined) host.readable.delete(numberOf(source));
    else event.testAndClear();
  },
  notify: (stage: Stage, { context }: Where) => stage.at(context).context.notify(),
  poll: (stage: Stage, { context, how }: Where & { readonly how: How }) =>
    `${stage.at(context).poll(how)}`,
  beginWaiting: (stage: Stage, { context }: Where) => stage.at(context).beginWaiting(),
  afterWaiting: (stage: Stage, { context }: Where) => `${stage.at(context).afterWaiting()}`,
  hostTurn: (stage: Stage, { context }: Where) => stage.at(context).hostTurn(),
  hostFinds: ({ host }: Stage) => host.find(),
  hostTells: ({ host }: Stage) => host.tell(),
  hostRests: ({ host }: Stage) => host.rest(),
  close: (stage: Stage, { context }: Where) => stage.at(context).context.close(),
  drain: (stage: Stage, { context }: Where) => stage.at(context).context.close({ drain: true }),
  return: () => {},
  throw: () => {},
} satisfies Record<string, Act>;

type HandlersSpec = ReturnType<typeof handlers>;

/** The binding at a scope of the spec. */
export function handlersBinding(
  { contexts, events = 1, descriptors = 0, waiting = true }: {
    contexts: number;
    events?: number;
    descriptors?: number;
    waiting?: boolean;
  },
): HandlersSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const where = contextNames(contexts);
  const what = sourceNames(events, descriptors);
  const { beginWaiting, afterWaiting, hostFinds, hostTells, hostRests, ...rest } = acts;
  const actions = {
    ...rest,
    ...(waiting ? { beginWaiting, afterWaiting } : {}),
    ...(descriptors > 0 ? { hostFinds, hostTells, hostRests } : {}),
  } as typeof acts;
  return {
    create: () => new Stage(where, what),
    actions,
    view(stage, s) {
      const { host, poller, running } = stage;
      for (const source of what) s.ready.set(source, stage.isReady(source));
      for (const [name, place] of stage.places) {
        const { context, loop } = place;
        const queue = loop.sources.names().map(nameIn);
        viewList(s.queue.at(name), queue.map((name) => ({ name })));
        s.notified.set(name, loop.notified);
        s.waiter.set(name, place.waiter);
        s.driven.set(name, place.turn !== undefined);
        s.closed.set(name, context.closed);
        for (const source of what) {
          s.handled.at(name).set(source, place.handles(source));
          s.armed.at(name).set(source, place.isArmed(source));
        }
        if (loop.blocked !== (place.waiter === "waits")) throw new Error("blocked is wrong");
        if (loop.live.size !== loop.handlers.size) throw new Error("live is wrong");
      }
      if (s.rounds.length !== running.length) throw new Error(`${running.length} handlers run`);
      running.forEach((one, i) => {
        const [context, source] = one.split(": ");
        const round = s.rounds.at(i);
        if (round.context !== context || round.source !== source) throw new Error(`${one} runs`);
      });
      s.call = host.call === undefined ? "none" : host.back ? "back" : "waits";
      viewList(s.asked, host.asked.map((fd) => ({ name: `fd${fd}` })));
      s.nudged = host.nudged;
      s.open = poller.open;
      s.resting = host.turn !== undefined;
    },
    play: (stage, next) => stage.play(next),
  };
}

/** The name of a source by what it is called: `EventNotifier "event1"`, `descriptor 1`. */
function nameIn(text: string): string {
  return text.split('"')[1] ?? text.replace(/.*descriptor /, "fd");
}
