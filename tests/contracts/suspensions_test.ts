import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Co, Coroutine, type Suspension, VirtualClock } from "@cofn/coroutine";
import { type Begin, givers } from "./_givers.ts";
import { codeIn, turns } from "../src/_helpers.ts";

/** What a wait is worth, without the names of locks. */
function textOf(worth: unknown): string {
  const kind = (worth as object | null | undefined)?.constructor;
  return kind === undefined || kind === Uint8Array || Array.isArray(worth)
    ? Deno.inspect(worth)
    : typeof worth === "object"
    ? kind.name
    : `${worth}`;
}

/** What comes of three who wait twice each, by waits that are kept or made anew. */
async function play(
  begin: Begin,
  { kept, limits, cancels }: { kept: boolean; limits: boolean; cancels: boolean },
): Promise<{ log: string[]; ended: number }> {
  const clock = new VirtualClock();
  const giver = await begin(clock);
  const options = limits ? { timeout: 1e6, clock } : undefined;
  const log: string[] = [];
  let one: Suspension<unknown> | undefined;
  function* waitBy(wait: Suspension<unknown>): Co<unknown> {
    try {
      return yield* wait;
    } catch (error) {
      giver.failed?.();
      throw error;
    }
  }
  function* part(name: string): Co {
    for (let i = 0; i < 2; i++) {
      try {
        if (giver.before !== undefined) yield* giver.before();
        const wait = kept ? one ??= giver.wait(options) : giver.wait(options);
        const worth: unknown = yield* waitBy(wait);
        log.push(`${name} ${textOf(worth)}`);
        if (giver.after !== undefined) yield* giver.after();
      } catch (error) {
        log.push(`${name} ${codeIn(error)}`);
      }
    }
  }
  const parts = ["a", "b", "c"].map((name) => Coroutine.named(name, part, name));
  for (const co of parts) {
    co.done.catch(() => {});
    co.enter();
  }
  await turns();
  if (cancels) parts[1]!.cancel();
  for (let i = 0; i < 40 && parts.some(({ status }) => status !== "terminated"); i++) {
    giver.pump?.();
    clock.advance(1);
    await turns();
  }
  const ended = parts.filter(({ status }) => status === "terminated").length;
  for (const co of parts) co.cancel();
  await turns();
  await giver.end?.();
  return { log, ended };
}

for (const [name, begin] of Object.entries(givers)) {
  Deno.test(`a wait may be kept and used again: ${name}`, async () => {
    const { unlimited } = await begin(new VirtualClock());
    for (const limits of unlimited ? [false] : [false, true]) {
      for (const cancels of [false, true]) {
        const anew = await play(begin, { kept: false, limits, cancels });
        const kept = await play(begin, { kept: true, limits, cancels });
        assertEquals(kept, anew, `limits ${limits}, cancels ${cancels}`);
        assert(anew.log.length >= 5, anew.log.join());
        assertEquals(anew.ended, 3, anew.log.join());
      }
    }
  });
}

/** Of waits that fail: one at a time sleeps in a bed, and a time-out is one. */
const expected: Readonly<Record<string, RegExp>> = {
  "CoSleep.sleep": /^(waiting|true|false)$/,
  "withTimeout too late": /^timeout$/,
};

/** What comes of two who run the same generator, by mistake, beside one who came before and one who comes later. */
async function share(
  begin: Begin,
  { limits, cancels }: { limits: boolean; cancels: boolean },
): Promise<{ log: Map<string, string>; left: string[] }> {
  const clock = new VirtualClock();
  const giver = await begin(clock);
  const options = limits ? { timeout: 1e6, clock } : undefined;
  const log = new Map<string, string>();
  function* wait(): Co<unknown> {
    return yield* giver.wait(options);
  }
  let both: Co<unknown> | undefined;
  function* part(name: string, shares: boolean): Co {
    let worth: unknown;
    try {
      if (giver.before !== undefined) yield* giver.before();
      worth = yield* (shares ? both ??= wait() : wait());
      if (giver.after !== undefined) yield* giver.after();
      log.set(name, textOf(worth));
    } catch (error) {
      log.set(name, `${codeIn(error) ?? error}`);
      try {
        giver.failed?.();
      } catch {
        // It has nothing that it could give back.
      }
    }
  }
  const parts = ["first", "one", "other", "last"].map((name) =>
    Coroutine.named(name, part, name, name === "one" || name === "other")
  );
  for (const co of parts) {
    co.done.catch(() => {});
    co.enter();
  }
  await turns();
  if (cancels) parts[1]!.cancel();
  for (let i = 0; i < 60 && parts.some(({ status }) => status !== "terminated"); i++) {
    giver.pump?.();
    clock.advance(1);
    await turns();
  }
  const left = parts.filter(({ status }) => status !== "terminated").map(String);
  for (const co of parts) co.cancel();
  await turns();
  await giver.end?.();
  return { log, left };
}

for (const [name, begin] of Object.entries(givers)) {
  Deno.test(`two who run one generator harm nobody else, and nobody is left: ${name}`, async () => {
    const { unlimited } = await begin(new VirtualClock());
    for (const limits of unlimited ? [false] : [false, true]) {
      for (const cancels of [false, true]) {
        const { log, left } = await share(begin, { limits, cancels });
        const how = `limits ${limits}, cancels ${cancels}: ${Deno.inspect(log)}`;
        assertEquals(left, [], how);
        // What comes of their own waits.
        const worth = expected[name] ??
          /^(?!waiting|not-|locks-held|abandoned|TypeError|CoroutineError)/;
        for (const who of ["first", "last"]) assertMatch(log.get(who) ?? "nothing", worth, how);
      }
    }
  });
}
