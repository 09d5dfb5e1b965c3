/**
 * Data races by their definition: all orders of what a few threads do, and in each of them *happens-before* as
 * ECMA-262 has it, by vector clocks. As plain as can be, and as slow.
 *
 * @module
 */
import type { Instruction } from "./_plainly.ts";

/** By thread, how many of its events come before. */
type Clock = readonly number[];

/** What has touched a word. */
interface Access {
  readonly thread: number;
  /** Which event of its thread it is. */
  readonly event: number;
  readonly index: number;
  readonly plain: boolean;
  readonly writes: boolean;
}

interface Thread {
  readonly pc: number;
  readonly last: number;
  readonly clock: Clock;
  /** When it has gone to sleep; 0 if it is awake. */
  readonly asleep: number;
}

interface State {
  readonly memory: readonly number[];
  readonly threads: readonly Thread[];
  /** By word: what the event knew that has written it last, if that is atomic. */
  readonly written: readonly (Clock | null)[];
  /** By word: what the one knew that has left the critical section of its WaiterList last. */
  readonly left: readonly Clock[];
  readonly accesses: readonly Access[];
  readonly time: number;
}

const join = (one: Clock, other: Clock): Clock => one.map((n, i) => Math.max(n, other[i]!));

/** Whether two accesses race in some order of what the programs do. */
export function hasRace(programs: readonly (readonly Instruction[])[], words: number): boolean {
  const none = programs.map(() => 0);
  const settled = (t: number, thread: Thread): Thread => {
    let { pc } = thread;
    while (programs[t]![pc]?.[4] === thread.last) pc++;
    return { ...thread, pc };
  };

  /** Whether a race comes of a step of a thread, or of what follows. */
  const goOn = (state: State, t: number): boolean => {
    const thread = state.threads[t]!;
    const instruction = programs[t]![thread.pc];
    if (instruction === undefined) return false;
    const [kind, index, a, b] = instruction;
    const memory = [...state.memory];
    const threads = [...state.threads];
    const written = [...state.written];
    const left = [...state.left];
    const accesses = [...state.accesses];
    // Each step is an event, which knows of itself.
    let clock: Clock = thread.clock.map((n, u) => u === t ? n + 1 : n);
    const enter = (): void => void (clock = join(clock, left[index]!));
    const leave = (): void => void (left[index] = clock);
    const end = (last: number): void => {
      threads[t] = settled(t, { pc: thread.pc + 1, last, clock, asleep: 0 });
    };
    const access = (plain: boolean, reads: boolean, writes: boolean): boolean => {
      if (!plain && reads && written[index] !== null) clock = join(clock, written[index]!);
      for (const other of accesses) {
        if (other.index !== index || !(other.plain || plain) || !(other.writes || writes)) continue;
        if (other.thread !== t && clock[other.thread]! < other.event) return true;
      }
      accesses.push({ thread: t, event: clock[t]!, index, plain, writes });
      if (writes) written[index] = plain ? null : clock;
      return false;
    };

    const old = memory[index]!;
    if (thread.asleep > 0) {
      if (kind === "sleep") return false;
      // Late.
      enter();
      leave();
      end(1);
    } else if (kind === "wait" || kind === "sleep") {
      enter();
      if (access(false, true, false)) return true;
      leave();
      if (old === a) threads[t] = { ...thread, clock, asleep: state.time };
      else end(1);
    } else if (kind === "notify") {
      enter();
      leave();
      const [first] = threads.map((_, u) => u).filter((u) =>
        threads[u]!.asleep > 0 && programs[u]![threads[u]!.pc]![1] === index
      ).toSorted((u, v) => threads[u]!.asleep - threads[v]!.asleep);
      end(first === undefined ? 0 : 1);
      if (first !== undefined) {
        const { pc, clock: mine } = threads[first]!;
        const woken = join(mine.map((n, u) => u === first ? n + 1 : n), left[index]!);
        left[index] = woken;
        threads[first] = settled(first, { pc: pc + 1, last: 0, clock: woken, asleep: 0 });
      }
    } else {
      const succeeds = kind === "cas" && old === a;
      const reads = kind !== "store" && kind !== "write";
      const writes = kind !== "load" && kind !== "read" && (kind !== "cas" || succeeds);
      if (access(kind === "read" || kind === "write", reads, writes)) return true;
      if (kind === "store" || kind === "write" || kind === "exchange") memory[index] = a;
      if (kind === "add") memory[index] = old + a;
      if (succeeds) memory[index] = b;
      end(kind === "store" || kind === "write" ? 0 : old);
    }
    return goAnywhere({ memory, threads, written, left, accesses, time: state.time + 1 });
  };
  const goAnywhere = (state: State): boolean => programs.some((_, t) => goOn(state, t));

  return goAnywhere({
    memory: Array.from({ length: words }, () => 0),
    threads: programs.map((_, t) => settled(t, { pc: 0, last: -1, clock: none, asleep: 0 })),
    written: Array.from({ length: words }, () => null),
    left: Array.from({ length: words }, () => none),
    accesses: [],
    time: 1,
  });
}
