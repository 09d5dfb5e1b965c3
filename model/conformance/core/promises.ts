/**
 * How the promises of `specs/core/promises.ts` meet the code of `src/core/until.ts`.
 *
 * @module
 */
import { Coroutine, until } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { promises } from "../../specs/core/promises.ts";

type PromisesSpec = ReturnType<typeof promises>;
type Which = "plain" | "other" | "own" | "broken";
type End = "fulfilled" | "rejected";

interface Ask {
  readonly fulfilled: (value: string) => void;
  readonly rejected: (reason: unknown) => void;
}

/** What those have asked who are not told yet, of each promise. */
const asks = new WeakMap<object, Ask[]>();

function ask(promise: object, fulfilled: Ask["fulfilled"], rejected: Ask["rejected"]): void {
  asks.get(promise)?.push({ fulfilled, rejected });
}

/** A promise, to all who look at it, that settles on the spot when it is told to. */
function promiseOf(which: Which): PromiseLike<string> {
  const own = {
    then(fulfilled: Ask["fulfilled"], rejected: Ask["rejected"]) {
      if (which === "broken") throw new Error("It cannot be asked");
      ask(own, fulfilled, rejected);
    },
  };
  const isOwn = which === "own" || which === "broken";
  const promise: object = isOwn ? own : Object.create(Promise.prototype);
  asks.set(promise, []);
  // INVARIANT: nothing but `then` is called of it, and that is ours: see preparePromises.
  return promise as PromiseLike<string>;
}

/** Lets `then` of the host's promises be ours for those of the binding, as long as these are there. */
export function preparePromises(): Promise<AsyncDisposable> {
  // deno-lint-ignore no-explicit-any -- whatever it is given
  const prototype: any = Promise.prototype;
  const { then } = prototype;
  prototype.then = function (...[fulfilled, rejected]: [Ask["fulfilled"], Ask["rejected"]]) {
    if (!asks.has(this)) return Reflect.apply(then, this, [fulfilled, rejected]);
    ask(this, fulfilled, rejected);
  };
  return Promise.resolve({
    [Symbol.asyncDispose]() {
      prototype.then = then;
      return Promise.resolve();
    },
  });
}

class Stage {
  readonly #promises = new Map<string, PromiseLike<string>>();
  readonly ends = new Map<string, End>();
  readonly cos = new Map<string, Coroutine>();
  readonly waits = new Map<string, Which>();
  readonly heard = new Map<string, End | "cancelled">();

  #of(which: Which): PromiseLike<string> {
    let promise = this.#promises.get(which);
    if (promise === undefined) this.#promises.set(which, promise = promiseOf(which));
    return promise;
  }

  asked(which: Which): readonly Ask[] {
    return asks.get(this.#of(which)) ?? [];
  }

  wait(who: string, which: Which): void {
    const { waits, heard } = this;
    const promise = this.#of(which);
    const co = Coroutine.named(who, function* () {
      waits.set(who, which);
      heard.delete(who);
      let how: End | "cancelled" = "cancelled";
      try {
        const got = yield* until(promise);
        how = got === `of ${which}` ? "fulfilled" : "cancelled";
      } catch (error) {
        if (String(error) === `Error: of ${which}` || which === "broken") how = "rejected";
      } finally {
        waits.delete(who);
        heard.set(who, how);
      }
    });
    this.cos.set(who, co);
    co.enter();
  }

  settle(which: Which, end: End): void {
    this.ends.set(which, end);
    this.tell(which);
  }

  tell(which: Which): void {
    const end = this.ends.get(which);
    for (const { fulfilled, rejected } of asks.get(this.#of(which))?.splice(0) ?? []) {
      if (end === "fulfilled") fulfilled(`of ${which}`);
      else rejected(new Error(`of ${which}`));
    }
  }
}

interface One {
  readonly who: string;
}

interface Of {
  readonly which: Which;
}

/** The binding. */
export function promisesBinding(): PromisesSpec extends Spec<infer T, infer A>
  ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      wait: (stage, { who, which }: One & Of) => stage.wait(who, which),
      cancel: (stage, { who }: One) => void stage.cos.get(who)?.cancel(),
      settle: (stage, { which, end }: Of & { readonly end: End }) => stage.settle(which, end),
      tell: (stage, { which }: Of) => stage.tell(which),
    },
    view(stage, s) {
      for (const who of s.waits.keys()) {
        const co = stage.cos.get(who);
        const waits = co?.status === "suspended" ? stage.waits.get(who) : undefined;
        s.waits.set(who, waits ?? null);
        s.heard.set(who, stage.heard.get(who) ?? null);
      }
      for (const which of s.asked.keys()) {
        s.ends.set(which, stage.ends.get(which) ?? null);
        s.asked.set(which, stage.asked(which).length);
      }
    },
  };
}
