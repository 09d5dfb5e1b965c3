/**
 * How those who wait for one another in `specs/together/circles.ts` meet the code of `src/watch/dump.ts`.
 *
 * @module
 */
import { Coroutine, dump } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Place } from "../../../src/core/_place.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { type circles, inCircles } from "../../specs/together/circles.ts";
import { membersOf } from "./_looks.ts";

const { park, placeOf, SUSPENDED } = core;

/** Where those are who wait for one thing. */
class Thing implements Place {
  readonly refusal = "waiting";
  readonly waitingOn: string;
  readonly holders: Coroutine[] = [];
  readonly anyEnds: boolean;

  constructor(name: string, anyEnds: boolean) {
    this.waitingOn = name;
    this.anyEnds = anyEnds;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<void, never> {
    park(this);
    return SUSPENDED;
  }

  throw(error: unknown): IteratorResult<void, never> {
    throw error;
  }

  forget(): void {}
}

/** So end the names of ours: a dump tells of all that there are. */
const OURS = " of a circle";

type Row = Readonly<Record<string, string | null>>;

/** What the spec calls it. */
function nameOf(name: string): string {
  return name.slice(0, -OURS.length);
}

class Stage implements Disposable {
  readonly things: ReadonlyMap<string, Thing>;
  readonly players: readonly Coroutine[];
  /** Who is told to be in a circle. */
  told: readonly string[] = [];

  constructor(waits: Row, holds: Row, any: Readonly<Record<string, boolean>>) {
    this.things = new Map(Object.entries(any).map(([name, is]) => [name, new Thing(name, is)]));
    this.players = Object.entries(waits).map(([name, what]) => {
      const thing = this.things.get(what ?? "");
      const co = Coroutine.named(`${name}${OURS}`, function* () {
        if (thing === undefined) yield;
        else yield* thing;
      });
      this.things.get(holds[name] ?? "")?.holders.push(co);
      return co;
    });
    for (const co of this.players) co.enter();
  }

  dump(): string {
    this.told = membersOf(dump()).filter((name) => name.endsWith(OURS)).map(nameOf);
    return this.told.length > 0 ? "some wait for one another" : "";
  }

  /** Whoever is suspended would be listed for as long as the garbage collector has not taken it. */
  [Symbol.dispose](): void {
    for (const co of this.players) co.cancel();
  }
}

type CirclesSpec = ReturnType<typeof circles>;

/** The one that was made last. */
let last: Stage | undefined;

/** The binding. */
export function circlesBinding(): CirclesSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create({ waits, holds, any }) {
      last?.[Symbol.dispose]();
      return last = new Stage(waits, holds, any);
    },
    actions: {
      dump: (stage) => stage.dump(),
    },
    view({ players, things, told }, s) {
      for (const co of players) {
        const name = nameOf(co.name);
        s.waits.set(name, placeOf(co)?.waitingOn ?? null);
        const held = [...things.values()].find(({ holders }) => holders.includes(co));
        s.holds.set(name, held?.waitingOn ?? null);
      }
      for (const [name, { anyEnds }] of things) s.any.set(name, anyEnds);
      const wrong = told.find((name) => !inCircles(s).includes(name));
      if (wrong !== undefined) throw new Error(`the dump tells of a circle with ${wrong}`);
    },
  };
}
