/** A spec with code that conforms to it, and a counter: what the tests of conform() and wander() share. */
import { type Binding, fill, Int, type ParamsOf, Seq, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

export const Who = Schema.Literals(["a", "b"]);

/** A mutex with a queue, as anybody might write it. */
export const model = spec({
  name: "mutex",
  state: Schema.Struct({
    holder: Schema.NullOr(Who),
    waiters: Seq(Who, 1),
    /** Not to be seen in the code. */
    turns: Table(Who, Int(0, 1)),
  }),
  init: [{ holder: null, waiters: [], turns: fill(Who, 0) }],
  actions: {
    lock: {
      for: { who: Who },
      when: (s, { who }) => s.holder !== who && !s.waiters.includes(who),
      do: (s, { who }) => {
        if (s.holder !== null) {
          s.waiters.push(who);
          return "wait";
        }
        s.holder = who;
        s.turns.set(who, 1);
        return "taken";
      },
      refuse: (s, { who }) => s.holder === who ? "relock" : "waiting",
    },
    unlock: {
      for: { who: Who },
      when: (s, { who }) => s.holder === who,
      do: (s) => {
        s.holder = s.waiters.length > 0 ? s.waiters.shift() : null;
      },
      refuse: () => "not-holder",
    },
  },
});

export class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export class Mutex {
  holder: "a" | "b" | null = null;
  waiters: ("a" | "b")[] = [];

  lock(who: "a" | "b"): string {
    if (this.holder === who) throw new Refused("relock");
    if (this.waiters.includes(who)) throw new Refused("waiting");
    if (this.holder !== null) {
      this.waiters.push(who);
      return "wait";
    }
    this.holder = who;
    return "taken";
  }

  unlock(who: "a" | "b"): void {
    if (this.holder !== who) throw new Refused("not-holder");
    this.holder = this.waiters.shift() ?? null;
  }
}

export type Params = ParamsOf<typeof model>;

export function binding(
  make: () => Mutex,
): typeof model extends import("@cofn/coroutine/model").Spec<infer T, infer A>
  ? Binding<T, A, Mutex>
  : never {
  return {
    create: make,
    actions: {
      lock: (mutex: Mutex, { who }: Params["lock"]) => mutex.lock(who),
      unlock: (mutex: Mutex, { who }: Params["unlock"]) => mutex.unlock(who),
    },
    view(mutex, s) {
      s.holder = mutex.holder;
      s.waiters.assign(mutex.waiters);
    },
  };
}

export const counting = (
  over: { init?: { n: number }[]; within?: (s: { n: number }) => boolean } = {},
) =>
  spec({
    name: "counter",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
    ends: (s) => s.n === 9,
    ...over,
  });

export const cell = {
  create: ({ n }: { n: number }) => ({ n }),
  actions: { up: (real: { n: number }) => void real.n++ },
  view: (real: { n: number }, s: { n: number }) => {
    s.n = real.n;
  },
};
