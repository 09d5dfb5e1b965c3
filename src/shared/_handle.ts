/**
 * What stands for a lock or queue of all threads in a message: its kind, and where its words are.
 *
 * @module
 */
import { commonsNow } from "./_commons.ts";
import { allocate, has, type SharedKind } from "./_layout.ts";
import { givenName, kindOf } from "../core/_given.ts";

/** A handle of any kind. */
export interface SharedHandle {
  readonly kind: SharedKind;
  readonly at: number;
  readonly name: string;
}

/** Throws unless it is a handle of that kind that some thread of this program has made. */
export function mustBeHandle(kind: SharedKind, handle: SharedHandle): void {
  const { memory, atomics } = commonsNow();
  if (handle?.kind === kind && has(memory, kind, handle.at, atomics)) return;
  const itself = (handle as { handle?: SharedHandle } | null | undefined)?.handle?.kind === kind;
  const hint = itself ? ": a message carries its handle" : "";
  throw new TypeError(`Cannot find a ${kind}: expected its handle, got ${kindOf(handle)}${hint}`);
}

/**
 * The handle of what is made by that name, with so many words; or that which is given, if it is one.
 *
 * @throws {TypeError} See {@linkcode mustBeHandle}.
 * @throws {RangeError} If there is no memory left for it.
 */
export function handleFor<K extends SharedKind, H extends SharedHandle & { readonly kind: K }>(
  kind: K,
  name: string | H,
  words: number,
): H | { readonly kind: K; readonly at: number; readonly name: string } {
  if (typeof name !== "object") {
    const given = givenName(`make a ${kind}`, name);
    return { kind, at: allocate(commonsNow().memory, kind, words), name: given };
  }
  mustBeHandle(kind, name);
  return name;
}
