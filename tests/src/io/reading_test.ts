import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  type Co,
  CoReader,
  Coroutine,
  CoWriter,
  EventNotifier,
  readable,
  type Suspension,
  VirtualClock,
} from "@cofn/coroutine";
import { codeIn, errorOf, outcomeIn, start, turn, uncaughtIn } from "../_helpers.ts";

/** A stream that gives what it is told to. */
function stream(): { reader: CoReader; give: (text: string) => Promise<void>; end(): void } {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const from = new ReadableStream<Uint8Array>({ start: (c) => void (controller = c) });
  const reader = new CoReader(from, { name: "r", size: 4 });
  return {
    reader,
    give: async (text) => {
      controller.enqueue(new TextEncoder().encode(text));
      await turn();
      await turn();
    },
    end: () => controller.close(),
  };
}

/** Starts one, which may fail at once: `done` tells. */
function begin<T>(body: () => Suspension<T>, name = "co"): Coroutine<T> {
  const co = Coroutine.named(name, body);
  co.done.catch(() => {});
  co.enter();
  return co;
}

/** What a coroutine comes to: nothing yet, a value, or the code of an error. */
async function now(co: Coroutine<unknown>): Promise<unknown> {
  await turn();
  await turn();
  return co.status === "terminated" ? await co.done.catch(codeIn) : `waits for ${co.waitingOn}`;
}

Deno.test("each of several who read lines gets a whole one, in their order", async () => {
  const { reader, give } = stream();
  const [a, b, c] = [1, 2, 3].map(() => begin(() => reader.readLine()));
  await give("on");
  await give("e\ntwo\nth");
  assertEquals(await Promise.all([now(a!), now(b!)]), ["one", "two"]);
  assertEquals(await now(c!), 'waits for CoReader "r" (a line)');
  const d = begin(() => reader.readLine());
  await give("ree\nfour\n");
  assertEquals(await Promise.all([now(c!), now(d)]), ["three", "four"]);
});

Deno.test("one reads a line, another takes bytes of it: what is left is a line all the same", async () => {
  const { reader, give, end } = stream();
  const a = begin(() => reader.readLine());
  await give("abc");
  reader.skip(2);
  await give("d\n\ne");
  assertEquals(await now(a), "cd");
  const [b, c, d] = [1, 2, 3].map(() => begin(() => reader.readLine()));
  end();
  assertEquals(await Promise.all([now(b!), now(c!), now(d!)]), ["", "e", null]);
});

Deno.test("a line keeps its bytes, but for its end", async () => {
  const { reader, give } = stream();
  await give("a\r\n\uFEFFb\r\r\n\uFEFF\n\r\n");
  const co = begin(function* () {
    const lines: unknown[] = [];
    while (reader.buffered > 0 || lines.length === 0) lines.push(yield* reader.readLine());
    return lines;
  });
  assertEquals(await co.done, ["a", "\uFEFFb\r", "\uFEFF", ""]);
});

Deno.test("a line that is longer than it may be is refused, and its bytes stay", async () => {
  const { reader, give } = stream();
  const read = (most: number) => begin(() => reader.readLine({ most }));
  const [first, second] = [read(4), read(4)];
  await give("abcd\r\nabcd\nabcde");
  assertEquals([await now(first), await now(second)], ["abcd", "abcd"]);
  const long = read(4);
  assertEquals(await now(long), 'waits for CoReader "r" (a line)');
  await give("f");
  assertEquals([await now(long), reader.buffered], ["too-long", 6]);
  await give("\n");
  assertEquals([await now(read(5)), await now(read(6))], ["too-long", "abcdef"]);
  assertInstanceOf(errorOf(() => read(0)), RangeError);
  const clock = new VirtualClock();
  const slow = begin(() => reader.readLine({ most: 9, timeout: 5, clock }));
  await give("x");
  clock.advance(5);
  assertEquals([await now(slow), reader.buffered], ["timeout", 1]);
});

Deno.test("whoever takes less than it has waited for leaves the rest to the next one", async () => {
  const { reader, give } = stream();
  const a = begin(function* () {
    yield* reader.fill(2);
    reader.skip(1);
  });
  const b = begin(() => reader.readExactly(1));
  await give("xy");
  assertEquals([await now(a), await now(b)], [undefined, new TextEncoder().encode("y")]);
});

Deno.test("empty chunks are no end: whoever waits goes on waiting, and is told of the next", async () => {
  const { reader, give } = stream();
  const context = new AioContext();
  let calls = 0;
  context.setHandler(reader, () => {
    calls++;
    reader.skip(reader.buffered);
  });
  const co = begin(function* () {
    yield* readable(reader);
    return reader.buffered;
  });
  await give("");
  assertEquals(await now(co), 'waits for readable(CoReader "r")');
  await give("ab");
  assertEquals(await now(co), 2);
  context.poll();
  assertEquals([calls, reader.buffered], [1, 0]);
  context.setHandler(reader, null);
});

Deno.test("a source that answers with nothing for ever does not keep the host from its turn", async () => {
  let [reads, turned] = [0, false];
  const timer = setTimeout(() => turned = true, 0);
  const enough = 1_000_000;
  const reader = new CoReader({
    read: () => Promise.resolve(turned || ++reads > enough ? null : 0),
  });
  const co = begin(() => reader.readLine());
  assertEquals([await co.done, turned, reads <= enough], [null, true, true]);
  clearTimeout(timer);
});

Deno.test("whoever asks for more than there is memory for is told, and the others read on", async () => {
  const { reader, give } = stream();
  const co = begin(function* () {
    const errors: unknown[] = [];
    for (const n of [2 ** 40, 2 ** 52]) {
      try {
        yield* reader.readExactly(n);
      } catch (error) {
        errors.push(error instanceof RangeError);
      }
    }
    return [...errors, yield* reader.readExactly(1)];
  });
  const huge = begin(() => reader.readExactly(2 ** 40));
  const last = begin(() => reader.readExactly(1));
  await give("ab");
  assertEquals(await now(co), [true, true, new TextEncoder().encode("a")]);
  assertInstanceOf(await now(huge), RangeError);
  assertEquals(await now(last), new TextEncoder().encode("b"));
});

Deno.test("a reader or a writer goes on when one of those whom it has woken fails", async () => {
  const { reader, give } = stream();
  const watching = begin(() => outcomeIn(() => readable(reader)));
  const fails = function* (wait: () => Suspension<unknown>): Co {
    yield* wait();
    throw "bug";
  };
  const told = await uncaughtIn(async () => {
    start("fails", () => fails(() => reader.readExactly(1)));
    const next = begin(() => reader.readExactly(1));
    await give("abc");
    assertEquals([await now(watching), await now(next)], ["done", Uint8Array.of(98)]);
    let got = "";
    const writer = new CoWriter({
      async write(bytes) {
        await turn();
        got += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    });
    start("fails", () =>
      fails(function* () {
        yield* writer.write(new TextEncoder().encode("AA"));
        yield* writer.flush();
      }));
    const other = begin(function* () {
      yield* writer.flush();
      yield* writer.write(new TextEncoder().encode("BB"));
      yield* writer.flush();
    });
    assertEquals([await other.done, got], [undefined, "AABB"]);
  });
  assertEquals(told, ["bug", "bug"]);
});

Deno.test("whoever fails as an event is set keeps nobody else from being told", () => {
  const event = new EventNotifier();
  const context = new AioContext();
  let calls = 0;
  start("fails", function* () {
    yield* readable(event);
    throw "bug";
  });
  const other = begin(() => outcomeIn(() => readable(event)));
  context.setHandler(event, () => calls++);
  let thrown: unknown;
  try {
    event.set();
  } catch (error) {
    thrown = error;
  }
  context.poll();
  assertEquals([thrown, other.status, calls], ["bug", "terminated", 1]);
  context.setHandler(event, null);
});

Deno.test("a source that cannot be watched: nobody waits, and the handler that was is", async () => {
  const broken = {
    ready: false,
    fails: true,
    watch(): () => void {
      if (this.fails) throw "broken";
      return () => {};
    },
    toString: () => "broken",
  };
  const { reader } = stream();
  const co = begin(function* () {
    const outcome = yield* outcomeIn(() => readable(broken));
    return [outcome, yield* outcomeIn(() => reader.fill(0))];
  });
  assertEquals(await now(co), ["broken", "done"]);
  const context = new AioContext();
  broken.fails = false;
  let calls = 0;
  context.setHandler(broken, () => calls++);
  broken.fails = true;
  try {
    context.setHandler(broken, () => {});
  } catch (error) {
    assertEquals(error, "broken");
  }
  broken.ready = true;
  broken.fails = false;
  assertStringIncludes(String(codeOfClose(context)), "the handler of broken");
  context.setHandler(broken, null);
  assertEquals([codeOfClose(context), calls], [undefined, 0]);
});

function codeOfClose(context: AioContext): unknown {
  try {
    context.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

Deno.test("what a wait is given is looked at, whether it must wait or not", async () => {
  const { reader, give } = stream();
  const writer = new CoWriter({ write: (bytes) => Promise.resolve(bytes.length) });
  const first = begin(() => reader.readExactly(1));
  await give("abc");
  await first.done;
  const signal = AbortSignal.abort("aborted");
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const misspelt = { timeOut: 5 } as any;
  for (
    const wait of [
      () => reader.fill(1, { signal }),
      () => reader.read(1, { signal }),
      () => writer.drain({ signal }),
      () => writer.flush({ signal }),
    ]
  ) assertEquals(await begin(() => outcomeIn(wait)).done, "aborted");
  for (
    const wait of [
      () => reader.fill(1, misspelt),
      () => reader.readLine(misspelt),
      () => writer.drain(misspelt),
      () => reader.fill(0.5),
      () => reader.read(0),
    ]
  ) {
    const error = await begin(() => outcomeIn(wait)).done;
    assertEquals(error instanceof TypeError || error instanceof RangeError, true, String(error));
  }
  const early = begin(function* () {
    const wait = reader.fill(2);
    reader.skip(2);
    return yield* wait;
  });
  assertEquals(await now(early), 'waits for CoReader "r" (2 bytes)');
});
