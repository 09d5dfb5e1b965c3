import { assertEquals } from "@std/assert";
import { Alarms } from "../../../src/time/_alarms.ts";

/** The same numbers each time. */
function dice(seed: number): (n: number) => number {
  return (n) => (seed = (seed * 48271) % 2147483647) % n;
}

Deno.test("alarms come in the order in which they are due, and of those at once in that in which they were set: beside a list", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = dice(seed);
    // Mostly in order, mostly not, many at once.
    const spread = [1, 3, 10, 1000][seed % 4] ?? 1;
    const drift = seed % 3;
    let emptied = 0;
    const alarms = new Alarms(() => emptied++);
    const list: { at: number; id: number; entry: ReturnType<Alarms["add"]> }[] = [];
    const [rung, due]: [number[], number[]] = [[], []];
    let mustEmpty = 0;
    const next = () => list.toSorted((a, b) => a.at - b.at || a.id - b.id)[0];
    for (let id = 0; id < 60 || list.length > 0; id++) {
      const move = id < 60 ? random(10) : 9;
      const some = list[random(Math.max(1, list.length))];
      if (move < 6) {
        const at = random(spread) + id * drift;
        list.push({ at, id, entry: alarms.add(at, () => rung.push(id)) });
      } else if (move < 8 && some !== undefined) {
        some.entry.cancel();
        // Once more does nothing.
        some.entry.cancel();
        list.splice(list.indexOf(some), 1);
        if (list.length === 0) mustEmpty++;
      } else {
        const first = next();
        const { first: real } = alarms;
        assertEquals(real === first?.entry, true);
        alarms.shift();
        real?.ring();
        // It has rung.
        real?.cancel();
        if (first === undefined) continue;
        due.push(first.id);
        list.splice(list.indexOf(first), 1);
      }
      assertEquals([alarms.size, alarms.first?.deadline], [list.length, next()?.at]);
    }
    assertEquals([rung, emptied, alarms.orders > 0], [due, mustEmpty, true], `seed ${seed}`);
  }
});

Deno.test("100,000 alarms that are set in any order ring in theirs, as many as were not cancelled", () => {
  const random = dice(1);
  const alarms = new Alarms();
  const entries = Array.from({ length: 100_000 }, () => alarms.add(random(1000), () => {}));
  entries.forEach((entry, i) => i % 3 === 0 && entry.cancel());
  let [rung, last] = [0, -1];
  for (let first; (first = alarms.first) !== undefined; rung++) {
    assertEquals(first.deadline * 1e6 + first.order > last, true);
    last = first.deadline * 1e6 + first.order;
    alarms.shift();
  }
  assertEquals([rung, alarms.size], [66_666, 0]);
});
