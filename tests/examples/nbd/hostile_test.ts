import { dump } from "@cofn/coroutine";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MemoryStorage, PAGE } from "../../../examples/nbd/memory_storage.ts";
import {
  bytes,
  connect,
  context,
  DISC,
  exporting,
  go,
  hello,
  option,
  request,
  STRUCTURED,
} from "./_client.ts";
import { settle, SlowStorage } from "./_slow_storage.ts";

const SIZE = 2 ** 21;
const RUNS = Number(fc.readConfigureGlobal().numRuns ?? 2000);

/** What a connection may fail with: whatever else it is, is a bug. */
const EXPECTED = /^ProtocolError: |^ConnectionReset: |^CoroutineError: .* has taken more than/;

/** Numbers at the ends of their ranges, and of the device. */
const u32 = fc.oneof(
  fc.nat(300),
  fc.constantFrom(SIZE - 1, SIZE, SIZE + 1, 2 ** 25, 2 ** 25 + 1, 2 ** 31, 2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
);
const u64 = fc.oneof(
  u32.map(BigInt),
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
);
const small = fc.uint8Array({ maxLength: 60 });

const anOption = fc.oneof(
  fc.constantFrom(STRUCTURED, context(["base:allocation"]), option(3), go("disk", [1, 2, 3], 6)),
  fc.tuple(fc.nat(12), small).map(([number, data]) => option(number, data)),
  fc.tuple(fc.nat(12), small, u32).map(([number, data, length]) => option(number, data, length)),
);

const aRequest = fc.record({
  type: fc.oneof(fc.nat(9), fc.nat(65_535)),
  flags: fc.oneof(fc.constant(0), fc.nat(63), fc.nat(65_535)),
  offset: u64,
  length: u32,
  data: small,
  honest: fc.boolean(),
}).map(({ type, flags, offset, length, data, honest }) =>
  request(type, offset, honest && type === 1 ? data.length : length, { flags, data })
);

/** What is done to the bytes of an honest client. */
const damage = fc.oneof(
  fc.constant({ kind: "none" } as const),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant("changed" as const),
    bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant("noise" as const), at: fc.nat(), noise: small }),
);

const talks = fc.record({
  options: fc.array(anOption, { maxLength: 5 }),
  requests: fc.array(aRequest, { maxLength: 8 }),
  polite: fc.boolean(),
  damage,
  pieces: fc.array(fc.nat(), { maxLength: 4 }),
  ends: fc.constantFrom("ends", "dies", "is cancelled"),
  stalled: fc.boolean(),
});

function damaged(said: Uint8Array, how: typeof damage extends fc.Arbitrary<infer D> ? D : never) {
  switch (how.kind) {
    case "none":
      return said;
    case "cut":
      return said.subarray(0, how.at % said.length);
    case "changed": {
      const changed = said.slice();
      for (const [at, value] of how.bytes) changed[at % said.length] = value;
      return changed;
    }
    case "noise": {
      const at = how.at % said.length;
      return bytes(said.subarray(0, at), how.noise, said.subarray(at));
    }
    default:
      return how satisfies never;
  }
}

/** A client that has shaken hands, and is served one request after the other. */
async function honest(exported: ReturnType<typeof exporting>) {
  const { duplex, done } = connect(exported);
  duplex.send(bytes(hello(), go()));
  await settle();
  return {
    async works() {
      const before = duplex.sent.length;
      duplex.send(request(3));
      const sent = await duplex.received(before + 16);
      assertEquals(sent.slice(before), bytes({ u32: 0x67446698 }, { u32: 0 }, { u64: 7n }));
    },
    async leaves() {
      duplex.send(DISC);
      assertEquals(await done, undefined);
    },
  };
}

for (const slow of [false, true]) {
  const what = slow ? "a slow storage" : "memory";
  Deno.test(`whatever a client of ${what} says, its connection ends, and others are served`, async () => {
    const memory = new MemoryStorage(SIZE);
    const other = await honest(exporting(memory));
    await fc.assert(
      fc.asyncProperty(
        talks,
        async ({ options, requests, polite, damage, pieces, ends, stalled }) => {
          const said = bytes(hello(), ...options, go(), ...requests, polite ? DISC : bytes());
          const sends = damaged(said, damage);
          const storage = slow ? new SlowStorage(SIZE) : memory;
          const { duplex, clock, co, done } = connect(exporting(storage));
          const cuts = pieces.map((n) => n % (sends.length + 1)).sort((a, b) => a - b);
          let from = 0;
          for (const cut of [...cuts, sends.length]) {
            duplex.send(sends.slice(from, cut));
            from = cut;
            if (cut % 2 === 0) await settle();
          }
          duplex.stalled = stalled;
          await settle();
          if (ends === "ends") duplex.end();
          else if (ends === "dies") duplex.die();
          else co.cancel("the server stops");
          for (let rounds = 0; rounds < 20 && co.status !== "terminated"; rounds++) {
            if (storage instanceof SlowStorage) {
              for (const call of [...storage.calls]) {
                call.end();
              }
            }
            await settle();
            clock.advance(1e9);
          }
          assertEquals(co.status, "terminated");
          const failure = await done; // a value: it throws nothing
          assert(failure === undefined || EXPECTED.test(`${failure}`), `${failure}`);
          assert(memory.pages <= SIZE / PAGE, "bytes past the end");
          duplex.resume();
          assertEquals([clock.alarms, dump().coroutines.length], [0, 1]);
          await other.works();
        },
      ),
      { numRuns: RUNS },
    );
    await other.leaves();
    assertEquals(dump().coroutines, []);
  });
}
