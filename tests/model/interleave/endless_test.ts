import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  interleave,
  type InterleaveOptions,
  type Interleaving,
  interleavingText,
  replayInterleaving,
  SpecError,
  type ThreadCall,
} from "@cofn/coroutine/model";
import { times } from "./_mutex.ts";

/** A call that makes so many operations. */
const adds = (n: number): ThreadCall => (memory, atomics) => {
  for (let i = 0; i < n; i++) atomics.add(memory, 0, 1);
};

Deno.test("a call may make just as many operations as it may", () => {
  for (
    const [n, most, outcome] of [
      [0, 1, "holds"],
      [1, 1, "holds"],
      [2, 1, "violated"],
      [29, 30, "holds"],
      [30, 30, "holds"],
      [31, 30, "violated"],
      [999, undefined, "holds"],
      [1000, undefined, "holds"],
      [1001, undefined, "violated"],
    ] as const
  ) {
    const options = most === undefined ? {} : { maxOperations: most };
    for (const threads of [[adds(n)], [[adds(n), adds(n)]]]) {
      for (const reduce of [true, false]) {
        const report = interleave({ memory: 1, threads }, { ...options, reduce });
        assertEquals(report.outcome, outcome, `${n} of ${most}`);
      }
    }
  }
});

Deno.test("a call that ends with all that it may make can sleep, fail and go on as any other", () => {
  const fails: ThreadCall = (memory, atomics) => {
    atomics.add(memory, 0, 1);
    throw new Error("by itself");
  };
  const given: Interleaving = { memory: 1, threads: [fails] };
  const { violation } = interleave(given, { maxOperations: 1 });
  assertEquals(violation?.message, "thread 0 fails in fails: by itself");
  assertEquals(replayInterleaving(given, violation?.trace?.token ?? ""), violation?.trace);
  const sleeps: ThreadCall = (memory, atomics) => void atomics.wait(memory, 0, 0);
  const report = interleave({ memory: 1, threads: [sleeps] }, { maxOperations: 1 });
  assertEquals(report.violation?.kind, "deadlock");
});

Deno.test("the token of a call that goes on replays to what has failed", () => {
  for (const [n, most] of [[31, 30], [2, 1], [1001, undefined]] as const) {
    const given: Interleaving = { name: "a@b", memory: 1, threads: [adds(n), adds(1)] };
    const options = most === undefined ? {} : { maxOperations: most };
    const { trace } = interleave(given, options).violation ?? {};
    assertStringIncludes(trace?.next.join("; ") ?? "", "has failed: it has made");
    const again = replayInterleaving(given, trace?.token ?? "");
    assertEquals(again, trace);
    // It is the limit that was meant, and no other.
    const token = `${trace?.token}`.replace(/@\d+$/, `@${(most ?? 1000) + 1}`);
    assert(!replayInterleaving(given, token).next.join().includes("has failed"));
  }
  const given: Interleaving = { memory: 1, threads: [adds(3)] };
  for (const most of ["", "0", "x", "-1", "1.5", "3@3"]) {
    const token = `interleaving@0@${most}`;
    assertThrows(() => replayInterleaving(given, token), SpecError, "expected a token");
  }
  assertThrows(
    () => replayInterleaving(given, "interleaving@0/0/0@2"),
    SpecError,
    "cannot be made",
  );
});

/** Loops without bound: whoever is in them waits for another one. */
const loops: Readonly<Record<string, Interleaving>> = {
  "a lock that spins": {
    memory: 2,
    threads: times<ThreadCall>(3, (memory, atomics) => {
      while (atomics.compareExchange(memory, 0, 0, 1) !== 0);
      atomics.add(memory, 1, 1);
      atomics.store(memory, 0, 0);
    }),
  },
  "a lock that spins, with eight": {
    memory: 2,
    threads: times<ThreadCall>(8, (memory, atomics) => {
      while (atomics.exchange(memory, 0, 1) !== 0);
      atomics.store(memory, 0, 0);
    }),
  },
  "a barrier": {
    memory: 1,
    threads: times<ThreadCall>(4, (memory, atomics) => {
      atomics.add(memory, 0, 1);
      while (atomics.load(memory, 0) < 4);
    }),
  },
  "tickets": {
    memory: 3,
    threads: times<ThreadCall>(4, (memory, atomics) => {
      const mine = atomics.add(memory, 0, 1);
      while (atomics.load(memory, 1) !== mine);
      atomics.add(memory, 2, 1);
      atomics.store(memory, 1, mine + 1);
    }),
  },
  "one that sleeps for a while each time": {
    memory: 1,
    threads: times<ThreadCall>(3, (memory, atomics) => {
      while (atomics.compareExchange(memory, 0, 0, 1) !== 0) atomics.wait(memory, 0, 1, 10);
      atomics.store(memory, 0, 0);
      atomics.notify(memory, 0, 1);
    }),
  },
  "one that is woken for no reason": {
    memory: 1,
    spurious: true,
    threads: times<ThreadCall>(3, (memory, atomics) => {
      while (atomics.compareExchange(memory, 0, 0, 1) !== 0) atomics.wait(memory, 0, 1);
      atomics.store(memory, 0, 0);
      atomics.notify(memory, 0, 1);
    }),
  },
  "one that fails for no reason": {
    memory: 1,
    weak: true,
    threads: times<ThreadCall>(3, (memory, atomics) => {
      for (;;) {
        const was = atomics.load(memory, 0);
        if (atomics.compareExchange(memory, 0, was, was + 1) === was) return;
      }
    }),
  },
  "one that waits until somebody sleeps": {
    memory: 1,
    deadlock: false,
    threads: [
      ...times<ThreadCall>(3, (memory, atomics) => {
        while (atomics.notify(memory, 0) === 0);
      }),
      (memory, atomics) => {
        for (let i = 0; i < 3; i++) atomics.wait(memory, 0, 0);
      },
    ],
  },
  "three in turn": {
    memory: 1,
    threads: [0, 1, 2].map((mine): ThreadCall => (memory, atomics) => {
      while (atomics.load(memory, 0) % 3 !== mine);
      atomics.add(memory, 0, 1);
    }),
  },
};

for (const [name, given] of Object.entries(loops)) {
  Deno.test(`a loop without bound is found soon: ${name}`, () => {
    for (const reduce of [true, false]) {
      const { violation, states } = interleave(given, { reduce });
      assertEquals(violation?.kind, "error");
      assertStringIncludes(violation?.message ?? "", "it has made 1000 operations in one call");
      assertStringIncludes(violation?.message ?? "", "bound its loops");
      assert(states < 50_000, `soon: ${states} states`);
      assertEquals(replayInterleaving(given, violation?.trace?.token ?? ""), violation?.trace);
    }
  });
}

Deno.test("a loop that ends when it may go on is none without bound, however long it takes", () => {
  const given: Readonly<Record<string, [Interleaving, InterleaveOptions?]>> = {
    // Each time that somebody else was faster, that one has ended.
    "tries again": [{
      memory: 1,
      threads: times<ThreadCall>(4, (memory, atomics) => {
        for (;;) {
          const was = atomics.load(memory, 0);
          if (atomics.compareExchange(memory, 0, was, was + 1) === was) return;
        }
      }),
    }],
    "sleeps until it is told": [{
      memory: 1,
      threads: times<ThreadCall>(3, (memory, atomics) => {
        while (atomics.compareExchange(memory, 0, 0, 1) !== 0) atomics.wait(memory, 0, 1);
        atomics.store(memory, 0, 0);
        atomics.notify(memory, 0, 1);
      }),
    }],
    "as long as may be": [{
      memory: 2,
      threads: [adds(64), (memory, atomics) => void atomics.load(memory, 1)],
    }, { maxOperations: 64 }],
    "spins for as long as may be": [{
      memory: 1,
      threads: times<ThreadCall>(2, (memory, atomics) => {
        for (let i = 0; i < 32; i++) if (atomics.load(memory, 0) !== 0) return;
      }),
    }, { maxOperations: 32 }],
  };
  for (const [name, [interleaving, options]] of Object.entries(given)) {
    for (const reduce of [true, false]) {
      const report = interleave(interleaving, { ...options, reduce });
      assertEquals(report.outcome, "holds", `${name}: ${report.violation?.message}`);
    }
  }
});

Deno.test("a way that is too long to be read is shown without its middle", () => {
  const text = interleavingText(interleave({
    memory: 2,
    threads: [(memory, atomics) => {
      for (let i = 0;; i = 1 - i) if (atomics.load(memory, i) !== 0) return;
    }],
  }));
  const lines = text.split("\n");
  assert(lines.length < 120, `${lines.length} lines`);
  assertStringIncludes(text, "    …  (900 more)");
  assertStringIncludes(text, "\n  1000  0  call  load([1]) = 0\n");
});

Deno.test("what is less deep than a loop without bound is told first, and a limit does not hide it", () => {
  const [spin] = loops["a lock that spins"]!.threads as ThreadCall[];
  const wrong: Interleaving = {
    memory: 3,
    threads: [spin!, spin!, function late(memory, atomics) {
      for (let i = 0; i < 9; i++) atomics.load(memory, 0);
      atomics.store(memory, 2, 1);
    }],
    always: { "never late": (memory) => memory[2] === 0 },
  };
  const { violation } = interleave(wrong);
  assertEquals([violation?.name, violation?.trace?.steps.length], ["never late", 10]);
  const limited = interleave({ memory: 2, threads: times(3, spin!) }, { maxStates: 2000 });
  assertEquals([limited.outcome, limited.limit, limited.complete], [
    "violated",
    "maxStates",
    false,
  ]);
  assertStringIncludes(limited.violation?.message ?? "", "bound its loops");
});
