/**
 * What the files of src may do with a coroutine, beyond its public methods.
 *
 * @module
 */
import type { Co, Coroutine } from "./coroutine.ts";
import type { Fate } from "./_fate.ts";
import type { Hold } from "./_holds.ts";
import type { Home } from "./_home.ts";
import type { CoroutineError } from "./errors.ts";
import type { Verb } from "./_refusals.ts";
import type { Place } from "./_place.ts";

type AnyCo = Coroutine<unknown>;

/** A caller below the function that runs, in a coroutine that used `call`. */
export interface Frame {
  readonly body: Co<unknown>;
  readonly below: Frame | null;
}

/** Made by `coroutine.ts`, where a coroutine's fields can be seen. */
export interface Core {
  /** Who runs: the leader outside any coroutine. */
  readonly cpu: {
    current: AnyCo;
    /** The context that runs; null if none was ever asked for. */
    home: Home | null;
  };
  /** Stands for the code outside any coroutine. */
  readonly leader: AnyCo;
  readonly RESUME: unknown;
  readonly SUSPENDED: IteratorResult<void, never>;
  readonly DONE: IteratorResult<void, void>;
  readonly WOKEN: Place;

  /** Resumes one until it yields or ends. */
  step(co: AnyCo, from: AnyCo): void;
  /** Enters one from inside another: on the native stack, which ends somewhere. */
  enterNested(co: AnyCo, from: AnyCo): void;
  /** Runs all who were woken, and all that those wake. */
  drain(from: AnyCo): void;
  /** Those who have failed, in that order, and whose enterer has not been told yet. */
  unheard(): AnyCo[];
  /** It is told now: they are forgotten. */
  heard(): void;
  /** Appends to the wake-up list of the one that runs. */
  wakeLater(co: AnyCo): void;
  /** Runs a callee of the one that runs: see `call`. */
  callee(body: Co<unknown>): IteratorResult<void, unknown>;

  /** Where one ran last; null if it has never suspended, or has ended. */
  homeOf(co: AnyCo): Home | null;
  /** Why one can be neither entered nor put anywhere: the error, or null if it can. */
  refusalOf(verb: Verb, co: AnyCo): CoroutineError | null;
  /**
   * Puts one in `place` that is in none, nor entered by anybody but the one that runs. In `WOKEN`, also one that has
   * left the place where it was parked and is to be granted, where code of the user's runs in between.
   */
  put(co: AnyCo, place: Place): void;
  /** Outside any coroutine, enters one that has left the place where it was put: see `flush` and `flushByHost`. */
  resume(co: AnyCo, byHost: boolean): void;
  /** Parks the one that runs in `place`: until `grant`, nobody can enter it. */
  park(place: Place): void;
  /** Throws what `park` would throw: for those who change something first. */
  mustPark(place: Place): void;
  /**
   * Lets one go on that has left the place where it was parked: in the context where it ran last. If
   * that is the one that runs, when the coroutine that runs yields or ends; outside any coroutine,
   * when whoever has called this flushes.
   */
  grant(co: AnyCo): void;
  /** Takes one out of where it waits; an error is what it finds there when it is granted next. */
  throwInto(co: AnyCo, error: unknown): void;
  /** Outside any coroutine, runs those who were granted; throws what they have failed with. */
  flush(): void;
  /** The same, for an event of the host: those whose `done` somebody has asked for fail there alone. */
  flushByHost(): void;
  /** See `Coroutine.cancel`, which flushes besides. */
  cancel(co: AnyCo, reason: unknown): void;
  /** What it has besides: made when first asked for. */
  fateOf(co: AnyCo): Fate;
  /** The same, if it was ever asked for. */
  fateIfAny(co: AnyCo): Fate | null;
  /** Puts a lock on top of what a coroutine holds. */
  pushHold(co: AnyCo, lock: Hold): void;
  /** Takes a lock out of what a coroutine holds. */
  dropHold(co: AnyCo, lock: Hold): void;
  /** The link for the one list that a coroutine is in. */
  nextOf(co: AnyCo): AnyCo | null;
  /** Sets that link. */
  setNext(co: AnyCo, next: AnyCo | null): void;
  /** Who stands before it in a wait list. */
  beforeOf(co: AnyCo): AnyCo | null;
  /** Sets that. */
  setBefore(co: AnyCo, before: AnyCo | null): void;

  /** Who entered it. */
  callerOf(co: AnyCo): AnyCo | null;
  /** What keeps it from being entered, other than being entered. */
  placeOf(co: AnyCo): Place | null;
  /** The locks that it holds, in the order in which it took them. */
  locksOf(co: AnyCo): readonly Hold[];
  /** Those that it has woken since it was entered, in order. */
  wokenBy(co: AnyCo): readonly AnyCo[];
  /** Every suspended coroutine that somebody may still resume. */
  suspendedOnes(): Iterable<AnyCo>;
  /** What one that has failed failed with. */
  errorOf(co: AnyCo): unknown;
  /** The promise of `done`, if anybody has asked for it. */
  promiseOf(co: AnyCo): Promise<unknown> | undefined;
}
