/**
 * Threads that push to one list, and one that takes it: see `src/lockfree/list.ts`.
 *
 * @module
 */
import { push, reversed, takeAll } from "../../../src/lockfree/list.ts";
import { NEXT } from "../../../src/lockfree/words.ts";
import type { ThreadCall } from "../../interleave/types.ts";
import { each, type Explored, Layout } from "./_stage.ts";

/** `pushers` threads push `each` records each; one takes twice. */
export function sharedList(
  { pushers, each: perThread }: { pushers: number; each: number },
): Explored {
  const layout = new Layout();
  const head = layout.add("head");
  const records = each(pushers, (t) => each(perThread, (i) => layout.record(`r${t}.${i}`, 0)));
  const pushed = records.flat();
  const taken = pushed.map((_, i) => layout.add(`taken${i}`));
  const order = layout.add("order");
  const placeOf = (record: number): number => pushed.indexOf(record);

  /** Notes what was taken: each once, and those of one thread in their order. */
  const take: ThreadCall = function take(memory, atomics) {
    let record = reversed(memory, takeAll(memory, head, atomics), atomics);
    while (record !== 0) {
      const place = placeOf(record);
      // INVARIANT: each record has a place.
      const before = atomics.add(memory, taken[place]!, 1);
      if (before !== 0) throw new Error(`record ${place} was taken twice`);
      const isSecond = place % perThread === 1;
      if (isSecond && atomics.load(memory, taken[place - 1]!) === 0) {
        throw new Error(`record ${place} was taken before the one that was pushed before it`);
      }
      record = atomics.load(memory, record + NEXT);
    }
    atomics.add(memory, order, 1);
  };
  return {
    interleaving: {
      name: "shared_list",
      memory: layout.words,
      threads: [
        ...records.map((own) =>
          own.map((record): ThreadCall =>
            function pushOne(memory, atomics) {
              push(memory, head, record, atomics);
            }
          )
        ),
        [take, take],
      ],
      sometimes: {
        "some are taken while others come": (memory) => memory[order] === 1 && memory[head] !== 0,
      },
      finally: {
        "none is lost: each was taken, or is in the list": (memory) => {
          let n = 0;
          for (const at of taken) n += memory[at]!;
          for (let record = memory[head]!; record !== 0; record = memory[record + NEXT]!) n++;
          return n === taken.length;
        },
      },
    },
    wrong: {
      "nobody finds the list changed when it pushes": (memory) =>
        pushed.every((record) => record !== memory[head] || memory[record + NEXT] === 0),
    },
  };
}
