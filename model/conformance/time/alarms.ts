/**
 * How the alarms of `specs/time/alarms.ts` meet the code of `src/time/_alarms.ts`.
 *
 * @module
 */
import { Alarms } from "../../../src/time/_alarms.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { alarms } from "../../specs/time/alarms.ts";

type Entry = ReturnType<Alarms["add"]>;

class Stage {
  /** How many times the last one was cancelled. */
  emptied = 0;
  readonly alarms: Alarms = new Alarms(() => void this.emptied++);
  readonly entries: Entry[] = [];
  /** Those that have rung. */
  readonly rung: number[] = [];
  /** What is due after all others. */
  readonly late: Entry | undefined;

  constructor(late: number | undefined) {
    if (late !== undefined) this.late = this.alarms.add(late, () => {});
  }

  /** Those that are set, but the late one. */
  get size(): number {
    return this.alarms.size - this.before;
  }

  /** How many were set before. */
  get before(): number {
    return this.late === undefined ? 0 : 1;
  }

  add(at: number): void {
    const i = this.entries.length;
    this.entries.push(this.alarms.add(at, () => void this.rung.push(i)));
  }

  cancel(which: number): string | undefined {
    const { emptied } = this;
    this.entries[which]?.cancel();
    return this.emptied > emptied ? "none is left" : undefined;
  }

  ring(): number | null {
    const { first } = this.alarms;
    if (first !== undefined && first === this.late) return null;
    this.alarms.shift();
    first?.ring();
    return first === undefined ? null : this.rung.at(-1) ?? null;
  }

  ringAll(): string {
    const rung: (number | null)[] = [];
    while (this.size > 0) rung.push(this.ring());
    return rung.join(", ");
  }
}

type AlarmsSpec = ReturnType<typeof alarms>;

/** The binding at a scope of the spec. */
export function alarmsBinding(
  { times, late = false }: { times: number; late?: boolean },
): AlarmsSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  return {
    create: () => new Stage(late ? times : undefined),
    actions: {
      add: (stage, { at }: { readonly at: number }) => stage.add(at),
      cancel: (stage, { which }: { readonly which: number }) => stage.cancel(which),
      ring: (stage) => stage.ring(),
      ringAll: (stage) => stage.ringAll(),
    },
    view(stage, s) {
      const { alarms, entries, before, late } = stage;
      s.alarms.assign(entries.map(({ deadline, index }) => ({ at: deadline, set: index !== -1 })));
      const { first } = alarms;
      s.next = first === undefined || first === late ? null : entries.indexOf(first);
      const set = entries.filter(({ index }) => index !== -1).length;
      if (stage.size !== set) throw new Error(`the number of alarms is wrong: ${stage.size}`);
      if (alarms.orders !== entries.length + before) throw new Error("how many were set is wrong");
    },
  };
}
