import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Co, CoReader, type Coroutine, CoWriter } from "@cofn/coroutine";
import { PassThrough, Readable, Writable } from "node:stream";
import { codeOf, errorOf, outcomeIn, start, turn } from "../_helpers.ts";

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
