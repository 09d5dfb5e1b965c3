/**
 * Dining philosophers (Dijkstra): a ring of philosophers with a fork between any two neighbours, and
 * each needs both of hers to eat.
 *
 * `dining` breaks the ring: the last philosopher takes her right fork first, so nobody is stuck.
 * `leftFirst` is the claim that this is not needed. It is false, and must fail: all take their left
 * forks, and none is left to take.
 *
 *     deno task check examples/specs/dining.ts --only dining --set philosophers=5
 *     deno task check examples/specs/dining.ts --only leftFirst
 */
import { type AnySpec, fill, Int, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

/** The last philosopher takes her right fork first: holds. */
export const dining = ({ philosophers = 3 }: { philosophers?: number } = {}): AnySpec =>
  philosophersOf("dining philosophers", philosophers, (who) => who === philosophers - 1);

/** All take the left fork first: the claim that there is no deadlock is false. */
export const leftFirst = ({ philosophers = 3 }: { philosophers?: number } = {}): AnySpec =>
  philosophersOf("dining philosophers, all left-handed", philosophers, () => false);

function philosophersOf(
  name: string,
  philosophers: number,
  rightFirst: (who: number) => boolean,
): AnySpec {
  // ---------------------------------------------------------------------------------- constants

  const Who = Int(0, philosophers - 1);
  const Fork = Int(0, philosophers - 1); // fork i lies to the left of philosopher i

  const left = (who: number) => who;
  const right = (who: number) => (who + 1) % philosophers;
  const first = (who: number) => rightFirst(who) ? right(who) : left(who);
  const second = (who: number) => rightFirst(who) ? left(who) : right(who);

  return spec({
    name,

    // ------------------------------------------------------------------------------------ state

    state: Schema.Struct({
      holder: Table(Fork, Schema.NullOr(Who)),
      does: Table(Who, Schema.Literals(["thinks", "waits", "eats"])),
    }),
    init: [{ holder: fill(Fork, null), does: fill(Who, "thinks") }],

    // ---------------------------------------------------------------------------------- actions

    actions: {
      takeFirst: {
        for: { who: Who },
        when: (s, { who }) => s.does.at(who) === "thinks" && s.holder.at(first(who)) === null,
        do: (s, { who }) => {
          s.holder.set(first(who), who);
          s.does.set(who, "waits");
        },
      },
      takeSecond: {
        for: { who: Who },
        when: (s, { who }) => s.does.at(who) === "waits" && s.holder.at(second(who)) === null,
        do: (s, { who }) => {
          s.holder.set(second(who), who);
          s.does.set(who, "eats");
        },
      },
      putBack: {
        for: { who: Who },
        when: (s, { who }) => s.does.at(who) === "eats",
        do: (s, { who }) => {
          s.holder.set(left(who), null);
          s.holder.set(right(who), null);
          s.does.set(who, "thinks");
        },
      },
    },

    // ----------------------------------------------------------------------------------- claims
    // That there is no deadlock is claimed of every spec that does not name its proper ends.

    always: {
      "neighbours never eat at the same time": (s) =>
        s.does.every((does, who) => does !== "eats" || s.does.at(right(who)) !== "eats"),
      "who eats holds both forks": (s) =>
        s.does.every((does, who) =>
          does !== "eats" || (s.holder.at(left(who)) === who && s.holder.at(right(who)) === who)
        ),
    },
    sometimes: {
      "philosopher 0 eats": (s) => s.does.at(0) === "eats",
      "all but one hold a fork": (s) =>
        s.does.count((does) => does !== "thinks") === philosophers - 1,
    },
  });
}
