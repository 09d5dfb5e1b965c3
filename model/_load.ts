/**
 * Finds the specs that a module exports.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, show, SpecError } from "./engine/language/errors.ts";
import { isSpec } from "./engine/language/spec.ts";
import type { AnySpec } from "./engine/language/types.ts";

/** A spec and the name under which its module exports it. */
export interface LoadedSpec {
  readonly exported: string;
  readonly spec: AnySpec;
}

/** What `--set` gave, by name. */
export type Settings = ReadonlyMap<string, string | number | boolean>;

/**
 * `name=value` pairs; numbers and booleans are read as such, and what is in double quotes as a string of JSON:
 * `n="1"` is no number.
 */
export function parseSettings(pairs: readonly string[]): Settings {
  const settings = new Map<string, string | number | boolean>();
  for (const pair of pairs) {
    const [, name, text = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) {
      throw new SpecError(`Cannot set ${show(pair)}: expected name=value`);
    }
    if (settings.has(name)) {
      throw new SpecError(`Cannot set ${show(name)} twice: expected one value for each name`);
    }
    const value = settingOf(name, text);
    settings.set(name, value);
  }
  return settings;
}

function settingOf(name: string, text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (/^".*"$/s.test(text)) {
    try {
      return String(JSON.parse(text));
    } catch {
      throw new SpecError(`Cannot set ${show(name)} to ${text}: expected a string of JSON`);
    }
  }
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const value = Number(text);
  // A number of more digits than a float holds would be another number.
  if (digitsOf(text) === digitsOf(value.toFixed(20)) || digitsOf(text) === digitsOf(`${value}`)) {
    return value;
  }
  throw new SpecError(
    `Cannot set ${show(name)} to ${text}: as a number it would be ${value}; for a string, write ${
      show(`${name}="${text}"`)
    }`,
  );
}

/** A decimal number without the zeros that say nothing. */
function digitsOf(text: string): string {
  const [, sign = "", whole = "", part = ""] = /^(-?)0*(\d*?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  return `${whole === "" && part === "" ? "" : sign}${whole}.${part}`;
}

/** A setting as it is written: what {@linkcode parseSettings} reads again as the same value. */
export function settingText(name: string, value: string | number | boolean): string {
  const plain = `${name}=${value}`;
  let same = false;
  try {
    same = settingOf(name, `${value}`) === value;
  } catch {
    // It would be read as something else.
  }
  return same ? plain : `${name}=${JSON.stringify(value)}`;
}

/**
 * Imports a module and returns its specs: exported specs, and what exported functions return when
 * they are called with the settings; and what failed. `only` selects by the name of the export or of
 * the spec.
 */
export async function loadSpecs(
  file: string,
  settings: Settings,
  only: readonly string[],
): Promise<{ readonly specs: readonly LoadedSpec[]; readonly failures: readonly SpecError[] }> {
  const module = await importModule(file);
  const entries = Object.entries(module);
  const chosen = entries.filter(([name]) => only.includes(name));
  const read = new Set<string>();
  const found: LoadedSpec[] = [];
  const failures: SpecError[] = [];
  for (
    const [exported, value] of chosen.length === only.length && only.length > 0 ? chosen : entries
  ) {
    let made: unknown = value;
    if (typeof value === "function") {
      try {
        made = await call(exported, value, settings, read);
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        failures.push(error);
      }
    }
    for (const spec of Array.isArray(made) ? made : [made]) {
      if (isSpec(spec)) found.push({ exported, spec });
    }
  }
  const [failure] = failures;
  if (found.length === 0) {
    if (failure !== undefined) throw failure;
    throw new SpecError(
      `Cannot check ${
        show(file)
      }: expected it to export a spec or a function that returns one, got ${
        entries.length === 0 ? "no exports" : entries.map(([name]) => name).join(", ")
      }`,
    );
  }
  for (const name of settings.keys()) {
    if (read.has(name)) continue;
    throw new SpecError(
      `Cannot set ${show(name)}: expected ${
        read.size === 0
          ? "no settings, for nothing exported takes one"
          : `one of ${[...read].join(", ")}`
      }`,
    );
  }
  const wanted = only.length === 0
    ? found
    : found.filter(({ exported, spec }) => only.includes(exported) || only.includes(spec.name));
  // With --only, those that are left out may fail; otherwise nothing may go unchecked in silence.
  const blocking = only.length === 0 || chosen.length === only.length ? failures : [];
  for (const name of only) {
    if (wanted.some(({ exported, spec }) => exported === name || spec.name === name)) continue;
    throw new SpecError(
      `Cannot check only ${show(name)}: expected one of ${
        found.map(({ exported }) => exported).join(", ")
      }`,
    );
  }
  return { specs: wanted, failures: blocking };
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    if (!(await Deno.stat(file)).isFile) {
      throw new SpecError(`Cannot check ${show(file)}: it is no file`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SpecError(`Cannot check ${show(file)}: there is no such file`);
  }
  try {
    return await within(import(pathToFileURL(resolve(file)).href));
  } catch (error) {
    throw new SpecError(`Cannot import ${show(file)}: ${messageOf(error)}`, { cause: error });
  }
}

/** Modules and functions may take so long. */
const PATIENCE_SECONDS = 60;

/** What a promise is worth; an error if it is not settled in time, or never. */
async function within<T>(promise: T | PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        const error = new SpecError(`it has not finished after ${PATIENCE_SECONDS} seconds`);
        timer = setTimeout(() => reject(error), PATIENCE_SECONDS * 1000);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls an exported function with the settings and notes which of them it looks at. */
async function call(
  exported: string,
  // deno-lint-ignore ban-types -- any exported function is called the same way
  made: Function,
  settings: Settings,
  read: Set<string>,
): Promise<unknown> {
  if (/^class\b/.test(Function.prototype.toString.call(made))) return undefined;
  /** The settings that this one has looked at. */
  const own = new Set<string>();
  const values = new Proxy(Object.fromEntries(settings), {
    get(target, name, receiver) {
      if (typeof name === "string") own.add(name), read.add(name);
      return Reflect.get(target, name, receiver);
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) own.add(name), read.add(name);
      return Reflect.ownKeys(target);
    },
  });
  try {
    return await within(made(values));
  } catch (error) {
    const given = [...settings].filter(([name]) => own.has(name))
      .map(([name, value]) => `--set ${settingText(name, value)}`);
    throw new SpecError(
      `Cannot make a spec by ${exported}()${
        given.length === 0 ? "" : ` with ${given.join(" ")}`
      }: ${
        messageOf(error)
      }; if ${exported}() is not there to make specs, name those that are by --only`,
      { cause: error },
    );
  }
}
