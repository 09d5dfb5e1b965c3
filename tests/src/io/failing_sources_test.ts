import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  CoReader,
  Coroutine,
  CoWriter,
  dump,
  readable,
  type Source,
  trace,
  type TraceEvent,
  VirtualClock,
} from "@cofn/coroutine";
import { codeIn, errorOf, outcomeIn, start, turns, uncaughtIn } from "../_helpers.ts";

const BROKEN = new Error("broken");

/** A source that fails in one way. */
class Failing implements Source {
  readonly watchers: Set<() => void> = new Set();
  readonly #how: "look" | "end" | "text";
  isReady = false;

  constructor(how: "look" | "end" | "text") {
    this.#how = how;
  }

  get ready(): boolean {
    if (this.#how === "look" && this.watchers.size > 0) throw BROKEN;
    return this.isReady;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => {
      this.watchers.delete(changed);
      if (this.#how === "end") throw BROKEN;
    };
  }

  set(): void {
    this.isReady = true;
    for (const changed of [...this.watchers]) changed();
  }

  toString(): string {
    if (this.#how === "text") throw BROKEN;
    return "source";
  }
}

Deno.test("a wait goes on, gives up and is cancelled, though its source fails when it is left", async () => {
  const log: unknown[] = [];
  const told = await uncaughtIn(() => {
    for (const how of ["done", "timeout", "cancelled"]) {
      const [source, clock] = [new Failing("end"), new VirtualClock()];
      const co = start("co", function* () {
        log.push(yield* outcomeIn(() => readable(source, { timeout: 5, clock })));
      });
      if (how === "done") source.set();
      if (how === "timeout") clock.advance(5);
      if (how === "cancelled") co.cancel();
      log.push(co.status, source.watchers.size, clock.alarms);
    }
  });
  assertEquals(
    log,
    ["done", "timeout", "cancelled"].flatMap((how) => [how, "terminated", 0, 0]),
  );
  assertEquals(told, [BROKEN, BROKEN, BROKEN]);
});

Deno.test("who waits where no coroutine runs is told so, though the source fails when it is left", async () => {
  let error: unknown;
  const told = await uncaughtIn(() => {
    error = errorOf(() => readable(new Failing("end"))[Symbol.iterator]().next());
  });
  assertEquals([codeIn(error), told], ["yield-to-no-one", [BROKEN]]);
});

Deno.test("a source that fails when it is looked at first ends the wait, which leaves it", () => {
  const source = new Failing("look");
  let error: unknown;
  const co = start("co", function* () {
    try {
      yield* readable(source);
    } catch (thrown) {
      error = thrown;
    }
    yield;
  });
  assertEquals([error, co.waitingOn, source.watchers.size], [BROKEN, undefined, 0]);
  co.enter();
  assertEquals(co.status, "terminated");
});

Deno.test("a handler is replaced and deleted, though its source fails when it is left", async () => {
  const [context, source, calls] = [new AioContext(), new Failing("end"), [] as number[]];
  const told = await uncaughtIn(() => {
    context.setHandler(source, () => calls.push(1));
    context.setHandler(source, () => calls.push(2));
    source.set();
    context.poll();
    context.setHandler(source, null);
    context.close();
  });
  assertEquals([calls, told, source.watchers.size], [[2], [BROKEN, BROKEN], 0]);
});

Deno.test("a source that has no text is waited for, traced and listed like any other", () => {
  const [source, context, ran] = [new Failing("text"), new AioContext(), [] as string[]];
  const seen: TraceEvent[] = [];
  const other = Coroutine.create(function* () {
    ran.push("other");
  });
  {
    using _ = trace((event) => seen.push(event));
    const co = start("co", function* () {
      other.wake();
      yield* readable(source);
      ran.push("co");
    });
    const what = "readable(a value that has no text)";
    assertEquals([ran, co.waitingOn], [["other"], what]);
    assertStringIncludes(`${dump()}`, what);
    assertEquals(
      seen.flatMap((event) => event.type === "yield" ? [event.waitingOn] : []),
      [what],
    );
    context.setHandler(source, () => {
      ran.push("handler");
      context.setHandler(source, null);
    });
    source.set();
    context.poll();
  }
  context.close();
  assertEquals(ran, ["other", "co", "handler"]);
});

Deno.test("what reads or writes may answer with a thenable that throws: that is what it has failed with", async () => {
  const fails = {
    then(): never {
      throw BROKEN;
    },
  } as unknown as Promise<number>;
  const errors: unknown[] = [];
  const reader = new CoReader({ read: () => fails });
  const writer = new CoWriter({ write: () => fails });
  const told = await uncaughtIn(async () => {
    for (
      const wait of [
        () => reader.read(),
        () => readable(reader),
        () => reader.read(),
        () => writer.write(new Uint8Array(1)),
        () => writer.flush(),
      ]
    ) {
      start("co", function* () {
        try {
          yield* wait();
          errors.push("done");
        } catch (error) {
          errors.push(error);
        }
      });
      await turns();
    }
  });
  assertEquals([errors, told], [[BROKEN, "done", BROKEN, "done", BROKEN], []]);
});
