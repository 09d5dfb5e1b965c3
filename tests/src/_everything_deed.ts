/**
 * What a coroutine can be told to do, and who is told.
 *
 * @module
 */

/** How many coroutines are told what to do; others are their children. */
export const PUPPETS = 10;

export const nameOf = (who: number) => who < PUPPETS ? `c${who}` : `child ${who - PUPPETS}`;

/** What one is told to do, and what with. */
export class Deed {
  constructor(readonly op: string, readonly args: Args = {}) {}
  toString(): string {
    const { who, m, q, n, ns, limits, front, deeds = [], tasks } = this.args;
    const words = [
      who === undefined ? undefined : nameOf(who),
      m === undefined ? undefined : `m${m}`,
      q === undefined ? undefined : `q${q}`,
      n,
      ns === undefined ? undefined : `${ns} ns`,
      front ? "front" : undefined,
      limits?.ns === undefined ? undefined : `timeout ${limits.ns}`,
      limits?.s === undefined ? undefined : `s${limits.s}`,
      deeds.length === 0 ? undefined : `[${deeds.join("; ")}]`,
      ...tasks?.map((task) => `[${task.join("; ")}]`) ?? [],
    ];
    return `${this.op}(${words.filter((word) => word !== undefined).join(", ")})`;
  }
}

export interface Args {
  readonly who?: number;
  readonly m?: number | undefined;
  readonly q?: number;
  readonly n?: number;
  readonly ns?: number;
  readonly limits?: { readonly ns?: number; readonly s?: number };
  readonly front?: boolean;
  readonly deeds?: readonly Deed[];
  readonly tasks?: readonly (readonly Deed[])[];
}
