/**
 * Generates how scalars are read from their bits and written: enumerations and integers.
 *
 * @module
 */
import { type Scalar, type Shape, sizeOf } from "./shape.ts";
import { literal, type Text } from "./_view_text.ts";

/** How a scalar is read from its bits, and written. */
export interface Codec {
  /** The expression that makes the value of the bits in `raw`. */
  decode(raw: string): string;
  /** The name of the function from a value to its bits, or -1. */
  readonly encode: string;
}

/** Longer enumerations are looked up in a map instead of compared one by one. */
const CHAIN = 24;

/** The codecs of the text being generated. */
export class Codecs {
  readonly #text: Text;
  readonly #codecs = new Map<string, Codec>();

  constructor(text: Text) {
    this.#text = text;
  }

  /** The codec of a scalar shape; equal shapes share one. */
  of(shape: Shape): Codec {
    if (shape.kind !== "enum" && shape.kind !== "int") throw new Error("[internal] Not a scalar");
    const id = JSON.stringify(shape);
    let codec = this.#codecs.get(id);
    if (codec === undefined) {
      codec = shape.kind === "enum"
        ? this.#enumCodec(shape.values)
        : this.#intCodec(shape.min, sizeOf(shape), shape.nullable);
      this.#codecs.set(id, codec);
    }
    return codec;
  }

  #enumCodec(values: readonly Scalar[]): Codec {
    const encode = this.#text.name("enc");
    this.#text.add(this.#finder(encode, values));
    if (values.length === 2 && values[0] === false && values[1] === true) {
      return { encode, decode: (raw) => `(${raw}) !== 0` };
    }
    const list = this.#text.constant(values);
    return { encode, decode: (raw) => `${list}[${raw}]` };
  }

  #intCodec(min: number, size: number, nullable: boolean): Codec {
    const encode = this.#text.name("enc");
    const less = nullable ? min - 1 : min;
    this.#text.add(
      `function ${encode}(v) {\n` +
        (nullable ? `  if (v === null) return 0;\n` : "") +
        `  return typeof v === "number" && v >= ${min} && v < ${less + size} && (v | 0) === v` +
        ` ? v - (${less}) : -1;\n}\n`,
    );
    return {
      encode,
      decode: (raw) =>
        nullable
          ? `((r) => r === 0 ? null : r + (${less}))(${raw})`
          : min === 0
          ? `(${raw})`
          : `(${raw}) + (${min})`,
    };
  }

  /** A function from a value to its place among `values`, or -1. */
  #finder(name: string, values: readonly Scalar[]): string {
    if (values.length > CHAIN) {
      const map = this.#text.constant(new Map(values.map((value, index) => [value, index])));
      return `function ${name}(v) { const i = ${map}.get(v); return i === undefined ? -1 : i; }\n`;
    }
    const tests = values.map((value, index) => `  if (v === ${literal(value)}) return ${index};\n`);
    return `function ${name}(v) {\n${tests.join("")}  return -1;\n}\n`;
  }

  /** The name of a function from a key to its place among `keys`, or -1. */
  keyFinder(keys: readonly Scalar[]): string {
    const name = this.#text.name("key");
    const [first] = keys;
    const run = typeof first === "number" && Number.isInteger(first) &&
      keys.every((key, index) => key === first + index);
    this.#text.add(
      run
        ? `function ${name}(k) {\n  const i = k - (${first});\n` +
          `  return (k | 0) === k && i >= 0 && i < ${keys.length} ? i : -1;\n}\n`
        : this.#finder(name, keys),
    );
    return name;
  }
}
