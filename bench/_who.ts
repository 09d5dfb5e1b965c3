/**
 * Those who take part, by their names.
 *
 * @module
 */
import type { Who } from "./_ops.ts";

export const WHO = [
  "cofn",
  "native",
  "async-sema",
  "async-mutex",
  "@rocicorp/lock",
  "rwlock",
  "@thi.ng/csp",
  "effection",
  "effect",
] as const;
export type WhoName = typeof WHO[number];

/** What `who` runs; every Worker imports only the one that it measures. */
export async function load(who: WhoName): Promise<Who> {
  switch (who) {
    case "cofn":
      return (await import("./who/cofn.ts")).cofn;
    case "native":
      return (await import("./who/native.ts")).native;
    case "async-sema":
      return (await import("./who/async_sema.ts")).asyncSema;
    case "async-mutex":
      return (await import("./who/async_mutex.ts")).asyncMutex;
    case "@rocicorp/lock":
      return (await import("./who/rocicorp_lock.ts")).rocicorpLock;
    case "rwlock":
      return (await import("./who/rwlock.ts")).rwlock;
    case "@thi.ng/csp":
      return (await import("./who/thi_ng_csp.ts")).thiNgCsp;
    case "effection":
      return (await import("./who/effection.ts")).effection;
    case "effect":
      return (await import("./who/effect.ts")).effect;
  }
}
