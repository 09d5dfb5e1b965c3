import { assertEquals } from "@std/assert";
import { type Co, CoMutex, CoQueue, Coroutine, SharedCoMutex, until } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, picture, start, startHolder, turn } from "../_helpers.ts";

const leader = Coroutine.self();

/** Some coroutines in every situation, and what is wrong with entering or waking each. */
function stage() {
  const m = new CoMutex("m");
  const made = Coroutine.named("made", function* () {
    yield;
  });
  const suspended = start("suspended", function* () {
    yield;
  });
  const holder = startHolder(m);
  const waiting = start("waiting", function* () {
    yield* m.lock();
    m.unlock();
  });
  const waitingToo = start("waiting too", function* () {
    yield* m.lock();
    m.unlock();
  });
  const promised = Promise.withResolvers<void>();
  const scheduled = start("scheduled", () => untilDone(promised.promise));
  const ended = start("ended", function* () {});
  const failed = Coroutine.named("failed", function* (): Co {
    throw new Error("fails");
  });
  errorOf(() => failed.enter());
  const all: Coroutine[] = [
    made,
    suspended,
    holder,
    waiting,
    waitingToo,
    scheduled,
    ended,
    failed,
  ];
  return {
    m,
    made,
    suspended,
    holder,
    waiting,
    waitingToo,
    promised,
    scheduled,
    ended,
    failed,
    all,
  };
}

function* untilDone(promise: Promise<void>): Co {
  yield* until(promise);
}

Deno.test("a refused enter() or wake() outside a coroutine has its code and changes nothing", async () => {
  const s = stage();
  const before = picture(s.all, [s.m]);
  for (const verb of ["enter", "wake", "enterIfInactive"] as const) {
    assertEquals(codeOf(() => s.waiting[verb]()), "waiting");
    assertEquals(codeOf(() => s.scheduled[verb]()), "already-scheduled");
    assertEquals(codeOf(() => s.ended[verb]()), "terminated");
    assertEquals(codeOf(() => s.failed[verb]()), "terminated");
    assertEquals(
      codeOf(() => leader[verb]()),
      verb === "enterIfInactive" ? "none" : "recursive-entry",
    );
    assertEquals(picture(s.all, [s.m]), before);
  }
  s.holder.enter();
  assertEquals([s.waiting.status, s.waitingToo.status, s.m.locked], [
    "terminated",
    "terminated",
    false,
  ]);
  s.promised.resolve();
  await turn();
  assertEquals(s.scheduled.status, "terminated");
});

Deno.test("a refused enter() or wake() inside coroutines has its code and changes nothing", async () => {
  const s = stage();
  const log: string[] = [];
  const woken = Coroutine.named("woken", function* () {
    log.push("woken");
  });
  const woken2 = Coroutine.named("woken 2", function* () {
    log.push("woken 2");
  });
  const inner: Coroutine = Coroutine.named("inner", function* () {
    woken.wake();
    woken2.wake();
    const all = [...s.all, outer, inner, woken, woken2];
    const before = picture(all, [s.m]);
    for (const verb of ["enter", "wake"] as const) {
      assertEquals(codeOf(() => s.waiting[verb]()), "waiting");
      assertEquals(codeOf(() => s.scheduled[verb]()), "already-scheduled");
      assertEquals(codeOf(() => s.ended[verb]()), "terminated");
      assertEquals(codeOf(() => s.failed[verb]()), "terminated");
      assertEquals(codeOf(() => woken[verb]()), "already-woken");
      assertEquals(codeOf(() => woken2[verb]()), "already-woken");
      assertEquals(codeOf(() => outer[verb]()), "recursive-entry");
      assertEquals(codeOf(() => leader[verb]()), "recursive-entry");
      assertEquals(codeOf(() => inner[verb]()), verb === "wake" ? "wake-self" : "recursive-entry");
      assertEquals(picture(all, [s.m]), before);
    }
    log.push("inner ends");
  });
  const outer: Coroutine = Coroutine.named("outer", function* () {
    inner.enter();
    log.push("outer ends");
  });
  outer.enter();
  assertEquals(log, ["inner ends", "woken", "woken 2", "outer ends"]);
  s.holder.enter();
  s.promised.resolve();
  await turn();
  assertEquals([s.waiting.status, s.scheduled.status], ["terminated", "terminated"]);
});

Deno.test("one in a pending list cannot be entered or woken, and runs in its turn", () => {
  const log: string[] = [];
  const second: Coroutine = Coroutine.named("second", function* () {
    log.push("second");
  });
  const first = Coroutine.named("first", function* () {
    assertEquals(codeOf(() => second.enter()), "already-woken");
    assertEquals(codeOf(() => second.wake()), "already-woken");
    log.push("first");
  });
  start("waker", function* () {
    first.wake();
    second.wake();
  });
  assertEquals(log, ["first", "second"]);
});

Deno.test("the sentences of refused calls say what is the matter", () => {
  const s = stage();
  const said = (f: () => unknown) => misuseOf(f).message;
  assertEquals(
    said(() => s.waiting.enter()),
    'Cannot enter coroutine "waiting": it waits for CoMutex "m"',
  );
  assertEquals(
    said(() => s.scheduled.wake()),
    'Cannot wake coroutine "scheduled": it was already scheduled by until',
  );
  assertEquals(said(() => s.ended.enter()), 'Cannot enter coroutine "ended": it has ended');
  assertEquals(
    said(() => leader.enter()),
    'Cannot enter coroutine "leader": it stands for the code outside any coroutine',
  );
  start("me", function* () {
    s.made.wake();
    assertEquals(
      said(() => s.made.enter()),
      'Cannot enter coroutine "made": it was already woken, and runs when the one that woke it yields or ends',
    );
    assertEquals(
      said(() => Coroutine.self().wake()),
      'Cannot wake coroutine "me": it is the one that runs',
    );
  });
  const error = misuseOf(() => s.scheduled.enter());
  assertEquals([error.code, error.scheduledBy, error.coroutine === s.scheduled], [
    "already-scheduled",
    "until",
    true,
  ]);
  s.promised.resolve();
});

Deno.test("who has ended waits for nothing any more, whatever the lock, in what its end calls", () => {
  const [local, shared, queue] = [new CoMutex("m"), new SharedCoMutex("s"), new CoQueue("q")];
  start("holder", function* () {
    yield* local.lock();
    yield* shared.lock();
    yield;
  });
  const said: string[] = [];
  /** A lock whose name is asked for as its holder ends. */
  class Asked extends CoMutex {
    override toString(): string {
      for (const wait of [() => local.lock(), () => shared.lock(), () => queue.wait()]) {
        said.push(misuseOf(() => wait()[Symbol.iterator]().next()).message);
      }
      return "it";
    }
  }
  const { code } = misuseOf(() =>
    start("me", function* () {
      yield* new Asked().lock();
    })
  );
  assertEquals(code, "locks-held");
  assertEquals(
    said,
    ['CoMutex "m"', 'SharedCoMutex "s"', 'CoQueue "q"']
      .map((what) => `Cannot wait for ${what}: no coroutine runs here that could yield`),
  );
});

Deno.test("whoever waits already is told what for", () => {
  const said: string[] = [];
  const queue = new CoQueue("q");
  const begin = (): void => void queue.wait()[Symbol.iterator]().next();
  start("twice", function* () {
    begin();
    said.push(misuseOf(begin).message);
  });
  assertEquals(said, [
    'Cannot wait for CoQueue "q": coroutine "twice" already waits for CoQueue "q" (begin each wait by yield*)',
  ]);
});
