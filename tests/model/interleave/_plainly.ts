/**
 * Programs of a few instructions, and a search of all that they can do that is as plain as can be.
 *
 * @module
 */
import fc from "fast-check";
import type { ThreadCall } from "@cofn/coroutine/model";

export type Instruction = readonly [
  kind: string,
  index: number,
  a: number,
  b: number,
  skipIf: number,
];

/** A program: each instruction is skipped if the answer to the one before it was `skipIf`. */
export const callOf = (program: readonly Instruction[]): ThreadCall => (memory, atomics) => {
  let last = -1;
  for (const [kind, index, a, b, skipIf] of program) {
    if (last === skipIf) continue;
    switch (kind) {
      case "load":
        last = atomics.load(memory, index);
        break;
      case "store":
        atomics.store(memory, index, a);
        last = 0;
        break;
      case "add":
        last = atomics.add(memory, index, a);
        break;
      case "exchange":
        last = atomics.exchange(memory, index, a);
        break;
      case "cas":
        last = atomics.compareExchange(memory, index, a, b);
        break;
      case "wait":
        last = atomics.wait(memory, index, a, 1) === "ok" ? 0 : 1;
        break;
      case "sleep":
        last = atomics.wait(memory, index, a) === "ok" ? 0 : 1;
        break;
      case "read":
        last = memory[index]!;
        break;
      case "write":
        memory[index] = a;
        last = 0;
        break;
      default:
        last = atomics.notify(memory, index, 1);
    }
  }
};

/** All of its states and endings, by a search that is as plain as can be: a state is the past of each thread. */
export function plainly(
  programs: readonly (readonly Instruction[])[],
): { states: number; ends: string[] } {
  interface Thread {
    readonly pc: number;
    readonly past: readonly number[];
    readonly sleeps: number;
  }
  interface State {
    readonly memory: readonly number[];
    readonly threads: readonly Thread[];
  }
  const seen = new Map<string, State>();
  const ends = new Set<string>();
  /** Past what is skipped. */
  const settle = (program: readonly Instruction[], pc: number, last: number): number => {
    while (pc < program.length && program[pc]?.[4] === last) pc++;
    return pc;
  };
  const visit = (state: State): void => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.set(key, state);
    if (state.threads.every(({ pc }, t) => pc >= programs[t]!.length)) {
      ends.add(state.memory.join());
    }
    programs.forEach((program, t) => {
      const { pc, past, sleeps } = state.threads[t]!;
      const instruction = program[pc];
      if (instruction === undefined) return;
      const [kind, index, a, b] = instruction;
      const memory = [...state.memory];
      let threads = [...state.threads];
      const old = memory[index]!;
      const goOn = (u: number, answer: number, told: number = answer): void => {
        const { pc, past } = threads[u]!;
        threads[u] = {
          pc: settle(programs[u]!, pc + 1, answer),
          past: [...past, told],
          sleeps: 0,
        };
      };
      const wakeUp = (u: number, answer: number, told: number): void => {
        const { sleeps } = threads[u]!;
        const word = programs[u]![threads[u]!.pc]![1];
        threads = threads.map((other, v) =>
          other.sleeps > sleeps && programs[v]![other.pc]![1] === word
            ? { ...other, sleeps: other.sleeps - 1 }
            : other
        );
        goOn(u, answer, told);
      };
      const at = (): number[] =>
        threads.flatMap(({ pc, sleeps }, u) =>
          sleeps > 0 && programs[u]![pc]![1] === index ? [u] : []
        );
      if (sleeps > 0) wakeUp(t, 1, 2);
      else if (kind === "wait" && old === a) {
        threads[t] = { pc, past, sleeps: at().length + 1 };
      } else if (kind === "wait") goOn(t, 1);
      else if (kind === "notify") {
        const first = at().find((u) => threads[u]!.sleeps === 1);
        if (first !== undefined) wakeUp(first, 0, 0);
        goOn(t, first === undefined ? 0 : 1);
      } else {
        if (kind === "store" || kind === "exchange") memory[index] = a;
        if (kind === "add") memory[index] = old + a;
        if (kind === "cas" && old === a) memory[index] = b;
        goOn(t, kind === "store" ? 0 : old);
      }
      visit({ memory, threads });
    });
  };
  visit({
    memory: [0, 0],
    threads: programs.map((program) => ({ pc: settle(program, 0, -1), past: [], sleeps: 0 })),
  });
  // Where a thread has ended, nothing is left of its past.
  const distinct = new Set(
    [...seen.values()].map(({ memory, threads }) =>
      JSON.stringify([
        memory,
        threads.map((thread, t) =>
          thread.pc >= programs[t]!.length ? "done" : [thread.past, thread.sleeps]
        ),
      ])
    ),
  );
  return { states: distinct.size, ends: [...ends].toSorted() };
}

export const instruction: fc.Arbitrary<Instruction> = fc.tuple(
  fc.constantFrom("load", "store", "add", "exchange", "cas", "wait", "notify"),
  fc.nat(1),
  fc.nat(1),
  fc.nat(1),
  fc.integer({ min: 0, max: 3 }),
);
