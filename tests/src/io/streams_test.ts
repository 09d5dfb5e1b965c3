import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Co, CoReader, type Coroutine, CoWriter } from "@cofn/coroutine";
import { Duplex, PassThrough, Readable, Writable } from "node:stream";
import { needing } from "../../_needing.ts";
import { codeOf, errorOf, outcomeIn, start, turn, uncaughtIn } from "../_helpers.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** All that a reader reads, as one text. */
function* textIn(reader: CoReader): Co<string> {
  let text = "";
  for (let bytes; (bytes = yield* reader.read()) !== null;) text += decode(bytes);
  return text;
}

/** What a coroutine fails with. */
const failureOf = (co: Coroutine<unknown>): Promise<unknown> => co.done.catch((error) => error);

Deno.test("whoever reads a Web stream may keep its chunks: they are not written to again", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sender = start("sender", function* () {
    const writer = new CoWriter(writable);
    for (const text of ["one", "two", "three"]) {
      yield* writer.write(encode(text));
      yield* writer.flush();
    }
    const lent = encode("four");
    writer.lend(lent);
    yield* writer.flush();
    lent.fill(0);
    yield* writer.close();
  });
  const chunks = await Array.fromAsync(readable);
  await sender.done;
  assertEquals(chunks.map(decode), ["one", "two", "three", "four"]);
});

Deno.test("whoever gives room away that was to be sent is told of it, and so are those who wait", async () => {
  for (const written of [false, true]) {
    const writer = new CoWriter({ write: (bytes: Uint8Array) => Promise.resolve(bytes.length) });
    const flusher = start("flusher", function* () {
      const buffer = writer.reserve(3).buffer as ArrayBuffer;
      structuredClone(buffer, { transfer: [buffer] });
      // The room of others is gone, too.
      if (written) assertInstanceOf(errorOf(() => writer.lend(encode("more"))), TypeError);
      yield* writer.flush();
    });
    assertInstanceOf(await failureOf(flusher), TypeError);
    assertInstanceOf(errorOf(() => writer.reserve(1)), TypeError);
  }
});

Deno.test("streams of node's are read and written, to their ends", async () => {
  const pipe = new PassThrough({ highWaterMark: 4 });
  const got = start("reader", () => textIn(new CoReader(pipe)));
  const sender = start("sender", function* () {
    const writer = new CoWriter(pipe, { highWater: 3 });
    const lent = encode("lent ");
    for (const text of ["some ", "more "]) yield* writer.write(encode(text));
    writer.lend(lent);
    yield* writer.flush();
    lent.fill(0);
    yield* writer.write(encode("end"));
    yield* writer.close();
  });
  await sender.done;
  assertEquals(await got.done, "some more lent end");
});

Deno.test("an error of a node stream comes to whoever reads or writes it", async () => {
  const broken = new Error("broken");
  const reader = new CoReader(Readable.from((function* () {
    yield encode("ab");
    throw broken;
  })()));
  const read = start("reader", () => textIn(reader));
  const none = new CoReader(Readable.from(["no bytes"]));
  const text = start("text", () => textIn(none));
  const sink = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
  const writer = new CoWriter(sink);
  const wrote = start("writer", function* () {
    writer.lend(encode("ab"));
    yield* writer.flush();
  });
  const closes = start(
    "closes",
    () => new CoWriter(new Writable({ final: (done) => done(broken) })).close(),
  );
  const failures = await Promise.all([read, wrote, closes, text].map(failureOf));
  assertEquals(failures.slice(0, 3), [broken, broken, broken]);
  assertStringIncludes(
    String(failures[3]),
    "Cannot read from the stream: expected bytes, got string",
  );
  assertEquals(errorOf(() => writer.lend(encode("c"))), broken);
});

Deno.test("what is lent is sent in its place, as it is", async () => {
  const calls: Uint8Array[] = [];
  const writer = new CoWriter({
    async write(bytes) {
      await turn();
      const n = Math.min(bytes.length < 100 ? 4 : 1000, bytes.length);
      calls.push(bytes.subarray(0, n));
      return n;
    },
  });
  const lent = encode("LENT LENT");
  const co = start("co", function* () {
    writer.reserve(2).set(encode("a "));
    writer.lend(lent);
    writer.lend(new Uint8Array(0));
    // More than the room has left: what was there before goes out all the same.
    writer.reserve(5000).fill(46);
    const pending = writer.pending;
    yield* writer.write(encode("!"));
    yield* writer.flush();
    return pending;
  });
  assertEquals(await co.done, 2 + 9 + 5000);
  assertEquals(calls.map(decode).join(""), `a LENT LENT${".".repeat(5000)}!`);
  assertEquals(calls[1]?.buffer, lent.buffer, "it was copied");
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  assertInstanceOf(errorOf(() => writer.lend("text" as any)), TypeError);
});

Deno.test("read() and write() that answer nonsense are errors, not bytes", async () => {
  for (const n of [-1, 0.5, NaN, 5, true, undefined, "2"]) {
    // deno-lint-ignore no-explicit-any -- what is wrong is tried
    const wrong = n as any;
    const reader = new CoReader({ read: () => wrong }, { size: 4 });
    const writer = new CoWriter({ write: () => Promise.resolve(wrong) });
    const read = start("read", () => textIn(reader));
    const wrote = start("wrote", function* () {
      yield* writer.write(encode("ab"));
      yield* writer.flush();
    });
    const [ofRead, ofWrite] = await Promise.all([failureOf(read), failureOf(wrote)]);
    assertStringIncludes(String(ofRead), "TypeError: Cannot read: expected read() to answer with");
    assertStringIncludes(String(ofWrite), "TypeError: Cannot write: expected write() to answer");
  }
  const none = new CoWriter({ write: () => Promise.resolve(0) });
  none.lend(encode("a"));
  const stuck = start("stuck", () => outcomeIn(() => none.flush()));
  assertStringIncludes(String(await stuck.done), "a number from 1 to 1, got 0");
});

Deno.test("two may close a writer, and both wait until it is", async () => {
  let closed = 0;
  const writer = new CoWriter({
    async write(bytes) {
      await turn();
      return bytes.length;
    },
    async closeWrite() {
      await turn();
      closed++;
    },
  });
  writer.reserve(1);
  const both = [1, 2].map((i) =>
    start(`${i}`, function* () {
      yield* writer.close();
      return closed;
    })
  );
  assertEquals(await Promise.all(both.map((co) => co.done)), [1, 1]);
  assertEquals(codeOf(() => writer.lend(new Uint8Array(1))), "closed");
  const late = start("late", () => outcomeIn(() => writer.write(new Uint8Array(1))));
  assertEquals(await late.done, "closed");
});

Deno.test("whoever waits for a reader that is cancelled is told of the end, and what comes late is nobody's", async () => {
  let give = (_n: number): void => {};
  const reader = new CoReader({ read: () => new Promise<number>((done) => give = done) });
  const first = start("first", () => reader.readExactly(1));
  give(3);
  await first.done;
  assertEquals(reader.buffered, 2);
  const waits = [
    start("fill", function* () {
      return yield* reader.fill(3);
    }),
    start("read", () => reader.read()),
    start("readExactly", () => outcomeIn(() => reader.readExactly(1))),
    start("readLine", () => reader.readLine()),
  ];
  const view = reader.peek(2);
  reader.cancel();
  assertEquals(await Promise.all(waits.map((co) => co.done as Promise<unknown>)), [
    false,
    null,
    "end-of-file",
    null,
  ]);
  const now = (): unknown[] => [reader.ended, reader.ready, reader.buffered];
  assertEquals([now(), view.length], [[true, true, 0], 2]);
  give(2);
  await turn();
  reader.cancel();
  assertEquals(now(), [true, true, 0]);
  assertInstanceOf(errorOf(() => reader.peek(1)), RangeError);
  assertEquals(reader.peek(0).length, 0);
  reader.skip(0);
  assertEquals(await start("late", () => reader.read()).done, null);
});

Deno.test("one that was woken for bytes finds the end if the reader is cancelled before it runs", async () => {
  let give = (_n: number): void => {};
  const reader = new CoReader({ read: () => new Promise<number>((done) => give = done) });
  const before = start("before", function* () {
    yield* reader.fill(1);
    // The other one has not run yet.
    reader.cancel();
  });
  const after = start("after", () => reader.read());
  give(1);
  assertEquals([await before.done, await after.done, reader.buffered], [undefined, null, 0]);
});

Deno.test("cancel() after the end lets go of the source as well", async () => {
  const stream = new Blob(["ab"]).stream();
  const reader = new CoReader(stream);
  const co = start("co", function* () {
    yield* reader.fill(3);
    return reader.buffered;
  });
  assertEquals([await co.done, stream.locked], [2, true]);
  reader.cancel();
  assertEquals([stream.locked, reader.buffered, reader.ended], [false, 0, true]);
});

Deno.test("cancel() tells whoever makes a Web stream that nobody reads it, and hears no more of it", async () => {
  const told: unknown[] = [];
  for (const fails of [false, true]) {
    const stream = new ReadableStream<Uint8Array>({
      cancel: () => {
        told.push("cancelled");
        if (fails) throw new Error("broken");
      },
    });
    const reader = new CoReader(stream);
    assertEquals(await uncaughtIn(() => reader.cancel()), []);
  }
  assertEquals(told, ["cancelled", "cancelled"]);
});

Deno.test("cancel() destroys a stream of node's, when what was written to it has been sent", async () => {
  const sent: string[] = [];
  const duplex = new Duplex({
    read() {},
    write: (chunk, _encoding, done) => {
      sent.push(decode(chunk) ?? "");
      setTimeout(done, 0);
    },
  });
  const [reader, writer] = [new CoReader(duplex), new CoWriter(duplex)];
  const read = start("read", () => reader.read());
  reader.cancel();
  assertEquals([await read.done, duplex.destroyed], [null, false]);
  duplex.push("nobody's");
  const co = start("co", function* () {
    yield* writer.write(encode("first"));
    yield* writer.write(encode("last"));
    yield* writer.close();
    return duplex.destroyed;
  });
  await co.done;
  await turn();
  assertEquals([sent.join(" "), duplex.destroyed, reader.buffered], ["firstlast", true, 0]);
  const plain = new Readable({ read() {} });
  new CoReader(plain).cancel();
  assertEquals([plain.destroyed, plain.listenerCount("end")], [true, 0]);
});

Deno.test("nothing is asked of a source before the first read", async () => {
  let reads = 0;
  const stream = new Readable({ read: () => void reads++ });
  const reader = new CoReader(stream);
  await turn();
  assertEquals(reads, 0);
  const co = start("co", () => reader.read());
  assertEquals(reads, 1);
  reader.cancel();
  assertEquals(await co.done, null);
});

needing("net", "run")(
  "a connection whose reader was cancelled does not keep the program from ending",
  async () => {
    const mod = JSON.stringify(new URL("../../../mod.ts", import.meta.url).href);
    const program = `import { CoReader, Coroutine } from ${mod};
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const [here, there] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    listener.close();
    const reader = new CoReader(here);
    const co = Coroutine.create(() => reader.read());
    co.enter();
    reader.cancel();
    console.log(await co.done);`;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-net",
        "--no-lock",
        "-q",
        `data:application/typescript,${encodeURIComponent(program)}`,
      ],
    }).output();
    assertEquals([code, decode(stdout)], [0, "null\n"]);
  },
);

Deno.test("a connection counts again when the read that was cancelled is over", async () => {
  const log: string[] = [];
  let give = (_n: number): void => {};
  const from = {
    read: () => new Promise<number>((done) => give = done),
    ref: () => void log.push("ref"),
    unref: () => void log.push("unref"),
  };
  const reader = new CoReader(from);
  const co = start("co", () => reader.read());
  reader.cancel();
  await co.done;
  assertEquals(log, ["unref"]);
  give(1);
  await turn();
  assertEquals(log, ["unref", "ref"]);
  new CoReader(from).cancel();
  assertEquals(log.length, 2);
});

/** A host that takes one byte each time that it is told to. */
function slow(): { writer: CoWriter; take: () => Promise<void>; log: string[] } {
  const log: string[] = [];
  let take = (): void => {};
  const writer = new CoWriter({
    write: () => new Promise((done) => take = () => done(1)),
    closeWrite: () => {
      log.push("end");
      return Promise.resolve();
    },
  }, { highWater: 2 });
  return {
    writer,
    log,
    take: async () => {
      await turn();
      take();
      await turn();
    },
  };
}

Deno.test("whoever flushes, drains or closes beside one who writes without end waits for what was there", async () => {
  const { writer, take, log } = slow();
  writer.reserve(3);
  const waits = (["flush", "drain"] as const).map((what) =>
    start(what, function* () {
      yield* writer[what]();
      log.push(what);
    })
  );
  for (let i = 0; i < 3; i++) {
    writer.reserve(2);
    await take();
  }
  assertEquals([log, writer.pending], [["drain", "flush"], 6]);
  await Promise.all(waits.map((co) => co.done));
  const closes = start("closes", () => writer.close());
  for (let i = 0; i < 6; i++) {
    assertEquals([codeOf(() => writer.reserve(1)), codeOf(() => writer.lend(encode("a")))], [
      "closed",
      "closed",
    ]);
    assertEquals(log.length, 2);
    await take();
  }
  await closes.done;
  assertEquals(log, ["drain", "flush", "end"]);
});

Deno.test("those who write one after the other are served in their order, however much each writes", async () => {
  const { writer, take, log } = slow();
  const greedy = start("greedy", function* () {
    for (let i = 0; i < 3; i++) {
      yield* writer.write(encode("1234"));
      log.push(`greedy ${i}`);
    }
  });
  const modest = start("modest", function* () {
    yield* writer.write(encode("m"));
    log.push("modest");
  });
  for (let i = 0; i < 13; i++) await take();
  await Promise.all([greedy.done, modest.done]);
  assertEquals(log, ["greedy 0", "modest", "greedy 1", "greedy 2"]);
});

Deno.test("a close that was given up goes on; one that cannot wait does nothing", async () => {
  const { writer, take, log } = slow();
  assertEquals(codeOf(() => [...writer.close() as Iterable<void>]), "yield-to-no-one");
  writer.reserve(1);
  const gone = start("gone", () => outcomeIn(() => writer.close({ timeout: 0 })));
  assertEquals(await gone.done, "timeout");
  assertEquals(codeOf(() => writer.reserve(1)), "closed");
  await take();
  assertEquals(log, ["end"]);
  assertEquals(await start("late", () => outcomeIn(() => writer.close())).done, "done");
  const signal = AbortSignal.abort("aborted");
  const other = slow();
  const early = start("early", () => outcomeIn(() => other.writer.close({ signal })));
  assertEquals(await early.done, "aborted");
  other.writer.reserve(1);
});

Deno.test("what is wrong with a write is told before anything is written", async () => {
  const { writer } = slow();
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const misspelt = { timeOut: 5 } as any;
  assertInstanceOf(errorOf(() => writer.write(encode("a"), misspelt)), TypeError);
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  assertInstanceOf(errorOf(() => writer.write("text" as any)), TypeError);
  const signal = AbortSignal.abort("aborted");
  const early = start("early", () => outcomeIn(() => writer.write(encode("a"), { signal })));
  assertEquals([await early.done, writer.pending], ["aborted", 0]);
});
