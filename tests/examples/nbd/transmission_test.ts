import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MemoryStorage, PAGE } from "../../../examples/nbd/memory_storage.ts";
import {
  bytes,
  connect,
  DISC,
  exporting,
  filled,
  go,
  HANDSHAKE,
  hello,
  request,
  type Sent,
  transmit,
  write,
} from "./_client.ts";
import { bytesIn, run, settle, SlowStorage } from "./_slow_storage.ts";

const MIB = 2 ** 20;
const SIZE = 4 * MIB;
const [EPERM, EINVAL, ENOSPC] = [1, 22, 28];

/** The errors of so many simple replies. */
function errors(sent: Sent, n: number): number[] {
  return Array.from({ length: n }, () => sent.simple().error);
}

Deno.test("what was written is read, and the replies go out by one write", async () => {
  const requests = [write(5, bytes("abc")), request(0, 4, 5), request(0, 5, 1, { cookie: 9n })];
  const { sent, failure, writes } = await transmit(exporting(), [...requests, DISC]);
  assertEquals(sent.simple(), { error: 0, cookie: 7n, data: bytes() });
  assertEquals(sent.simple(5).data, bytes("\0abc\0"));
  assertEquals(sent.simple(1), { error: 0, cookie: 9n, data: bytes("a") });
  // One is the greeting, which has no answer to wait for, and one is all the rest.
  assertEquals([sent.left, failure, writes <= 2], [0, undefined, true]);
});

Deno.test("the cookie comes back as it was, all of its 64 bits", async () => {
  const cookie = 0xfedcba9876543210n;
  const { sent } = await transmit(exporting(), [request(3, 0, 0, { cookie })]);
  assertEquals(sent.simple().cookie, cookie);
});

Deno.test("requests that come in any pieces are served the same", async () => {
  const requests = [write(0, filled(300, 1)), request(0, 0, 300), write(9, bytes("x")), DISC];
  for (const chunk of [1, 7, 27, 28, 29, 100]) {
    const { sent, failure } = await transmit(exporting(), requests, { chunk });
    assertEquals([sent.simple().error, sent.simple(300).data], [0, filled(300, 1)]);
    assertEquals([sent.simple().error, sent.left, failure], [0, 0, undefined]);
  }
});

Deno.test("payloads of all sizes arrive, those that are lent and those that are not", async () => {
  for (const n of [1, MIB / 4, MIB / 4 + 1, MIB, MIB + 1, 3 * MIB + 5]) {
    for (const storage of [new MemoryStorage(SIZE), new SlowStorage()]) {
      const data = Uint8Array.from({ length: n }, (_, i) => i % 251);
      const { duplex, done } = connect(exporting(storage), 100_000);
      duplex.send(bytes(hello(), go(), write(17, data)));
      await settle();
      if (storage instanceof SlowStorage) {
        // A payload of more than 1 MiB comes in pieces.
        while (duplex.sent.length < HANDSHAKE + 16) {
          for (const call of [...storage.calls]) call.end();
          await settle();
        }
      }
      duplex.end();
      assertEquals(await done, undefined);
      const memory = storage instanceof SlowStorage ? storage.memory : storage;
      const read = await run(() => bytesIn(memory, 16, n + 2));
      assert(read.every((byte, i) => byte === (i === 0 || i > n ? 0 : data[i - 1])));
    }
  }
});

Deno.test("what lies outside is refused, whatever the numbers, and its payload is thrown away", async () => {
  const storage = new MemoryStorage(SIZE);
  const outside: [number | bigint, number][] = [
    [SIZE, 1],
    [SIZE - 1, 2],
    [SIZE + 1, 0],
    [2n ** 32n, 1],
    [2n ** 53n, 1],
    [2n ** 63n, 1],
    [2n ** 64n - 1n, 1],
    [2n ** 64n - 1n, 100],
  ];
  for (const [type, number] of [[0, EINVAL], [4, EINVAL], [6, ENOSPC]] as const) {
    const requests = outside.map(([offset, n]) => request(type, offset, n));
    const { sent, failure } = await transmit(exporting(storage), [...requests, DISC]);
    assertEquals(errors(sent, outside.length), outside.map(() => number));
    assertEquals([sent.left, failure], [0, undefined]);
  }
  const requests = outside.map(([offset, n]) => write(offset, filled(n, 0xff)));
  const { sent } = await transmit(exporting(storage), [...requests, request(3)]);
  assertEquals(errors(sent, outside.length + 1), [...outside.map(() => ENOSPC), 0]);
  assertEquals(storage.pages, 0);
});

Deno.test("the last bytes can be read and written, and nothing at the very end", async () => {
  const requests = [write(SIZE - 1, bytes("z")), request(0, SIZE - 1, 1), request(0, SIZE, 0)];
  const { sent } = await transmit(exporting(), requests);
  assertEquals([sent.simple().error, sent.simple(1).data], [0, bytes("z")]);
  assertEquals([sent.simple().error, sent.left], [0, 0]);
});

Deno.test("a read-only export refuses all that changes it", async () => {
  const storage = new MemoryStorage(SIZE);
  const requests = [write(0, filled(1000, 1)), request(4, 0, 9), request(6, 0, 9), request(3)];
  const { sent } = await transmit(exporting(storage, { readOnly: true }), requests);
  assertEquals([...errors(sent, 4), storage.pages], [EPERM, EPERM, EPERM, 0, 0]);
});

Deno.test("commands and flags that are not known are refused", async () => {
  const unknown = [request(5), request(8), request(99), request(7, 0, 9)];
  const flags = [[0, 2], [0, 4], [1, 2], [3, 2], [4, 4], [6, 4], [6, 32]] as const;
  const flagged = flags.map(([type, flags]) =>
    type === 1 ? write(0, bytes("x"), flags) : request(type, 0, 1, { flags })
  );
  const { sent } = await transmit(exporting(), [...unknown, ...flagged, request(3)]);
  const all = unknown.length + flagged.length;
  assertEquals(errors(sent, all + 1), [...Array(all).fill(EINVAL), 0]);
});

Deno.test("a READ of more than 32 MiB is refused, a WRITE ends the connection", async () => {
  const exported = exporting(new MemoryStorage(100 * MIB));
  const read = await transmit(exported, [request(0, 0, 32 * MIB + 1), request(3)]);
  assertEquals(errors(read.sent, 2), [EINVAL, 0]);
  const written = await transmit(exported, [request(1, 0, 32 * MIB + 1), request(3)]);
  assertStringIncludes(`${written.failure}`, "expected at most 33554432 bytes, got 33554433");
  assertEquals(written.sent.left, 0);
});

Deno.test("wrong magic ends the connection, after the replies to what came before", async () => {
  const { sent, failure } = await transmit(exporting(), [request(3), filled(28, 0), request(3)]);
  assertEquals([...errors(sent, 1), sent.left], [0, 0]);
  assertStringIncludes(`${failure}`, "expected its magic");
});

Deno.test("zeroes and trims make zeroes, and give whole pages back unless told not to", async () => {
  for (const [type, flags, pages] of [[4, 0, 1], [6, 0, 1], [6, 1, 1], [6, 16, 1], [6, 2, 1]]) {
    const storage = new MemoryStorage(SIZE);
    const requests = [
      write(0, filled(2 * MIB, 1)),
      request(type!, 100, 2 * MIB - 100, { flags: flags! }),
      request(0, 99, 2),
    ];
    const { sent } = await transmit(exporting(storage), requests);
    assertEquals([...errors(sent, 2), storage.pages], [0, 0, pages]);
    assertEquals(sent.simple(2).data, bytes("\x01\0"));
  }
});

Deno.test("structured replies: data with its offset, errors with a sentence", async () => {
  const requests = [
    write(3, bytes("abc")),
    request(0, 3, 3, { flags: 4 }),
    request(0, 0, 0),
    request(0, SIZE, 1),
  ];
  const { sent } = await transmit(exporting(), requests, { structured: true });
  const done = { flags: 1, type: 0, cookie: 7n, payload: bytes() };
  assertEquals(sent.chunk(), done);
  const payload = bytes({ u64: 3n }, "abc");
  assertEquals(sent.chunk(), { flags: 1, type: 1, cookie: 7n, payload });
  assertEquals(sent.chunk(), done);
  const { type, payload: error } = sent.chunk();
  const text = "it goes past the end";
  assertEquals(type, 0x8001);
  assertEquals(error, bytes({ u32: EINVAL }, { u16: text.length }, text));
  assertEquals(sent.left, 0);
});

Deno.test("BLOCK_STATUS tells what is a hole", async () => {
  const requests = [
    write(MIB, filled(MIB + 1, 1)),
    request(7, 10, SIZE - 10),
    request(7, 10, SIZE - 10, { flags: 8 }),
    request(7, MIB + 5, 9),
    request(7, 0, 0),
    request(7, 0, SIZE + 1),
  ];
  const { sent } = await transmit(exporting(), requests, { structured: true });
  assertEquals(sent.chunk().type, 0);
  const extents = (...pairs: [length: number, state: number][]) => ({
    flags: 1,
    type: 5,
    cookie: 7n,
    payload: bytes({ u32: 1 }, ...pairs.flat().map((u32) => ({ u32 }))),
  });
  assertEquals(sent.chunk(), extents([MIB - 10, 3], [MIB + PAGE, 0], [2 * MIB - PAGE, 3]));
  assertEquals(sent.chunk(), extents([MIB - 10, 3]));
  assertEquals(sent.chunk(), extents([9, 0]));
  assertEquals([sent.chunk().type, sent.chunk().type, sent.left], [0x8001, 0x8001, 0]);
});
