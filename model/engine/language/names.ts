/**
 * Names and texts as people read them, on a terminal: what cannot be seen is written out.
 *
 * @module
 */

/**
 * What a terminal would obey instead of showing: control characters, line separators, and marks that turn
 * the direction of writing.
 */
// deno-lint-ignore no-control-regex -- those are what it is about
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A string in quotes, and in characters that can be seen. No two strings look the same. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** A text with what cannot be seen as JavaScript writes it: `\u001b`. */
export function visible(text: string): string {
  return text.toWellFormed().replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The message of an error, for a terminal: its lines stay lines, each further one moved in, so that
 * none looks like a line of ours; colours are left out.
 */
export function visibleLines(text: string): string {
  // deno-lint-ignore no-control-regex -- colours begin with one
  const plain = text.replaceAll(/\x1b\[[\d;]*m/g, "").replaceAll("\r\n", "\n");
  return plain.split("\n").map(visible).join("\n    ");
}

/** What paths and labels are put together with. */
const SIGNS = /[.,=()[\]{}"]/;

/** A name as messages and traces print it: in quotes where it would look like more than a name. */
export function nameOf(name: string): string {
  const odd = SIGNS.test(name) || name.trim() !== name || name === "" || visible(name) !== name;
  return odd ? quoted(name) : name;
}

/** The field `name` of what stands at `path`, as in `queue.who`. */
export function fieldPath(path: string, name: string): string {
  return path === "" ? nameOf(name) : `${path}.${nameOf(name)}`;
}
