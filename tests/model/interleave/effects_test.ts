import { assert, assertEquals } from "@std/assert";
import { type Atomics32, interleave, type ThreadCall } from "@cofn/coroutine/model";

/** An operation on a word that is 0. What it answers is kept: it is all that the thread learns. */
type Operate = (memory: Int32Array, atomics: Atomics32, word: number) => number;

const WAITED = ["ok", "not-equal", "timed-out"];

/** What each does to the word by ECMA-262; whether it is plain. */
const OPERATIONS: Readonly<Record<string, readonly [event: string, operate: Operate]>> = {
  "plain read": ["read", (memory, _, word) => memory[word]!],
  "plain write": ["write", (memory, _, word) => memory[word] = 1],
  "plain write of the same": ["write", (memory, _, word) => memory[word] = 0],
  load: ["read", (memory, atomics, word) => atomics.load(memory, word)],
  store: ["write", (memory, atomics, word) => atomics.store(memory, word, 1)],
  "store of the same": ["write", (memory, atomics, word) => atomics.store(memory, word, 0)],
  add: ["both", (memory, atomics, word) => atomics.add(memory, word, 1)],
  "add of nothing": ["both", (memory, atomics, word) => atomics.add(memory, word, 0)],
  sub: ["both", (memory, atomics, word) => atomics.sub(memory, word, 1)],
  and: ["both", (memory, atomics, word) => atomics.and(memory, word, 1)],
  or: ["both", (memory, atomics, word) => atomics.or(memory, word, 1)],
  xor: ["both", (memory, atomics, word) => atomics.xor(memory, word, 1)],
  exchange: ["both", (memory, atomics, word) => atomics.exchange(memory, word, 1)],
  "compareExchange that succeeds": [
    "both",
    (memory, atomics, word) => atomics.compareExchange(memory, word, 0, 1),
  ],
  "compareExchange for the same": [
    "both",
    (memory, atomics, word) => atomics.compareExchange(memory, word, 0, 0),
  ],
  "compareExchange that fails": [
    "read",
    (memory, atomics, word) => atomics.compareExchange(memory, word, 5, 6),
  ],
  "wait that sleeps": [
    "read",
    (memory, atomics, word) => WAITED.indexOf(atomics.wait(memory, word, 0, 10)),
  ],
  "wait without end": [
    "read",
    (memory, atomics, word) => WAITED.indexOf(atomics.wait(memory, word, 0)),
  ],
  "wait for no time": [
    "read",
    (memory, atomics, word) => WAITED.indexOf(atomics.wait(memory, word, 0, 0)),
  ],
  "wait that is not equal": [
    "read",
    (memory, atomics, word) => WAITED.indexOf(atomics.wait(memory, word, 5)),
  ],
  notify: ["none", (memory, atomics, word) => atomics.notify(memory, word)],
  "notify of nobody": ["none", (memory, atomics, word) => atomics.notify(memory, word, 0)],
  isLockFree: ["none", (_, atomics) => atomics.isLockFree(4) ? 1 : 0],
};

const pairs = Object.entries(OPERATIONS).flatMap((one) =>
  Object.entries(OPERATIONS).map((other) => [one, other] as const)
);

/** By the definition of the standard, for two that nothing orders. */
function races(
  [one, [oneDoes]]: readonly [string, readonly [string, unknown]],
  [other, [otherDoes]]: readonly [string, readonly [string, unknown]],
): boolean {
  const plain = one.startsWith("plain") || other.startsWith("plain");
  const touch = oneDoes !== "none" && otherDoes !== "none";
  const writes = [oneDoes, otherDoes].some((does) => does === "write" || does === "both");
  return plain && touch && writes;
}

/** Does it, and notes what it has answered in a word of its own. */
const noting = (operate: Operate, word: number): ThreadCall => (memory, atomics, { id }) => {
  const answer = operate(memory, atomics, word);
  atomics.store(memory, 2 + id, 10 + answer);
};

Deno.test("each pair of operations on one word is a data race just if the standard says so", () => {
  let found = 0;
  for (const [one, other] of pairs) {
    for (const reduce of [true, false]) {
      // A third one that reads plainly elsewhere is no reason.
      const { violation } = interleave({
        memory: 4,
        threads: [noting(one[1][1], 0), noting(other[1][1], 0), (memory) => void memory[1]],
        deadlock: false,
      }, { reduce });
      assertEquals(
        violation?.kind,
        races(one, other) ? "race" : undefined,
        `${one[0]} beside ${other[0]}, ${reduce ? "reduced" : "all orders"}`,
      );
      if (violation !== null) found++;
    }
  }
  // Reduced and not; in both orders: a plain read beside 11 atomic and 2 plain writes, a plain write beside 6
  // atomic reads and 11 atomic writes; and 2 plain writes beside each other.
  assertEquals(found, 2 * (2 * (11 + 2 + 2 * (6 + 11)) + 2 * 2));
});

Deno.test("no pair of operations on different words is a data race", () => {
  for (const [[name, [, one]], [otherName, [, other]]] of pairs) {
    const { violation } = interleave({
      memory: 4,
      threads: [noting(one, 0), noting(other, 1)],
      deadlock: false,
    });
    assertEquals(violation, null, `${name} beside ${otherName}`);
  }
});

Deno.test("each pair has the same ends in all orders and in those that are tried, whatever a third one does", () => {
  const thirds: Record<string, Operate> = {
    nothing: () => 0,
    store: (memory, atomics, word) => atomics.store(memory, word, 5),
    notify: (memory, atomics, word) => atomics.notify(memory, word, 1),
  };
  let orders = 0;
  for (const [[name, [, one]], [otherName, [, other]]] of pairs) {
    if (name.startsWith("plain") || otherName.startsWith("plain")) continue;
    for (const [third, does] of Object.entries(thirds)) {
      const [reduced, all] = [true, false].map((reduce) => {
        const ends = new Set<string>();
        // Who sleeps for ever has an end as well: what is seen last is among what is seen.
        const { outcome } = interleave({
          memory: 5,
          threads: [noting(one, 0), noting(other, 0), noting(does, 0)],
          deadlock: false,
          finally: { noted: (memory) => ends.add(memory.join()).size > 0 },
        }, { reduce });
        assertEquals(outcome, "holds");
        return [...ends].toSorted();
      });
      assertEquals(reduced, all, `${name} beside ${otherName} and ${third}`);
      if (all!.length > 1) orders++;
    }
  }
  assert(orders > 100, `the order hardly ever matters: ${orders}`);
});

Deno.test("what no race is need not commute: notify before wait, and after it", () => {
  const report = interleave({
    memory: { word: 0, woken: 0, outcome: 0 },
    threads: [
      function sleeps(memory, atomics) {
        atomics.store(memory, 2, 1 + WAITED.indexOf(atomics.wait(memory, 0, 0, 10)));
      },
      function notifies(memory, atomics) {
        atomics.store(memory, 1, 1 + atomics.notify(memory, 0));
      },
    ],
    sometimes: {
      "it was woken": (memory) => memory[1] === 2 && memory[2] === 1,
      "it came too late": (memory) => memory[1] === 1 && memory[2] === 3,
    },
  });
  assertEquals(report.outcome, "holds");
});

Deno.test("whoever is woken has what was written before the notify, and the other way round", () => {
  const kinds = (given: Parameters<typeof interleave>[0]) =>
    [true, false].map((reduce) => interleave(given, { reduce }).violation?.kind);
  const told: ThreadCall = (memory, atomics) => {
    if (atomics.wait(memory, 0, 0, 10) === "ok") void memory[1];
  };
  const tells: ThreadCall = (memory, atomics) => {
    memory[1] = 1;
    atomics.notify(memory, 0);
  };
  assertEquals(kinds({ memory: 2, threads: [told, tells] }), [undefined, undefined]);
  // With nobody to have told it.
  const late: ThreadCall = (memory, atomics) => {
    if (atomics.wait(memory, 0, 0, 10) === "timed-out") void memory[1];
  };
  assertEquals(kinds({ memory: 2, threads: [late, tells] }), ["race", "race"]);
  const unequal: ThreadCall = (memory, atomics) => {
    if (atomics.wait(memory, 0, 1) === "not-equal") void memory[1];
  };
  assertEquals(kinds({ memory: 2, threads: [unequal, tells] }), ["race", "race"]);
  // For no reason is nobody's word.
  assertEquals(kinds({ memory: 2, threads: [told, tells], spurious: true }), ["race", "race"]);
  // Whoever has notified somebody has what that one wrote before it went to sleep.
  const sleeps: ThreadCall = (memory, atomics) => {
    memory[1] = 1;
    atomics.wait(memory, 0, 0, 10);
  };
  const finds = (n: number): ThreadCall => (memory, atomics) => {
    if (atomics.notify(memory, 0) === n) void memory[1];
  };
  assertEquals(kinds({ memory: 2, threads: [sleeps, finds(1)] }), [undefined, undefined]);
  assertEquals(kinds({ memory: 2, threads: [sleeps, finds(0)] }), ["race", "race"]);
  // A compareExchange that fails reads what was written before what it has found.
  const releases: ThreadCall = (memory, atomics) => {
    memory[1] = 1;
    atomics.store(memory, 0, 2);
  };
  const acquires: ThreadCall = (memory, atomics) => {
    if (atomics.compareExchange(memory, 0, 7, 8) === 2) void memory[1];
  };
  assertEquals(kinds({ memory: 2, threads: [releases, acquires] }), [undefined, undefined]);
});
