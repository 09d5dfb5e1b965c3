/**
 * What users give is called in the middle of things: a clock's alarm is cancelled, a signal or a source is left, a
 * listener is told. Whatever it does to the one that is just about to go on, that one goes on once, and all others as
 * if nothing had been.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  AioContext,
  type Clock,
  CoMutex,
  CoQueue,
  CoReader,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  readable,
  type Suspension,
  TaskPool,
  trace,
  type TraceEvent,
  type WaitOptions,
} from "@cofn/coroutine";
import { codeIn, turn, uncaughtIn } from "../src/_helpers.ts";

/** Something to wait for. */
interface Kind {
  wait(options: WaitOptions): Suspension<unknown>;
  /** Lets the one go on that has waited longest. */
  go(): void;
  /** What one does that has waited, and must not keep. */
  done?(): void;
  /** How many wait. */
  readonly waiters: number;
}

/** What a coroutine holds until it is told to give it back. */
function held(take: () => Suspension<unknown>, giveBack: () => void): () => void {
  const holder = Coroutine.named("holder", function* () {
    yield* take();
    yield;
    giveBack();
  });
  holder.enter();
  return () => {
    if (holder.status === "suspended") holder.enter();
  };
}

const KINDS: Record<string, (hook: () => void) => Kind> = {
  CoMutex() {
    const m = new CoMutex();
    return {
      wait: (o) => m.lock(o),
      go: held(() => m.lock(), () => m.unlock()),
      done: () => m.unlock(),
      get waiters() {
        return m.waiters;
      },
    };
  },
  "CoRwLock, to read": () => rw("readLock"),
  "CoRwLock, to write": () => rw("writeLock"),
  CoSemaphore() {
    const s = new CoSemaphore(2);
    return {
      wait: (o) => s.acquire(2, o),
      go: held(() => s.acquire(2), () => s.release(2)),
      done: () => s.release(2),
      get waiters() {
        return s.waiters;
      },
    };
  },
  CoQueue() {
    const q = new CoQueue();
    return {
      wait: (o) => q.wait(o),
      go: () => void q.next(),
      get waiters() {
        return q.waiters;
      },
    };
  },
  "readable (left)": (hook) => source(() => {}, hook),
  "readable (asked)": (hook) => source(hook, () => {}),
  "TaskPool.waitOne": () => pool("waitOne"),
  "TaskPool.waitAll": () => pool("waitAll"),
};

/** A source that calls something as it is asked whether it is ready, and as it is left. */
function source(asked: () => void, left: () => void): Kind {
  const watchers = new Set<() => void>();
  let ready = false;
  const source = {
    get ready() {
      if (ready) asked();
      return ready;
    },
    watch(changed: () => void) {
      watchers.add(changed);
      return () => {
        watchers.delete(changed);
        left();
      };
    },
  };
  return {
    wait: (o) => readable(source, o),
    go() {
      ready = true;
      for (const changed of [...watchers]) changed();
    },
    get waiters() {
      return watchers.size;
    },
  };
}

/** A pool whose task ends when it is told to. */
function pool(how: "waitOne" | "waitAll"): Kind {
  const pool = new TaskPool(1);
  let task: Coroutine | undefined;
  Coroutine.create(function* () {
    task = yield* pool.start(function* () {
      yield;
    });
  }).enter();
  return {
    wait: (o) => pool[how](o),
    go: () => task?.status === "suspended" && task.enter(),
    get waiters() {
      return 0;
    },
  };
}

function rw(how: "readLock" | "writeLock"): Kind {
  const rw = new CoRwLock();
  return {
    wait: (o) => rw[how](o),
    go: held(() => rw.writeLock(), () => rw.unlock()),
    done: () => rw.unlock(),
    get waiters() {
      return rw.waiters;
    },
  };
}

/** A clock that calls `hook` as an alarm is cancelled; `ring` lets the first one ring. */
function clockOf(hook: () => void): Clock & { ring(): void; readonly alarms: number } {
  const alarms = new Set<() => void>();
  return {
    name: "hooked",
    now: 0,
    after(_ns: number, ring: () => void) {
      alarms.add(ring);
      return {
        cancel() {
          alarms.delete(ring);
          hook();
        },
      };
    },
    ring() {
      const [first] = alarms;
      if (first !== undefined) alarms.delete(first);
      first?.();
    },
    get alarms() {
      return alarms.size;
    },
  };
}

/** A signal that calls `hook` as it is left. */
function signalOf(hook: () => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const remove = signal.removeEventListener.bind(signal);
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    remove(...args);
    hook();
  };
  return controller;
}

/** What is done to the one that is about to go on. */
const ACTS: Record<string, (co: Coroutine) => void> = {
  "is cancelled": (co) => co.cancel(),
  "is entered": (co) => co.enter(),
  "is woken": (co) => co.wake(),
};

/** Why it goes on. */
const ENDS = ["it is its turn", "its time is over", "its signal is aborted", "it is cancelled"];

for (const [kind, make] of Object.entries(KINDS)) {
  for (const [act, tell] of Object.entries(ACTS)) {
    for (const end of ENDS) {
      for (const from of ["outside", "inside"]) {
        Deno.test(`${kind}: one that ${act} meanwhile goes on once (${end}, ${from})`, async () => {
          let told = 0;
          // It cannot be entered or woken, which it says; nothing else may come of it.
          const hook = () => {
            told++;
            const x = first;
            if (x === undefined) return;
            try {
              tell(x);
            } catch (error) {
              codeIn(error);
            }
          };
          let first: Coroutine | undefined;
          const clock = clockOf(hook);
          const controller = signalOf(hook);
          const { signal } = controller;
          const it = make(hook);
          const log: string[] = [];
          const waiters = ["x", "y", "z"].map((name) =>
            Coroutine.named(name, function* () {
              // The first has limits: as it goes on it leaves a clock and a signal.
              const options = name === "x" ? { timeout: 5, clock, signal } : {};
              try {
                yield* it.wait(options);
                log.push(name);
                it.done?.();
              } catch (error) {
                log.push(`${name} ${codeIn(error)}`);
              }
            })
          );
          const uncaught = await uncaughtIn(() => {
            for (const co of waiters) co.enter();
            first = waiters[0];
            const happens = () => {
              if (end === "it is its turn") it.go();
              else if (end === "its time is over") clock.ring();
              else if (end === "it is cancelled") first?.cancel();
              else controller.abort("aborted");
            };
            const events = (event: TraceEvent) => {
              if (event.type !== "enter" && event.coroutine === first) hook();
            };
            using _ = trace(events);
            if (from === "outside") happens();
            else {Coroutine.create(function* () {
                happens();
              }).enter();}
          });
          // The others: each at its turn.
          for (let i = 0; i < 3; i++) it.go();
          const [x] = log;
          const ways = ["x", "x timeout", "x aborted", "x cancelled"];
          assertEquals([ways.includes(x ?? ""), uncaught], [true, []], `${log}`);
          assertEquals(log.slice(1), ["y", "z"]);
          assertEquals(waiters.map(({ status }) => status), Array(3).fill("terminated"));
          assertEquals([it.waiters, clock.alarms, told > 0], [0, 0, true]);
        });
      }
    }
  }
}

for (const act of ["cancelled", "entered"] as const) {
  Deno.test(`a sleeper that is ${act} as its alarm is cancelled goes on once`, () => {
    const bed = new CoSleep();
    const clock = clockOf(() => {
      try {
        if (act === "cancelled") co.cancel();
        else co.enter();
      } catch (error) {
        codeIn(error);
      }
    });
    let times = 0;
    const co = Coroutine.create(function* () {
      yield* bed.sleep(5, clock);
      times++;
    });
    co.enter();
    bed.wake();
    assertEquals([times, co.status, bed.sleeping], [1, "terminated", false]);
  });
}

Deno.test("a source that cancels one who waits as it is read is read once at a time", async () => {
  const answers: (() => void)[] = [];
  let [reads, depth, deepest] = [0, 0, 0];
  const source = {
    read(room: Uint8Array): Promise<number> {
      const byte = 64 + ++reads;
      deepest = Math.max(deepest, ++depth);
      if (reads === 2) all[1]?.cancel();
      depth--;
      return new Promise((resolve) =>
        answers.push(() => {
          room[0] = byte;
          resolve(1);
        })
      );
    },
  };
  const reader = new CoReader(source);
  const log: unknown[] = [];
  const all = ["a", "b", "c", "d"].map((name) =>
    Coroutine.named(name, function* () {
      try {
        log.push([name, ...(yield* reader.read()) ?? []]);
      } catch (error) {
        log.push([name, codeIn(error)]);
      }
    })
  );
  for (const co of all) co.enter();
  while (answers.length > 0) {
    answers.shift()?.();
    await turn();
  }
  assertEquals(log, [["a", 65], ["b", "cancelled"], ["c", 66], ["d", 67]]);
  assertEquals([reads, deepest], [3, 1]);
});

Deno.test("a reader that is cancelled as its source is read lets go of it", async () => {
  for (const fails of [false, true]) {
    let unrefs = 0;
    const source = {
      read(): Promise<number> {
        reader.cancel();
        return Promise.resolve(1);
      },
      ref() {},
      unref() {
        unrefs++;
        if (fails) throw "broken";
      },
    };
    const reader = new CoReader(source);
    const got: unknown[] = [];
    const uncaught = await uncaughtIn(() =>
      Coroutine.create(function* () {
        got.push(yield* reader.read());
      }).enter()
    );
    assertEquals([unrefs, got, reader.buffered], [1, [null], 0]);
    assertEquals(uncaught, fails ? ["broken"] : []);
  }
});

for (const act of ["ends its handler", "tells that it is ready"]) {
  for (const when of ["it tells", "it is asked again, as its turn has come"]) {
    Deno.test(`a source that ${act} as it is asked is handled once, or not at all (when ${when})`, () => {
      const context = new AioContext("c");
      let [ready, acts, asked] = [false, false, 0];
      let tell = () => {};
      const source = {
        get ready() {
          asked++;
          if (acts) {
            acts = false;
            if (act === "ends its handler") context.setHandler(source, null);
            else tell();
          }
          return ready;
        },
        watch(changed: () => void) {
          tell = changed;
          return () => {};
        },
      };
      let times = 0;
      context.setHandler(source, () => {
        times++;
        ready = false;
      });
      ready = true;
      acts = when === "it tells";
      tell();
      assertEquals(context.busy, act !== "ends its handler" || when !== "it tells");
      acts ||= when !== "it tells";
      context.poll();
      context.poll();
      assertEquals([times, asked > 0], [act === "ends its handler" ? 0 : 1, true]);
      assertEquals(context.busy, false);
      context.setHandler(source, null);
      context.close();
    });
  }
}

Deno.test("a listener that cancels whom it is told is cancelled is told once", async () => {
  const seen: string[] = [];
  const co = Coroutine.named("co", function* () {
    yield;
  });
  co.enter();
  let left = 5;
  const uncaught = await uncaughtIn(() => {
    using _ = trace(({ type, coroutine }) => {
      seen.push(type);
      if (type === "cancel" && left-- > 0) coroutine.cancel();
    });
    co.cancel();
  });
  assertEquals([seen.filter((type) => type === "cancel"), uncaught], [["cancel"], []]);
  assertEquals(co.status, "terminated");
});

Deno.test("who is cancelled as the permits become fewer is not refused besides", () => {
  const s = new CoSemaphore(3);
  const log: unknown[] = [];
  const take = function* (name: string) {
    try {
      yield* s.acquire(3);
    } catch (error) {
      log.push([name, codeIn(error)]);
    }
  };
  const holder = Coroutine.create(function* () {
    using _ = yield* s.acquire(3);
    yield;
  });
  const [x, y] = ["x", "y"].map((name) => Coroutine.named(name, take, name));
  for (const co of [holder, x, y]) co?.enter();
  Coroutine.create(function* () {
    using _ = trace(({ type, coroutine }) => {
      if (type === "wake" && coroutine === x) y?.cancel();
    });
    s.setTotal(0);
  }).enter();
  assertEquals(log, [["x", "too-many"], ["y", "cancelled"]]);
  assertEquals(s.waiters, 0);
});
