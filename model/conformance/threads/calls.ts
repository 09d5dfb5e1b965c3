/**
 * How the calls of `specs/threads/calls.ts` meet a thread that runs.
 *
 * @module
 */
import {
  Coroutine,
  CoroutineError,
  IOThread,
  transfer,
  VirtualClock,
  withTimeout,
} from "../../../mod.ts";
import { commonsNow } from "../../../src/shared/_commons.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { calls } from "../../specs/threads/calls.ts";
import { ENDED, RETURN, RUNS, THROW } from "./_calls_module.ts";

type Module = typeof import("./_calls_module.ts");

/** The thread of all replays: to start one takes longer than most of them. */
let thread: IOThread<Module> | undefined;
/** Whoever was made last may have calls under way. */
let last: Stage | undefined;

/** Starts it: to be awaited before the first replay. It ends when that is disposed of. */
export async function startThread(): Promise<AsyncDisposable> {
  const url = new URL("./_calls_module.ts", import.meta.url);
  const begin = performance.now();
  const started = thread = await IOThread.spawn<Module>(url, { name: "called" });
  patience = Math.max(patience, STARTS * (performance.now() - begin));
  return {
    async [Symbol.asyncDispose]() {
      last?.close();
      const { promise: late, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(true), patience);
      const isLate = await Promise.race([started.join(), late]);
      clearTimeout(timer);
      if (isLate !== true) return;
      await started.terminate();
      // It was told already what is the matter.
      if (patience > NO_PATIENCE) throw new Error("The thread does not end");
    },
  };
}

function theThread(): IOThread<Module> {
  if (thread === undefined) throw new Error("[internal] The thread was not started");
  return thread;
}

/**
 * More than anything takes, in milliseconds, however slow the machine is: to start a thread takes longer than any call,
 * and this is as many times that. When something has not come, what else does not come is waited for no longer.
 */
let patience = 3000;
const STARTS = 5;
const NO_PATIENCE = 100;
const nap = new Int32Array(new SharedArrayBuffer(4));

/** Does something again and again, until something is so. False if it never is. */
function again(act: () => void, until: () => boolean): boolean {
  const end = performance.now() + patience;
  while (!until()) {
    if (performance.now() > end) {
      patience = NO_PATIENCE;
      return false;
    }
    act();
  }
  return true;
}

/** Sees to what comes from the thread, when somebody says that something has. */
function look(until: () => boolean): boolean {
  const commons = commonsNow();
  return again(() => {
    if (commons.mayRest()) commons.rest(patience + 1);
    else commons.look();
  }, until);
}

/** Waits for what the thread writes. */
function poll(until: () => boolean): boolean {
  return again(() => void Atomics.wait(nap, 0, 0, 0.05), until);
}

/** What one comes to that calls something: in the words of the spec. */
class Caller {
  readonly co: Coroutine<void>;
  #outcome: string | undefined;

  constructor(call: () => Generator<void, unknown, unknown>) {
    const perform = function* (this: Caller) {
      try {
        this.#outcome = `${yield* call()}`;
      } catch (error) {
        this.#outcome = wordsOf(error);
      }
    };
    this.co = Coroutine.named("caller", perform.bind(this));
    this.co.enter();
  }

  get waits(): boolean {
    return this.#outcome === undefined;
  }

  /** What it has come to, when it has. */
  get outcome(): string {
    look(() => !this.waits);
    return this.#outcome ?? "nothing";
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof CoroutineError) return error.code;
  if (error instanceof DOMException) return error.name;
  // Whatever it says of what there is instead.
  return `${error}`.replace(/(Cannot call).*/, "$1");
}

/** What is called that comes to something at once. */
const AT_ONCE: Readonly<Record<string, () => Generator<void, unknown, unknown>>> = {
  *"a function"() {
    return yield* theThread().call("add", 1, 2);
  },
  *"an async function"() {
    return yield* theThread().call("addLater", 2, 2);
  },
  *"a coroutine function"() {
    return yield* theThread().call("addInTurn", 2, 3);
  },
  *"a function that returns a wait"() {
    return yield* theThread().call("nap");
  },
  *"a function that throws"() {
    return yield* theThread().call("fail");
  },
  *"an async function that throws"() {
    return yield* theThread().call("failLater");
  },
  *"a coroutine function that throws"() {
    return yield* theThread().call("failInTurn");
  },
  *"nothing"() {
    return yield* theThread().call("nothing" as "nap");
  },
  *"what everybody inherits"() {
    return yield* theThread().call("toString" as "nap");
  },
  *"a constant"() {
    return yield* theThread().call("constant" as "nap");
  },
  *"a function with what cannot be sent"() {
    return yield* theThread().call("add", (() => {}) as unknown as number, 1);
  },
  *"a function that returns what cannot be sent"() {
    return yield* theThread().call("returnFunction");
  },
  *"a function with what is moved"() {
    const bytes = new Uint8Array(3);
    const length = yield* theThread().call("lengthOf", transfer(bytes, [bytes.buffer]));
    return `${length} bytes, ${bytes.length} are left`;
  },
  *"a function that moves what it returns"() {
    const { length } = yield* theThread().call("move");
    return `${length} bytes, ${yield* theThread().call("left")} are left there`;
  },
};

/** Whoever calls what waits, and what is known of that in the thread. */
class Stage {
  readonly #memory: Int32Array;
  readonly #who: readonly string[];
  readonly #callers = new Map<string, Caller>();
  readonly #clocks = new Map<string, VirtualClock>();

  constructor(who: readonly string[]) {
    this.#who = who;
    this.#memory = new Int32Array(new SharedArrayBuffer(8 * who.length));
  }

  #at(who: string): number {
    return 2 * this.#who.indexOf(who);
  }

  waits(who: string): boolean {
    return this.#callers.get(who)?.waits ?? false;
  }

  underWay(who: string): boolean {
    return Atomics.load(this.#memory, this.#at(who) + 1) === RUNS;
  }

  call(who: string): void {
    const at = this.#at(who);
    this.#memory.fill(0, at, at + 2);
    const memory = this.#memory;
    const clock = new VirtualClock();
    this.#clocks.set(who, clock);
    const call = () => withTimeout(1, () => theThread().call("work", memory, at, who), { clock });
    this.#callers.set(
      who,
      new Caller(function* () {
        return yield* call();
      }),
    );
    poll(() => this.underWay(who));
  }

  finish(who: string, how: string): string {
    Atomics.store(this.#memory, this.#at(who), how === "returns" ? RETURN : THROW);
    Atomics.notify(this.#memory, this.#at(who));
    return this.#callers.get(who)?.outcome ?? "";
  }

  /** What one comes to that waits no longer, and its call. */
  #leave(who: string): string {
    const outcome = this.#callers.get(who)?.outcome ?? "";
    const ended = poll(() => Atomics.load(this.#memory, this.#at(who) + 1) === ENDED);
    return `${outcome}, ${ended ? "there too" : "but not there"}`;
  }

  cancel(who: string): string {
    this.#callers.get(who)?.co.cancel();
    return this.#leave(who);
  }

  giveUp(who: string): string {
    this.#clocks.get(who)?.advance(1);
    return this.#leave(who);
  }

  /** What is under way comes to an end: the next replay has the same thread. */
  close(): void {
    for (const who of this.#who) if (this.waits(who)) this.cancel(who);
  }
}

interface Named {
  readonly who: string;
}

type CallsSpec = ReturnType<typeof calls>;

/** The binding at a scope of the spec. */
export function callsBinding(
  { callers }: { callers: number },
): CallsSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(callers);
  return {
    create: () => {
      last?.close();
      return last = new Stage(who);
    },
    actions: {
      call: (stage, { who }: Named) => stage.call(who),
      finish: (stage, { who, how }) => stage.finish(who, how),
      cancel: (stage, { who }: Named) => stage.cancel(who),
      giveUp: (stage, { who }: Named) => stage.giveUp(who),
      callAtOnce: (_, { what }) => new Caller(AT_ONCE[what]!).outcome,
      callOutside() {
        const memory = new Int32Array(new SharedArrayBuffer(8));
        try {
          theThread().call("work", memory, 0, "nobody")[Symbol.iterator]().next();
          return "nothing";
        } catch (error) {
          // What was asked for before that is under way by then.
          new Caller(AT_ONCE["a function"]!).outcome;
          const called = Atomics.load(memory, 1) !== 0;
          Atomics.store(memory, 0, RETURN);
          Atomics.notify(memory, 0);
          return called ? "it was called" : wordsOf(error);
        }
      },
    },
    view(stage, s) {
      for (const name of who) {
        s.waits.set(name, stage.waits(name));
        s.underWay.set(name, stage.underWay(name));
      }
    },
  };
}
