/**
 * Every spec with its binding, and the scopes at which they are held against each other.
 *
 * @module
 */
import type { Binding } from "../engine/play.ts";
import type { AnySpec } from "../mod.ts";
import type { Lifecycle } from "../specs/_lifecycle.ts";
import { coMutex, falseClaims as falseMutexClaims, type Mutexes } from "../specs/co_mutex.ts";
import { coroutine, falseClaims } from "../specs/coroutine.ts";
import { coMutexBinding } from "./co_mutex.ts";
import { coroutineBinding } from "./coroutine.ts";

/** A spec, the code that it is about, and how far to explore. */
export interface Pair {
  /** The spec's name: that of a file in specs, conformance and src. */
  readonly name: string;
  /** How many of what. */
  readonly scope: string;
  /** In which `--scope` it belongs; `full` has the small ones too. */
  readonly size: "small" | "full";
  readonly spec: () => AnySpec;
  // deno-lint-ignore no-explicit-any -- each binding has the types of its spec
  readonly binding: () => Binding<any, any, any>;
  /** Specs with one claim that is wrong, by that claim. */
  readonly wrong: ReadonlyMap<string, () => AnySpec>;
}

function lifecycle(coroutines: number, cancels: number, size: Pair["size"]): Pair {
  return {
    name: "coroutine",
    scope: `${coroutines} coroutines, ${cancels} cancelled`,
    size,
    spec: () => coroutine({ coroutines, cancels }),
    binding: () => coroutineBinding(coroutines),
    wrong: new Map(
      Object.entries<(s: Lifecycle) => boolean>(falseClaims).map(([claim, holds]) => [
        claim,
        () => coroutine({ coroutines, cancels, always: { [claim]: holds } }),
      ]),
    ),
  };
}

function mutex(coroutines: number, mutexes: number, size: Pair["size"]): Pair {
  return {
    name: "co_mutex",
    scope: `${coroutines} coroutines, ${mutexes} ${mutexes === 1 ? "mutex" : "mutexes"}`,
    size,
    spec: () => coMutex({ coroutines, mutexes }),
    binding: () => coMutexBinding(coroutines, mutexes),
    wrong: new Map(
      Object.entries<(s: Mutexes) => boolean>(falseMutexClaims).map(([claim, holds]) => [
        claim,
        () => coMutex({ coroutines, mutexes, always: { [claim]: holds } }),
      ]),
    ),
  };
}

/** All pairs, small ones first. */
export const pairs: readonly Pair[] = [
  lifecycle(3, 3, "small"),
  lifecycle(4, 1, "small"),
  mutex(2, 3, "small"),
  mutex(3, 2, "small"),
  mutex(4, 1, "small"),
  lifecycle(5, 0, "full"),
  mutex(3, 3, "full"),
  mutex(4, 2, "full"),
  mutex(5, 1, "full"),
];
