import type { Suspension } from "@cofn/coroutine";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FileStorage } from "../../../examples/nbd/file_storage.ts";
import { MemoryStorage, PAGE } from "../../../examples/nbd/memory_storage.ts";
import { errorNumber, type Storage } from "../../../examples/nbd/storage.ts";
import { needing } from "../../_needing.ts";
import { bytesIn, run } from "./_slow_storage.ts";

const MIB = 2 ** 20;

/** Where pages begin and end, and what lies around that. */
const at = (size: number) =>
  fc.oneof(
    fc.nat(size),
    fc.nat(Math.floor(size / MIB)).chain((i) =>
      fc.integer({ min: -3, max: 3 }).map((d) => Math.max(0, Math.min(size, i * MIB + d)))
    ),
  );

/** Steps on a storage, and the same ones on plain bytes: they must never differ. */
async function agrees(open: () => Storage, size: number, runs: number): Promise<void> {
  const step = fc.record({
    what: fc.constantFrom("write", "zero", "allocate", "trim", "read"),
    ends: fc.tuple(at(size), at(size)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
    value: fc.integer({ min: 1, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const storage = open();
      const plain = new Uint8Array(size);
      await run(function* () {
        for (const { what, ends: [from, to], value } of steps) {
          if (what === "write") {
            yield* storage.write(from, new Uint8Array(to - from).fill(value));
            plain.fill(value, from, to);
          } else if (what === "zero" || what === "allocate") {
            yield* storage.zero(from, to - from, what === "allocate");
            plain.fill(0, from, to);
          } else if (what === "trim") {
            yield* storage.trim(from, to - from);
            if (storage.sparse) plain.fill(0, from, to);
          } else {
            const into = yield* bytesIn(storage, from, to - from);
            assert(into.every((byte, i) => byte === plain[from + i]), `${from}-${to} differ`);
            let length = 0;
            for (const extent of to > from ? storage.extents(from, to - from) : []) {
              assert(extent.length > 0);
              const part = plain.subarray(from + length, from + length + extent.length);
              assert(extent.state === 0 || part.every((byte) => byte === 0), "a hole has bytes");
              length += extent.length;
            }
            assertEquals(length, to - from);
          }
        }
      });
      storage.close();
    }),
    { numRuns: runs },
  );
}

Deno.test("memory in pages is like plain bytes", async () => {
  await agrees(() => new MemoryStorage(2 * MIB + 77), 2 * MIB + 77, 60);
});

Deno.test("memory takes room when it is written, and gives it back", async () => {
  const storage = new MemoryStorage(2 ** 50);
  await run(function* () {
    yield* storage.write(2 ** 49 - 1, new Uint8Array(2));
    assertEquals(storage.pages, 2);
    assertEquals([...storage.extents(2 ** 49 - 2 * PAGE, 4 * PAGE)], [
      { length: PAGE, state: 3 },
      { length: 2 * PAGE, state: 0 },
      { length: PAGE, state: 3 },
    ]);
    yield* storage.read(0, MIB);
    assertEquals(storage.pages, 2);
    yield* storage.trim(2 ** 49 - PAGE, 2 * PAGE);
    assertEquals(storage.pages, 0);
    // What must be no hole takes none either, however much it is.
    yield* storage.zero(2 ** 49 + 1, 2 ** 32, true);
    assertEquals(storage.pages, 0);
    assertEquals([...storage.extents(2 ** 49 - PAGE, 2 ** 33)], [
      { length: PAGE, state: 3 },
      { length: 2 ** 32 + PAGE, state: 2 },
      { length: 2 ** 32 - 2 * PAGE, state: 3 },
    ]);
  });
});

Deno.test("failures have the numbers of the protocol", () => {
  const numbers = ["EPERM", "EROFS", "ENOMEM", "EFBIG", "EIO", "toString"].map((code) =>
    errorNumber(Object.assign(new Error(code), { code }))
  );
  assertEquals(numbers, [1, 1, 12, 28, 5, 5]);
  assertEquals([errorNumber(new RangeError("Array buffer allocation failed")), errorNumber(0)], [
    12,
    5,
  ]);
});

const test = needing("read", "write");

/** A file of zeroes, for as long as the test lasts. */
async function withFile(size: number, fn: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.truncate(path, size);
    await fn(path);
  } finally {
    await Deno.remove(path);
  }
}

test("a file is like plain bytes", () =>
  withFile(MIB + 77, async (path) => {
    const zeroed = () => {
      Deno.truncateSync(path, 0);
      Deno.truncateSync(path, MIB + 77);
      return FileStorage.open(path, false);
    };
    await agrees(zeroed, MIB + 77, 25);
  }));

test("requests on a file at once do not mix up their positions", () =>
  withFile(64 * 4096, async (path) => {
    const storage = FileStorage.open(path, false);
    const each = (fn: (i: number) => Suspension<void>) =>
      Promise.all(Array.from({ length: 64 }, (_, i) => run(() => fn(i))));
    await each((i) => storage.write(i * 4096, new Uint8Array(4096).fill(i)));
    await each(function* (i) {
      const into = yield* bytesIn(storage, i * 4096, 4096);
      assert(into.every((byte) => byte === i));
    });
    await run(() => storage.flush());
    storage.close();
  }));

test("a file that became shorter, and one that is read-only, fail as files do", () =>
  withFile(8192, async (path) => {
    const storage = FileStorage.open(path, true);
    assertEquals(storage.size, 8192);
    await assertRejects(() => run(() => storage.write(0, new Uint8Array(1))));
    Deno.truncateSync(path, 4096);
    await assertRejects(
      () => run(() => storage.read(4000, 200)),
      Error,
      "got fewer",
    );
    storage.close();
    assertThrows(() => FileStorage.open(`${path}.not`, true), Deno.errors.NotFound);
  }));
