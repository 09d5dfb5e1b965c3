/**
 * What readers, writers and files hand out begins afresh each time that it is used: in turn, by several at
 * once, after it was given up, as the body of a coroutine; with limits and without.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  AioContext,
  call,
  type Co,
  CoFile,
  CoReader,
  Coroutine,
  CoWriter,
  EventNotifier,
  readable,
  type Suspension,
  VirtualClock,
  type WaitOptions,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { codeIn, start, turn, turns } from "../_helpers.ts";

const withFiles = needing("read", "write");

/** What a wait may be given: nothing, or what never comes. */
const LIMITS: Readonly<Record<string, () => WaitOptions | undefined>> = {
  "without limits": () => undefined,
  "with an empty object": () => ({}),
  "with a time": () => ({ timeout: 60e9 }),
  "with a signal": () => ({ signal: new AbortController().signal }),
  "with both": () => ({ timeout: 60e9, signal: new AbortController().signal }),
};

/** A reader of what it is given. */
function reading(): { reader: CoReader; give: (text: string) => Promise<void> } {
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const reader = new CoReader(new ReadableStream({ start: (c) => void (source = c) }));
  return {
    reader,
    give: async (text) => {
      source?.enqueue(new TextEncoder().encode(text));
      await turns();
    },
  };
}

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);

/** One use of each wait for bytes: what it takes away is all that it waits for. */
const READS: Readonly<
  Record<string, (reader: CoReader, options: WaitOptions | undefined) => Suspension<unknown>>
> = {
  fill: (reader, options) => reader.fill(2, options),
  readExactly: (reader, options) => reader.readExactly(2, options),
  read: (reader, options) => reader.read(2, options),
  readLine: (reader, options) => reader.readLine(options),
};

/** Uses a wait for bytes once: what it is worth, as a text. */
function* use(name: string, reader: CoReader, wait: Suspension<unknown>): Co<string> {
  const value = yield* wait;
  if (name === "fill") {
    const got = text(reader.peek(2));
    reader.skip(2);
    return got;
  }
  return name === "readLine" ? `${value}` : text(value as Uint8Array);
}

for (const [limits, options] of Object.entries(LIMITS)) {
  for (const [name, make] of Object.entries(READS)) {
    const end = name === "readLine" ? "\n" : "";
    Deno.test(`${name}() ${limits} is used again, by one and by several`, async () => {
      const { reader, give } = reading();
      const wait = make(reader, options());
      const [log, in_turn] = [[] as string[], [] as string[]];
      const one = start("one", function* () {
        for (let i = 0; i < 3; i++) in_turn.push(yield* use(name, reader, wait));
      });
      for (const bytes of ["ab", "cd", "ef"]) await give(bytes + end);
      await one.done;
      assertEquals(in_turn, ["ab", "cd", "ef"]);
      const several = ["x", "y", "z"].map((who) =>
        start(who, function* () {
          for (let i = 0; i < 2; i++) log.push(`${who} ${yield* use(name, reader, wait)}`);
        })
      );
      for (const bytes of ["01", "23", "45", "67", "89", "AB"]) await give(bytes + end);
      await Promise.all(several.map((co) => co.done));
      // In the order in which they have come: whoever comes again comes last.
      assertEquals(log, ["x 01", "y 23", "z 45", "x 67", "y 89", "z AB"]);
    });

    Deno.test(`${name}() ${limits} is used again by one that was given up, and by another`, async () => {
      const { reader, give } = reading();
      const wait = make(reader, options());
      const gone = start("gone", () => use(name, reader, wait));
      const stays = start("stays", () => use(name, reader, wait));
      gone.done.catch(() => {});
      gone.cancel();
      const comes = start("comes", () => use(name, reader, wait));
      await give("ab" + end);
      await give("cd" + end);
      assertEquals(await Promise.all([stays.done, comes.done]), ["ab", "cd"]);
    });
  }

  Deno.test(`flush(), drain() and close() ${limits} are used again, by one and by several`, async () => {
    const taken: (() => void)[] = [];
    const writer = new CoWriter({
      write: (bytes) => new Promise((done) => taken.push(() => done(bytes.length))),
    }, { highWater: 0 });
    const [flush, drain, close] = [
      writer.flush(options()),
      writer.drain(options()),
      writer.close(options()),
    ];
    for (const wait of [flush, drain]) {
      const log: string[] = [];
      const go = async (): Promise<void> => {
        await turns();
        taken.shift()?.();
        await turns();
      };
      const one = start("one", function* () {
        for (let i = 0; i < 3; i++) {
          writer.reserve(1);
          yield* wait;
          log.push(`one ${writer.pending}`);
        }
      });
      for (let i = 0; i < 3; i++) await go();
      await one.done;
      assertEquals(log.splice(0), ["one 0", "one 0", "one 0"]);
      // Each waits for what was written before it came, and for no more.
      const several: Coroutine<void>[] = [];
      for (const who of ["x", "y", "z"]) {
        several.push(start(who, function* () {
          writer.reserve(1);
          yield* wait;
          log.push(who);
        }));
        await turns();
      }
      assertEquals(log, []);
      await go();
      assertEquals(log, ["x"]);
      await go();
      assertEquals(log, ["x", "y", "z"]);
      await Promise.all(several.map((co) => co.done));
    }
    const closers = ["a", "b"].map((who) =>
      start(who, function* () {
        for (let i = 0; i < 2; i++) yield* close;
        return who;
      })
    );
    assertEquals(await Promise.all(closers.map((co) => co.done)), ["a", "b"]);
  });

  Deno.test(`write() ${limits} writes each time`, async () => {
    let got = "";
    const writer = new CoWriter({
      async write(bytes) {
        await turn();
        got += text(bytes);
        return bytes.length;
      },
    }, { highWater: 0 });
    const write = writer.write(new TextEncoder().encode("ab"), options());
    const one = start("one", function* () {
      for (let i = 0; i < 2; i++) {
        yield* write;
        got += `(${writer.pending})`;
      }
    });
    await one.done;
    const several = ["x", "y"].map((who) => start(who, () => write));
    await Promise.all(several.map((co) => co.done));
    assertEquals(got, "ab(0)ab(0)abab");
  });

  Deno.test(`readable() ${limits} is used again, by one and by several`, async () => {
    const event = new EventNotifier();
    const wait = readable(event, options());
    const one = start("one", function* () {
      let n = 0;
      for (; n < 3; n++) {
        yield* wait;
        event.testAndClear();
      }
      return n;
    });
    for (let i = 0; i < 3; i++) event.set();
    assertEquals(await one.done, 3);
    const several = ["x", "y"].map((who) =>
      start(who, function* () {
        yield* wait;
        event.testAndClear();
        return who;
      })
    );
    event.set();
    event.set();
    assertEquals(await Promise.all(several.map((co) => co.done)), ["x", "y"]);
  });
}

Deno.test("whoever gives up a wait that others use leaves theirs", async () => {
  const { reader, give } = reading();
  const clock = new VirtualClock();
  const [short, long] = [
    reader.readExactly(1, { timeout: 5, clock }),
    reader.readExactly(1, { timeout: 9, clock }),
  ];
  const outcomes: unknown[] = [];
  for (const wait of [short, long, short, long]) {
    start("co", function* () {
      try {
        outcomes.push(text(yield* wait));
      } catch (error) {
        outcomes.push(codeIn(error));
      }
    });
  }
  clock.advance(5);
  assertEquals(outcomes, ["timeout", "timeout"]);
  await give("ab");
  assertEquals(outcomes, ["timeout", "timeout", "a", "b"]);
  const late = start("late", () => short);
  clock.advance(4);
  await give("c");
  assertEquals(text(await late.done), "c");
});

Deno.test("what is handed out can be all that a coroutine does", async () => {
  const { reader, give } = reading();
  const writer = new CoWriter({ write: (bytes) => Promise.resolve(bytes.length) });
  const all = [
    Coroutine.create(() => reader.read(1)),
    Coroutine.create(() => reader.readExactly(1, { timeout: 60e9 })),
    Coroutine.create(() => reader.readLine()),
    Coroutine.create(() => reader.readLine({ most: 9, timeout: 60e9 })),
    Coroutine.create(() => writer.write(new Uint8Array(1))),
    Coroutine.create(() => writer.write(new Uint8Array(1), { timeout: 60e9 })),
    Coroutine.create(() => writer.close({ timeout: 60e9 })),
  ];
  for (const co of all) co.enter();
  await give("abc\nd\n");
  const values = await Promise.all(all.map((co) => co.done as Promise<unknown>));
  assertEquals(values.map((v) => v instanceof Uint8Array ? text(v) : v), [
    ...["a", "b", "c", "d"],
    ...[undefined, undefined, undefined],
  ]);
  const cancelled = Coroutine.create(() => reader.read(1, { timeout: 60e9 }));
  cancelled.enter();
  cancelled.cancel();
  assertEquals(await cancelled.done.catch(codeIn), "cancelled");
  const calls = start("calls", function* () {
    const write = writer.write(new Uint8Array(1));
    const outcomes: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      try {
        yield* call(() => write);
      } catch (error) {
        outcomes.push(codeIn(error));
      }
    }
    return outcomes;
  });
  assertEquals(await calls.done, ["closed", "closed"]);
  const unbegun = Coroutine.create(() => writer.close());
  unbegun.wake();
  assertEquals(await unbegun.done, undefined);
});

withFiles("what a file hands out is done each time", async () => {
  const path = await Deno.makeTempFile();
  try {
    const co = start("co", function* () {
      const open = CoFile.open(path);
      const [file, other] = [yield* open, yield* open];
      const write = file.writeAt(0, new TextEncoder().encode("ab"));
      const into = new Uint8Array(2);
      const [read, size, truncate, sync] = [
        file.readAt(0, into),
        file.size(),
        file.truncate(1),
        file.sync(),
      ];
      const log: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        yield* write;
        yield* sync;
        log.push(yield* read, text(into), yield* size);
        into.fill(0);
        yield* truncate;
        log.push(yield* size);
      }
      const close = file.close();
      for (let i = 0; i < 2; i++) yield* close;
      yield* other.close();
      return log;
    });
    assertEquals(await co.done, [2, "ab", 2, 1, 2, "ab", 2, 1]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a wait that is kept is no turn: whoever has had one stands behind those who wait", async () => {
  const { reader, give } = reading();
  const byte = reader.fill(1);
  const context = new AioContext();
  const order: string[] = [];
  for (const who of ["a", "b"]) {
    start(who, function* () {
      for (let i = 0; i < 2; i++) {
        yield* byte;
        reader.skip(1);
        order.push(who);
      }
    });
  }
  await give("1");
  await give("234");
  assertEquals(order, ["a", "b", "a", "b"]);
  context.close();
});
