/**
 * Coroutines that ask for each thing that they do: how a spec of what coroutines do is carried
 * out on real ones. The calls are made from inside their bodies, so that nested enters are
 * nested calls, as in life.
 *
 * @module
 */
import {
  type Co,
  Coroutine,
  CoroutineError,
  type Suspension,
  type WaitOptions,
} from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Call, Outcome } from "../../engine/play/binding.ts";
import { Awaited } from "./_awaited.ts";
import { Abort, AtOnce, type Limit, Timeout } from "./_limit.ts";
import { misstatedAtEnd, misstatedIn, misstatedLocks } from "./_said.ts";
import { Told } from "./_told.ts";

const { fateOf } = core;

/** What a puppet does for an action; what it returns is the answer. */
// deno-lint-ignore no-explicit-any -- each deed has the parameters of its action
export type Deed = (theatre: any, params: any) => Co<unknown>;

/** What a puppet throws when it is told to: no Error, as those are slow to make. */
class Planned {
  constructor(readonly who: string) {}
}

/** What a promise that a puppet waits for is rejected with. */
export class Rejected {}

export type Next = (outcome?: Outcome) => Call | undefined;

/** The coroutines of one replay, by name, and whoever tells them what to do. */
export class Theatre {
  readonly players: Coroutine[];
  readonly #deeds: Readonly<Record<string, Deed>>;
  #next: Next = () => undefined;
  /** How many times anybody has asked what to do. */
  asked = 0;

  readonly #kept = new Map<string, Suspension<unknown>>();
  /** By what the waits of some of them are limited, in turn by a clock and by a signal. */
  readonly #limits = new Map<string, Limit>();

  readonly #awaited = new Awaited();

  /** What a trace tells, if somebody listens. */
  readonly told: Told | undefined;

  /**
   * @param timed How many of them, the first ones, have waits with a limit.
   * @param traced Whether somebody listens to what happens: the code takes other ways then.
   * @param signalFirst Whether the first one's have a signal, and the second one's a time-out.
   * @param hurried How many of them, the first ones, have waits that give up at once.
   */
  constructor(
    names: readonly string[],
    deeds: Readonly<Record<string, Deed>>,
    timed: number = 0,
    traced: boolean = false,
    signalFirst: boolean = false,
    hurried: number = 0,
  ) {
    this.#deeds = deeds;
    if (traced) this.told = new Told();
    names.slice(0, timed).forEach((name, i) => {
      const hasSignal = (i % 2 === 0) === signalFirst;
      this.#limits.set(name, hasSignal ? new Abort() : new Timeout());
    });
    for (const name of names.slice(0, hurried)) this.#limits.set(name, new AtOnce());
    this.players = names.map((name) => Coroutine.named(name, puppet, this, name));
  }

  /** The limit of the waits of a coroutine. */
  limit(name: string): Limit | undefined {
    return this.#limits.get(name);
  }

  /** Throws unless all know of the waits that end by themselves. */
  checkAwaited(): void {
    this.#awaited.check(this.players, ({ name }) => this.#limits.get(name) instanceof Abort);
  }

  /** What the one that runs gives to its waits. */
  get options(): WaitOptions | undefined {
    return this.#limits.get(Coroutine.self().name)?.options;
  }

  /**
   * A wait of the one that runs: made once, and the same each time, as users may keep one. With its limit it is
   * one of its own.
   */
  kept<T>(what: string, make: (options: WaitOptions | undefined) => Suspension<T>): Suspension<T> {
    const key = `${Coroutine.self().name} ${what}`;
    let wait = this.#kept.get(key);
    if (wait === undefined) this.#kept.set(key, wait = make(this.options));
    // INVARIANT: what is made is the same for all of one name.
    return wait as Suspension<T>;
  }

  /** The same, of one that is refused as it is made already where nobody can wait. */
  keptLock<T>(
    what: string,
    make: (options: WaitOptions | undefined) => Suspension<T>,
  ): Suspension<T> {
    if (Coroutine.inCoroutine()) return this.kept(what, make);
    make(undefined);
    throw new Error("it is not refused before the wait begins");
  }

  /** The coroutine of that name. */
  of(name: string): Coroutine {
    for (const co of this.players) if (co.name === name) return co;
    throw new Error(`[internal] There is no puppet ${name}`);
  }

  /** What a coroutine of that name does that somebody else makes. */
  part(name: string): () => Co<string> {
    const perform = (): Co<string> => puppet(this, name);
    Object.defineProperty(perform, "name", { value: name });
    return perform;
  }

  /** Asks what to do, having told what came of what was done last. */
  ask(outcome?: Outcome): Call | undefined {
    this.asked++;
    return this.#next(outcome);
  }

  /** What a call stands for. */
  deed(call: Call): Co<unknown> {
    const deed = this.#deeds[call.action];
    if (deed === undefined) throw new Error(`[internal] Nobody knows how to ${call.action}`);
    return deed(this, call.params);
  }

  /** Whether an error is the answer to a call that was accepted, or its refusal. */
  outcomeOf(error: unknown, { params }: Call, othersRan: boolean): Outcome {
    const outcome = outcomeOf(error, othersRan);
    if (!(error instanceof CoroutineError)) return outcome;
    let misstated: Error | undefined;
    if (isEnd(error)) misstated = misstatedAtEnd(error);
    else if ("threw" in outcome) {
      const { who } = params as { readonly who?: string };
      misstated = misstatedIn(error, who === undefined ? undefined : this.of(who));
    }
    return misstated === undefined ? outcome : { threw: misstated };
  }

  /** The leader's part: does what it is told until there is nothing left, when all are at home. */
  play(next: Next): void {
    using _ = this.told?.listen();
    this.#next = next;
    for (let call = this.ask(); call !== undefined;) {
      const { asked } = this;
      let outcome: Outcome;
      try {
        const { done, value } = this.deed(call).next();
        if (done !== true) throw new Error(`${call.label} has suspended the leader`);
        outcome = { answer: value };
      } catch (error) {
        outcome = this.outcomeOf(error, call, this.asked > asked);
      }
      call = this.ask(outcome);
    }
    // Whoever runs after all have gone home is told nothing.
    this.#next = () => undefined;
  }
}

/** A puppet's part. Told nothing, it goes home: it yields until all have. */
function* puppet(theatre: Theatre, name: string): Co<string> {
  let outcome: Outcome | undefined = { answer: undefined };
  for (;;) {
    const call = theatre.ask(outcome);
    if (call === undefined) {
      outcome = undefined;
      yield;
      continue;
    }
    if (call.action === "return") return name;
    if (call.action === "throw") throw new Planned(name);
    if (call.action === "endCancelled") throw fateOf(Coroutine.self()).cancelled;
    const { asked } = theatre;
    try {
      outcome = { answer: yield* theatre.deed(call) };
    } catch (error) {
      outcome = theatre.outcomeOf(error, call, theatre.asked > asked);
    }
  }
}

/** Whether an error is the answer to a call that was accepted, or its refusal. */
function outcomeOf(error: unknown, othersRan: boolean): Outcome {
  if (error instanceof Rejected) return { answer: "its wait failed" };
  if (error instanceof CoroutineError && error.code !== "locks-held") {
    if (isEnd(error)) return { answer: error.code };
    const itsWait = othersRan && (error.code === "abandoned" || error.code === "too-many");
    return itsWait ? { answer: "its wait failed" } : { threw: error };
  }
  const failed = flat(error).map(whoFailed);
  return failed.includes(undefined) ? { threw: error } : { answer: `failed: ${failed.join(", ")}` };
}

/** Whether a wait was ended by whoever has cancelled it, or by its limit. */
function isEnd({ code }: CoroutineError): boolean {
  return code === "cancelled" || code === "timeout";
}

/** An alarm of several may have let several go on who have failed. */
function flat(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(flat) : [error];
}

/** Who has thrown this, as it was told to or because it held locks. */
export function whoFailed(error: unknown): string | undefined {
  if (error instanceof Planned) return error.who;
  if (error instanceof CoroutineError && error.code === "locks-held") {
    const misstated = misstatedLocks(error);
    if (misstated !== undefined) throw misstated;
    return error.coroutine?.name;
  }
  return undefined;
}
