/**
 * What is wrong with a command line, in words of our own.
 *
 * @module
 */
import { messageOf } from "./errors.ts";

/** What `parseArgs` has thrown: an option that there is not, with those that there are; or another fault. */
export function argumentFault(error: unknown, options: Readonly<Record<string, unknown>>): string {
  const text = messageOf(error);
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(text) ?? [];
  if (unknown === undefined) return text;
  return `unknown option ${unknown}, expected one of ${
    Object.keys(options).map((name) => `--${name}`).join(", ")
  }`;
}
