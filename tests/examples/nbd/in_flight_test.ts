import { dump } from "@cofn/coroutine";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import { bytes, connect, DISC, exporting, go, hello, request, write } from "./_client.ts";
import { settle, SlowStorage } from "./_slow_storage.ts";

const MIB = 2 ** 20;
const SIZE = 4 * MIB;
const [EPERM, EIO, ENOSPC] = [1, 5, 28];

/** A connection to a slow storage, after its handshake. */
async function slow() {
  const storage = new SlowStorage();
  const connection = connect(exporting(storage));
  connection.duplex.send(bytes(hello(), go()));
  await settle();
  const begin = connection.duplex.sent.length;
  const since = () => connection.duplex.sent.slice(begin);
  const cookies = () =>
    Array.from({ length: since().length / 16 }, (_, i) => since()[16 * i + 15] ?? -1);
  return { ...connection, storage, since, cookies };
}

const flush = (cookie: number) => request(3, 0, 0, { cookie: BigInt(cookie) });

Deno.test("slow requests overlap, and are answered as they end", async () => {
  const { duplex, done, storage, cookies } = await slow();
  const data = bytes("x");
  duplex.send(bytes(write(1, data, 0, 1n), write(2, data, 0, 2n), write(3, data, 0, 3n)));
  await settle();
  const { calls } = storage;
  assertEquals(calls.map(({ what }) => what), ["write 1", "write 2", "write 3"]);
  for (const i of [1, 1, 0]) {
    calls[i]?.end();
    await settle();
  }
  assertEquals(cookies(), [2, 3, 1]);
  duplex.end();
  assertEquals(await done, undefined);
});

Deno.test("after a disconnect, what is in flight is still answered", async () => {
  const { duplex, done, storage, cookies } = await slow();
  duplex.send(bytes(flush(1), write(0, bytes("x"), 1, 2n), DISC, flush(3)));
  await settle();
  assertEquals([storage.calls.length, duplex.closed], [2, false]);
  storage.calls[1]?.end();
  await settle();
  assertEquals([storage.calls.map(({ what }) => what), cookies()], [["flush", "flush"], []]);
  for (const call of [...storage.calls]) call.end();
  assertEquals([await done, cookies().toSorted(), duplex.closed], [undefined, [1, 2], true]);
});

Deno.test("at most 128 requests are in flight, and at most 32 MiB", async () => {
  const { duplex, done, storage, cookies } = await slow();
  duplex.send(bytes(...Array.from({ length: 200 }, (_, i) => flush(i))));
  const endAll = async () => {
    for (let rounds = 0; storage.calls.length > 0 && rounds < 500; rounds++) {
      storage.calls[0]?.end();
      await settle();
    }
  };
  await settle();
  assertEquals(storage.calls.length, 128);
  await endAll();
  assertEquals([storage.most, cookies().length], [128, 200]);

  storage.most = 0;
  duplex.send(bytes(...Array.from({ length: 20 }, () => request(0, 0, SIZE))));
  await settle();
  assertEquals(storage.calls.length, 32 * MIB / SIZE);
  for (const call of [...storage.calls]) call.fail(new Error("no"));
  await settle();
  await endAll();
  assertEquals(storage.most, 8);
  duplex.end();
  assertEquals(await done, undefined);
});

Deno.test("a storage that fails has its request fail, with a number, and no other", async () => {
  const numbers = { ENOSPC, EDQUOT: ENOSPC, EACCES: EPERM, EBADF: EIO };
  const { duplex, done, storage, since } = await slow();
  for (const [code, number] of Object.entries(numbers)) {
    const before = since().length;
    duplex.send(bytes(flush(1)));
    await settle();
    storage.calls[0]?.fail(Object.assign(new Error(code), { code }));
    await settle();
    assertEquals(since()[before + 7], number);
  }
  duplex.end();
  assertEquals(await done, undefined);
});

Deno.test("whoever is cancelled answers what is in flight, takes no more, and closes", async () => {
  const { duplex, done, storage, cookies, co } = await slow();
  duplex.send(bytes(flush(1), flush(2), flush(3).subarray(0, 27)));
  await settle();
  co.cancel("the server stops");
  co.cancel("once more");
  duplex.send(bytes(flush(4)));
  await settle();
  assertEquals([storage.calls.length, duplex.closed], [2, false]);
  for (const call of [...storage.calls]) call.end();
  assertEquals([await done, cookies(), duplex.closed], [undefined, [1, 2], true]);
});

Deno.test("a cancellation that comes after the disconnect changes nothing", async () => {
  const { duplex, done, storage, cookies, co } = await slow();
  duplex.send(bytes(flush(1), DISC));
  await settle();
  co.cancel("the server stops");
  await settle();
  assertEquals(duplex.closed, false);
  storage.calls[0]?.end();
  assertEquals([await done, cookies(), duplex.closed], [undefined, [1], true]);
});

Deno.test("a client that dies with requests in flight harms nobody, and leaves nothing", async () => {
  const { duplex, done, storage } = await slow();
  duplex.send(bytes(flush(1), request(0, 0, 100), write(0, bytes("x"))));
  await settle();
  duplex.die();
  await settle();
  assertEquals(storage.calls.length, 3);
  for (const call of [...storage.calls]) call.end();
  assertStringIncludes(`${await done}`, "reset by peer");
  assertEquals(dump().coroutines, []);
});

Deno.test("a client that goes without waiting for the last replies has not failed", async () => {
  const { duplex, done, storage } = await slow();
  duplex.send(bytes(flush(1), DISC));
  await settle();
  duplex.die();
  storage.calls[0]?.end();
  assertEquals(await done, undefined);
});

Deno.test("a client that takes no replies has its requests wait, and the end has a limit", async () => {
  const storage = new MemoryStorage(SIZE);
  const { duplex, done, clock, co } = connect(exporting(storage));
  duplex.send(bytes(hello(), go()));
  await settle();
  duplex.stalled = true;
  const before = duplex.sent.length;
  // Each fits the limit on what may be pending, all of them do not.
  duplex.send(
    bytes(...Array.from({ length: 8 }, () => request(0, 0, MIB / 2)), write(0, bytes("x"))),
  );
  await settle();
  assertEquals([storage.pages, co.status], [0, "suspended"]);
  duplex.resume();
  await settle();
  assertEquals([storage.pages, duplex.sent.length - before], [1, 8 * (MIB / 2 + 16) + 16]);

  duplex.stalled = true;
  duplex.send(bytes(request(0, 0, 100), DISC));
  await settle();
  assertEquals(duplex.closed, false);
  clock.advance(5e9);
  assertEquals([await done, duplex.closed], [undefined, false]);
  duplex.die();
  await settle();
  assertEquals(dump().coroutines, []);
});
