/**
 * Sizes of memory, as people write them.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";

/**
 * What `--memory` is given: a number of bytes, of KiB, MiB or GiB, such as `512M`; nothing if it is not given.
 *
 * @throws {SpecError} If it is no size.
 */
export function memoryOf(text: string | undefined): { readonly memory?: number } {
  if (text === undefined) return {};
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(text) ?? [];
  const memory = Math.floor(Number(number) * 1024 ** " KMG".indexOf(unit.toUpperCase() || " "));
  if (Number.isSafeInteger(memory) && memory > 0) return { memory };
  throw new SpecError(`Cannot use --memory: expected a size such as 512M or 4G, got ${show(text)}`);
}
