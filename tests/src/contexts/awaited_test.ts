import { assertEquals } from "@std/assert";
import {
  AioContext,
  type Co,
  CoMutex,
  CoReader,
  Coroutine,
  CoSleep,
  CoWriter,
  EventNotifier,
  readable,
  sleep,
  type Suspension,
  until,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { awaitedOfHost } from "../../../src/core/_awaited.ts";
import { startHolder, turn, turns } from "../_helpers.ts";

/** A wait that ends by itself, and what ends it. */
interface Kind {
  wait(): Suspension<unknown>;
  end(): void;
  /** Whether that is for the host to do. */
  readonly host: boolean;
  /** How many times it counts. */
  readonly times?: number;
}

const kinds: { readonly [name: string]: () => Kind } = {
  sleep: () => {
    const clock = new VirtualClock();
    return { wait: () => sleep(1, clock), end: () => clock.advance(1), host: false };
  },
  "CoSleep.sleep": () => {
    const nap = new CoSleep();
    return { wait: () => nap.sleep(), end: () => nap.wake(), host: false };
  },
  until: () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { wait: () => until(promise), end: resolve, host: true };
  },
  "until, in vain": () => {
    const { promise, reject } = Promise.withResolvers<void>();
    return { wait: () => until(promise), end: () => reject("in vain"), host: true };
  },
  readable: () => {
    const event = new EventNotifier();
    return { wait: () => readable(event), end: () => event.set(), host: true };
  },
  "CoReader.read": () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const reader = new CoReader(
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(await promise);
        },
      }),
    );
    return { wait: () => reader.fill(1), end: () => resolve(new Uint8Array(9)), host: true };
  },
  "CoWriter.flush": () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const writer = new CoWriter(new WritableStream({ write: () => promise }));
    function* write(): Co {
      writer.reserve(9);
      yield* writer.flush();
    }
    return { wait: write, end: resolve, host: true };
  },
  "a lock with a time-out": () => {
    const [m, clock] = [new CoMutex(), new VirtualClock()];
    startHolder(m);
    return { wait: () => m.lock({ timeout: 5, clock }), end: () => clock.advance(5), host: false };
  },
  "a lock with a time-out, that comes in time": () => {
    const [m, clock] = [new CoMutex(), new VirtualClock()];
    const holder = startHolder(m);
    function* lock(): Co {
      using _ = yield* m.lock({ timeout: 5, clock });
    }
    return { wait: lock, end: () => holder.enter(), host: false };
  },
  "a lock with a signal": () => {
    const [m, controller] = [new CoMutex(), new AbortController()];
    startHolder(m);
    const { signal } = controller;
    return { wait: () => m.lock({ signal }), end: () => controller.abort(), host: true };
  },
  "readable with a time-out": () => {
    const [event, clock] = [new EventNotifier(), new VirtualClock()];
    const wait = () => readable(event, { timeout: 5, clock });
    return { wait, end: () => clock.advance(5), host: true, times: 2 };
  },
  withTimeout: () => {
    const [m, clock] = [new CoMutex(), new VirtualClock()];
    startHolder(m);
    function* lock(): Co {
      using _ = yield* m.lock();
    }
    return { wait: () => withTimeout(5, lock, clock), end: () => clock.advance(5), host: false };
  },
  "withTimeout, in time": () => {
    const [m, clock] = [new CoMutex(), new VirtualClock()];
    const holder = startHolder(m);
    function* lock(): Co {
      using _ = yield* m.lock();
    }
    return { wait: () => withTimeout(5, lock, clock), end: () => holder.enter(), host: false };
  },
};

/** How a coroutine that waits in `context` comes to its end. */
const ends: {
  readonly [how: string]: (kind: Kind, co: Coroutine<unknown>, context: AioContext) => unknown;
} = {
  "it ends": (kind) => kind.end(),
  "it is cancelled": (_, co) => co.cancel(),
  "it is cancelled, and would have ended": (kind, co) => [co.cancel(), kind.end()],
  "its context is closed, and it ends": (kind, _, context) => [context.close(), kind.end()],
  "its context is closed, and it is cancelled": (_, co, context) => [context.close(), co.cancel()],
};

for (const [name, make] of Object.entries(kinds)) {
  for (const [how, end] of Object.entries(ends)) {
    Deno.test(`${name}: a context that waits for it knows when ${how}`, async () => {
      const kind = make();
      const { host, times = 1 } = kind;
      const context = new AioContext();
      const loop = loopOf(context);
      const main = loopOf(AioContext.main);
      const counts = () => [loop.awaited, main.awaited, awaitedOfHost];
      const co = Coroutine.create(function* () {
        yield* kind.wait();
      });
      co.done.catch(() => {});
      context.schedule(co);
      context.poll();
      assertEquals([co.status, counts()], ["suspended", [times, 0, host ? 1 : 0]]);
      assertEquals(loop.finished, false);
      end(kind, co, context);
      await turns();
      await turn();
      assertEquals([co.status, counts()], ["terminated", [0, 0, 0]]);
      assertEquals(loop.finished, true);
    });
  }
}

Deno.test("a wait that is run by hand, of a coroutine that ends all the same, is none", () => {
  const clock = new VirtualClock();
  const main = loopOf(AioContext.main);
  for (const wait of [sleep(1, clock), until(Promise.resolve()), readable(new EventNotifier())]) {
    Coroutine.create(function* () {
      wait[Symbol.iterator]().next();
    }).enter();
    assertEquals([main.awaited, awaitedOfHost], [0, 0]);
  }
});

Deno.test("a context that runs waits for one who sleeps there, and for no other one, however many there are", async () => {
  const context = new AioContext();
  const others = Array.from({ length: 10_000 }, () => {
    const co = Coroutine.create(function* () {
      yield;
    });
    context.schedule(co);
    return co;
  });
  let slept = 0;
  const co = Coroutine.create(function* () {
    for (; slept < 50; slept++) yield* sleep(1);
  });
  context.schedule(co);
  await context.run();
  assertEquals([slept, co.status, others[9]?.status], [50, "terminated", "suspended"]);
});
