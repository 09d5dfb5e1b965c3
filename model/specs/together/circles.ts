/**
 * Who waits for one another in circles: coroutines each of which waits for one thing at most, and holds one at most.
 * Of some things all holders must act before anybody goes on who waits there; of others, any of them.
 *
 * Nothing happens: there are as many initial states as there are such graphs, but for what they are called.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------------ state

interface State {
  /** What each waits for; null if for nothing. */
  readonly waits: TableView<string, string | null>;
  /** What it has. */
  readonly holds: TableView<string, string | null>;
  /** Of which things any holder will do. */
  readonly any: TableView<string, boolean>;
}

/** One of the coroutines: what it waits for, and what it holds. */
type Role = readonly [waits: string | null, holds: string | null];

/** All ways to choose `n` of these, whatever their order. */
function* choices<T>(of: readonly T[], n: number): Generator<readonly T[]> {
  if (n === 0) yield [];
  else {
    for (const [i, first] of of.entries()) {
      for (const others of choices(of.slice(i), n - 1)) yield [first, ...others];
    }
  }
}

/**
 * How many of the things there are: the first ones, for each of which somebody waits, and which somebody has. 0
 * where others are waited for or held: such graphs are among the rest, with names changed.
 */
function countOf(roles: readonly Role[], things: readonly string[]): number {
  const isThere = (thing: string): boolean =>
    roles.some(([waits]) => waits === thing) && roles.some(([, holds]) => holds === thing);
  const count = things.filter(isThere).length;
  const known = [null, ...things.slice(0, count).filter(isThere)];
  const areKnown = roles.every((role) => role.every((thing) => known.includes(thing)));
  return areKnown ? count : 0;
}

// ----------------------------------------------------------------------------------- claims

/** Those who hold what one waits for. */
function holders(s: State, who: string): readonly string[] {
  const thing = s.waits.at(who);
  return thing === null ? [] : s.holds.keys().filter((one) => s.holds.at(one) === thing);
}

/** Those who can never go on, whatever the others do. */
function stuck(s: State): readonly string[] {
  let left = s.waits.keys();
  for (;;) {
    const isLeft = (one: string): boolean => left.includes(one);
    const still = left.filter((who) => {
      const ones = holders(s, who);
      const isAny = s.waits.at(who) !== null && s.any.at(s.waits.at(who) ?? "");
      return isAny ? ones.every(isLeft) : ones.some(isLeft);
    });
    if (still.length === left.length) return still;
    left = still;
  }
}

/** Those of them who wait for one another in circles. */
export function inCircles(s: State): readonly string[] {
  const ones = stuck(s);
  const next = (who: string): readonly string[] =>
    holders(s, who).filter((one) => ones.includes(one));
  return ones.filter((who) => {
    const reached = new Set(next(who));
    for (const one of reached) for (const other of next(one)) reached.add(other);
    return reached.has(who);
  });
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits for one that waits can never go on": (s: State) =>
    s.waits.keys().every((who) =>
      stuck(s).includes(who) || holders(s, who).every((one) => s.waits.at(one) === null)
    ),
  "whoever can never go on is in a circle": (s: State) =>
    stuck(s).every((who) => inCircles(s).includes(who)),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` that wait for and hold up to so many `things`.
 *
 * @param scope How many; claims to add.
 */
export function circles(
  { coroutines = 5, things: m = 3, always = {} }: {
    coroutines?: number;
    things?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const who = names(coroutines);
  const things = names(m).map((name) => name.toUpperCase());
  const [Who, Thing] = [Schema.Literals(who), Schema.Literals(things)];
  const what = [null, ...things];
  const roles = what.flatMap((waits) =>
    what.filter((holds) => holds === null || holds !== waits).map((holds): Role => [waits, holds])
  );
  const tableOf = <T>(keys: readonly string[], value: (i: number) => T) =>
    Object.fromEntries(keys.map((key, i) => [key, value(i)]));
  const init = [...choices(roles, coroutines)].flatMap((ones) =>
    Array.from({ length: (2 ** countOf(ones, things)) & ~1 }, (_, bits) => ({
      waits: tableOf(who, (i) => ones[i]?.[0] ?? null),
      holds: tableOf(who, (i) => ones[i]?.[1] ?? null),
      any: tableOf(things, (i) => (bits >> i & 1) === 1),
    }))
  );
  return spec({
    name: "circles",
    state: Schema.Struct({
      waits: Table(Who, Schema.NullOr(Thing)),
      holds: Table(Who, Schema.NullOr(Thing)),
      any: Table(Thing, Schema.Boolean),
    }),
    init,
    actions: {
      dump: {
        for: {},
        do: (s) => inCircles(s).length > 0 ? "some wait for one another" : "",
      },
    },
    always: {
      "where somebody can never go on, some wait for one another in a circle": (s) =>
        stuck(s).length === 0 || inCircles(s).length > 0,
      "whoever waits for nothing can go on": (s) =>
        stuck(s).every((one) => s.waits.at(one) !== null),
      ...always,
    },
    sometimes: {
      "of those who hold what one waits for, one can go on, and one never can": (s) =>
        who.some((one) => {
          const can = holders(s, one).filter((other) => !stuck(s).includes(other)).length;
          return can > 0 && can < holders(s, one).length;
        }),
    },
  });
}
