/** How long clients may say nothing, or take nothing. */
import { dump } from "@cofn/coroutine";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Limits } from "../../../examples/nbd/patience.ts";
import { bytes, connect, DISC, exporting, go, hello, request, write } from "./_client.ts";
import { settle, SlowStorage } from "./_slow_storage.ts";

const MIB = 2 ** 20;

/** A client that has shaken hands, of a storage that is slow. */
async function client(limits: Limits) {
  const storage = new SlowStorage();
  const connection = connect(exporting(storage), undefined, { limits });
  connection.duplex.send(bytes(hello(), go()));
  await settle();
  /** Lets so many seconds go by, and others have their turn after each tenth. */
  const seconds = async (n: number) => {
    for (let i = 0; i < 10 * n; i++) {
      connection.clock.advance(0.1e9);
      if (i % 5 === 0) await settle();
    }
    await settle();
  };
  return { ...connection, storage, seconds };
}

const IDLE: Limits = { idleTime: 10e9, sendTime: Infinity };
const SEND: Limits = { idleTime: Infinity, sendTime: 10e9 };

/** What a client has sent that is idle from then on. */
const SILENT: Record<string, Uint8Array> = {
  "nothing": bytes(),
  "half a header": request(3).subarray(0, 14),
  "a header, and a part of its payload": write(0, new Uint8Array(1000)).subarray(0, 500),
  "a header, and a part of a large payload": write(0, new Uint8Array(MIB)).subarray(0, 5000),
  "the beginning of a payload that is refused": write(2n ** 40n, new Uint8Array(MIB)).subarray(
    0,
    5000,
  ),
};

for (const [what, said] of Object.entries(SILENT)) {
  Deno.test(`a client that has sent ${what} for so long is let go`, async () => {
    const { duplex, done, seconds } = await client(IDLE);
    duplex.send(said);
    await seconds(9);
    assertEquals(duplex.closed, false);
    await seconds(3);
    assertEquals(duplex.closed, true);
    assertStringIncludes(`${await done}`, "OutOfPatience: The client has asked nothing for 10 s");
    assertEquals(dump().coroutines, []);
  });
}

Deno.test("a client that sends a byte a second sends nothing", async () => {
  const { duplex, done, seconds } = await client(IDLE);
  const said = request(3);
  for (let i = 0; i < 12; i++) {
    duplex.send(said.subarray(i, i + 1));
    await seconds(1);
  }
  assertStringIncludes(`${await done}`, "asked nothing");
});

Deno.test("a client that asks now and then stays, and one whose requests are under way", async () => {
  const { duplex, done, seconds, storage } = await client(IDLE);
  for (let i = 0; i < 5; i++) {
    duplex.send(request(0, 0, 1));
    await settle();
    storage.calls[0]?.end();
    await seconds(8);
  }
  duplex.send(request(3));
  await seconds(100);
  assertEquals([storage.calls.length, duplex.closed], [1, false]);
  storage.calls[0]?.end();
  await seconds(8);
  // One that sends much, slowly, is not idle either.
  for (let i = 0; i < 30; i++) {
    duplex.send(i === 0 ? write(0, new Uint8Array(3 * MIB)).subarray(0, MIB / 10) : bytes());
    if (i > 0) duplex.send(new Uint8Array(MIB / 10));
    await seconds(3);
  }
  assertEquals(duplex.closed, false);
  duplex.end();
  for (const call of [...storage.calls]) call.end();
  assertEquals(await done, undefined);
});

/** What a client asks for that takes nothing from then on. */
const ASKED: Record<string, Uint8Array> = {
  "one small reply": request(0, 0, 1),
  "more than may be pending": bytes(...Array(8).fill(request(0, 0, MIB))),
};

for (const [what, asked] of Object.entries(ASKED)) {
  for (const slowly of [false, true]) {
    const how = slowly ? "but a byte a second" : "nothing";
    Deno.test(`a client that takes ${how} of ${what} for so long is let go`, async () => {
      const { duplex, done, seconds, storage } = await client(SEND);
      duplex.stalled = true;
      duplex.send(asked);
      await settle();
      for (const call of [...storage.calls]) call.end();
      await settle();
      await seconds(8);
      assertEquals(duplex.closed, false);
      for (let i = 0; i < 15; i++) {
        // The last byte of a small reply would be all of it.
        if (slowly) duplex.allow(1);
        await seconds(1);
      }
      assertStringIncludes(`${await done}`, "The client has taken no replies for 10 s");
      duplex.die();
      await settle();
      assertEquals(dump().coroutines, []);
    });
  }
}

Deno.test("a client that takes much, slowly, stays; and one that has taken all is not waited for", async () => {
  const { duplex, done, seconds, storage } = await client(SEND);
  duplex.stalled = true;
  duplex.send(bytes(...Array(4).fill(request(0, 0, MIB))));
  await settle();
  for (const call of [...storage.calls]) call.end();
  for (let i = 0; i < 30; i++) {
    duplex.allow(MIB / 10);
    await seconds(5);
  }
  assertEquals(duplex.closed, false);
  duplex.resume();
  await seconds(1000);
  assertEquals(duplex.closed, false);
  duplex.send(DISC);
  assertEquals(await done, undefined);
});

Deno.test("without limits a client may be idle for a year", async () => {
  const { duplex, done, seconds, clock } = await client({ idleTime: Infinity, sendTime: Infinity });
  assertEquals(clock.alarms, 0);
  clock.advance(365 * 86_400e9);
  await seconds(1);
  assertEquals(duplex.closed, false);
  duplex.send(DISC);
  assertEquals(await done, undefined);
});
