/**
 * Who is where, and who waits for whom: for people who ask why nothing goes on.
 *
 * @module
 */
import { core, Coroutine, type CoroutineStatus } from "../core/coroutine.ts";
import type { Place } from "../core/_place.ts";
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
  /** Whether it waits for what other threads have, too, and may let it have. */
  readonly shared: boolean;
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
  /**
   * Who waits for whom: the edges of the wait-for graph. Made when first asked for: where many wait for what many
   * hold, there are as many edges as pairs.
   */
  readonly waitsFor: readonly { readonly from: string; readonly on: string; readonly to: string }[];
  /**
   * The cycles of that graph: coroutines that wait for one another for ever. Where there are so many, and so long,
   * that they have more than ten thousand names in all, only the first ones.
   */
  readonly deadlocks: readonly (readonly string[])[];
  /** The table, the graph, and a sentence for each deadlock. Those who hold one thing are listed once, if they are many. */
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
  const holdersAt = once((place: Place): Holders => {
    const { holders = [], holdersUpTo = holders.length } = place;
    if (holdersUpTo === 0) return NOBODY;
    return new Holders(holders, holdersUpTo, nameOf, place.anyEnds === true);
  });
  const coroutines: CoroutineInfo[] = [];
  const waits: Waiting[] = [];
  /** Whom each waits for: for every one of them, as far as they are known. */
  const graph = new Map<Coroutine, Holders>();
  for (const co of all) {
    const place = placeOf(co);
    const name = nameOf(co);
    const holders = place === null ? NOBODY : holdersAt(place);
    const on = co.waitingOn;
    const woken = place === WOKEN;
    // One that is woken gives up no more.
    const limited = !woken && (isLimited(co) || place?.limited === true);
    if (on !== undefined && holders !== NOBODY) {
      // One that will give up is no link of a circle that never opens.
      if (!limited) graph.set(co, holders);
      waits.push({ from: name, on, holders });
    }
    coroutines.push({
      name,
      status: co.status,
      waitingOn: on,
      scheduledBy: co.scheduledBy,
      limited,
      shared: place?.shared === true,
      // All names of many are written out for those alone who ask.
      get heldBy() {
        return holders.text;
      },
      woken,
      holds: locksOf(co).map(String),
    });
  }
  chain(new Set(graph.values()));
  const { found, more } = cycles(stuckIn(graph));
  return new Report(coroutines, waits, found.map((cycle) => cycle.map(nameOf)), more);
}

/**
 * Those who hold one thing. However many wait for it, they are found and told once: so what a dump costs grows with
 * the coroutines, and not with the pairs of those who wait and those who hold.
 */
class Holders {
  /** All of them are the first ones of this list, which others may have, too. */
  readonly list: readonly Coroutine[];
  readonly count: number;
  /** Any of them may let those go on who wait; else all must. */
  readonly any: boolean;
  /** Those who hold another thing, and this one, too: the others are behind them in the list. */
  before: Holders | null = null;
  readonly #nameOf: (co: Coroutine) => string;
  /** The first few of them. */
  readonly short: string;

  constructor(
    list: readonly Coroutine[],
    count: number,
    nameOf: (co: Coroutine) => string,
    any: boolean,
  ) {
    this.list = list;
    this.count = count;
    this.any = any;
    this.#nameOf = nameOf;
    const more = count - FEW;
    const few = list.slice(0, more <= 1 ? count : FEW).map(nameOf).join(", ");
    this.short = more <= 1 ? few : `${few} and ${more.toLocaleString("en")} others`;
  }

  /** How many others there are, besides those before, and then these. */
  get parts(): number {
    return this.count - (this.before?.count ?? 0) + (this.before === null ? 0 : 1);
  }

  /** One of them; undefined past the last one. */
  part(i: number): Coroutine | Holders | undefined {
    const { before } = this;
    const at = (before?.count ?? 0) + i;
    return at < this.count ? this.list[at] : i === this.parts - 1 ? before ?? undefined : undefined;
  }

  get names(): readonly string[] {
    return this.list.slice(0, this.count).map(this.#nameOf);
  }

  /** All names; undefined if there is none. */
  get text(): string | undefined {
    return this.count === 0 ? undefined : this.names.join(", ");
  }
}

/** Where several have the first ones of one list, those who have more have those who have fewer, and some others. */
function chain(all: Iterable<Holders>): void {
  const lists = new Map<readonly Coroutine[], Holders[]>();
  for (const one of all) if (!one.any) listIn(lists, one.list).push(one);
  for (const some of lists.values()) {
    some.sort((a, b) => a.count - b.count);
    some.forEach((one, i) => one.before = some[i - 1] ?? null);
  }
}

/** So many names are told each time. */
const FEW = 8;
const NOBODY = new Holders([], 0, () => "", false);

/** One who waits for what others hold. */
interface Waiting {
  readonly from: string;
  readonly on: string;
  readonly holders: Holders;
}

/** The names of those who hold what one waits for: all, or the first few and how many others. */
export function holdersIn(found: Dump, name: string): string {
  return found instanceof Report ? found.waitOf(name)?.holders.short ?? "nobody" : "";
}

class Report implements Dump {
  readonly coroutines: readonly CoroutineInfo[];
  declare readonly waitsFor: Dump["waitsFor"];
  readonly deadlocks: Dump["deadlocks"];
  /** How many other cycles there are. */
  readonly #more: number;
  readonly #waits = new Map<string, Waiting>();

  constructor(
    coroutines: readonly CoroutineInfo[],
    waits: readonly Waiting[],
    deadlocks: Dump["deadlocks"],
    more: number,
  ) {
    this.#more = more;
    this.coroutines = coroutines;
    let edges: Dump["waitsFor"] | undefined;
    // There may be many more of them than coroutines: they are made when somebody asks.
    Object.defineProperty(this, "waitsFor", {
      enumerable: true,
      get: () =>
        edges ??= waits.flatMap(({ from, on, holders }) =>
          holders.names.map((to) => ({ from, on, to }))
        ),
    });
    this.deadlocks = deadlocks;
    for (const wait of waits) this.#waits.set(wait.from, wait);
  }

  waitOf(name: string): Waiting | undefined {
    return this.#waits.get(name);
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
      this.waitOf(co.name)?.holders.short ?? co.heldBy ?? "",
      co.holds.join(", "),
    ]);
    const lines = table(["coroutine", "status", "waits for", "held by", "holds"], rows);
    if (this.#waits.size > 0) lines.push("", "wait-for graph");
    for (const line of this.#graph()) lines.push(line);
    for (const cycle of this.deadlocks) lines.push("", `deadlock: ${this.#sentence(cycle)}`);
    if (this.#more > 0) lines.push("", `and ${this.#more.toLocaleString("en")} deadlocks more`);
    return lines.join("\n");
  }

  /** A line for each edge; but those who hold one thing are listed once, if they are many. */
  *#graph(): Generator<string, void> {
    /** Who was told to wait for those of a list, and for how many of them. */
    const told = new Map<readonly Coroutine[], { readonly from: string; readonly count: number }>();
    for (const { from, on, holders } of this.#waits.values()) {
      const before = told.get(holders.list);
      if (before === undefined || holders.count <= FEW) {
        for (const to of holders.names) yield `  ${from} -> ${on} -> ${to}`;
        told.set(holders.list, { from, count: holders.count });
      } else {
        const as = before.count === holders.count ? ` (as ${before.from})` : "";
        yield `  ${from} -> ${on} -> ${holders.short}${as}`;
      }
    }
  }

  #sentence(cycle: readonly string[]): string {
    const parts = cycle.map((name, i) => {
      const to = cycle[(i + 1) % cycle.length];
      return `waits for ${this.waitOf(name)?.on}, held by ${to}`;
    });
    return `${cycle[0]} ${parts.join(", which ")}`;
  }
}

function waitText(co: CoroutineInfo): string {
  if (co.woken) return "its turn (woken)";
  if (co.status !== "suspended") return "";
  return co.waitingOn ?? "enter()";
}

/** What is wider than this moves what stands behind it. */
const WIDEST = 80;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) =>
    rows.reduce((width, row) => {
      const { length } = row[i] ?? "";
      return length > WIDEST ? width : Math.max(width, length);
    }, title.length)
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

/** What `make` answers for each, made once. */
function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, value = make(key));
    return value;
  };
}

/**
 * Those who cannot go on whatever the others do, and whom they wait for: all but those who wait only for some who can,
 * or for one of several who can. Each holder is looked at once for each thing that it holds.
 */
function stuckIn(graph: ReadonlyMap<Coroutine, Holders>): ReadonlyMap<Coroutine, Holders> {
  // Where all must act, whoever waits for one that is stuck is stuck: the cycles tell.
  if (![...graph.values()].some(({ any }) => any)) return graph;
  const waiters = new Map<Holders, Coroutine[]>();
  for (const [co, holders] of graph) listIn(waiters, holders).push(co);
  /** What each of them holds, and for how many of its holders that must still be seen. */
  const held = new Map<Coroutine | Holders, Holders[]>();
  const left = new Map<Holders, number>();
  /** Those who can go on, all or one of whom can, and of whom that is still to be told. */
  const free: (Coroutine | Holders)[] = [];
  for (const holders of waiters.keys()) {
    left.set(holders, holders.any ? 1 : holders.parts);
    for (let i = 0, part; (part = holders.part(i)) !== undefined; i++) {
      listIn(held, part).push(holders);
    }
  }
  for (const one of held.keys()) if (one instanceof Coroutine && !graph.has(one)) free.push(one);
  const stuck = new Map(graph);
  for (let one; (one = free.pop()) !== undefined;) {
    for (const holders of held.get(one) ?? []) {
      const n = (left.get(holders) ?? 0) - 1;
      left.set(holders, n);
      if (n !== 0) continue;
      free.push(holders);
      for (const waiter of waiters.get(holders) ?? []) {
        stuck.delete(waiter);
        free.push(waiter);
      }
    }
  }
  return stuck;
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, list = []);
  return list;
}

/** So many names are told in all of those who wait for one another; a first cycle is told whole. */
const MOST_NAMES = 10_000;

/**
 * A cycle for each edge that closes one, depth first. An edge leads from one who waits to those who hold that, and
 * from those to each of them: so each is followed once. There may be as many cycles as coroutines, each as long.
 */
function cycles(graph: ReadonlyMap<Coroutine, Holders>): { found: Coroutine[][]; more: number } {
  type Node = Coroutine | Holders;
  const found: Coroutine[][] = [];
  let names = 0;
  let more = 0;
  const seen = new Set<Node>();
  const successor = (of: Node, i: number): Node | undefined =>
    of instanceof Holders ? of.part(i) : i === 0 ? graph.get(of) : undefined;
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    /** From the start to where we are, and which successor of each is next. */
    const path: { readonly at: Node; next: number }[] = [];
    /** Where each of those is. */
    const places = new Map<Node, number>();
    const go = (at: Node): void => {
      seen.add(at);
      places.set(at, path.push({ at, next: 0 }) - 1);
    };
    go(start);
    for (let top; (top = path.at(-1)) !== undefined;) {
      const to = successor(top.at, top.next++);
      if (to === undefined) {
        path.pop();
        places.delete(top.at);
      } else if (!seen.has(to)) go(to);
      else {
        const begin = places.get(to);
        if (begin === undefined) continue;
        // Coroutines and what they wait for take turns, at most.
        const length = (path.length - begin) >> 1;
        if (found.length > 0 && names + length > MOST_NAMES) more++;
        else {
          names += length;
          found.push(path.slice(begin).flatMap(({ at }) => at instanceof Holders ? [] : [at]));
        }
      }
    }
  }
  return { found, more };
}
