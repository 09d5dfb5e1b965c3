import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  type Co,
  CoReader,
  Coroutine,
  CoWriter,
  monotonic,
  readable,
  scope,
  sleep,
  until,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { codeIn, errorOf, turn, uncaughtIn } from "../_helpers.ts";

const withNet = needing("net", "read", "write");
const withRun = needing("run");

/** Sends back all that comes, until the other side sends no more. */
function* echo(conn: Deno.Conn): Co<number> {
  const [reader, writer] = [new CoReader(conn), new CoWriter(conn)];
  let n = 0;
  for (let bytes; (bytes = yield* reader.read()) !== null;) {
    n += bytes.length;
    yield* writer.write(bytes);
  }
  yield* writer.close();
  return n;
}

/** A coroutine for each of so many connections. */
function* serve(listener: Deno.Listener, most: number): Co<number[]> {
  return yield* scope(function* (all) {
    const served: Coroutine<number>[] = [];
    for (let i = 0; i < most; i++) {
      const conn = yield* until(listener.accept());
      served.push(all.start(function* () {
        using _ = conn;
        return yield* echo(conn);
      }));
    }
    const counts: number[] = [];
    for (const co of served) counts.push(yield* until(co.done));
    return counts;
  });
}

/** Whether what comes back is what was sent. */
function* call(conn: Deno.Conn, bytes: Uint8Array): Co<boolean> {
  using _ = conn;
  const [reader, writer] = [new CoReader(conn), new CoWriter(conn)];
  return yield* scope(function* (both) {
    both.start(function* () {
      for (let at = 0; at < bytes.length; at += 10_000) {
        yield* writer.write(bytes.subarray(at, at + 10_000));
      }
      yield* writer.close();
    });
    const back = yield* reader.readExactly(bytes.length);
    const atEnd = yield* reader.read();
    return back.every((byte, i) => byte === bytes[i]) && atEnd === null;
  });
}

async function talk(listener: Deno.Listener, connect: () => Promise<Deno.Conn>): Promise<void> {
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
  const server = Coroutine.create(serve, listener, 4);
  server.enter();
  const clients = await Promise.all(Array.from({ length: 4 }, async () => {
    const co = Coroutine.create(call, await connect(), bytes);
    co.enter();
    return await co.done;
  }));
  listener.close();
  assertEquals([clients, await server.done], [Array(4).fill(true), Array(4).fill(1_000_000)]);
}

withNet(
  "four connections at once over TCP: a megabyte there and back, and half-closed",
  async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    await talk(listener, () => Deno.connect({ hostname: "127.0.0.1", port }));
  },
);

withNet("the same over Unix sockets", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/socket`;
    await talk(
      Deno.listen({ transport: "unix", path }),
      () => Deno.connect({ transport: "unix", path }),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

withNet(
  "a time-out while one waits for a socket loses none of the bytes that come then",
  async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    let gaveUp = 0;
    const server = Coroutine.create(function* () {
      using conn = yield* until(listener.accept());
      const writer = new CoWriter(conn);
      for (let i = 0; i < 100; i++) {
        // Each comes after the client has given up once more.
        for (const before = gaveUp; gaveUp === before;) yield* sleep(0.1e6);
        yield* writer.write(Uint8Array.of(i));
        yield* writer.flush();
      }
      yield* writer.close();
    });
    server.enter();
    const client = Coroutine.create(function* () {
      using conn = yield* until(Deno.connect({ hostname: "127.0.0.1", port }));
      const reader = new CoReader(conn);
      const got: number[] = [];
      while (!reader.ended) {
        try {
          yield* readable(reader, { timeout: 0.1e6, clock: monotonic });
        } catch (error) {
          if (codeIn(error) !== "timeout") throw error;
          gaveUp++;
          continue;
        }
        got.push(...reader.peek(reader.buffered));
        reader.skip(reader.buffered);
      }
      return got;
    });
    client.enter();
    const got = await client.done;
    await server.done;
    listener.close();
    assertEquals(got, Array.from({ length: 100 }, (_, i) => i));
  },
);

withRun("the lines that a child prints, and what it is sent", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "for await (const s of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) console.log(s.toUpperCase()); console.log('bye')",
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const co = Coroutine.create(function* () {
    const [reader, writer] = [new CoReader(child.stdout), new CoWriter(child.stdin)];
    yield* writer.write(new TextEncoder().encode("hello"));
    const first = yield* reader.readLine();
    yield* writer.close();
    return [first, yield* reader.readLine(), yield* reader.readLine()];
  });
  co.enter();
  assertEquals(await co.done, ["HELLO", "bye", null]);
  assertEquals((await child.status).success, true);
});

withNet("a file of Deno's is read and written as a connection is", async () => {
  const path = await Deno.makeTempFile();
  try {
    using to = await Deno.open(path, { write: true });
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
    const co = Coroutine.create(function* () {
      const writer = new CoWriter(to);
      for (const line of lines) yield* writer.write(new TextEncoder().encode(`${line}\n`));
      yield* writer.close();
      using from = yield* until(Deno.open(path));
      const reader = new CoReader(from);
      const back: string[] = [];
      for (let line; (line = yield* reader.readLine()) !== null;) back.push(line);
      return back;
    });
    co.enter();
    assertEquals(await co.done, lines);
  } finally {
    await Deno.remove(path);
  }
});

withRun("standard input and output", async () => {
  const mod = JSON.stringify(new URL("../../../mod.ts", import.meta.url).href);
  const program = `import { CoReader, Coroutine, CoWriter } from ${mod};
    Coroutine.create(function* () {
      const [reader, writer] = [new CoReader(Deno.stdin), new CoWriter(Deno.stdout)];
      for (let line; (line = yield* reader.readLine()) !== null;) {
        yield* writer.write(new TextEncoder().encode(line.toUpperCase() + "\\n"));
      }
      yield* writer.close();
    }).enter();`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("one\ntwo"));
  await input.close();
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "ONE\nTWO\n"]);
});

const withFfi = needing("ffi");

withFfi(
  "three hundred pipes are waited for by one call, and time-outs and cancellations leave it",
  async () => {
    const library = Deno.dlopen("libc.so.6", {
      pipe: { parameters: ["buffer"], result: "i32" },
      read: { parameters: ["i32", "buffer", "u64"], result: "i64" },
      write: { parameters: ["i32", "buffer", "u64"], result: "i64" },
      close: { parameters: ["i32"], result: "i32" },
    });
    const c = library.symbols;
    const pipes = Array.from({ length: 300 }, () => {
      const ends = new Int32Array(2);
      c.pipe(ends);
      return { from: ends[0] ?? -1, to: ends[1] ?? -1 };
    });
    const got: number[] = [];
    const all = pipes.map(({ from }, i) =>
      Coroutine.create(function* () {
        for (let n = 0; n < 2; n++) {
          yield* readable(from);
          c.read(from, new Uint8Array(1), 1n);
          got.push(i);
        }
      })
    );
    for (const co of all) co.enter();
    assertEquals(all[0]?.waitingOn, `readable(descriptor ${pipes[0]?.from})`);
    const late = Coroutine.create(function* () {
      yield* readable(pipes[0]?.from ?? -1, { timeout: 1e6 });
    });
    const outcome = late.done.catch(codeIn);
    late.enter();
    assertEquals(await outcome, "timeout");
    for (let n = 0; n < 2; n++) {
      for (const { to } of pipes) c.write(to, new Uint8Array(1), 1n);
      while (got.length < pipes.length * (n + 1)) await new Promise((r) => setTimeout(r, 1));
    }
    assertEquals(all.every(({ status }) => status === "terminated"), true);
    assertEquals(got.toSorted((a, b) => a - b), pipes.flatMap((_, i) => [i, i]));
    const [shared] = pipes;
    let reads = 0;
    const both = [0, 1].map(() =>
      Coroutine.create(function* () {
        yield* readable(shared?.from ?? -1);
        c.read(shared?.from ?? -1, new Uint8Array(1), 1n);
        reads++;
      })
    );
    for (const co of both) co.enter();
    for (const n of [1, 2]) {
      c.write(shared?.to ?? -1, new Uint8Array(1), 1n);
      while (reads < n) await new Promise((r) => setTimeout(r, 1));
      assertEquals(reads, n);
    }
    const ended = Coroutine.create(function* () {
      yield* readable(pipes[1]?.from ?? -1);
      return c.read(pipes[1]?.from ?? -1, new Uint8Array(1), 1n);
    });
    ended.enter();
    c.close(pipes[1]?.to ?? -1);
    assertEquals(await ended.done, 0n);
    const told = await uncaughtIn(async () => {
      const [fails, other] = [2, 3].map((i) =>
        Coroutine.create(function* () {
          yield* readable(pipes[i]?.from ?? -1);
          if (i === 2) throw "bug";
        })
      );
      for (const co of [fails, other]) co?.enter();
      for (const i of [2, 3]) c.write(pipes[i]?.to ?? -1, new Uint8Array(1), 1n);
      await other?.done;
    });
    assertEquals(told, ["bug"]);
    const context = new AioContext();
    const [{ from, to } = { from: -1, to: -1 }] = pipes;
    let calls = 0;
    context.setHandler(from, () => {
      calls++;
      c.read(from, new Uint8Array(1), 1n);
      if (calls === 2) context.setHandler(from, null);
    });
    for (const n of [1, 2]) {
      c.write(to, new Uint8Array(1), 1n);
      assertEquals([await context.poll(true), calls], [true, n]);
    }
    c.write(to, new Uint8Array(1), 1n);
    assertEquals([context.poll(), calls], [false, 2]);
    context.close();
    for (const { from, to } of pipes) [from, to].forEach((fd) => c.close(fd));
    library.close();
    // What is used no more is given back in the next turn.
    await turn();
  },
);

withRun("a number that is no descriptor of Linux is refused", () => {
  for (const fd of [-1, 0.5, 2 ** 31, 2 ** 32, NaN]) {
    assertStringIncludes(String(errorOf(() => readable(fd))), "RangeError: Cannot wait until");
  }
});
