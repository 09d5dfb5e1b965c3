import { assertEquals } from "@std/assert";
import { AioContext, BottomHalf } from "@cofn/coroutine";
import { codeOf, noting, turn, turns } from "../_helpers.ts";

Deno.test("a bottom half runs in a round, not when it is scheduled (bh/schedule, bh/flush)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log)("bh");
  bh.schedule();
  assertEquals([log, bh.scheduled], [[], true]);
  assertEquals([context.poll(), log, bh.scheduled], [true, ["bh"], false]);
  assertEquals([context.poll(), log], [false, ["bh"]]);
});

Deno.test("one that schedules itself runs once in each round (bh/schedule10)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh: BottomHalf = noting(context, log)("bh", () => {
    if (log.length < 10) bh.schedule();
  });
  bh.schedule();
  for (let i = 1; i <= 10; i++) {
    assertEquals([context.poll(), log.length], [true, i]);
  }
  assertEquals([context.poll(), log.length], [false, 10]);
});

Deno.test("one that was cancelled or deleted never runs (bh/cancel, bh/delete)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const [cancelled, deleted] = [bh("cancelled"), bh("deleted")];
  cancelled.schedule();
  deleted.schedule();
  cancelled.cancel();
  deleted.delete();
  assertEquals([context.poll(), log, deleted.deleted], [false, [], true]);
  cancelled.schedule();
  assertEquals([context.poll(), log], [true, ["cancelled"]]);
  assertEquals(codeOf(() => deleted.schedule()), "closed");
  assertEquals(codeOf(() => deleted.idle()), "closed");
});

Deno.test("callbacks delete themselves, each after so many runs (bh/callback-delete)", () => {
  const context = new AioContext();
  const runs = [0, 0, 0, 0];
  const most = [1, 3, 2, 4];
  const all = most.map((max, i) => {
    const bh: BottomHalf = new BottomHalf(context, () => {
      const n = runs[i] = (runs[i] ?? 0) + 1;
      if (n === max) bh.delete();
      else bh.schedule();
    });
    return bh;
  });
  for (const bh of all) bh.schedule();
  assertEquals(context.poll(), true);
  assertEquals([runs, all.map(({ deleted }) => deleted)], [[1, 1, 1, 1], [
    true,
    false,
    false,
    false,
  ]]);
  assertEquals([context.runUntilStalled(), runs], [true, most]);
  context.close();
});

Deno.test("bottom halves run first in, first out; one that comes meanwhile waits (a.9 1, 6)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const n = bh("N");
  for (const one of [bh("A", () => n.schedule()), bh("B"), bh("C")]) one.schedule();
  context.poll();
  assertEquals(log.splice(0), ["A", "B", "C"]);
  context.poll();
  assertEquals(log, ["N"]);
});

Deno.test("a poll inside a callback first finishes the round around it (a.9 7)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const fresh = bh("NEW");
  const nest = bh("nest", () => {
    fresh.schedule();
    log.push("{");
    context.poll();
    log.push("}");
  });
  for (const one of [bh("A"), nest, bh("B")]) one.schedule();
  context.poll();
  assertEquals(log, ["A", "nest", "{", "B", "NEW", "}"]);
});

Deno.test("what is idle is no progress, and is done when nothing else has come for a while", async () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log)("bh");
  bh.idle();
  assertEquals([context.poll(), log.splice(0)], [false, ["bh"]]);
  bh.idle();
  assertEquals([await context.poll(true), log.splice(0)], [false, ["bh"]]);
  bh.idle();
  bh.schedule();
  assertEquals([context.poll(), log.splice(0)], [true, ["bh"]]);
  // The host has nothing left to do from before.
  await turns();
  bh.idle();
  while (log.length === 0) await turn();
  assertEquals(log, ["bh"]);
});
