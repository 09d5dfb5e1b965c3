import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  CoReader,
  Coroutine,
  CoWriter,
  EventNotifier,
  readable,
  type ReadableBytes,
  type Source,
  type Suspension,
  VirtualClock,
} from "@cofn/coroutine";
import { codeIn, codeOf, errorOf, outcomeIn, start, turn } from "../_helpers.ts";

/** Bytes that come when they are told to. */
class Tap {
  #asked:
    | { into: Uint8Array; resolve: (n: number | null) => void; reject: (e: unknown) => void }
    | null = null;
  reads = 0;

  read(into: Uint8Array): Promise<number | null> {
    assert(this.#asked === null, "it is read twice at once");
    this.reads++;
    return new Promise((resolve, reject) => this.#asked = { into, resolve, reject });
  }

  /** Gives what was asked for; waits until somebody has. */
  async give(text: string): Promise<void> {
    while (this.#asked === null) await turn();
    const { into, resolve } = this.#asked;
    this.#asked = null;
    resolve(new TextEncoder().encodeInto(text, into).written);
    await turn();
  }

  async end(): Promise<void> {
    while (this.#asked === null) await turn();
    this.#asked.resolve(null);
    this.#asked = null;
    await turn();
  }

  async fail(error: unknown): Promise<void> {
    while (this.#asked === null) await turn();
    this.#asked.reject(error);
    this.#asked = null;
    await turn();
  }
}

const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** What a coroutine comes to, or the code of its error. */
function run<T>(body: () => Suspension<T>): Promise<unknown> {
  const co = Coroutine.create(body);
  const done = co.done.catch(codeIn);
  co.enter();
  return done;
}

Deno.test("readExactly() waits for as many bytes as it takes, and leaves the rest", async () => {
  const [tap, log] = [new Tap(), [] as unknown[]];
  const reader = new CoReader(tap, { name: "r" });
  const co = start("co", function* () {
    log.push(textOf(yield* reader.readExactly(5)));
    log.push(textOf(yield* reader.readExactly(2)));
  });
  assertEquals([co.waitingOn, co.scheduledBy], ['CoReader "r" (5 bytes)', "CoReader"]);
  const waits = [() => reader.fill(1), () => reader.read(), () => reader.readExactly(0)].map((
    wait,
  ) => start("waits", () => outcomeIn(wait)));
  assertEquals(waits.map((one) => one.waitingOn), [
    'CoReader "r" (1 byte)',
    'CoReader "r" (1 byte)',
    'CoReader "r" (0 bytes)',
  ]);
  for (const one of waits) one.cancel();
  await tap.give("abc");
  assertEquals([log, reader.buffered], [[], 3]);
  await tap.give("defgh");
  assertEquals([log, reader.buffered, tap.reads], [["abcde", "fg"], 1, 2]);
});

Deno.test("the end in the middle of a record is an error that says how far it came", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap, { name: "r" });
  const co = start("co", function* () {
    try {
      yield* reader.readExactly(5);
    } catch (error) {
      return [String(error), textOf(yield* reader.read()), yield* reader.read(), reader.ended];
    }
  });
  await tap.give("abc");
  await tap.end();
  assertEquals(await co.done, [
    'CoroutineError: Cannot read 5 bytes of CoReader "r": it has ended after 3 of them',
    "abc",
    null,
    true,
  ]);
});

Deno.test("whoever gives up or is cancelled while it reads takes no byte along", async () => {
  const [tap, clock] = [new Tap(), new VirtualClock()];
  const reader = new CoReader(tap, { name: "r" });
  const waits = start("waits", () => outcomeIn(() => reader.readExactly(4, { timeout: 5, clock })));
  const cancelled = start("cancelled", function* () {
    yield* reader.readExactly(2);
  });
  await tap.give("ab");
  cancelled.cancel();
  clock.advance(5);
  assertEquals([await waits.done, cancelled.status], ["timeout", "terminated"]);
  assertEquals(await run(() => reader.readExactly(2)), new TextEncoder().encode("ab"));
});

Deno.test("those who wait for bytes are served in their order, whatever they wait for", async () => {
  const [tap, log] = [new Tap(), [] as unknown[]];
  const reader = new CoReader(tap);
  for (const n of [3, 1, 2]) {
    start(`${n}`, function* () {
      log.push(textOf(yield* reader.readExactly(n)));
    });
  }
  await tap.give("ab");
  assertEquals(log, []);
  await tap.give("cdef");
  assertEquals(log, ["abc", "d", "ef"]);
});

Deno.test("readLine() takes lines, with either kind of end, however they come", async () => {
  const whole = "one\ntwo\r\n\nä€😀\nlast";
  const bytes = new TextEncoder().encode(whole);
  for (let at = 0; at <= bytes.length; at++) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of [bytes.slice(0, at), bytes.slice(at)]) controller.enqueue(part);
        controller.close();
      },
    });
    const reader = new CoReader(stream, { size: 4 });
    const lines = await run(function* () {
      const all: string[] = [];
      for (let line; (line = yield* reader.readLine()) !== null;) all.push(line);
      return all;
    });
    assertEquals(lines, ["one", "two", "", "ä€😀", "last"]);
  }
});

Deno.test("peek() and skip() take what is buffered, and no more", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap, { name: "r", size: 4 });
  const co = start("co", function* () {
    return yield* reader.fill(3);
  });
  await tap.give("abcd");
  assertEquals(await co.done, true);
  assertEquals([textOf(reader.peek(2)), textOf(reader.peek(4))], ["ab", "abcd"]);
  reader.skip(3);
  assertEquals([textOf(reader.peek(1)), reader.buffered], ["d", 1]);
  for (const n of [2, -1, 0.5, NaN]) {
    const words = `RangeError: Cannot take ${n} bytes of CoReader "r": 1 are buffered`;
    assertEquals(String(errorOf(() => reader.peek(n))), words);
    assertEquals(String(errorOf(() => reader.skip(n))), words);
  }
});

Deno.test("what was read stays as it is, whatever is read after it", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap, { size: 4 });
  const got: (Uint8Array | null)[] = [];
  const co = start("co", function* () {
    for (let i = 0; i < 3; i++) got.push(yield* reader.readExactly(2));
    for (let i = 0; i < 2; i++) got.push(yield* reader.read());
  });
  for (const text of ["ab", "cd", "efg", "hi"]) await tap.give(text);
  assertEquals([got.map(textOf), co.status], [["ab", "cd", "ef", "g", "hi"], "terminated"]);
});

Deno.test("bytes can be taken away while the host reads others", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap, { size: 8 });
  const co = start("co", function* () {
    return textOf(yield* reader.readExactly(5));
  });
  await tap.give("abc");
  reader.skip(3);
  await tap.give("defgh");
  assertEquals(await co.done, "defgh");
});

Deno.test("cancel() ends the reader, and lets go of the stream", async () => {
  const stream = new ReadableStream<Uint8Array>();
  const reader = new CoReader(stream);
  const co = start("co", () => reader.read());
  assertEquals(stream.locked, true);
  reader.cancel();
  assertEquals([await co.done, stream.locked], [null, false]);
  await turn();
  assertEquals([await run(() => reader.read()), reader.ended], [null, true]);
});

Deno.test("a handler of a reader is called for whatever comes, until the end", async () => {
  const [tap, context] = [new Tap(), new AioContext()];
  const reader = new CoReader(tap);
  const got: string[] = [];
  context.setHandler(reader, () => {
    if (reader.ended) context.setHandler(reader, null);
    got.push(textOf(reader.peek(reader.buffered)) ?? "");
    reader.skip(reader.buffered);
  });
  for (const text of ["a", "b", "c"]) {
    await tap.give(text);
    await turn();
  }
  await tap.end();
  while (got.length < 4) await turn();
  assertEquals(got, ["a", "b", "c", ""]);
  context.close();
});

/** A source that counts those who watch it. */
class Counted implements Source {
  ready = false;
  watchers = 0;
  /** Becomes ready as soon as somebody watches, and tells nobody. */
  atOnce = false;

  watch(): () => void {
    this.watchers++;
    this.ready ||= this.atOnce;
    return () => void this.watchers--;
  }
}

Deno.test("nobody watches a source any more who has gone on, given up, or was cancelled", async () => {
  const [source, clock] = [new Counted(), new VirtualClock()];
  const waits = start("waits", () => outcomeIn(() => readable(source, { timeout: 5, clock })));
  const cancelled = start("cancelled", () => outcomeIn(() => readable(source)));
  assertEquals(source.watchers, 2);
  clock.advance(5);
  cancelled.cancel();
  assertEquals([await waits.done, await cancelled.done, source.watchers], [
    "timeout",
    "cancelled",
    0,
  ]);
  source.atOnce = true;
  const atOnce = start("atOnce", () => outcomeIn(() => readable(source)));
  assertEquals([await atOnce.done, source.watchers], ["done", 0]);
  source.ready = source.atOnce = false;
  const context = new AioContext();
  context.setHandler(source, () => {});
  context.setHandler(source, () => {});
  assertEquals(source.watchers, 1);
  context.setHandler(source, null);
  assertEquals(source.watchers, 0);
});

Deno.test("what is ready no more when its turn comes is not called", () => {
  const [event, context] = [new EventNotifier(), new AioContext()];
  let calls = 0;
  context.setHandler(event, () => calls++);
  event.set();
  event.testAndClear();
  assertEquals([context.poll(), calls], [false, 0]);
  event.set();
  assertEquals([context.poll(), calls], [true, 1]);
  context.setHandler(event, null);
});

Deno.test("what is written while the host sends is sent as it was, in order", async () => {
  const got: number[] = [];
  const writer = new CoWriter({
    async write(bytes) {
      await turn();
      got.push(...bytes.subarray(0, 100));
      return Math.min(100, bytes.length);
    },
  });
  let next = 0;
  for (let round = 0; round < 20; round++) {
    const room = writer.reserve(37 * (round % 7));
    for (let i = 0; i < room.length; i++) room[i] = next++ % 251;
    await turn();
  }
  await run(function* () {
    yield* writer.flush();
  });
  assertEquals(got, Array.from({ length: next }, (_, i) => i % 251));
});

Deno.test("room for much is given back when it is not needed any more", async () => {
  const kept: number[] = [];
  const writer = new CoWriter({ write: (bytes) => Promise.resolve(bytes.length) });
  const tap = new Tap();
  const reader = new CoReader(tap, { size: 4 });
  const co = start("co", function* () {
    yield* writer.write(new Uint8Array(3 << 20));
    yield* writer.flush();
    kept.push(writer.reserve(1).buffer.byteLength);
    yield* reader.fill(100);
    kept.push(reader.peek(1).buffer.byteLength);
    reader.skip(100);
    yield* reader.fill(1);
    kept.push(reader.peek(1).buffer.byteLength);
  });
  while (co.waitingOn?.startsWith("CoReader") !== true) await turn();
  await tap.give("x".repeat(100));
  await tap.give("y");
  await co.done;
  assertEquals(kept, [4096, 100, 4]);
});

Deno.test("an error of the source comes when all that came before it was taken", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap);
  const co = start("co", function* () {
    const first = textOf(yield* reader.readExactly(2));
    return [first, yield* outcomeIn(() => reader.readExactly(2))];
  });
  await tap.give("ab");
  await tap.fail("broken");
  assertEquals(await co.done, ["ab", "broken"]);
});

Deno.test("readable() of a reader: bytes have come, and are still there", async () => {
  const tap = new Tap();
  const reader = new CoReader(tap, { name: "r" });
  const co = start("co", function* () {
    yield* readable(reader);
    return reader.buffered;
  });
  assertEquals(co.waitingOn, 'readable(CoReader "r")');
  await tap.give("abc");
  assertEquals([await co.done, reader.buffered], [3, 3]);
  const atEnd = start("atEnd", function* () {
    reader.skip(3);
    yield* readable(reader);
    return reader.ended;
  });
  await tap.end();
  assertEquals(await atEnd.done, true);
});

Deno.test("what is written in one go is sent by one call", async () => {
  const sent: string[] = [];
  const writer = new CoWriter({
    write(bytes) {
      sent.push(textOf(bytes) ?? "");
      return Promise.resolve(bytes.length);
    },
  });
  const co = start("co", function* () {
    yield* writer.write(new TextEncoder().encode("a"));
    writer.reserve(2).set([98, 99]);
    yield* writer.write(new Uint8Array(0));
    assertEquals(writer.pending, 3);
    yield* writer.flush();
    return writer.pending;
  });
  assertEquals([await co.done, sent], [0, ["abc"]]);
});

Deno.test("a host that takes little at a time gets all, in order, and writers wait meanwhile", async () => {
  const got: number[] = [];
  const writer = new CoWriter({
    async write(bytes) {
      await turn();
      const n = Math.min(3, bytes.length);
      got.push(...bytes.subarray(0, n));
      return n;
    },
  }, { name: "w", highWater: 10 });
  const co = start("co", function* () {
    for (let i = 0; i < 20; i++) yield* writer.write(Uint8Array.of(i, i));
    yield* writer.flush();
  });
  await turn();
  assertEquals(co.waitingOn, 'CoWriter "w" (to be drained)');
  await co.done;
  assertEquals(got, Array.from({ length: 40 }, (_, i) => i >> 1));
});

Deno.test("an error of the sink comes to all who wait, and to whoever writes later", async () => {
  const writer = new CoWriter({ write: () => Promise.reject("broken") }, { highWater: 0 });
  const first = start("first", () => outcomeIn(() => writer.write(Uint8Array.of(1))));
  const second = start("second", () => outcomeIn(() => writer.flush()));
  assertEquals([await first.done, await second.done], ["broken", "broken"]);
  assertEquals([errorOf(() => writer.reserve(1)), writer.pending], ["broken", 0]);
});

Deno.test("close() sends everything first, and nothing can be written after it", async () => {
  const log: string[] = [];
  const writer = new CoWriter({
    async write(bytes) {
      await turn();
      log.push(textOf(bytes) ?? "");
      return bytes.length;
    },
    closeWrite() {
      log.push("closed");
      return Promise.resolve();
    },
  }, { name: "w" });
  await run(function* () {
    yield* writer.write(new TextEncoder().encode("last"));
    yield* writer.close();
    yield* writer.close();
  });
  assertEquals(log, ["last", "closed"]);
  assertEquals(codeOf(() => writer.reserve(1)), "closed");
});

Deno.test("readers and writers refuse what is none, and where no coroutine runs", () => {
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const nothing = {} as any;
  assertStringIncludes(
    String(errorOf(() => new CoReader(nothing))),
    "TypeError: Cannot read from it",
  );
  assertStringIncludes(
    String(errorOf(() => new CoWriter(nothing))),
    "TypeError: Cannot write to it",
  );
  // Only half of what streams of node's have.
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const halves = [{ on() {} }, { pipe() {}, on() {} }, { end() {}, on() {} }] as any[];
  for (const half of halves) {
    assert(errorOf(() => new CoReader(half)) instanceof TypeError);
    assert(errorOf(() => new CoWriter(half)) instanceof TypeError);
  }
  for (const size of [0, -1, 1.5, NaN]) {
    assert(errorOf(() => new CoReader(new Tap(), { size })) instanceof RangeError);
  }
  const stream = new ReadableStream();
  stream.getReader();
  assert(errorOf(() => new CoReader(stream as ReadableBytes)) instanceof TypeError);
  const reader = new CoReader(new Tap());
  assertEquals(codeOf(() => [...reader.fill(1) as Iterable<void>]), "yield-to-no-one");
  assertEquals(codeOf(() => [...readable(reader) as Iterable<void>]), "yield-to-no-one");
});

Deno.test("a source and a sink that answer at once may do so for as long as they like", async () => {
  const n = 30_000;
  const far = 1_000;
  let [depth, deepest] = [0, 0];
  /** A promise of somebody's own making, which is settled, and says so at once; not where the stack might end. */
  function settled<T>(value: T): Promise<T> {
    function then(told: (value: T) => void): void {
      deepest = Math.max(deepest, ++depth);
      if (depth < far) told(value);
      else setTimeout(told, 0, value);
      depth--;
    }
    return { then } as unknown as Promise<T>;
  }
  const reader = new CoReader({ read: () => settled(1) });
  const reading = start("reads", () => reader.readExactly(n));
  const taken: number[] = [];
  const writer = new CoWriter({ write: (bytes) => settled(taken.push(bytes.length) > 0 ? 1 : 0) });
  const writing = start("writes", function* () {
    yield* writer.write(new Uint8Array(n));
    yield* writer.flush();
  });
  assertEquals((await reading.done).length, n);
  await writing.done;
  assertEquals([writer.pending, taken.length], [0, n]);
  assert(deepest < far, `one is asked in the answer of another, ${deepest} times`);
});

Deno.test("bytes that were lent, and are gone when they are to be sent, are missed", async () => {
  const resizable = () => new ArrayBuffer(5, { maxByteLength: 10 });
  const ways: readonly (readonly [Uint8Array<ArrayBuffer>, (buffer: ArrayBuffer) => void])[] = [
    [new Uint8Array(5), (buffer) => structuredClone(buffer, { transfer: [buffer] })],
    [new Uint8Array(resizable()), (buffer) => buffer.resize(3)],
    [new Uint8Array(resizable(), 0, 5), (buffer) => buffer.resize(0)],
  ];
  for (const [bytes, lose] of ways) {
    const writer = new CoWriter({ write: (some) => Promise.resolve(some.length) });
    writer.lend(bytes);
    lose(bytes.buffer);
    const flushing = start("flushes", () => outcomeIn(() => writer.flush()));
    assertStringIncludes(`${await flushing.done}`, "bytes that were lent are gone");
  }
});

Deno.test("as many bytes are sent as were lent, also of a buffer that has grown", async () => {
  const buffer = new ArrayBuffer(5, { maxByteLength: 10 });
  const sent: number[] = [];
  const writer = new CoWriter({
    write: (some) => Promise.resolve((sent.push(some.length), some.length)),
  });
  writer.lend(new Uint8Array(buffer));
  buffer.resize(10);
  await start("flushes", () => writer.flush()).done;
  assertEquals([sent, writer.pending], [[5], 0]);
});

Deno.test("room that was sent may be given away: others write on", async () => {
  let sent = 0;
  const writer = new CoWriter({
    write: (bytes) => Promise.resolve((sent += bytes.length, bytes.length)),
  });
  for (let i = 0; i < 4; i++) {
    const co = start("writes", function* () {
      const room = writer.reserve(10);
      yield* writer.flush();
      structuredClone(room, { transfer: [room.buffer as ArrayBuffer] });
    });
    await co.done;
  }
  assertEquals([sent, writer.pending], [40, 0]);
});

Deno.test("a reader for which there is no memory leaves its source as it was", () => {
  const stream = new ReadableStream<Uint8Array>();
  const error = errorOf(() => new CoReader(stream, { size: 2 ** 50 }));
  assert(error instanceof RangeError, `${error}`);
  assertEquals(stream.locked, false);
});
