import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Hidden, hiddenBy, hiddenIn, unstated } from "../../../model/conformance/hidden.ts";
import { mustWait } from "../../../model/conformance/core/coroutine.ts";
import { coMutexBinding } from "../../../model/conformance/locks/co_mutex.ts";
import { pairs } from "../../../model/conformance/pairs.ts";
import { conform } from "../../../model/engine/play/conform.ts";
import { coMutex, type Mutexes } from "../../../model/specs/locks/co_mutex.ts";
import { needing } from "../../_needing.ts";

/** As far as is enough to see what is shown, with a look at each state. */
const FAR = { maxStates: 500, observeAll: true };

/** They list all that is suspended: what others leave behind in one thread, too. So they come first. */
const DUMPS = ["dump", "dump_rw"];

for (const name of new Set([...DUMPS, ...pairs.map(({ name }) => name)])) {
  const scopes = pairs.filter((pair) => pair.name === name && !pair.sizes.every(isFull));
  const held = await Promise.all(
    scopes.map(async ({ load, hides }) => ({ ...await load(), hides })),
  );
  // What is prepared is a thread, and its file is read.
  const test = needing(...held.some(({ prepare }) => prepare) ? ["read"] as const : []);
  test(`${name}: just what is said to be hidden is not shown by its binding`, async () => {
    const found = new Map<string, keyof Hidden>();
    for (const [i, { spec, binding, prepare, hides }] of held.entries()) {
      await using _ = await prepare?.();
      const report = conform(spec(), binding(), FAR);
      assertEquals(report.mismatch, undefined);
      assertEquals(unstated(hides, report), []);
      const hidden = hiddenIn(report);
      // What one scope shows and another does not is hidden in part.
      for (const [field, how] of hidden) {
        found.set(field, i === 0 || found.get(field) === how ? how : "partly");
      }
      for (const field of found.keys()) if (!hidden.has(field)) found.set(field, "partly");
    }
    const { never, partly } = hiddenBy(name);
    const named = (which: keyof Hidden) =>
      [...found].filter(([, how]) => how === which).map(([field]) => field).toSorted();
    assertEquals(Object.keys(never).toSorted(), named("never"));
    assertEquals(Object.keys(partly).toSorted(), named("partly"));
    for (const text of Object.values({ ...never, ...partly })) {
      assert(text.length > 10, `why that is enough: ${text}`);
    }
    // The host ends what a walk has asked of it in a later turn.
  }, { sanitizeOps: false, sanitizeResources: false });
}

function isFull(size: string): boolean {
  return size === "full";
}

Deno.test("a view that hides something is found out, whatever it is", () => {
  const scope = { coroutines: 2, mutexes: 2 };
  const binding = coMutexBinding(scope);
  const holders = ["m1", "m2"];
  /** A view that writes everything, and then puts back what it is to hide. */
  const hidesIn = (hide: (s: Mutexes) => () => void) => {
    const view: typeof binding.view = (stage, s) => {
      const put = hide(s);
      binding.view(stage, s);
      put();
    };
    const report = conform(coMutex(scope), { ...binding, view }, FAR);
    assertEquals(report.mismatch, undefined);
    return unstated(hiddenBy("co_mutex"), report);
  };
  assertEquals(hidesIn(() => () => {}), []);
  // Who holds it.
  assertEquals(
    hidesIn((s) => {
      const were = holders.map((m) => s.holder.at(m));
      return () => holders.forEach((m, i) => s.holder.set(m, were[i]!));
    }),
    ["holder"],
  );
  // Who holds it: only whether anybody does is shown.
  assertEquals(
    hidesIn((s) => {
      const were = holders.map((m) => s.holder.at(m));
      return () =>
        holders.forEach((m, i) => {
          if (s.holder.at(m) !== null && were[i] !== null) s.holder.set(m, were[i]!);
        });
    }),
    ["holder"],
  );
  // Of one of them alone.
  assertEquals(
    hidesIn((s) => {
      const was = s.holder.at("m2");
      return () => s.holder.set("m2", was);
    }),
    ["holder"],
  );
  // While somebody waits.
  assertEquals(
    hidesIn((s) => {
      const were = holders.map((m) => s.holder.at(m));
      return () =>
        holders.forEach((m, i) => {
          if (s.waiters.at(m).length > 0) s.holder.set(m, were[i]!);
        });
    }),
    ["holder"],
  );
  // In which order they wait: only how many.
  assertEquals(
    hidesIn((s) => {
      const were = holders.map((m) => [...s.waiters.at(m)]);
      return () =>
        holders.forEach((m, i) => {
          if (s.waiters.at(m).length === were[i]!.length) s.waiters.at(m).assign(were[i]!);
        });
    }),
    ["waiters"],
  );
});

Deno.test("a view can tell that somebody waits who should not, or does not who should", () => {
  const players = [
    { name: "a", scheduledBy: "readable" },
    { name: "b", scheduledBy: "until" },
    { name: "c", scheduledBy: null },
  ];
  // INVARIANT: of a theatre, nothing else is looked at.
  const theatre = { players } as unknown as Parameters<typeof mustWait>[0];
  mustWait(theatre, ["a"], "readable");
  mustWait(theatre, ["b"], "until");
  for (const line of [[], ["b"], ["a", "b"], ["a", "c"], ["c"]]) {
    assertThrows(() => mustWait(theatre, line, "readable"), Error, "waits, or does not");
  }
});
