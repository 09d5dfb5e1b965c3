/**
 * To look who is where and who waits for whom: what a dump should tell, in every state of a spec whose coroutines
 * wait for what others hold.
 *
 * @module
 */
import { entered, LEADER, type Lifecycle } from "../core/_lifecycle.ts";

/** What the coroutines of a spec wait for, and have. */
export interface Holdings<S extends Lifecycle> {
  /** What one waits for, such as `CoMutex "m1"`; null if for nothing. */
  on(s: S, who: string): string | null;
  /** Those who must act before it can go on. */
  holders(s: S, who: string): readonly string[];
  /** What one has, in the order in which it took them. */
  holds(s: S, who: string): readonly string[];
}

/** One line of a dump. */
export interface Row {
  readonly name: string;
  readonly status: string;
  /** What it waits for; null if for nothing that has a name. */
  readonly on: string | null;
  readonly heldBy: readonly string[];
  /** Whether it will give up waiting. */
  readonly limited: boolean;
  readonly woken: boolean;
  readonly holds: readonly string[];
}

/** A row, for people. */
export function textOf({ name, status, on, heldBy, limited, woken, holds }: Row): string {
  return [
    `${name} ${status}`,
    ...on === null ? [] : [`waits for ${on}`],
    ...heldBy.length === 0 ? [] : [`held by ${heldBy.join(" and ")}`],
    ...limited ? ["for a while"] : [],
    ...woken ? ["woken"] : [],
    ...holds.length === 0 ? [] : [`has ${holds.join(" and ")}`],
  ].join(", ");
}

/** Those who wait in circles for one another, by their names. */
export function stuckIn(rows: readonly Row[]): readonly string[] {
  const waits = new Map(
    rows.filter(({ limited }) => !limited).map((one) => [one.name, one.heldBy]),
  );
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (waits.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return rows.map(({ name }) => name).filter((name) => reaches(name, name, new Set())).toSorted();
}

/** What is told of circles; empty if there is none. */
export function circlesText(stuck: readonly string[]): string {
  return stuck.length === 0 ? "" : `circle of ${stuck.join(", ")}`;
}

/** All that a dump tells. */
export function dumpText(rows: readonly Row[], circles: string): string {
  return [...rows.map(textOf), ...circles === "" ? [] : [circles]].join("; ");
}

/** Those who are entered, the one that runs first; then those who are suspended, by their names. */
function rowsOf<S extends Lifecycle>(s: S, { on, holders, holds }: Holdings<S>): Row[] {
  const names: string[] = [];
  for (let who = s.current; who !== LEADER; who = s.caller.at(who) ?? LEADER) names.push(who);
  names.push(...s.status.keys().filter((who) => s.status.at(who) === "suspended"));
  return names.map((name) => ({
    name,
    status: s.status.at(name),
    on: on(s, name),
    heldBy: [...holders(s, name)].toSorted(),
    limited: s.alarm.at(name) && !s.woken.at(name),
    woken: s.woken.at(name),
    holds: holds(s, name),
  }));
}

/** Why nobody can ever go on, if that is so. */
function verdictOf<S extends Lifecycle>(s: S, rows: readonly Row[]): string {
  const circles = circlesText(stuckIn(rows));
  if (circles !== "") return circles;
  const mayGoOn = rows.some(({ on, limited, woken }) => on === null || limited || woken);
  if (s.current !== LEADER || mayGoOn || rows.length === 0) return "";
  return `nobody is left for ${rows.map(({ name }) => name).join(", ")}`;
}

/** To look, and to be told whether some can never go on: from wherever somebody runs. */
export function lookActions<S extends Lifecycle>(holdings: Holdings<S>) {
  return {
    dump: {
      for: {},
      do: (s: S) => {
        const rows = rowsOf(s, holdings);
        return dumpText(rows, circlesText(stuckIn(rows)));
      },
    },
    assertNoDeadlock: {
      for: {},
      do: (s: S) => verdictOf(s, rowsOf(s, holdings)),
    },
  };
}

/** What a dump says of what there is. */
export function lookClaims<S extends Lifecycle>(holdings: Holdings<S>) {
  return {
    "whoever waits for what somebody holds waits for others than itself": (s: S) =>
      s.status.every((_, who) => !holdings.holders(s, who).includes(who)),
    "whoever is held up by others waits for something that has a name": (s: S) =>
      s.status.every((_, who) =>
        holdings.on(s, who) !== null || holdings.holders(s, who).length === 0
      ),
    "nobody is listed who has ended, or has never run": (s: S) =>
      rowsOf(s, holdings).every(({ name, status }) => status === "suspended" || entered(s, name)),
    "those who wait for one another in a circle are suspended": (s: S) => {
      const rows = rowsOf(s, holdings);
      const stuck = stuckIn(rows);
      return rows.every(({ name, status }) => !stuck.includes(name) || status === "suspended");
    },
    "nobody has woken those who wait for one another in a circle": (s: S) => {
      const rows = rowsOf(s, holdings);
      const stuck = stuckIn(rows);
      return rows.every(({ name, woken }) => !stuck.includes(name) || !woken);
    },
  };
}
