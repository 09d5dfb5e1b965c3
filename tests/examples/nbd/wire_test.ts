/** What is lent to a connection is given back: once, in order, and when nobody uses it any more. */
import { Coroutine, CoWriter, VirtualClock } from "@cofn/coroutine";
import { assertEquals } from "@std/assert";
import { bytesOf, free } from "../../../examples/nbd/buffers.ts";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import { Turn, Turns } from "../../../examples/nbd/turns.ts";
import { Wire } from "../../../examples/nbd/wire.ts";
import { bytes, connect, exporting, go, hello, request } from "./_client.ts";
import { Duplex } from "./_duplex.ts";
import { settle } from "./_slow_storage.ts";

const MIB = 2 ** 20;

/** A wire to a client that takes nothing yet; and what was given back, by its number. */
function stalled() {
  const duplex = new Duplex();
  duplex.stalled = true;
  const given: number[] = [];
  const wire = new Wire(duplex, new Turn(new Turns(), new VirtualClock()), (piece) => {
    given.push(piece[0] ?? -1);
    free(piece as Uint8Array<ArrayBuffer>);
  });
  const writer = new CoWriter(wire);
  const lend = (i: number): void => {
    const piece = bytesOf(100).fill(i);
    wire.lend(piece);
    writer.lend(piece);
  };
  return { duplex, wire, writer, given, lend };
}

Deno.test("a piece is given back when the host has taken all of it, and the writer is at the next one", async () => {
  const { duplex, wire, writer, given, lend } = stalled();
  lend(1);
  writer.reserve(10).fill(9);
  lend(2);
  lend(3);
  const steps: number[][] = [];
  for (const n of [50, 49, 1, 10, 60, 40, 100]) {
    duplex.allow(n);
    await settle();
    steps.push([...given]);
  }
  assertEquals(steps, [[], [], [1], [1], [1], [1, 2], [1, 2]]);
  assertEquals([writer.pending, duplex.sent.length], [0, 310]);
  assertEquals([...new Set(duplex.sent)], [1, 9, 2, 3]);
  wire.end();
  assertEquals(given, [1, 2, 3]);
});

Deno.test("at the end all are given back, but for one that the host has, which comes later", async () => {
  const { duplex, wire, given, lend } = stalled();
  lend(1);
  lend(2);
  await settle();
  wire.end();
  assertEquals(given, []);
  duplex.die();
  await settle();
  assertEquals(given, [1, 2]);
});

Deno.test("pages that were dropped while they were sent go with their connection", async () => {
  const storage = new MemoryStorage(4 * MIB);
  const sent: Uint8Array[] = [];
  const { sent: giveBack } = storage;
  storage.sent = (piece) => {
    sent.push(piece);
    giveBack.call(storage, piece);
  };
  const writing = Coroutine.create(function* () {
    yield* storage.write(0, new Uint8Array(4 * MIB).fill(1));
  });
  writing.enter();
  const { duplex, clock, done } = connect(exporting(storage));
  duplex.send(bytes(hello(), go()));
  await settle();
  duplex.stalled = true;
  duplex.send(bytes(request(0, 0, 4 * MIB)));
  await settle();
  storage.trim(0, 4 * MIB);
  // It takes no replies for a minute, and is let go.
  clock.advance(80e9);
  await done;
  assertEquals(sent.length, 0);
  duplex.die();
  await settle();
  assertEquals(sent.map(({ length }) => length), [0, 0, 0, 0]);
});
