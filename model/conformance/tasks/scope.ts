/**
 * How the groups of `specs/tasks/scope.ts` meet the code of `src/tasks/all.ts`, `src/tasks/scope.ts` and
 * `src/tasks/with_timeout.ts`.
 *
 * @module
 */
import {
  all,
  type Co,
  Coroutine,
  race,
  type Scope,
  scope as realScope,
  trace,
  VirtualClock,
  withTimeout,
} from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import { Group } from "../../../src/tasks/_group.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { LEADER } from "../../specs/core/_lifecycle.ts";
import { names } from "../../specs/core/_names.ts";
import type { scope } from "../../specs/tasks/scope.ts";
import { type Deed, type Next, Theatre } from "../core/_puppets.ts";
import { lifecycleDeeds, viewLifecycle } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets that have been made so far, their scopes and clocks. */
class Stage extends Theatre {
  readonly names: readonly string[];
  readonly clocks: ReadonlyMap<string, VirtualClock>;
  /** In whose scope each is. */
  readonly scopes = new Map<string, Scope>();

  constructor(names: readonly string[]) {
    super(names.slice(0, 1), deeds);
    this.names = names;
    this.clocks = new Map([LEADER, ...names].map((name) => [name, new VirtualClock()]));
  }

  override play(next: Next): void {
    // The library makes the others: this is how they become known before they run.
    using _ = trace((event) => {
      if (event.type === "create") this.players.push(event.coroutine);
    });
    super.play(next);
  }

  /** The parts of the next ones. */
  parts(some: number): (() => Co<string>)[] {
    const made = this.players.length;
    return this.names.slice(made, made + some).map((name) => this.part(name));
  }

  clock(name: string): VirtualClock {
    const clock = this.clocks.get(name);
    if (clock === undefined) throw new Error(`[internal] There is no clock for ${name}`);
    return clock;
  }

  /** The scope of the one that runs. */
  get scope(): Scope {
    const scope = this.scopes.get(Coroutine.self().name);
    if (scope === undefined) throw new Error(`[internal] ${Coroutine.self().name} is in no scope`);
    return scope;
  }
}

interface Gather {
  readonly kind: "all" | "race" | "scope" | "withTimeout";
  readonly some: number;
}

const deeds = {
  ...lifecycleDeeds,
  *throw() {},
  *gather(stage: Stage, { kind, some }: Gather) {
    const parts = stage.parts(some);
    const [part] = parts;
    switch (kind) {
      case "all": {
        const expected = parts.map(({ name }) => name).join();
        const results = yield* all(parts);
        if (results.join() !== expected) throw new Error(`The results are ${results}`);
        return "done";
      }
      case "race":
        return `${yield* race(parts)} won`;
      case "scope":
        yield* realScope(body(stage, part));
        return "done";
      case "withTimeout": {
        const clock = stage.clock(Coroutine.self().name);
        yield* withTimeout(1, part ?? nobody, { clock });
        return "done";
      }
    }
  },
  *startInScope(stage: Stage) {
    const { scope } = stage;
    const [part = nobody] = stage.parts(1);
    stage.scopes.set(scope.start(part).name, scope);
  },
  *cancelScope({ scope }: Stage) {
    scope.cancel("the spec says so");
  },
  *ring(stage: Stage, { who }: { who: string }) {
    stage.clock(who).advance(1);
  },
} satisfies Record<string, Deed>;

function* nobody(): Co<string> {
  return "nobody";
}

/** The body of a scope is the puppet whose part it is given. */
function body(stage: Stage, part: (() => Co<string>) | undefined): (scope: Scope) => Co<string> {
  const { name = "nobody" } = part ?? nobody;
  const named = {
    *[name](scope: Scope) {
      stage.scopes.set(name, scope);
      return yield* (part ?? nobody)();
    },
  };
  return named[name] ?? nobody;
}

type ScopeSpec = ReturnType<typeof scope>;

/** The binding at a scope of the spec. */
export function scopeBinding(
  { coroutines }: { coroutines: number },
): ScopeSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      s.made = stage.players.length;
      for (const name of who.slice(stage.players.length)) {
        s.status.set(name, "created");
        s.caller.set(name, null);
        s.woken.set(name, false);
        s.cancel.set(name, "no");
        s.alarm.set(name, false);
        s.wakes.at(name).clear();
        s.joins.set(name, false);
      }
      for (const co of stage.players) s.joins.set(co.name, placeOf(co) instanceof Group);
      for (const name of who) s.limit.set(name, stage.clock(name).alarms > 0);
    },
    play: (stage, next) => stage.play(next),
  };
}
