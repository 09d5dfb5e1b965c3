import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine, trace, type TraceEvent, until } from "@cofn/coroutine";
import { codeOf, errorOf, start, startHolder, turn, uncaughtIn, yieldOnce } from "../_helpers.ts";

const leader = Coroutine.self();

/** An event in one line. */
function line(event: TraceEvent): string {
  const who = `${event.type} ${event.coroutine.name}`;
  switch (event.type) {
    case "create":
      return who;
    case "enter":
    case "wake":
    case "cancel":
      return `${who} by ${event.by.name}`;
    case "yield":
      return `${who} to ${event.to.name}` + (event.waitingOn ? ` on ${event.waitingOn}` : "");
    case "terminate":
      return `${who} to ${event.to.name}` + ("error" in event ? ` failed ${event.error}` : "");
    case "call":
    case "called":
      return `${who} ${event.what} in ${event.context.name}`;
    case "schedule":
      return `${who} by ${event.by.name} in ${event.context.name}`;
    default:
      return `${who} ${event.mutex.name} ${event.holder?.name} ${event.waiters}`;
  }
}

/** The events of `f`, a line each. */
function traceOf(f: () => void): string[] {
  const lines: string[] = [];
  using _ = trace((event) => lines.push(line(event)));
  f();
  return lines;
}

Deno.test("a trace tells create, enter, yield and terminate, with who gives and gets control", () => {
  const lines = traceOf(() => {
    const inner = Coroutine.named("inner", function* () {
      yield;
    });
    start("outer", function* () {
      inner.enter();
      inner.enter();
    });
  });
  assertEquals(lines, [
    "create inner",
    "create outer",
    "enter outer by leader",
    "enter inner by outer",
    "yield inner to outer",
    "enter inner by outer",
    "terminate inner to outer",
    "terminate outer to leader",
  ]);
});

Deno.test("a trace tells wake when it is called, and enter when it happens", () => {
  const lines = traceOf(() => {
    const [a, b] = ["a", "b"].map((name) => Coroutine.named(name, function* () {}));
    start("waker", function* () {
      a?.wake();
      b?.wake();
      yield;
    });
  });
  assertEquals(lines.slice(4), [
    "wake a by waker",
    "wake b by waker",
    "yield waker to leader",
    "enter a by leader",
    "terminate a to leader",
    "enter b by leader",
    "terminate b to leader",
  ]);
});

Deno.test("a trace tells the error of one that failed, also if that is undefined", () => {
  for (const thrown of ["oh", undefined, null]) {
    const lines = traceOf(() =>
      errorOf(() =>
        start("co", function* () {
          throw thrown;
        })
      )
    );
    assertEquals(lines.at(-1), `terminate co to leader failed ${thrown}`);
  }
});

Deno.test("a trace tells the error of one whose done is taken, too", () => {
  const co = Coroutine.named("co", function* () {
    throw "oh";
  });
  co.done;
  assertEquals(traceOf(() => errorOf(() => co.enter())).at(-1), "terminate co to leader failed oh");
});

Deno.test("a trace tells lock, wait and unlock with the holder and how many wait then", () => {
  const m = new CoMutex("m");
  const lines = traceOf(() => {
    const holder = startHolder(m, "a");
    for (const name of ["b", "c"]) {
      start(name, function* () {
        yield* m.lock();
        m.unlock();
      });
    }
    holder.enter();
  });
  assertEquals(lines.filter((text) => /^(lock|wait|unlock|wake)/.test(text)), [
    "lock a m a 0",
    "wait b m a 1",
    "wait c m a 2",
    "unlock a m b 1",
    "lock b m b 1",
    "wake b by a",
    "unlock b m c 0",
    "lock c m c 0",
    "wake c by b",
    "unlock c m undefined 0",
  ]);
  assert(lines.includes('yield b to leader on CoMutex "m"'));
});

Deno.test("a trace tells what the host resumes", async () => {
  const lines: string[] = [];
  {
    using _ = trace((event) => lines.push(line(event)));
    await start("co", function* () {
      yield* until(Promise.resolve());
    }).done;
  }
  assertEquals(lines, [
    "create co",
    "enter co by leader",
    "yield co to leader on until(promise)",
    "enter co by leader",
    "terminate co to leader",
  ]);
});

Deno.test("refused calls are not traced", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const waiter = start("waiter", function* () {
    yield* m.lock();
    m.unlock();
  });
  assertEquals(
    traceOf(() => {
      codeOf(() => waiter.enter());
      codeOf(() => waiter.wake());
      codeOf(() => m.lock());
      codeOf(() => m.unlock());
    }),
    [],
  );
  holder.enter();
});

Deno.test("tracing ends when it is disposed of, but not that of a listener set later", () => {
  const seen: string[] = [];
  const make = () => Coroutine.create(function* () {});
  const first = trace(() => seen.push("first"));
  make();
  const second = trace(() => seen.push("second"));
  make();
  first[Symbol.dispose]();
  make();
  second[Symbol.dispose]();
  make();
  const third = trace(() => seen.push("third"));
  trace(null);
  make();
  third[Symbol.dispose]();
  assertEquals(seen, ["first", "second", "second"]);
});

Deno.test("a listener that throws disturbs nobody: its errors are uncaught, each by itself", async () => {
  const log: string[] = [];
  const told = await uncaughtIn(async () => {
    const m = new CoMutex("m");
    using _ = trace(({ type }) => {
      throw type;
    });
    const holder = startHolder(m);
    start("waiter", function* () {
      yield* m.lock();
      log.push("waiter");
      m.unlock();
    });
    holder.enter();
    log.push("leader");
    await turn();
  });
  assertEquals(log, ["waiter", "leader"]);
  assertEquals(told.length, 16);
  assert(Coroutine.self() === leader);
});

Deno.test("a listener that removes itself sees no more events, in the middle of a hand-over too", () => {
  for (const last of ["create", "enter", "wait", "unlock", "lock", "wake", "yield", "terminate"]) {
    const seen: string[] = [];
    const m = new CoMutex("m");
    const tracing = trace(({ type }) => {
      seen.push(type);
      if (type === last) tracing[Symbol.dispose]();
    });
    const holder = startHolder(m);
    const waiter = start("waiter", function* () {
      yield* m.lock();
      m.unlock();
    });
    holder.enter();
    assertEquals([seen.indexOf(last), waiter.status, m.locked], [
      seen.length - 1,
      "terminated",
      false,
    ]);
  }
});

Deno.test("a listener may enter and wake others at any event, and everything still runs once and in full", () => {
  for (const verb of ["enter", "wake"] as const) {
    for (const at of ["create", "enter", "wait", "unlock", "lock", "wake", "yield", "terminate"]) {
      const m = new CoMutex("m");
      let runs = 0;
      const helpers = Array.from(
        { length: 30 },
        (_, i) =>
          Coroutine.named(`helper ${i}`, function* () {
            runs++;
            yield;
            runs++;
          }),
      );
      const todo = [...helpers];
      let busy = false;
      {
        using _ = trace(({ type }) => {
          if (busy || type !== at) return;
          busy = true;
          todo.pop()?.[verb]();
          busy = false;
        });
        const holder = startHolder(m);
        const waiter = start("waiter", function* () {
          yield* m.lock();
          m.unlock();
        });
        holder.enter();
        assertEquals([holder.status, waiter.status, m.locked], ["terminated", "terminated", false]);
      }
      const started = helpers.filter((co) => co.status !== "created");
      assertEquals([started.length, started.length > 0], [runs, true]);
      assertEquals(helpers.slice(todo.length).filter((co) => co.status === "created"), []);
      for (const co of started) co.enter();
      assertEquals(runs, 2 * started.length);
      assert(Coroutine.self() === leader);
    }
  }
});

Deno.test("a listener that enters, at the yield, the very coroutine that has yielded, runs it once a time", () => {
  const log: number[] = [];
  const woken = Coroutine.create(function* () {
    log.push(-1);
  });
  const co = Coroutine.named("co", function* () {
    woken.wake();
    for (let i = 0; i < 3; i++) {
      log.push(i);
      yield;
    }
  });
  {
    using _ = trace((event) => {
      if (event.type === "yield" && event.coroutine === co) co.enter();
    });
    co.enter();
  }
  assertEquals([log, co.status, woken.status], [[0, 1, 2, -1], "terminated", "terminated"]);
});

Deno.test("a listener that enters the holder while another one begins to wait hands that one the lock", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  {
    using _ = trace(({ type }) => {
      if (type === "wait") holder.enter();
    });
    const waiter = start("waiter", function* () {
      yield* m.lock();
      assert(m.holder === Coroutine.self());
      m.unlock();
    });
    assertEquals([waiter.status, m.locked], ["terminated", false]);
  }
});

Deno.test("a listener that is frozen, bound or a proxy is called like any other", () => {
  let n = 0;
  const listener = new Proxy(Object.freeze(() => void n++), {});
  {
    using _ = trace(listener);
    start("co", function* () {});
  }
  assertEquals(n, 3);
});

Deno.test("a trace tells who cancels whom, and the end that comes of it", () => {
  const co = start("co", yieldOnce);
  const lines = traceOf(() => co.cancel("why"));
  assertEquals(lines, [
    "cancel co by leader",
    "enter co by leader",
    'terminate co to leader failed CoroutineError: Coroutine "co" was cancelled: why',
  ]);
});

Deno.test("to end a trace does not end another one of the same listener", () => {
  let n = 0;
  const listener = () => void n++;
  const [first, second] = [trace(listener), trace(listener)];
  first[Symbol.dispose]();
  start("co", function* () {});
  assertEquals(n, 3);
  second[Symbol.dispose]();
  start("co", function* () {});
  assertEquals(n, 3);
});

Deno.test("a listener that lets others run hears of their failures, and not of those that are under way", () => {
  const log: string[] = [];
  const cleansUp = (name: string) =>
    start(name, function* () {
      try {
        yield;
      } catch {
        log.push(name);
        throw new RangeError(`of ${name}`);
      }
    });
  const [told, first] = [cleansUp("told"), cleansUp("first")];
  const fails = Coroutine.named("fails", function* () {
    first.cancel();
    throw new RangeError("of fails");
  });
  using _ = trace(({ type, coroutine }) => {
    if (type === "terminate" && coroutine === fails) {
      log.push(`${errorOf(() => told.cancel())}`);
    }
  });
  const error = errorOf(() => fails.enter());
  assertEquals(log, ["told", "RangeError: of told", "first"]);
  if (!(error instanceof AggregateError)) throw error;
  assertEquals(error.errors.map(String), ["RangeError: of fails", "RangeError: of first"]);
});
