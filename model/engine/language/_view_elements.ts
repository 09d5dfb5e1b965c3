/**
 * Generates how the elements of tables and sequences are found, moved and compared as bits.
 *
 * @module
 */
import { type Base, maskOf, sum, times } from "./_view_text.ts";
import type { Node, SeqNode, TableNode } from "./layout.ts";

/** The words of a composite that is laid out on its own. */
export function sizeIn(node: Node): number {
  return Math.max(node.words, 1);
}

/** Word and shift of element `index`, relative to where its table or sequence stands. */
export function indexed(node: TableNode | SeqNode, index: string): readonly [string, string] {
  const { element, perWord } = node;
  if (element.words > 0) return [`(${index}) * ${element.words}`, "0"];
  return node.words === 0
    ? ["0", times(index, element.bits)]
    : [`((${index}) / ${perWord} | 0)`, times(`(${index}) % ${perWord}`, element.bits)];
}

/** Ways to get at the elements of a table or a sequence; all but `get` and `same` are statements. */
export interface Raw {
  get(index: string): string;
  put(index: string, value: string): string;
  move(to: string, from: string): string;
  clear(index: string): string;
  /** Whether the element equals the one whose first word is `at`. */
  same(index: string, at: string): string;
  readonly methods: string;
}

/** How the bits of elements are read, written, moved and cleared. */
export function rawOf(node: TableNode | SeqNode, base: Base): Raw {
  const { element } = node;
  if (element.words > 0) {
    const size = element.words;
    const words = (index: string) => `${base.word} + (${index}) * ${size}`;
    const copy = (to: string, from: string) => `W.copyWithin(${to}, ${from}, (${from}) + ${size})`;
    return {
      get: () => {
        throw new Error("[internal] Elements of several words have no bits of their own");
      },
      put: () => {
        throw new Error("[internal] Elements of several words have no bits of their own");
      },
      move: (to, from) => copy(words(to), words(from)),
      clear: (index) => `W.fill(0, ${words(index)}, ${words(index)} + ${size})`,
      same: (index, at) => `this.$same(${index}, ${at})`,
      methods: node.kind === "table" ? "" : `  $same(i, b) {\n` +
        `    const a = ${words("i")};\n` +
        `    for (let x = 0; x < ${size}; x++) if (W[a + x] !== W[b + x]) return false;\n` +
        `    return true;\n  }\n`,
    };
  }
  const { bits } = element;
  const mask = maskOf(bits);
  const at = (index: string): readonly [string, string] => {
    const [word, shift] = indexed(node, index);
    return [sum(base.word, word), node.words === 0 ? sum(base.shift, shift) : shift];
  };
  const get = (index: string) => {
    const [word, shift] = at(index);
    return `(W[${word}] >>> (${shift})) & ${mask}`;
  };
  const put = (index: string, value: string) => {
    const [word, shift] = at(index);
    return `W[${word}] = W[${word}] & ~(${mask} << (${shift})) | ((${value}) & ${mask}) << (${shift})`;
  };
  return {
    get,
    put,
    move: (to, from) => put(to, get(from)),
    clear: (index) => put(index, "0"),
    same: (index, at) => `(${get(index)}) === (W[${at}] & ${mask})`,
    methods: "",
  };
}

/**
 * Closes the gap at an index of a sequence of `n` elements and clears what was the last place.
 * Before, elements a b c in one word: `…0 c b a`; after taking the first: `…0 0 c b`.
 */
export function shiftDown(node: SeqNode, base: Base, raw: Raw): (index: string) => string {
  const { element, count: max } = node;
  if (node.words > 0 || element.bits === 0) {
    return (index) =>
      `for (let j = ${index}; j < n - 1; j++) { ${raw.move("j", "j + 1")}; } ${
        raw.clear("n - 1")
      };`;
  }
  const all = maskOf(max * element.bits);
  const region = `(W[${base.word}] >>> ${base.shift}) & ${all}`;
  const put = (value: string) =>
    `W[${base.word}] = W[${base.word}] & ~(${all} << ${base.shift}) | (${value}) << ${base.shift};`;
  return (index) =>
    index === "0"
      ? put(`(${region}) >>> ${element.bits}`)
      : `const r = ${region}, low = (1 << (${index}) * ${element.bits}) - 1; ` +
        put(`r & low | (r >>> ${element.bits}) & ~low`);
}
