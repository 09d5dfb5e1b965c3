/**
 * Who is where, and who waits for whom: for people who ask why nothing goes on.
 *
 * @module
 */
import { core, Coroutine, type CoroutineStatus } from "../core/coroutine.ts";
import { isLimited } from "../time/_limits.ts";

const { callerOf, leader, locksOf, placeOf, suspendedOnes, WOKEN } = core;

/** One coroutine in a {@linkcode Dump}. */
export interface CoroutineInfo {
  /** Its name; where several share one, followed by `#2`, `#3`, … */
  readonly name: string;
  /** Where it stands. */
  readonly status: CoroutineStatus;
  /** What it waits for, such as `CoMutex "disk"`; undefined if any `enter()` may resume it. */
  readonly waitingOn: string | undefined;
  /** Who will resume it, such as `sleep`, if that is not up to its user. */
  readonly scheduledBy: string | undefined;
  /** Whether its wait has a limit: it gives up by itself sooner or later. */
  readonly limited: boolean;
  /** The coroutines that hold what it waits for, by their names here, separated by commas. */
  readonly heldBy: string | undefined;
  /** Whether somebody has woken it, so that it runs as soon as that one yields or ends. */
  readonly woken: boolean;
  /** The locks that it holds, in the order in which it took them. */
  readonly holds: readonly string[];
}

/** What {@linkcode dump} found. As a string, a table for people. */
export interface Dump {
  /** The coroutines that have been entered, the running one first, then the suspended ones. */
  readonly coroutines: readonly CoroutineInfo[];
  /** Who waits for whom: the edges of the wait-for graph. */
  readonly waitsFor: readonly { readonly from: string; readonly on: string; readonly to: string }[];
  /** The cycles of that graph: coroutines that wait for one another for ever. */
  readonly deadlocks: readonly (readonly string[])[];
  /** The table, the graph, and a sentence for each deadlock. */
  toString(): string;
}

/**
 * Lists the coroutines that run, have entered others, or are suspended, with what they hold
 * and what they wait for, and names those that wait for one another in a circle.
 *
 * A coroutine that nobody can resume any more (nothing refers to it) is listed until the
 * garbage collector has taken it. One that was never entered is not listed.
 *
 * @returns The list; as a string, a table.
 *
 * @example
 * ```ts
 * import { CoMutex, Coroutine, dump } from "@cofn/coroutine";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const x = new CoMutex("x");
 * const y = new CoMutex("y");
 * function* both(first: CoMutex, second: CoMutex) {
 *   yield* first.lock();
 *   yield;
 *   yield* second.lock();
 * }
 * const a = Coroutine.named("a", both, x, y);
 * const b = Coroutine.named("b", both, y, x);
 * for (const co of [a, b, a, b]) co.enter();
 * assertStringIncludes(`${dump()}`, 'a waits for CoMutex "y", held by b');
 * ```
 */
export function dump(): Dump {
  const all = new Set<Coroutine>();
  for (let co = Coroutine.self(); co !== leader; co = callerOf(co) ?? leader) all.add(co);
  for (const co of suspendedOnes()) all.add(co);

  const nameOf = uniqueNames(all);
  const coroutines: CoroutineInfo[] = [];
  const waitsFor: { from: string; on: string; to: string }[] = [];
  /** Whom each waits for: for every one of them, as far as they are known. */
  const graph = new Map<Coroutine, readonly Coroutine[]>();
  for (const co of all) {
    const place = placeOf(co);
    const name = nameOf(co);
    const holders = place?.holders ?? [];
    const on = co.waitingOn;
    const limited = isLimited(co) || place?.limited === true;
    if (on !== undefined) {
      // One that will give up is no link of a circle that never opens.
      if (!limited) graph.set(co, holders);
      for (const holder of holders) waitsFor.push({ from: name, on, to: nameOf(holder) });
    }
    coroutines.push({
      name,
      status: co.status,
      waitingOn: on,
      scheduledBy: co.scheduledBy,
      limited,
      heldBy: holders.length === 0 ? undefined : holders.map(nameOf).join(", "),
      woken: place === WOKEN,
      holds: locksOf(co).map(String),
    });
  }
  const deadlocks = cycles(graph).map((cycle) => cycle.map(nameOf));
  return new Report(coroutines, waitsFor, deadlocks);
}

class Report implements Dump {
  readonly coroutines: readonly CoroutineInfo[];
  readonly waitsFor: Dump["waitsFor"];
  readonly deadlocks: Dump["deadlocks"];

  constructor(
    coroutines: readonly CoroutineInfo[],
    waitsFor: Dump["waitsFor"],
    deadlocks: Dump["deadlocks"],
  ) {
    this.coroutines = coroutines;
    this.waitsFor = waitsFor;
    this.deadlocks = deadlocks;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  toString(): string {
    if (this.coroutines.length === 0) return "No coroutine runs or is suspended";
    const rows = this.coroutines.map((co) => [
      co.name,
      co.status,
      waitText(co),
      co.heldBy ?? "",
      co.holds.join(", "),
    ]);
    const lines = table(["coroutine", "status", "waits for", "held by", "holds"], rows);
    if (this.waitsFor.length > 0) {
      lines.push("", "wait-for graph");
      for (const { from, on, to } of this.waitsFor) lines.push(`  ${from} -> ${on} -> ${to}`);
    }
    for (const cycle of this.deadlocks) lines.push("", `deadlock: ${this.#sentence(cycle)}`);
    return lines.join("\n");
  }

  #sentence(cycle: readonly string[]): string {
    const parts = cycle.map((name, i) => {
      const to = cycle[(i + 1) % cycle.length];
      const on = this.waitsFor.find((edge) => edge.from === name && edge.to === to)?.on;
      return `waits for ${on}, held by ${to}`;
    });
    return `${cycle[0]} ${parts.join(", which ")}`;
  }
}

function waitText(co: CoroutineInfo): string {
  if (co.woken) return "its turn (woken)";
  if (co.status !== "suspended") return "";
  return co.waitingOn ?? "enter()";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), title.length)
  );
  return [head, ...rows].map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd()
  );
}

/** A name for each that no other one has. */
function uniqueNames(all: Iterable<Coroutine>): (co: Coroutine) => string {
  const names = new Map<Coroutine, string>();
  /** The last number given to each of the same name. */
  const numbers = new Map<string, number>();
  const used = new Set<string>();
  const nameOf = (co: Coroutine): string => {
    let name = names.get(co);
    if (name === undefined) {
      const plain = co.name;
      let n = (numbers.get(plain) ?? 0) + 1;
      // Somebody may be called a#2.
      for (name = n === 1 ? plain : `${plain}#${n}`; used.has(name);) name = `${plain}#${++n}`;
      numbers.set(plain, n);
      used.add(name);
      names.set(co, name);
    }
    return name;
  };
  for (const co of all) nameOf(co);
  return nameOf;
}

/** A cycle for each edge that closes one, depth first. */
function cycles<T>(graph: ReadonlyMap<T, readonly T[]>): T[][] {
  const found: T[][] = [];
  const seen = new Set<T>();
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    /** From the start to where we are, and which successor of each is next. */
    const path: { readonly at: T; next: number }[] = [{ at: start, next: 0 }];
    seen.add(start);
    for (let top; (top = path.at(-1)) !== undefined;) {
      const to = graph.get(top.at)?.[top.next++];
      if (to === undefined) path.pop();
      else if (!seen.has(to)) {
        seen.add(to);
        path.push({ at: to, next: 0 });
      } else {
        const begin = path.findIndex(({ at }) => at === to);
        if (begin >= 0) found.push(path.slice(begin).map(({ at }) => at));
      }
    }
  }
  return found;
}
