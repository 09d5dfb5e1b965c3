/**
 * How the commands of the benchmarks are called.
 *
 * @module
 */

/**
 * What a command was called with, as `read` makes it of the arguments. Whoever asks for help gets it, and whoever calls
 * wrongly is told why: that ends the program, with 0 or 2.
 */
export function called<T extends { readonly help: boolean }>(help: string, read: () => T): T {
  try {
    const settings = read();
    if (!settings.help) return settings;
  } catch (error) {
    // deno-lint-ignore no-console -- its output
    console.error(`${error instanceof Error ? error.message : error}\nTry --help`);
    Deno.exit(2);
  }
  // deno-lint-ignore no-console -- its output
  console.log(help);
  Deno.exit(0);
}

/** How many, from 1 up. */
export function atLeastOne(option: string, text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 1) return n;
  throw new RangeError(`Cannot take ${option} ${text}: expected an integer from 1 up`);
}

/** Those of `all` that a list names, such as `lock,create`: all where there is none. */
export function chosen<T extends string>(
  option: string,
  list: string | undefined,
  all: readonly T[],
): readonly T[] {
  if (list === undefined) return all;
  const names = list.split(",");
  for (const name of names) {
    if (!all.some((one) => one === name)) {
      throw new RangeError(`Cannot take ${option} ${name}: expected some of ${all.join(", ")}`);
    }
  }
  return all.filter((one) => names.includes(one));
}
