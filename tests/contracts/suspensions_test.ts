import { assert, assertEquals } from "@std/assert";
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
