/**
 * Every way in which what is read or written can fail, at every time: nobody hangs, and no error is lost.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  CoReader,
  Coroutine,
  CoWriter,
  type ReadableBytes,
  type Suspension,
  type WritableBytes,
} from "@cofn/coroutine";
import { addAbortSignal, Duplex, PassThrough, Readable, Writable } from "node:stream";
import { codeIn, errorOf, turns, uncaughtIn } from "../_helpers.ts";
import { needing } from "../../_needing.ts";

const withNet = needing("net", "read", "write");

/** What most of them fail with. */
const BROKEN = new Error("broken");
/** How long nothing happens before it is said to hang. */
const PATIENCE_MS = 10_000;

type Expected = (error: unknown) => boolean;

const isBroken: Expected = (error) => error === BROKEN;
const isEarly: Expected = (error) =>
  (error as { code?: string } | null)?.code === "ERR_STREAM_PREMATURE_CLOSE";
const isAny: Expected = (error) => error instanceof Error;

/** What somebody comes to who asks: a value, or an error. */
type Told = { readonly value: unknown } | { readonly error: unknown };

/** Asks in a coroutine of its own. */
function ask(body: () => Suspension<unknown>): Promise<Told> {
  const co = Coroutine.create(body);
  const told = co.done.then((value): Told => ({ value }), (error): Told => ({ error }));
  try {
    co.enter();
  } catch {
    // One that fails at once tells whoever enters it, too.
  }
  return told;
}

/** Fails if it takes too long. */
async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It hangs: ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, hangs]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whoever has asked must have been told of the failure. */
async function mustFail(what: string, told: Promise<Told>, expected: Expected): Promise<void> {
  const got = await soon(what, told);
  if (!("error" in got)) throw new Error(`${what}: all is said to be well`);
  assert(expected(got.error), `${what}: ${got.error}`);
}

/** All must be well. */
async function mustBe(what: string, told: Promise<Told>, value: unknown): Promise<void> {
  assertEquals(await soon(what, told), { value }, what);
}

/** Nobody else may be told. */
async function alone(what: string, f: () => Promise<void>): Promise<void> {
  assertEquals(await uncaughtIn(f), [], what);
}

// ---------------------------------------------------------------------------------- readers

/** A source that can be made to give a byte, and to fail. */
interface Tap {
  readonly from: ReadableBytes;
  give(): void;
  fail(): void;
  /** Whether it has been let go of; undefined if that cannot be seen. */
  isFree?(): boolean;
  close?(): void;
}

interface WayToRead {
  readonly name: string;
  make(): Tap | Promise<Tap>;
  readonly told: Expected;
  /** It cannot fail before it is given: nothing of that is kept. */
  readonly later?: boolean;
  /** Whoever waits already cannot know it. */
  readonly silent?: boolean;
  /** It cannot fail when it was cancelled. */
  readonly onlyLive?: boolean;
}

function nodeTap(stream: Readable, fail: () => void): Tap {
  return {
    from: stream,
    give: () => void stream.push(Uint8Array.of(1)),
    fail,
    isFree: () => stream.destroyed && stream.listenerCount("readable") === 0,
  };
}

const nodeReadables: readonly WayToRead[] = [
  ...[
    { kind: "Readable", make: () => new Readable({ read() {} }) },
    { kind: "Readable of objects", make: () => new Readable({ objectMode: true, read() {} }) },
    {
      kind: "Duplex that was written to its end",
      make: () => {
        const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
        duplex.end();
        return duplex;
      },
    },
  ].flatMap(({ kind, make }): WayToRead[] => [
    {
      name: `${kind}: destroyed with an error`,
      make: () => {
        const stream = make();
        return nodeTap(stream, () => stream.destroy(BROKEN));
      },
      told: isBroken,
    },
    {
      name: `${kind}: destroyed`,
      make: () => {
        const stream = make();
        return nodeTap(stream, () => stream.destroy());
      },
      told: isEarly,
    },
    {
      name: `${kind}: an error event`,
      make: () => {
        const stream = make();
        return nodeTap(stream, () => {
          stream.emit("error", BROKEN);
        });
      },
      told: isBroken,
      later: true,
    },
    {
      name: `${kind}: destroyed twice`,
      make: () => {
        const stream = make();
        return nodeTap(stream, () => {
          stream.destroy(BROKEN);
          stream.destroy(new Error("another"));
        });
      },
      told: isBroken,
    },
    {
      name: `${kind}: aborted by a signal`,
      make: () => {
        const [stream, controller] = [make(), new AbortController()];
        addAbortSignal(controller.signal, stream);
        return nodeTap(stream, () => controller.abort());
      },
      told: (error) => (error as Error).name === "AbortError",
    },
  ]),
  {
    name: "Readable: fails as it is destroyed",
    make: () => {
      const stream = new Readable({ read() {}, destroy: (_error, done) => done(BROKEN) });
      return nodeTap(stream, () => stream.destroy());
    },
    told: isBroken,
  },
  {
    name: "Readable: that tells nobody when it is closed, destroyed with an error",
    make: () => {
      const stream = new Readable({ emitClose: false, read() {} });
      return nodeTap(stream, () => stream.destroy(BROKEN));
    },
    told: isBroken,
  },
  {
    name: "Readable: that tells nobody when it is closed, destroyed",
    make: () => {
      const stream = new Readable({ emitClose: false, read() {} });
      return nodeTap(stream, () => stream.destroy());
    },
    told: isEarly,
    silent: true,
  },
  {
    name: "Readable: read() throws",
    make: () => {
      let fails = false;
      const stream = new Readable({
        read() {
          if (fails) throw BROKEN;
        },
      });
      return nodeTap(stream, () => {
        fails = true;
        stream.push(new Uint8Array(0));
        stream.destroyed || stream.destroy(BROKEN);
      });
    },
    told: isBroken,
  },
  {
    name: "Readable: gives what are no bytes",
    make: () => {
      const stream = new Readable({ objectMode: true, read() {} });
      return nodeTap(stream, () => void stream.push("text"));
    },
    told: (error) => error instanceof TypeError,
    later: true,
    onlyLive: true,
  },
];

function webTap(stream: ReadableStream<Uint8Array>, give: () => void, fail: () => void): Tap {
  return { from: stream, give, fail, isFree: () => !stream.locked };
}

const webReadables: readonly WayToRead[] = [
  ...(["bytes", undefined] as const).map((type): WayToRead => ({
    name: `ReadableStream (${type ?? "default"}): the controller's error`,
    make: () => {
      let controller: ReadableStreamDefaultController | ReadableByteStreamController | undefined;
      const source = { start: (c: typeof controller) => void (controller = c) };
      const stream = type === "bytes"
        ? new ReadableStream({ ...source, type })
        : new ReadableStream<Uint8Array>(source);
      return webTap(stream, () => {
        controller?.enqueue(Uint8Array.of(1));
      }, () => {
        // One that was cancelled is closed.
        try {
          controller?.error(BROKEN);
        } catch {
          // It cannot fail any more.
        }
      });
    },
    told: isBroken,
  })),
  ...(["throws", "rejects"] as const).map((how): WayToRead => ({
    name: `ReadableStream: pull() ${how}`,
    make: () => {
      let give = 0;
      let fails = false;
      let wake = (): void => {};
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          while (give === 0 && !fails) await new Promise<void>((done) => wake = done);
          if (!fails) return controller.enqueue(Uint8Array.of(give--));
          if (how === "throws") throw BROKEN;
          return Promise.reject(BROKEN);
        },
      }, { highWaterMark: 0 });
      return webTap(stream, () => {
        give++;
        wake();
      }, () => {
        fails = true;
        wake();
      });
    },
    told: isBroken,
  })),
  {
    name: "ReadableStream: gives what are no bytes",
    make: () => {
      let controller: ReadableStreamDefaultController | undefined;
      const stream = new ReadableStream({ start: (c) => void (controller = c) });
      return webTap(
        stream,
        () => controller?.enqueue(Uint8Array.of(1)),
        () => controller?.enqueue("text"),
      );
    },
    told: (error) => error instanceof TypeError,
    later: true,
    onlyLive: true,
  },
  {
    name: "a pair: its other side is aborted",
    make: () => {
      const pair = new TransformStream<Uint8Array, Uint8Array>();
      const writer = pair.writable.getWriter();
      writer.closed.catch(() => {});
      return {
        from: pair,
        give: () => void writer.write(Uint8Array.of(1)).catch(() => {}),
        fail: () => void writer.abort(BROKEN).catch(() => {}),
        isFree: () => !pair.readable.locked,
      };
    },
    told: isBroken,
  },
  {
    name: "a pair: a pipe into it is aborted by a signal",
    make: () => {
      const controller = new AbortController();
      let source: ReadableStreamDefaultController | undefined;
      const stream = new ReadableStream<Uint8Array>({ start: (c) => void (source = c) })
        .pipeThrough(new TransformStream(), { signal: controller.signal });
      return webTap(
        stream,
        () => source?.enqueue(Uint8Array.of(1)),
        () => controller.abort(BROKEN),
      );
    },
    told: isBroken,
  },
];

/** An object with `read()`, whose calls are answered when it is told to. */
function objectTap(how: "rejects" | "throws" | "answers with too much"): Tap {
  let give = 0;
  let fails = false;
  let look = (): void => {};
  return {
    from: {
      read(into) {
        const fail = (): number => {
          if (how === "answers with too much") return into.length + 1;
          throw BROKEN;
        };
        if (fails && how === "throws") fail();
        return new Promise((resolve, reject) => {
          look = () => {
            try {
              if (fails) resolve(fail());
              else if (give-- > 0) resolve(1);
              else give = 0;
            } catch (error) {
              reject(error);
            }
          };
          look();
        });
      },
    },
    give: () => {
      give++;
      look();
    },
    fail: () => {
      fails = true;
      look();
    },
  };
}

const objectReadables: readonly WayToRead[] = [
  { name: "read() rejects", make: () => objectTap("rejects"), told: isBroken },
  { name: "read() throws", make: () => objectTap("throws"), told: isBroken },
  {
    name: "read() answers with too much",
    make: () => objectTap("answers with too much"),
    told: (error) => error instanceof TypeError,
  },
];

/** A connection of Deno's, which its user closes. */
async function connTap(transport: "tcp" | "unix"): Promise<Tap> {
  const path = transport === "unix" ? await Deno.makeTempFile() : "";
  if (transport === "unix") await Deno.remove(path);
  const listener = transport === "tcp"
    ? Deno.listen({ hostname: "127.0.0.1", port: 0 })
    : Deno.listen({ transport, path });
  const { port } = listener.addr as Deno.NetAddr;
  const [here, there] = await Promise.all([
    transport === "tcp"
      ? Deno.connect({ hostname: "127.0.0.1", port })
      : Deno.connect({ transport, path }),
    listener.accept(),
  ]);
  listener.close();
  return {
    from: here,
    give: () => void there.write(Uint8Array.of(1)),
    fail: () => here.close(),
    close: () => there.close(),
  };
}

const connReadables: readonly WayToRead[] = (["tcp", "unix"] as const).map((transport) => ({
  name: `a connection (${transport}): closed`,
  make: () => connTap(transport),
  told: isAny,
}));

const one = (reader: CoReader): Promise<Told> =>
  ask(function* () {
    return (yield* reader.readExactly(1)).length;
  });

/** Each time at which it may fail, and what whoever asks must be told then. */
const readTimes: Readonly<Record<string, (way: WayToRead, tap: Tap) => Promise<void>>> = {
  async "before it is given"({ told, later }, tap) {
    if (later) return;
    // Node ends the program if an error is told to nobody.
    if (tap.from instanceof Readable) tap.from.on("error", () => {});
    tap.fail();
    await turns();
    const reader = new CoReader(tap.from);
    await mustFail("the first read", one(reader), told);
    await mustFail("the second read", one(reader), told);
  },
  async "just before it is given"({ told, later }, tap) {
    if (later) return;
    if (tap.from instanceof Readable) tap.from.on("error", () => {});
    tap.fail();
    await mustFail("the first read", one(new CoReader(tap.from)), told);
  },
  async "before its first use"({ told }, tap) {
    const reader = new CoReader(tap.from);
    tap.fail();
    await turns();
    await mustFail("the first read", one(reader), told);
    await mustFail("the second read", one(reader), told);
  },
  async "between two reads"({ told }, tap) {
    const reader = new CoReader(tap.from);
    const first = one(reader);
    tap.give();
    await mustBe("the first read", first, 1);
    tap.fail();
    await turns();
    await mustFail("the second read", one(reader), told);
    await mustFail("the third read", one(reader), told);
  },
  async "while several read"({ told, silent }, tap) {
    if (silent) return;
    const reader = new CoReader(tap.from);
    const all = [1, 2, 3].map(() => one(reader));
    await turns();
    tap.fail();
    for (const [i, each] of all.entries()) await mustFail(`read ${i}`, each, told);
  },
  async "while it is watched"({ told, silent }, tap) {
    if (silent) return;
    const reader = new CoReader(tap.from);
    const changed = new Promise<void>((resolve) => reader.watch(resolve));
    tap.fail();
    await soon("whoever watches", changed);
    assertEquals(reader.ready, true);
    await mustFail("the read", one(reader), told);
  },
  async "after it was told, and then cancelled"({ told }, tap) {
    const reader = new CoReader(tap.from);
    tap.fail();
    await mustFail("the read", one(reader), told);
    reader.cancel();
    await turns();
    assertEquals(tap.isFree?.() ?? true, true, "it has not let go of the source");
    await mustFail("the next read", one(reader), told);
  },
  async "after it was cancelled"({ onlyLive }, tap) {
    const reader = new CoReader(tap.from);
    const read = ask(() => reader.read());
    await turns();
    reader.cancel();
    await mustBe("the read", read, null);
    await turns();
    assertEquals(tap.isFree?.() ?? true, true, "it has not let go of the source");
    if (!onlyLive) tap.fail();
    await turns();
    await mustBe("the next read", ask(() => reader.read()), null);
    reader.cancel();
    assertEquals([reader.ended, reader.buffered], [true, 0]);
  },
};

const readable = [...nodeReadables, ...webReadables, ...objectReadables];

for (const way of readable) {
  Deno.test(`reading, ${way.name}`, async (t) => {
    for (const [time, run] of Object.entries(readTimes)) {
      await t.step(time, () => alone(time, async () => await run(way, await way.make())));
    }
  });
}

for (const way of connReadables) {
  withNet(`reading, ${way.name}`, async (t) => {
    for (const [time, run] of Object.entries(readTimes)) {
      await t.step(time, () =>
        alone(time, async () => {
          const tap = await way.make();
          try {
            await run(way, tap);
          } finally {
            tap.close?.();
          }
        }));
    }
  });
}

// ---------------------------------------------------------------------------------- writers

/** A sink that can be made to fail, and to wait. */
interface Sink {
  readonly to: WritableBytes;
  /** From now on, it does not answer. */
  hold(): void;
  fail(): void;
  close?(): void;
}

/** When it may fail: see below. */
type Time = keyof typeof writeTimes;

interface WayToWrite {
  readonly name: string;
  make(): Sink | Promise<Sink>;
  readonly told: Expected;
  /** When it can fail in this way. */
  readonly at: readonly Time[];
}

/** When what fails by itself may. */
const ALWAYS: readonly Time[] = [
  "before it is given",
  "just before it is given",
  "before its first use",
  "idle",
  "idle, and then written to",
  "idle, and then closed at once",
  "while several wait",
  "while it is closed",
];

/** When what fails only when it is asked for bytes may. */
const ASKED: readonly Time[] = ["as it is asked to take bytes", "as it is asked while it closes"];

function nodeSink(
  make: (more: ConstructorParameters<typeof Writable>[0]) => Writable,
  fail: (stream: Writable) => void,
  more: ConstructorParameters<typeof Writable>[0] = {},
): Sink {
  let holds = false;
  const stream = make({
    write: (_chunk, _encoding, done) => {
      if (!holds) done();
    },
    final: (done) => {
      if (!holds) done();
    },
    ...more,
  });
  return {
    to: stream,
    hold: () => void (holds = true),
    fail: () => fail(stream),
  };
}

const writables = [
  { kind: "Writable", make: (more = {}) => new Writable(more) },
  { kind: "Duplex", make: (more = {}) => new Duplex({ read() {}, ...more }) },
] satisfies { kind: string; make: (more: ConstructorParameters<typeof Writable>[0]) => Writable }[];

const nodeWritables: readonly WayToWrite[] = writables.flatMap(({ kind, make }): WayToWrite[] => [
  {
    name: `${kind}: destroyed with an error`,
    make: () => nodeSink(make, (stream) => stream.destroy(BROKEN)),
    told: isBroken,
    at: [...ALWAYS, ...(kind === "Duplex" ? ["after it was closed" as const] : [])],
  },
  {
    name: `${kind}: destroyed`,
    make: () => nodeSink(make, (stream) => stream.destroy()),
    told: (error) => isEarly(error) || (error as { code?: string }).code === "ERR_STREAM_DESTROYED",
    at: ALWAYS,
  },
  {
    name: `${kind}: an error event`,
    make: () => nodeSink(make, (stream) => void stream.emit("error", BROKEN)),
    told: isBroken,
    at: [...ALWAYS.filter((time) => !time.includes("given")), "after it was closed"],
  },
  {
    name: `${kind}: aborted by a signal`,
    make: () => {
      const controller = new AbortController();
      return nodeSink(
        (more) => addAbortSignal(controller.signal, make(more)),
        () => controller.abort(),
      );
    },
    told: (error) => (error as Error).name === "AbortError",
    at: ALWAYS,
  },
  {
    name: `${kind}: fails as it is destroyed`,
    make: () =>
      nodeSink(make, (stream) => stream.destroy(), { destroy: (_error, done) => done(BROKEN) }),
    told: isBroken,
    at: ALWAYS,
  },
  {
    name: `${kind}: that tells nobody when it is closed, destroyed with an error`,
    make: () => nodeSink(make, (stream) => stream.destroy(BROKEN), { emitClose: false }),
    told: isBroken,
    at: ALWAYS,
  },
  {
    name: `${kind}: that tells nobody when it is closed, destroyed`,
    make: () => nodeSink(make, (stream) => stream.destroy(), { emitClose: false }),
    told: (error) => isEarly(error) || (error as { code?: string }).code === "ERR_STREAM_DESTROYED",
    // Whoever waits already cannot know it.
    at: ALWAYS.filter((time) => !time.startsWith("while") && time !== "idle"),
  },
  {
    name: `${kind}: the callback of write() has an error`,
    make: () => nodeSink(make, () => {}, { write: (_chunk, _encoding, done) => done(BROKEN) }),
    told: isBroken,
    at: ASKED,
  },
  {
    name: `${kind}: the callback of write() has an error, later`,
    make: () =>
      nodeSink(make, () => {}, {
        write: (_chunk, _encoding, done) => void setTimeout(done, 0, BROKEN),
      }),
    told: isBroken,
    at: ASKED,
  },
  {
    name: `${kind}: write() throws`,
    make: () =>
      nodeSink(make, () => {}, {
        write: () => {
          throw BROKEN;
        },
      }),
    told: isBroken,
    at: ASKED,
  },
  {
    name: `${kind}: destroyed in write()`,
    make: () =>
      nodeSink(make, () => {}, {
        write() {
          this.destroy();
        },
      }),
    told: (error) => isEarly(error) || (error as { code?: string }).code === "ERR_STREAM_DESTROYED",
    at: ASKED,
  },
  {
    name: `${kind}: the callback of final() has an error`,
    make: () => nodeSink(make, () => {}, { final: (done) => done(BROKEN) }),
    told: isBroken,
    at: ["as it is asked to end"],
  },
  {
    name: `${kind}: the callback of final() has an error, later`,
    make: () => nodeSink(make, () => {}, { final: (done) => void setTimeout(done, 0, BROKEN) }),
    told: isBroken,
    at: ["as it is asked to end"],
  },
  {
    name: `${kind}: final() throws`,
    make: () =>
      nodeSink(make, () => {}, {
        final: () => {
          throw BROKEN;
        },
      }),
    told: isBroken,
    at: ["as it is asked to end"],
  },
  {
    name: `${kind}: destroyed in final()`,
    make: () =>
      nodeSink(make, () => {}, {
        final() {
          setTimeout(() => this.destroy(), 0);
        },
      }),
    told: (error) => isEarly(error) || (error as { code?: string }).code === "ERR_STREAM_DESTROYED",
    at: ["as it is asked to end"],
  },
  {
    name: `${kind}: was ended by somebody else`,
    make: () => nodeSink(make, (stream) => stream.end()),
    told: (error) => `${(error as { code?: string }).code}`.startsWith("ERR_STREAM_"),
    at: ["idle, and then written to"],
  },
]);

const moreNodeWritables: readonly WayToWrite[] = [
  {
    name: "Writable: fails as it closes by itself, at its end",
    make: () =>
      nodeSink((more) => new Writable(more), () => {}, { destroy: (_error, done) => done(BROKEN) }),
    told: isBroken,
    at: ["as it is asked to end"],
  },
  {
    name: "PassThrough: destroyed with an error",
    make: () => {
      // Nobody reads it: so what is written waits.
      const stream = new PassThrough({ highWaterMark: 0 });
      return { to: stream, hold() {}, fail: () => stream.destroy(BROKEN) };
    },
    told: isBroken,
    at: ALWAYS.filter((time) => !/idle|closed/.test(time)),
  },
];

function webSink(sink: UnderlyingSink<Uint8Array>, fail: () => void = () => {}): Sink {
  let holds = false;
  let controller: WritableStreamDefaultController | undefined;
  const held = (): Promise<void> | undefined => holds ? new Promise(() => {}) : undefined;
  const to = new WritableStream<Uint8Array>({
    start: (c) => void (controller = c),
    write: held,
    close: held,
    ...sink,
  });
  return {
    to,
    hold: () => void (holds = true),
    fail: () => {
      controller?.error(BROKEN);
      fail();
    },
  };
}

/** A Web stream whose sink does not answer cannot fail before it has. */
const NOT_HELD = ALWAYS.filter((time) => !time.startsWith("while"));

const webWritables: readonly WayToWrite[] = [
  {
    name: "WritableStream: the controller's error",
    make: () => webSink({}),
    told: isBroken,
    at: NOT_HELD,
  },
  {
    name: "WritableStream: the controller's error, and then what it was asked for fails",
    make: () => {
      let reject = (): void => {};
      const call = (): Promise<void> => new Promise((_, no) => reject = () => no(BROKEN));
      return webSink({ write: call, close: call }, () => reject());
    },
    told: isBroken,
    at: ["while several wait"],
  },
  ...(["throws", "rejects"] as const).flatMap((how): WayToWrite[] => {
    const fail = (): Promise<void> => {
      if (how === "throws") throw BROKEN;
      return Promise.reject(BROKEN);
    };
    return [
      {
        name: `WritableStream: write() ${how}`,
        make: () => webSink({ write: fail }),
        told: isBroken,
        at: ASKED,
      },
      {
        name: `WritableStream: close() ${how}`,
        make: () => webSink({ close: fail }),
        told: isBroken,
        at: ["as it is asked to end"],
      },
    ];
  }),
  {
    name: "WritableStream: start() rejects",
    make: () => webSink({ start: () => Promise.reject(BROKEN) }),
    told: isBroken,
    at: ["before its first use", "just before it is given", "before it is given", ...ASKED],
  },
  {
    name: "a pair: its other side is cancelled",
    make: () => {
      const pair = new TransformStream<Uint8Array, Uint8Array>();
      return { to: pair, hold() {}, fail: () => void pair.readable.cancel(BROKEN) };
    },
    told: isBroken,
    at: ALWAYS.filter((time) => !/idle|closed/.test(time)),
  },
  {
    name: "WritableStream: was closed before it was given",
    make: () => {
      const to = new WritableStream<Uint8Array>();
      return { to, hold() {}, fail: () => void to.close() };
    },
    told: isAny,
    at: ["before it is given"],
  },
];

function objectSink(
  { write, closeWrite }: { write?: () => Promise<number>; closeWrite?: () => Promise<void> },
): Sink {
  return {
    to: {
      write: write ?? ((bytes) => Promise.resolve(bytes.length)),
      closeWrite: closeWrite ?? (() => Promise.resolve()),
    },
    hold() {},
    fail() {},
  };
}

const objectWritables: readonly WayToWrite[] = (["throws", "rejects"] as const).flatMap((how) => {
  const fail = (): Promise<never> => {
    if (how === "throws") throw BROKEN;
    return Promise.reject(BROKEN);
  };
  return [
    {
      name: `write() ${how}`,
      make: () => objectSink({ write: fail }),
      told: isBroken,
      at: ASKED,
    },
    {
      name: `closeWrite() ${how}`,
      make: () => objectSink({ closeWrite: fail }),
      told: isBroken,
      at: ["as it is asked to end" as const],
    },
  ];
});

const wrote = (writer: CoWriter): Promise<Told> =>
  ask(function* () {
    yield* writer.write(Uint8Array.of(1));
    yield* writer.flush();
  });

const closed = (writer: CoWriter): Promise<Told> => ask(() => writer.close());

/** From now on everybody is told. */
async function mustHaveFailed(writer: CoWriter, told: Expected): Promise<void> {
  await mustFail("drain()", ask(() => writer.drain()), told);
  await mustFail("flush()", ask(() => writer.flush()), told);
  await mustFail("write()", ask(() => writer.write(new Uint8Array(1))), told);
  await mustFail("close()", closed(writer), told);
  await mustFail("close(), once more", closed(writer), told);
  assertEquals(writer.pending, 0);
}

const writeTimes = {
  async "before it is given"({ told }: WayToWrite, { to, fail }: Sink) {
    if (to instanceof Writable || to instanceof Duplex) to.on("error", () => {});
    fail();
    await turns();
    const writer = new CoWriter(to);
    await mustFail("close()", closed(writer), told);
    await mustHaveFailed(writer, told);
  },
  async "just before it is given"({ told }: WayToWrite, { to, fail }: Sink) {
    if (to instanceof Writable || to instanceof Duplex) to.on("error", () => {});
    fail();
    await mustFail("close()", closed(new CoWriter(to)), told);
  },
  async "before its first use"({ told }: WayToWrite, { to, fail }: Sink) {
    const writer = new CoWriter(to);
    fail();
    await turns();
    await mustFail("close()", closed(writer), told);
    await mustHaveFailed(writer, told);
  },
  async "idle"({ told }: WayToWrite, { to, fail }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("the first write", wrote(writer), undefined);
    fail();
    await turns();
    await mustHaveFailed(writer, told);
  },
  async "idle, and then written to"({ told }: WayToWrite, { to, fail }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("the first write", wrote(writer), undefined);
    fail();
    await mustFail("the second write", wrote(writer), told);
    await mustFail("close()", closed(writer), told);
  },
  async "idle, and then closed at once"({ told }: WayToWrite, { to, fail }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("the first write", wrote(writer), undefined);
    fail();
    await mustFail("close()", closed(writer), told);
  },
  async "while several wait"({ told }: WayToWrite, { to, hold, fail }: Sink) {
    const writer = new CoWriter(to, { highWater: 0 });
    hold();
    const all = [wrote(writer), ask(() => writer.flush()), closed(writer)];
    await turns();
    fail();
    for (const [i, each] of all.entries()) await mustFail(`wait ${i}`, each, told);
    await mustHaveFailed(writer, told);
  },
  async "while it is closed"({ told }: WayToWrite, { to, hold, fail }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("the first write", wrote(writer), undefined);
    hold();
    const both = [closed(writer), closed(writer)];
    await turns();
    fail();
    for (const each of both) await mustFail("close()", each, told);
    await mustHaveFailed(writer, told);
  },
  async "after it was closed"({ told }: WayToWrite, { to, fail }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("close()", closed(writer), undefined);
    fail();
    await turns();
    await mustHaveFailed(writer, told);
  },
  async "as it is asked to take bytes"({ told }: WayToWrite, { to }: Sink) {
    const writer = new CoWriter(to);
    await mustFail("the write", wrote(writer), told);
    await mustHaveFailed(writer, told);
  },
  async "as it is asked while it closes"({ told }: WayToWrite, { to }: Sink) {
    const writer = new CoWriter(to);
    writer.reserve(1);
    await mustFail("close()", closed(writer), told);
    await mustHaveFailed(writer, told);
  },
  async "as it is asked to end"({ told }: WayToWrite, { to }: Sink) {
    const writer = new CoWriter(to);
    await mustBe("the write", wrote(writer), undefined);
    await mustFail("close()", closed(writer), told);
    await mustHaveFailed(writer, told);
  },
};

const writable = [...nodeWritables, ...moreNodeWritables, ...webWritables, ...objectWritables];

for (const way of writable) {
  Deno.test(`writing, ${way.name}`, async (t) => {
    for (const time of way.at) {
      await t.step(
        time,
        () => alone(time, async () => await writeTimes[time](way, await way.make())),
      );
    }
  });
}

withNet("writing, a connection that its user has closed", async (t) => {
  for (const time of ["before it is given", "before its first use", "idle"] as const) {
    await t.step(time, () =>
      alone(time, async () => {
        const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const { port } = listener.addr as Deno.NetAddr;
        const [to, there] = await Promise.all([
          Deno.connect({ hostname: "127.0.0.1", port }),
          listener.accept(),
        ]);
        listener.close();
        const sink = { to, hold() {}, fail: () => to.close() };
        const writer = new CoWriter(to);
        if (time === "idle") await mustBe("the first write", wrote(writer), undefined);
        sink.fail();
        await mustFail(
          "close()",
          closed(time === "before it is given" ? new CoWriter(to) : writer),
          isAny,
        );
        there.close();
      }));
  }
});

Deno.test("what is locked is refused, and left as it is", () => {
  const [from, to] = [new ReadableStream<Uint8Array>(), new WritableStream<Uint8Array>()];
  const [reader, writer] = [from.getReader(), to.getWriter()];
  for (const make of [() => new CoReader(from), () => new CoWriter(to)]) {
    assert(errorOf(make) instanceof TypeError);
  }
  reader.releaseLock();
  writer.releaseLock();
  assertEquals([from.locked, to.locked], [false, false]);
});

Deno.test("a stream of node's that fails after its end is told of to whoever reads on", async () => {
  const ways = [
    () => new Readable({ read() {}, destroy: (_error, done) => done(BROKEN) }),
    () => new Readable({ autoDestroy: false, read() {} }),
    () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }),
  ];
  for (const make of ways) {
    await alone("after its end", async () => {
      const stream = make();
      const reader = new CoReader(stream);
      stream.push(null);
      await mustBe("the end", ask(() => reader.read()), null);
      stream.destroy(BROKEN);
      await turns();
      await mustFail("the next read", ask(() => reader.read()), isBroken);
      assertEquals(reader.ended, true);
    });
  }
});

Deno.test("what came before a failure is read before it is told", async () => {
  const sources: readonly WayToRead[] = [...webReadables, ...objectReadables];
  for (const way of sources) {
    await alone(way.name, async () => {
      const tap = await way.make();
      const reader = new CoReader(tap.from);
      const filled = ask(function* () {
        return yield* reader.fill(1);
      });
      tap.give();
      await mustBe(`${way.name}: the bytes`, filled, true);
      tap.fail();
      await turns();
      await mustBe(`${way.name}: the bytes`, one(reader), 1);
      await mustFail(`${way.name}: the next`, one(reader), way.told);
    });
  }
});

Deno.test("a writer whose stream is well says so, at every time", async () => {
  for (
    const make of [() => new Writable({ write: (_c, _e, done) => done() }), () => webSink({}).to]
  ) {
    await alone("well", async () => {
      const writer = new CoWriter(make());
      await mustBe("write", wrote(writer), undefined);
      await mustBe("close", closed(writer), undefined);
      await mustBe("close, once more", closed(writer), undefined);
      await mustBe("flush", ask(() => writer.flush()), undefined);
      const late = await ask(() => writer.write(new Uint8Array(1)));
      assertEquals("error" in late && codeIn(late.error), "closed");
    });
  }
});
