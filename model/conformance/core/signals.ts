/**
 * How the signals of `specs/core/signals.ts` meet the code of `src/core/_signals.ts`.
 *
 * @module
 */
import { host } from "../../../src/core/_report.ts";
import { listen, type Listener, unlisten } from "../../../src/core/_signals.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { signals } from "../../specs/core/signals.ts";

/** A signal that is aborted on the spot, and tells what its listeners throw. */
class Signal {
  /** `plain`, or how it fails. */
  kind = "plain";
  aborted = false;
  readonly listeners = new Set<() => void>();

  get reason(): string {
    if (this.kind === "has no reason") throw "unknown";
    return "why";
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.kind === "cannot be left") throw "it cannot be left";
    this.listeners.delete(listener);
  }

  abort(): unknown {
    this.aborted = true;
    return this.dispatch();
  }

  dispatch(): unknown {
    for (const listener of [...this.listeners]) {
      try {
        listener();
      } catch (error) {
        return error;
      }
    }
    return undefined;
  }
}

class Stage {
  readonly signal = new Signal();
  readonly listeners: ReadonlyMap<string, Listener>;
  readonly does = new Map<string, string>();
  /** What has happened during a call. */
  #said: string[] = [];

  constructor(who: readonly string[]) {
    this.listeners = new Map(who.map((one) => [one, {
      aborted: (reason) => {
        this.#said.push(`${one} hears ${reason}`);
        if (this.does.get(one) === "fails") throw one;
        if (this.does.get(one) === "frees") { for (const other of who) this.unlisten(other); }
      },
    }]));
  }

  /** INVARIANT: nothing is asked of a signal but what that of the binding has. */
  get #abortSignal(): AbortSignal {
    return this.signal as unknown as AbortSignal;
  }

  listen(who: string): void {
    const listener = this.listeners.get(who);
    if (listener !== undefined) listen(this.#abortSignal, listener);
  }

  unlisten(who: string): void {
    const listener = this.listeners.get(who);
    if (listener !== undefined) unlisten(this.#abortSignal, listener);
  }

  /** What is told while something is done: to listeners, then to the host, then by throwing. */
  during(act: () => unknown): string {
    const reported: unknown[] = [];
    const { report } = host;
    host.report = (error) => void reported.push(error);
    this.#said = [];
    try {
      const thrown = act();
      const last = thrown === undefined ? [] : [`throws ${thrown}`];
      return [...this.#said, ...reported, ...last].join(", ");
    } finally {
      host.report = report;
    }
  }
}

interface One {
  readonly who: string;
}

type SignalsSpec = ReturnType<typeof signals>;

/** The binding at a scope of the spec. */
export function signalsBinding(
  { listeners }: { listeners: number },
): SignalsSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  return {
    create: (s) => {
      const stage = new Stage(names(listeners));
      stage.signal.kind = s.kind;
      return stage;
    },
    actions: {
      listen: (stage, { who, does }: One & { readonly does: string }) => {
        stage.does.set(who, does);
        stage.listen(who);
      },
      unlisten: (stage, { who }: One) => stage.during(() => stage.unlisten(who)),
      dispatch: (stage) => stage.during(() => stage.signal.dispatch()),
      abort: (stage) => stage.during(() => stage.signal.abort()),
    },
    view(stage, s) {
      s.kind = stage.signal.kind as typeof s.kind;
      s.heard = stage.signal.listeners.size > 0;
      s.aborted = stage.signal.aborted;
    },
  };
}
