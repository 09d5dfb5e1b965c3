import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Co, CoFile, Coroutine, scope, type Suspension, until } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { codeOf, turn } from "../_helpers.ts";

const test = needing("read", "write");

/** What a coroutine comes to that has a directory of its own. */
async function inDirectory<T>(body: (path: string) => Co<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    const co = Coroutine.create(body, `${directory}/file`);
    co.done.catch(() => {});
    co.enter();
    return await co.done;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The error of a coroutine function, in words. */
function* errorIn(body: Suspension<unknown>): Co<string> {
  try {
    yield* body;
  } catch (error) {
    return String(error);
  }
  return "none";
}

test("CoFile: many write at once, each at its place, and what was written is read", async () => {
  const same = await inDirectory(function* (path) {
    const file = yield* CoFile.open(path);
    yield* scope(function* (all) {
      for (let i = 63; i >= 0; i--) {
        all.start(() => file.writeAt(i * 1000, new Uint8Array(1000).fill(i)));
      }
    });
    yield* file.sync();
    assertEquals(yield* file.size(), 64_000);
    const whole = new Uint8Array(64_100);
    assertEquals(yield* file.readAt(0, whole), 64_000);
    assertEquals(yield* file.readAt(64_000, new Uint8Array(1)), 0);
    yield* file.truncate(10);
    assertEquals(yield* file.size(), 10);
    yield* file.close();
    yield* file.close();
    return whole.subarray(0, 64_000).every((byte, i) => byte === Math.floor(i / 1000));
  });
  assertEquals(same, true);
});

test("CoFile: what is there is kept; what is not there cannot be opened for reading", async () => {
  const text = await inDirectory(function* (path) {
    assertStringIncludes(yield* errorIn(CoFile.open(path, { readOnly: true })), "ENOENT");
    for (const word of ["one", "two"]) {
      const file = yield* CoFile.open(path);
      yield* file.writeAt(word === "one" ? 0 : 3, new TextEncoder().encode(word));
      yield* file.close();
    }
    const file = yield* CoFile.open(path, { readOnly: true });
    const bytes = new Uint8Array(6);
    yield* file.readAt(0, bytes);
    assertStringIncludes(yield* errorIn(file.writeAt(0, bytes)), "Bad file descriptor");
    yield* file.close();
    for (const call of [() => file.readAt(0, bytes), () => file.sync(), () => file.size()]) {
      assertEquals(codeOf(() => call()[Symbol.iterator]().next()), "closed");
    }
    return new TextDecoder().decode(bytes);
  });
  assertEquals(text, "onetwo");
});

test("CoFile: a place that is none is refused", async () => {
  await inDirectory(function* (path) {
    const file = yield* CoFile.open(path);
    for (const position of [-1, 0.5, NaN, 2 ** 53]) {
      const error = yield* errorIn(file.readAt(position, new Uint8Array(1)));
      assertStringIncludes(error, `RangeError: Cannot read at ${position}: expected an integer`);
    }
    yield* file.close();
  });
});

test("CoFile: what is closed in the middle of a read ends it; the rest is of no other file", async () => {
  await inDirectory(function* (path) {
    Deno.writeFileSync(path, new Uint8Array(10).fill(1));
    Deno.writeFileSync(`${path}2`, new Uint8Array(100).fill(2));
    for (let i = 0; i < 20; i++) {
      const file = yield* CoFile.open(path, { readOnly: true });
      const into = new Uint8Array(50);
      yield* scope(function* (all) {
        const reads = all.start(() => errorIn(file.readAt(0, into)));
        all.start(() => file.close());
        const other = yield* CoFile.open(`${path}2`, { readOnly: true });
        assertStringIncludes(yield* until(reads.done), "closed");
        yield* other.close();
      });
      assertEquals(into.includes(2), false);
    }
    return undefined;
  });
});

test("CoFile: what was asked for before it is closed, and is had at once, is worth all of it", async () => {
  await inDirectory(function* (path) {
    const file = yield* CoFile.open(path);
    yield* scope(function* (all) {
      const writes = all.start(() => file.writeAt(0, new Uint8Array(10).fill(1)));
      const into = new Uint8Array(10);
      yield* until(writes.done);
      const reads = all.start(() => file.readAt(0, into));
      const closes = all.start(() => file.close());
      assertEquals([yield* until(reads.done), into.every((byte) => byte === 1)], [10, true]);
      yield* until(closes.done);
    });
    return undefined;
  });
});

test("CoFile: whoever is cancelled while it opens a file leaves none open", async () => {
  const open = (): number =>
    Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
  const before = open();
  await inDirectory(function* (path) {
    Deno.writeFileSync(path, new Uint8Array(1));
    for (let i = 0; i < 50; i++) {
      const co = Coroutine.create(() => CoFile.open(path));
      co.done.catch(() => {});
      co.enter();
      co.cancel();
    }
    // Those calls have ended when this one has.
    yield* (yield* CoFile.open(path)).close();
    return undefined;
  });
  while (open() > before) await turn();
});

test("CoFile: what are no bytes is refused", async () => {
  await inDirectory(function* (path) {
    const file = yield* CoFile.open(path);
    for (const wrong of [new ArrayBuffer(4), new DataView(new ArrayBuffer(4)), "text"]) {
      // deno-lint-ignore no-explicit-any -- what is wrong is tried
      const bytes = wrong as any;
      assertStringIncludes(yield* errorIn(file.writeAt(0, bytes)), "expected a Uint8Array");
      assertStringIncludes(yield* errorIn(file.readAt(0, bytes)), "expected a Uint8Array");
    }
    assertEquals(yield* file.size(), 0);
    yield* file.close();
    return undefined;
  });
});
