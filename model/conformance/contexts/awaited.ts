/**
 * How the waits of `specs/contexts/awaited.ts` meet the code: all that wait for what comes by itself.
 *
 * @module
 */
import {
  AioContext,
  type Co,
  CoMutex,
  CoReader,
  Coroutine,
  CoSleep,
  CoWriter,
  EventNotifier,
  readable,
  sleep,
  type Suspension,
  until,
  VirtualClock,
  type WaitOptions,
  withTimeout,
} from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { awaitedOfHost } from "../../../src/core/_awaited.ts";
import { playHost } from "../../../src/io/co_writer.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { awaited, Kind } from "../../specs/contexts/awaited.ts";
import { Abort } from "../core/_limit.ts";
import { Settleable } from "../core/coroutine.ts";

/** A wait, and what ends it. */
interface Wait {
  wait(): Suspension<unknown>;
  end(): void;
}

/** A host that answers when it is told to, or at once. */
class Host {
  #answer: () => void = () => {};
  readonly #atOnce: boolean;

  constructor(atOnce: boolean) {
    this.#atOnce = atOnce;
  }

  /** INVARIANT: nothing but `then` is called of what it returns, and that tells on the spot. */
  ask<T>(answer: T): Promise<T> {
    const then = (told: (answer: T) => void): void => {
      this.#answer = () => told(answer);
      if (this.#atOnce) this.end();
    };
    return { then } as unknown as Promise<T>;
  }

  end(): void {
    const answer = this.#answer;
    this.#answer = () => {};
    answer();
  }
}

function sleeps(): Wait {
  const clock = new VirtualClock();
  return { wait: () => sleep(1, clock), end: () => clock.advance(1) };
}

function naps(): Wait {
  const nap = new CoSleep();
  return { wait: () => nap.sleep(), end: () => nap.wake() };
}

function settles(atOnce: boolean): Wait {
  const settleable = new Settleable(atOnce ? false : undefined);
  return { wait: () => until(settleable.promise), end: () => settleable.settle(false) };
}

function reads(atOnce: boolean): Wait {
  const host = new Host(atOnce);
  const reader = new CoReader({ read: () => host.ask<number | null>(1) }, { size: 1 });
  return { wait: () => reader.fill(1), end: () => host.end() };
}

function writes(atOnce: boolean): Wait {
  const host = new Host(atOnce);
  const writer = new CoWriter({ write: ({ length }: Uint8Array) => host.ask(length) });
  playHost(writer, (begin) => begin());
  function* wait(): Co {
    writer.reserve(1);
    yield* writer.flush();
  }
  return { wait, end: () => host.end() };
}

function becomesReadable(options?: WaitOptions): Wait {
  const event = new EventNotifier();
  return { wait: () => readable(event, options), end: () => event.set() };
}

/** A mutex that somebody holds, and how that one gives it back. */
function held(): { readonly mutex: CoMutex; unlock(): void } {
  const mutex = new CoMutex();
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  holder.enter();
  return { mutex, unlock: () => holder.enter() };
}

function locks(options?: WaitOptions, late?: () => void): Wait {
  const { mutex, unlock } = held();
  function* wait(): Co {
    using _ = yield* mutex.lock(options);
  }
  return { wait, end: late ?? unlock };
}

const WAITS: Readonly<Record<Kind, () => Wait>> = {
  "sleep": sleeps,
  "CoSleep.sleep": naps,
  "until": () => settles(false),
  "until, at once": () => settles(true),
  "readable": () => becomesReadable(),
  "CoReader.fill": () => reads(false),
  "CoReader.fill, at once": () => reads(true),
  "CoWriter.flush": () => writes(false),
  "CoWriter.flush, at once": () => writes(true),
  "CoMutex.lock": () => locks(),
  "CoMutex.lock, for a while"() {
    const clock = new VirtualClock();
    return locks({ timeout: 5, clock }, () => clock.advance(5));
  },
  "CoMutex.lock, for a while, and it comes": () => locks({ timeout: 5, clock: new VirtualClock() }),
  "CoMutex.lock, with a signal"() {
    const abort = new Abort();
    return locks(abort.options, () => abort.ring());
  },
  "readable, for a while": () => becomesReadable({ timeout: 5, clock: new VirtualClock() }),
  "withTimeout"() {
    const clock = new VirtualClock();
    const { wait } = locks();
    return { wait: () => withTimeout(5, wait, { clock }), end: () => clock.advance(5) };
  },
  "withTimeout, in time"() {
    const { wait, end } = locks();
    return { wait: () => withTimeout(5, wait, { clock: new VirtualClock() }), end };
  },
};

const main = loopOf(AioContext.main);

interface One {
  readonly who: string;
}

class Stage {
  readonly #ofMain = main.awaited;
  readonly #ofHost = awaitedOfHost;
  readonly context: AioContext = new AioContext("other");
  readonly #waits = new Map<string, { readonly co: Coroutine; readonly wait: Wait }>();

  begin(who: string, kind: Kind, isOther: boolean): void {
    const wait = WAITS[kind]();
    const co = Coroutine.named(who, function* () {
      try {
        yield* wait.wait();
      } catch {
        // It has given up, or was cancelled.
      }
    });
    this.#waits.set(who, { co, wait });
    if (isOther) this.context.schedule(co);
    else co.enter();
    this.#go();
  }

  end(who: string): void {
    this.#waits.get(who)?.wait.end();
    this.#go();
  }

  cancel(who: string): void {
    this.#waits.get(who)?.co.cancel();
    this.#go();
  }

  /** Lets those go on who are to. */
  #go(): void {
    if (!this.context.closed) this.context.runUntilStalled();
  }

  waits(who: string): boolean {
    return this.#waits.get(who)?.co.status === "suspended";
  }

  /** Of how many waits a context knows. */
  known(home: "main" | "other"): number {
    return home === "main" ? main.awaited - this.#ofMain : loopOf(this.context).awaited;
  }

  get ofHost(): number {
    return awaitedOfHost - this.#ofHost;
  }
}

type AwaitedSpec = ReturnType<typeof awaited>;

/** The binding. */
export function awaitedBinding(): AwaitedSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      begin: (stage, { who, kind, home }: One & { readonly kind: Kind; readonly home: string }) =>
        stage.begin(who, kind, home === "other"),
      end: (stage, { who }: One) => stage.end(who),
      cancel: (stage, { who }: One) => stage.cancel(who),
      close: ({ context }) => context.close(),
    },
    view(stage, s) {
      for (const who of s.waits.keys()) {
        if (stage.waits(who)) continue;
        s.waits.set(who, null);
        s.home.set(who, null);
      }
      for (const home of s.known.keys()) s.known.set(home, stage.known(home));
      s.ofHost = stage.ofHost;
      const { context } = stage;
      s.closed = context.closed;
      // It is what `run()` goes by.
      if (loopOf(context).finished !== (stage.known("other") === 0)) {
        throw new Error("the context says what is not so of whether it has finished");
      }
    },
  };
}
