/**
 * Coroutines that start others and wait for them: all of them, the first of them, those of a scope,
 * or one with a time limit.
 *
 * The spec is the life cycle of `_lifecycle.ts` with groups added. At first there is one coroutine.
 * Whoever runs may start some of those that have not been made, and waits until they have ended: its
 * children, of which it is the parent. Their failures are not told to whoever entered them, but to
 * it. What ends the group early (a failure, a winner, a time-out, the parent's own cancellation)
 * cancels the other children; the parent goes on when they have ended, too.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  type Ending,
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  lists,
  moreActions,
  parties,
  wake,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------------ state

type Kind = "all" | "race" | "scope" | "withTimeout";

const KINDS: readonly Kind[] = ["all", "race", "scope", "withTimeout"];

/** The life cycle and the groups, by the parent that each belongs to. */
export interface Scopes extends Lifecycle {
  /** How many have been made: the first ones. */
  made: number;
  /** Whose child it is, until it ends. */
  readonly parent: TableView<string, string | null>;
  /** What one that has children waits for. */
  readonly kind: TableView<string, Kind | null>;
  /** Whether it stands there waiting. */
  readonly joins: TableView<string, boolean>;
  /** Which children have failed, in order. */
  readonly failures: TableView<string, SeqView<string>>;
  /** Who decides what becomes of the group: the first to fail, the winner, the body. */
  readonly first: TableView<string, string | null>;
  /** How that one has ended. */
  readonly ending: TableView<string, Ending | null>;
  /** Whether all children are cancelled, those too that are yet to be started. */
  readonly over: TableView<string, boolean>;
  /** Whether the scope was cancelled by somebody in it. */
  readonly cancelledScope: TableView<string, boolean>;
  /** Whether an alarm is set, at which the child is cancelled. */
  readonly limit: TableView<string, boolean>;
  /** Whether it has rung before the child had ended. */
  readonly late: TableView<string, boolean>;
}

// ------------------------------------------------------------------------------------ steps

function children(s: Scopes, parent: string): string[] {
  return s.parent.keys().filter((who) => s.parent.at(who) === parent);
}

/** Starts one that has not been made. */
function start(s: Scopes, who: string, parent: string): void {
  s.made++;
  s.parent.set(who, parent);
  wake(s, who);
  if (s.over.at(parent)) life.cancel(s, who);
}

/** Cancels all children. */
function cancelAll(s: Scopes, parent: string): void {
  s.over.set(parent, true);
  for (const child of children(s, parent)) life.cancel(s, child);
}

/** A child has ended: it may decide what becomes of the others. */
function childEnds(s: Scopes, child: string, parent: string, how: Ending): void {
  s.parent.set(child, null);
  if (how === "throws") s.failures.at(parent).push(child);
  const kind = s.kind.at(parent);
  const decides = kind === "all"
    ? how !== "returns" && s.first.at(parent) === null
    : kind === "race"
    ? how !== "cancelled" && s.first.at(parent) === null
    : s.first.at(parent) === child;
  if (decides) {
    s.first.set(parent, child);
    s.ending.set(parent, how);
  }
  const endsAll = kind === "all"
    ? how !== "returns"
    : kind === "race"
    ? decides
    : kind === "scope" && (how === "throws" || (decides && how === "cancelled"));
  if (endsAll) cancelAll(s, parent);
  if (s.joins.at(parent) && children(s, parent).length === 0) {
    s.joins.set(parent, false);
    wake(s, parent);
  }
}

/** What the parent has learned, now that all have ended. */
function verdict(s: Scopes, parent: string): string {
  const failures = [...s.failures.at(parent)];
  const ending = s.ending.at(parent);
  const cancelled = s.finds.at(parent) === "cancelled";
  if (s.late.at(parent) && !cancelled && ending === "cancelled") return "timeout";
  if (failures.length > 0) return `failed: ${failures.join(", ")}`;
  if (cancelled || s.cancelledScope.at(parent) || ending === "cancelled") return "cancelled";
  if (s.kind.at(parent) === "race") {
    return ending === null ? "cancelled" : `${s.first.at(parent)} won`;
  }
  return "done";
}

/** The group is over. */
function forget(s: Scopes, parent: string): void {
  s.kind.set(parent, null);
  s.failures.at(parent).clear();
  s.first.set(parent, null);
  s.ending.set(parent, null);
  s.over.set(parent, false);
  s.cancelledScope.set(parent, false);
  s.limit.set(parent, false);
  s.late.set(parent, false);
}

const life: Life<Scopes> = new Life<Scopes>({
  barred: (s, who) => s.joins.at(who) ? "waiting" : undefined,
  exists: (s, who) => s.parent.keys().indexOf(who) < s.made,
  leave: (s, who) => s.joins.set(who, false),
  ends: (s, how) => {
    const parent = s.parent.at(s.current);
    if (parent === null) return how === "throws";
    childEnds(s, s.current, parent, how);
    return false;
  },
  goOn: (s) => {
    const me = s.current;
    if (s.kind.at(me) === null) return true;
    // It was cancelled: so are they.
    if (s.finds.at(me) === "cancelled") cancelAll(s, me);
    if (children(s, me).length > 0) {
      s.joins.set(me, true);
      return false;
    }
    const answer = verdict(s, me);
    forget(s, me);
    return answer;
  },
});

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "a child that fails is the last to end": (s: Scopes) =>
    s.failures.every((failures) => failures.length === 0),
  "groups are not nested": (s: Scopes) =>
    s.kind.every((kind, who) => kind === null || s.parent.at(who) === null),
  "when one has won, the others have ended": (s: Scopes) =>
    s.kind.every((kind, who) =>
      kind !== "race" || s.first.at(who) === null || children(s, who).length === 0
    ),
};

// ------------------------------------------------------------------------------------- spec

interface Gather {
  readonly kind: Kind;
  readonly some: number;
}

interface Named {
  readonly who: string;
}

/**
 * Up to `coroutines` that live as in `_lifecycle.ts`, and start and await each other.
 *
 * @param scope How many; how many are cancelled from outside; claims to add.
 */
export function scope(
  { coroutines = 3, always = {}, ...extent }: Omit<Extent, "timed"> & {
    coroutines?: number;
    always?: Record<string, (s: Scopes) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { who: all, Who } = parties(n);
  const Kind = Schema.Literals(KINDS);
  const { throw: throws } = moreActions(n, life);
  return spec({
    name: "scope",
    state: Schema.Struct({
      ...lifecycleFields(n),
      made: Int(1, n),
      parent: Table(Who, Schema.NullOr(Who)),
      kind: Table(Who, Schema.NullOr(Kind)),
      joins: Table(Who, Schema.Boolean),
      failures: Table(Who, Seq(Who, n)),
      first: Table(Who, Schema.NullOr(Who)),
      ending: Table(Who, Schema.NullOr(Schema.Literals(["returns", "throws", "cancelled"]))),
      over: Table(Who, Schema.Boolean),
      cancelledScope: Table(Who, Schema.Boolean),
      limit: Table(Who, Schema.Boolean),
      late: Table(Who, Schema.Boolean),
    }),
    init: [{
      ...lifecycleInit(n),
      made: 1,
      parent: fill(Who, null),
      kind: fill(Who, null),
      joins: fill(Who, false),
      failures: fill(Who, []),
      first: fill(Who, null),
      ending: fill(Who, null),
      over: fill(Who, false),
      cancelledScope: fill(Who, false),
      limit: fill(Who, false),
      late: fill(Who, false),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: throws,
      gather: {
        // Scopes begin with their body alone, and a time limit has one function.
        for: { kind: Kind, some: Int(1, n) },
        when: (s: Scopes, { kind, some }: Gather) =>
          s.current !== LEADER && s.made + some <= n &&
          (some === 1 || kind === "all" || kind === "race"),
        do: (s: Scopes, { kind, some }: Gather) => {
          const me = s.current;
          s.kind.set(me, kind);
          const { made } = s;
          for (let i = 0; i < some; i++) start(s, all[made + i] ?? me, me);
          if (kind === "scope" || kind === "withTimeout") s.first.set(me, all[made] ?? null);
          s.limit.set(me, kind === "withTimeout");
          s.joins.set(me, true);
          return life.suspend(s);
        },
        refuse: (s: Scopes, { kind, some }: Gather) =>
          s.current === LEADER && (some === 1 || kind === "all" || kind === "race")
            ? "not-in-coroutine"
            : undefined,
      },
      startInScope: {
        for: {},
        when: (s: Scopes) => {
          const parent = s.current === LEADER ? null : s.parent.at(s.current);
          return parent !== null && s.kind.at(parent) === "scope" && s.made < n;
        },
        do: (s: Scopes) => start(s, all[s.made] ?? "", s.parent.at(s.current) ?? ""),
      },
      cancelScope: {
        for: {},
        when: (s: Scopes) => {
          const parent = s.current === LEADER ? null : s.parent.at(s.current);
          return parent !== null && s.kind.at(parent) === "scope";
        },
        do: (s: Scopes) => {
          const parent = s.parent.at(s.current) ?? "";
          s.cancelledScope.set(parent, true);
          cancelAll(s, parent);
        },
      },
      ring: {
        for: { who: Who },
        when: (s: Scopes, { who }: Named) => s.limit.at(who),
        do: (s: Scopes, { who }: Named) => {
          s.limit.set(who, false);
          const [child] = children(s, who);
          if (child !== undefined) {
            s.late.set(who, true);
            life.cancel(s, child);
          }
          return life.over(s);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "a parent outlives its children": (s) =>
        s.parent.every((parent) =>
          parent === null || s.status.at(parent) === "suspended" ||
          s.status.at(parent) === "created"
        ),
      "a parent waits as long as a child has not ended": (s) =>
        s.parent.every((parent) => parent === null || s.joins.at(parent) || s.woken.at(parent)),
      "nobody waits for children that have all ended": (s) =>
        s.joins.every((joins, who) => !joins || children(s, who).length > 0),
      "whoever waits for its children is suspended": (s) =>
        s.joins.every((joins, who) => !joins || s.status.at(who) === "suspended"),
      "whoever waits for its children is in no list, and out of reach": (s) =>
        s.joins.every((joins, who) => !joins || lists(s, who) === 0),
      "when a group is over, all its children are cancelled": (s) =>
        s.parent.every((parent, who) =>
          parent === null || !s.over.at(parent) || s.cancel.at(who) !== "no"
        ),
      "no failure is lost: those of children wait for a parent that will be told": (s) =>
        s.failures.every((failures, who) => failures.length === 0 || s.kind.at(who) !== null),
      "no failure is lost: a parent that will be told is suspended": (s) =>
        s.failures.every((failures, who) =>
          failures.length === 0 || s.status.at(who) === "suspended"
        ),
      "whoever has ended is nobody's child": (s) =>
        s.parent.every((parent, who) => parent === null || s.status.at(who) !== "terminated"),
      "whoever has ended has no group": (s) =>
        s.kind.every((kind, who) => kind === null || s.status.at(who) !== "terminated"),
      ...always,
    },
    sometimes: {
      "all children run side by side": (s) => s.parent.count((parent) => parent !== null) === n - 1,
      "a child is cancelled before it has run": (s) =>
        s.finds.some((finds, who) => finds === "cancelled" && s.status.at(who) === "created"),
      "a parent that was cancelled waits for a child to clean up": (s) =>
        s.joins.some((joins, who) => joins && s.finds.at(who) === "cancelled"),
      "time is over, and the child goes on cleaning up": (s) =>
        s.late.some((late, who) => late && children(s, who).length > 0),
      ...(n < 3 ? {} : {
        "a child has children": (s: Scopes) =>
          s.kind.some((kind, who) => kind !== null && s.parent.at(who) !== null),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}
