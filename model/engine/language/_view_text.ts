/**
 * Pieces of generated JavaScript: names and values, where bits stand, how they are read and written.
 *
 * @module
 */
import type { Scalar } from "./shape.ts";

/** The text being generated: its pieces, and the names and the values that it uses. */
export class Text {
  readonly #pieces: string[] = [];
  /** What the generated code finds in its array `K`. */
  readonly constants: unknown[] = [];
  #names = 0;

  /** Appends a piece. Making one may add others, which then stand before it. */
  add(piece: string): void {
    this.#pieces.push(piece);
  }

  /** A name that is not used yet. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** The name of a constant that holds `value`. */
  constant(value: unknown): string {
    this.constants.push(value);
    const name = this.name("K");
    this.add(`const ${name} = K[${this.constants.length - 1}];\n`);
    return name;
  }

  toString(): string {
    return this.#pieces.join("");
  }
}

/** Where the code being generated stands: constants, or fields of the view. */
export class Base {
  constructor(readonly word: string, readonly shift: string) {}

  /** The place as constants, or undefined where it differs between instances. */
  fixed(at: { word: number; shift: number }): { word: string; shift: string } | undefined {
    if (!/^\d+$/.test(this.word)) return undefined;
    return { word: sum(this.word, `${at.word}`), shift: sum(this.shift, `${at.shift}`) };
  }

  bits(at: { word: number; shift: number }, width: number): {
    readonly get: string;
    put(value: string): string;
  } {
    const word = sum(this.word, `${at.word}`);
    const shift = sum(this.shift, `${at.shift}`);
    const mask = maskOf(width);
    return {
      get: `(W[${word}] >>> ${shift}) & ${mask}`,
      put: (value) =>
        `W[${word}] = W[${word}] & ~(${mask} << ${shift}) | ((${value}) & ${mask}) << ${shift}`,
    };
  }
}

/** The mask of so many bits. */
export function maskOf(bits: number): string {
  return bits >= 32 ? "-1" : `${2 ** bits - 1}`;
}

/** The sum of two expressions. */
export function sum(a: string, b: string): string {
  if (b === "0") return a;
  if (a === "0") return b;
  return /^\d+$/.test(a) && /^\d+$/.test(b) ? `${Number(a) + Number(b)}` : `(${a} + ${b})`;
}

/** An index times a number of bits. */
export function times(index: string, bits: number): string {
  if (/^\d+$/.test(index)) return `${Number(index) * bits}`;
  return bits === 1 ? `(${index})` : `(${index}) * ${bits}`;
}

/** A scalar as JavaScript writes it. */
export function literal(value: Scalar): string {
  if (Object.is(value, -0)) return "0";
  return JSON.stringify(value);
}
