import type { Suspension } from "@cofn/coroutine";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Buffers } from "../../../examples/nbd/buffers.ts";
import { FileStorage } from "../../../examples/nbd/file_storage.ts";
import { MemoryStorage, PAGE } from "../../../examples/nbd/memory_storage.ts";
import { errorNumber, type Storage } from "../../../examples/nbd/storage.ts";
import { Warm } from "../../../examples/nbd/warm.ts";
import { needing } from "../../_needing.ts";
import { bytesIn, run, settle } from "./_slow_storage.ts";

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

const test = needing("read", "write", "run", "net");

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

test("a file is served that is one, or a block device, and nothing else", () =>
  withFile(4096, async (path) => {
    const directory = await Deno.makeTempDir();
    const listener = Deno.listen({ transport: "unix", path: `${directory}/socket` });
    try {
      await Deno.symlink("/dev/null", `${directory}/null`);
      await Deno.symlink(path, `${directory}/file`);
      const { success } = await new Deno.Command("mkfifo", { args: [`${directory}/pipe`] })
        .output();
      assertEquals(success, true);
      const wrong = ["/dev/null", "/dev/zero", "/dev/tty", "/dev/random"];
      // A pipe that nobody writes to must not be opened: that would wait.
      const ours = ["null", "pipe", "socket", "."].map((name) => `${directory}/${name}`);
      for (const path of [...wrong, ...ours]) {
        for (const readOnly of [true, false]) {
          assertThrows(
            () => FileStorage.open(path, readOnly),
            Error,
            `Cannot serve ${path}: expected a file or a block device`,
          );
        }
      }
      const storage = FileStorage.open(`${directory}/file`, true);
      assertEquals([storage.size, storage.description], [4096, "file"]);
      storage.close();
    } finally {
      listener.close();
      await Deno.remove(directory, { recursive: true });
    }
  }));

test("what was read or written lately is read and written at once, and the rest is not", () =>
  withFile(4 * MIB, async (path) => {
    const storage = FileStorage.open(path, false);
    /** Whether it has waited. */
    const waits = (begin: () => Suspension<unknown>): Promise<boolean> => {
      let waited = true;
      const done = run(function* () {
        yield* begin();
      });
      const co = run(function* () {
        yield* begin();
        waited = false;
      });
      const was = waited;
      return Promise.all([done, co]).then(() => was);
    };
    const read = (offset: number, length: number) => waits(() => storage.read(offset, length));
    const write = (offset: number, length: number) =>
      waits(() => storage.write(offset, new Uint8Array(length).fill(7)));
    assertEquals(await read(8192, 4096), true);
    assertEquals(await read(8192, 4096), false);
    assertEquals(await read(8200, 100), false);
    assertEquals([await read(8191, 2), await read(12_287, 2)], [true, true]);
    // What was read only is not written at once: that may take a while where much is.
    assertEquals([await write(8192, 4096), await write(8192, 4096)], [true, false]);
    assertEquals(await write(MIB, 4096), true);
    assertEquals(await write(MIB, 4096), false);
    assertEquals(await read(MIB, 4096), false);
    // What is long is never done at once.
    assertEquals([await read(2 * MIB, MIB), await read(2 * MIB, MIB)], [true, false]);
    assertEquals([await read(0, 4 * MIB), await read(0, 4 * MIB)], [true, true]);
    assertEquals([await write(0, 4 * MIB), await write(0, 4 * MIB)], [true, true]);
    assertEquals([await read(0, MIB), await write(0, MIB)], [false, false]);
    await run(() => storage.zero(0, MIB));
    assertEquals(await write(8192, 4096), false);
    const bytes = await run(() => bytesIn(storage, 8191, 4098));
    assertEquals([bytes[0], bytes[1], bytes[4096], bytes[4097]], [0, 7, 7, 0]);
    storage.close();
  }));

Deno.test("pages are warm by themselves, for as long as there are not too many, and while it is quick", () => {
  const warm = new Warm(2 ** 30);
  warm.add(4096, 1);
  warm.add(65_536 - 4096, 8192);
  const pages = [0, 1, 2, 14, 15, 16, 17].map((page) => warm.has(page * 4096, 4096));
  assertEquals(pages, [false, true, false, false, true, true, false]);
  assertEquals([warm.has(61_440, 8192), warm.has(61_440, 8193)], [true, false]);
  // One that is used stays, the others go: by far fewer than half of what is known is new.
  for (let i = 1; i < 40_000; i++) {
    warm.add(i * 65_536, 4096);
    assertEquals(warm.has(4096, 4096), true);
  }
  assertEquals([warm.has(100 * 65_536, 1), warm.has(39_999 * 65_536, 1)], [false, true]);
  // Two accidents, and later on another one.
  for (const slow of [true, true, ...Array(40).fill(false), true]) warm.used(slow);
  assertEquals(warm.has(4096, 1), true);
  for (const slow of [true, true, true]) warm.used(slow);
  assertEquals(warm.has(4096, 1), false);
});

test("those who flush while one does have the next flush together, and none has one that was before", () =>
  withFile(4096, async (path) => {
    const storage = FileStorage.open(path, false);
    const flushes: (() => void)[] = [];
    const { syncData } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.syncData = () =>
      new Promise((resolve) => void flushes.push(() => resolve()));
    try {
      const ended: number[] = [];
      const all = Array.from(
        { length: 50 },
        (_, i) => run(() => storage.flush()).then(() => ended.push(i)),
      );
      assertEquals(flushes.length, 1);
      flushes[0]?.();
      await all[0];
      await settle();
      assertEquals([flushes.length, ended], [2, [0]]);
      const late = run(() => storage.flush()).then(() => ended.push(50));
      flushes[1]?.();
      await Promise.all(all);
      await settle();
      assertEquals([flushes.length, ended.length], [3, 50]);
      flushes[2]?.();
      await late;
      assertEquals(flushes.length, 3);
    } finally {
      Deno.FsFile.prototype.syncData = syncData;
    }
    storage.close();
  }));

Deno.test("what is being sent stays as it is, though its page is dropped; then its memory goes", async () => {
  const storage = new MemoryStorage(2 * PAGE);
  await run(function* () {
    yield* storage.write(0, new Uint8Array(2 * PAGE).fill(5));
    const some = yield* storage.read(0, PAGE);
    const others = yield* storage.read(PAGE / 2, PAGE);
    yield* storage.zero(0, 2 * PAGE, false);
    assertEquals(storage.pages, 0);
    const all = [...some, ...others];
    assertEquals(all.map((piece) => [piece.length, piece[0]]), [
      [PAGE, 5],
      [PAGE / 2, 5],
      [PAGE / 2, 5],
    ]);
    const [first, second, third] = all;
    storage.sent(first!);
    assertEquals(second?.[0], 5);
    storage.sent(second!);
    assertEquals([second?.length, third?.[0]], [0, 5]);
    storage.sent(third!);
    assertEquals(third?.length, 0);
    // Zeroes that lie nowhere can be sent as well.
    for (const piece of yield* storage.read(0, 2 * PAGE)) storage.sent(piece);
    assert((yield* storage.read(0, PAGE))[0]?.length === PAGE);
  });
});

Deno.test("buffers are used again, and those that are too many go back", () => {
  const buffers = new Buffers();
  const one = buffers.take(MIB - 5);
  assertEquals([one.length, one.buffer.byteLength], [MIB - 5, MIB]);
  buffers.giveBack(one);
  assertEquals(buffers.take(MIB).buffer === one.buffer, true);
  assertEquals(buffers.take(MIB).buffer === one.buffer, false);
  const many = Array.from({ length: 20 }, () => buffers.take(MIB));
  for (const each of many) buffers.giveBack(each);
  assertEquals(many.filter(({ length }) => length > 0).length, 8);
  const small = buffers.take(10);
  buffers.giveBack(small);
  assertEquals(small.length, 10);
});

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
