/** Nobody works for so long that others notice: by a clock that goes on each time it is looked at. */
import { type Clock, Coroutine, VirtualClock } from "@cofn/coroutine";
import { assert, assertEquals } from "@std/assert";
import { serveConnection } from "../../../examples/nbd/connection.ts";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import { Turn, Turns } from "../../../examples/nbd/turns.ts";
import {
  bytes,
  context,
  DISC,
  exporting,
  filled,
  go,
  HANDSHAKE,
  hello,
  option,
  request,
  STRUCTURED,
  write,
} from "./_client.ts";
import { Duplex } from "./_duplex.ts";
import { settle } from "./_slow_storage.ts";

const GIB = 2 ** 30;

/** Each look takes a tenth of a millisecond. */
function busyClock(): Clock {
  const alarms = new VirtualClock();
  let now = 0;
  return {
    name: "busy",
    get now() {
      return now += 0.1e6;
    },
    after: (ns, ring) => alarms.after(ns, ring),
  };
}

const flood = (n: number, one: Uint8Array) => bytes(...Array(n).fill(one));

/** What one client sends at once, after its handshake or instead of it. */
const FLOODS: Record<string, { said: Uint8Array; handshake?: boolean }> = {
  "zeroes without a hole": { said: flood(1000, request(6, 0, GIB, { flags: 2 })) },
  "zeroes": { said: flood(1000, request(6, 0, GIB)) },
  "zeroes that begin and end within a page": { said: flood(1000, request(6, 1, GIB - 2)) },
  "one zeroing of 4 GiB": { said: request(6, 0, 2 ** 32 - 1, { flags: 2 }) },
  "trims": { said: flood(1000, request(4, 0, GIB)) },
  "questions where there are holes": { said: flood(4000, request(7, 0, GIB)) },
  "small reads": { said: flood(4000, request(0, 0, 1)) },
  "large reads": { said: flood(3, request(0, 0, 2 ** 25)) },
  "small writes": { said: flood(4000, write(0, filled(1, 1))) },
  "a large write": { said: flood(4, write(0, filled(2 ** 25, 1))) },
  "a large write that is refused": { said: flood(4, write(2n ** 40n, filled(2 ** 25, 1))) },
  "flushes": { said: flood(4000, request(3)) },
  "commands that are not known": { said: flood(4000, request(99)) },
  "options": { said: flood(900, option(99)), handshake: true },
  "a large option": { said: option(99, filled(2 ** 26, 0)), handshake: true },
  "questions for contexts": {
    said: bytes(STRUCTURED, flood(200, context(Array(1000).fill("x"), 9))),
    handshake: true,
  },
};

for (const [what, { said, handshake = false }] of Object.entries(FLOODS)) {
  Deno.test(`one who sends ${what} lets another one have its turn`, async () => {
    const house = { closing: false, turns: new Turns() };
    const exported = exporting(new MemoryStorage(2 ** 33));
    const connect = () => {
      const duplex = new Duplex(2 ** 18);
      const clock = busyClock();
      const co = Coroutine.create(serveConnection, duplex, exported, { house, clock });
      const { done } = co;
      co.enter();
      return { duplex, done };
    };
    const [greedy, modest] = [connect(), connect()];
    modest.duplex.send(bytes(hello(), go()));
    await modest.duplex.received(HANDSHAKE);

    const hands = bytes(hello(), STRUCTURED, context(["base:allocation"]), go());
    greedy.duplex.send(handshake ? hello() : hands);
    await settle();
    let turns = 0;
    let ended = false;
    const count = () => {
      if (!ended) turns++, setImmediate(count);
    };
    setImmediate(count);
    greedy.duplex.send(bytes(said, handshake ? bytes() : DISC));
    greedy.duplex.end();
    void greedy.done.then(() => ended = true);
    // It comes when the other one is in the middle of it.
    await new Promise((resolve) => setImmediate(resolve));
    modest.duplex.send(request(0, 0, 4096));
    await modest.duplex.received(HANDSHAKE + 16 + 4096);
    assertEquals(ended, false);
    await greedy.done;
    // Deno looks for what comes from outside each 61st time.
    assert(turns > 61, `${turns}`);
    modest.duplex.send(DISC);
    assertEquals(await modest.done, undefined);
    assertEquals(house.turns.connections, 0);
  });
}

Deno.test("the more there are, the shorter is the turn of each, down to a fifth of a millisecond", () => {
  const turns = new Turns();
  const shares = [0, 1, 16, 100, 10_000].map((n) => {
    turns.connections = n;
    return turns.share / 1e6;
  });
  assertEquals(shares, [3, 3, 1.25, 0.2, 0.2]);
});

Deno.test("a turn is over by the clock, which is looked at when something was spent", async () => {
  const clock = new VirtualClock();
  const turn = new Turn(new Turns(), clock);
  assertEquals([turn.over, turn.spend(100)], [false, false]);
  clock.advance(3e6 + 1);
  assertEquals([turn.spend(1), turn.spend(1), turn.spend(1), turn.spend(1)], [
    false,
    false,
    false,
    true,
  ]);
  // Whoever asks while it is being passed is told to wait, and all go on together.
  const [one, two] = [turn.pass(), turn.pass()];
  assertEquals([one === two, turn.over], [true, true]);
  await one;
  assertEquals(turn.over, false);
});
