/** What becomes of clients while a server closes, and of the requests of clients that are gone. */
import { dump } from "@cofn/coroutine";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { IN_FLIGHT, permitsOf } from "../../../examples/nbd/requests.ts";
import { ZERO_PIECE } from "../../../examples/nbd/storage.ts";
import { Turns } from "../../../examples/nbd/turns.ts";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import {
  bytes,
  connect,
  context,
  DISC,
  exporting,
  filled,
  go,
  HANDSHAKE,
  hello,
  option,
  request,
  Sent,
  STRUCTURED,
  write,
} from "./_client.ts";
import { settle, SlowStorage } from "./_slow_storage.ts";

const GIB = 2 ** 30;
const ESHUTDOWN = 108;
const REP_ERR_SHUTDOWN = 2 ** 31 + 7;

/** A client of a server that can close, on a slow storage. */
function client(size = 4 * GIB) {
  const house = { closing: false, turns: new Turns() };
  const storage = new SlowStorage(size);
  return { ...connect(exporting(storage), undefined, { house }), house, storage };
}

Deno.test("each request after the beginning of the end is told so; what was begun is answered", async () => {
  const { duplex, done, house, storage } = client();
  duplex.send(bytes(hello(), go(), request(3, 0, 0, { cookie: 1n })));
  await settle();
  house.closing = true;
  const late = [
    request(0, 0, 1),
    write(0, filled(2 ** 20, 1)),
    write(0, filled(10, 1)),
    request(3),
    request(4, 0, 1),
    request(6, 0, 1),
    request(99),
  ];
  duplex.send(bytes(...late));
  await settle();
  assertEquals(storage.calls.map(({ what }) => what), ["flush"]);
  const sent = new Sent(duplex.sent.slice(HANDSHAKE));
  for (const _ of late) assertEquals(sent.simple().error, ESHUTDOWN);
  assertEquals(sent.left, 0);
  storage.calls[0]?.end();
  await settle();
  assertEquals(new Sent(duplex.sent.slice(-16)).simple(), { error: 0, cookie: 1n, data: bytes() });
  duplex.send(DISC);
  assertEquals(await done, undefined);
});

Deno.test("each option after the beginning of the end is told so, but for the one that ends", async () => {
  const { duplex, done, house } = client();
  duplex.send(bytes(hello(), STRUCTURED));
  await settle();
  house.closing = true;
  const late = [go(), go("", [], 6), option(3), STRUCTURED, context([]), option(99), option(2)];
  duplex.send(bytes(...late));
  assertEquals(await done, undefined);
  const replies = new Sent(duplex.sent).greeting().options();
  assertEquals(replies.map(({ option, type }) => [option, type]), [
    [8, 1],
    ...[7, 6, 3, 8, 10, 99].map((option) => [option, REP_ERR_SHUTDOWN]),
    [2, 1],
  ]);
});

Deno.test("an old client that asks for a name then is let go, as there is no answer", async () => {
  const { duplex, done, house } = client();
  house.closing = true;
  duplex.send(bytes(hello(), option(1)));
  assertStringIncludes(`${await done}`, "the server is closing");
});

Deno.test("zeroing ends between two pieces when the server closes, and says so", async () => {
  const { duplex, done, house, storage } = client();
  duplex.send(bytes(hello(), go(), request(6, 5, GIB)));
  for (let piece = 0; piece < 3; piece++) {
    await settle();
    assertEquals(storage.calls.map(({ what }) => what), [`zero ${5 + piece * ZERO_PIECE} false`]);
    if (piece === 2) house.closing = true;
    storage.calls[0]?.end();
  }
  await settle();
  assertEquals(storage.calls, []);
  assertEquals(new Sent(duplex.sent.slice(-16)).simple().error, ESHUTDOWN);
  duplex.send(DISC);
  assertEquals(await done, undefined);
});

Deno.test("zeroes reach all that was asked for, and nothing else", async () => {
  const { duplex, done, storage } = client(3 * ZERO_PIECE);
  const MIB = 2 ** 20;
  for (let at = 0; at < 3 * ZERO_PIECE; at += MIB) storage.memory.write(at, filled(MIB, 7));
  const length = 2 * ZERO_PIECE + 3;
  duplex.send(bytes(hello(), go(), request(6, 9, length), DISC));
  for (let piece = 0; piece < 3; piece++) {
    await settle();
    storage.calls[0]?.end();
  }
  assertEquals(await done, undefined);
  const ends = [8, 9, 9 + length - 1, 9 + length];
  const found = ends.map((at) => storage.memory.read(at, 1)[Symbol.iterator]().next().value);
  assertEquals(found.map((pieces) => (pieces as Uint8Array[])[0]?.[0]), [7, 0, 0, 7]);
});

/** How a client goes while what takes long is under way, and more of it waits. */
const WAYS: Record<string, (duplex: ReturnType<typeof client>["duplex"]) => void> = {
  "is gone without a word": (duplex) => duplex.end(),
  "has been reset": (duplex) => duplex.die(),
};

for (const [way, go_] of Object.entries(WAYS)) {
  for (const many of [1, 1000]) {
    Deno.test(`what takes long is dropped when its client ${way} (${many} at once)`, async () => {
      const { duplex, done, storage } = client();
      duplex.send(bytes(hello(), go(), ...Array(many).fill(request(6, 0, GIB))));
      await settle();
      // As many as there are permits for.
      assertEquals(storage.calls.length, Math.min(many, 2));
      go_(duplex);
      await settle();
      for (let rounds = 0; storage.calls.length > 0; rounds++) {
        assert(rounds < 3, "it goes on");
        for (const call of [...storage.calls]) call.end();
        await settle();
      }
      const failure = await done;
      assert(failure === undefined || `${failure}`.includes("reset"), `${failure}`);
      assertEquals(dump().coroutines, []);
    });
  }
}

Deno.test("what was asked for before a goodbye is carried out, though the client is gone by then", async () => {
  const { duplex, done, storage } = client(64 * ZERO_PIECE);
  duplex.send(bytes(hello(), go(), ...Array(5).fill(request(6, 0, 64 * ZERO_PIECE)), DISC));
  duplex.end();
  let pieces = 0;
  for (; pieces < 1000; pieces++) {
    await settle();
    if (storage.calls.length === 0) break;
    storage.calls[0]?.end();
  }
  assertEquals([pieces, await done], [5 * 64, undefined]);
});

Deno.test("a request takes as many permits as it is work", () => {
  const memory = new MemoryStorage(1);
  const slow = new SlowStorage();
  const [K256, M32, U32] = [2 ** 18, 2 ** 25, 2 ** 32 - 1];
  const table: [type: number, length: number, memory: number, slow: number][] = [
    [0, 0, 1, 1],
    [0, K256, 1, 1],
    [0, K256 + 1, 2, 2],
    [0, M32, IN_FLIGHT, IN_FLIGHT],
    [1, M32, IN_FLIGHT, IN_FLIGHT],
    [3, U32, 1, 1],
    [4, 0, 1, 1],
    [4, M32, 1, 1],
    [4, M32 + 1, 2, 2],
    [4, U32, IN_FLIGHT / 2, IN_FLIGHT / 2],
    [6, K256 + 1, 1, 2],
    [6, M32 + 1, 2, IN_FLIGHT / 2],
    [6, U32, IN_FLIGHT / 2, IN_FLIGHT / 2],
    [7, M32 + 1, 2, 2],
    [7, U32, IN_FLIGHT / 2, IN_FLIGHT / 2],
  ];
  for (const [type, length, inMemory, onDisk] of table) {
    const asked = { type, length, flags: 0, cookieHigh: 0, cookieLow: 0, offset: 0 };
    assertEquals([permitsOf(asked, memory), permitsOf(asked, slow)], [inMemory, onDisk]);
  }
});

Deno.test("a client that takes nothing has no more read for it than it may have in flight", async () => {
  const { duplex, done, storage } = client();
  duplex.send(bytes(hello(), go()));
  await settle();
  duplex.stalled = true;
  duplex.send(bytes(...Array(10).fill(request(0, 0, 2 ** 25))));
  for (let rounds = 0; rounds < 5; rounds++) {
    await settle();
    storage.calls[0]?.end();
  }
  await settle();
  assertEquals([storage.calls.length, storage.begun], [0, 1]);
  duplex.die();
  assertStringIncludes(`${await done}`, "reset");
});
