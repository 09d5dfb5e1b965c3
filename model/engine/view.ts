/**
 * Generates the view of a state: classes whose getters and setters are shifts and masks over one
 * array of words.
 *
 * Parts that stand in one place only (the fields of the state, the structs, tables and sequences
 * among them) get a class of their own with constant positions. Elements of tables and sequences
 * share a class, whose instances carry their position. All views are made beforehand: reading and
 * writing a state allocates nothing.
 *
 * @module
 */
import { RUNTIME } from "./_view_runtime.ts";
import { Base, literal, maskOf, type Raw, sum, times } from "./_view_text.ts";
import { elementAt, type Layout, type Node, type SeqNode, type TableNode } from "./layout.ts";
import { type Scalar, type Shape, sizeOf } from "./shape.ts";

/** What every generated view has for the engine, beside what the spec sees. */
export interface RawView {
  /** Overwrites the part by a plain value or another view. */
  $assign(value: unknown): void;
  /** The part as plain objects, arrays and scalars. */
  $plain(): unknown;
}

/** How a scalar is read from its bits, and written. */
interface Codec {
  /** The expression that makes the value of the bits in `raw`. */
  decode(raw: string): string;
  /** The name of the function from a value to its bits, or -1. */
  readonly encode: string;
}

/** Longer enumerations are looked up in a map instead of compared one by one. */
const CHAIN = 24;

/** Makes the view of the state in `words`. */
export function makeView(layout: Layout, words: Int32Array): RawView {
  const generator = new Generator();
  const root = generator.view(layout.root, "0", "0");
  const body = `"use strict";\n${generator.pieces.join("")}\nlet scratch = ${layout.wordCount};\n` +
    `const take = (n) => (scratch += n) - n;\nreturn new ${root}(0, 0, "");`;
  const make = new Function("W", "K", "R", body);
  // INVARIANT: the generated class has $assign and $plain; `tests/model/view_test.ts` covers each.
  return make(words, generator.constants, RUNTIME) as RawView;
}

class Generator {
  /** Pieces of the text in order: making one piece may add others before it. */
  readonly pieces: string[] = [];
  readonly constants: unknown[] = [];
  #names = 0;
  readonly #codecs = new Map<string, Codec>();
  readonly #shared = new Map<Node, string>();

  /**
   * The class of a composite node. With `word` and `shift` given, it is the class of that one
   * place; without, the class of all elements that are laid out as `node`.
   */
  view(node: Node, word?: string, shift?: string): string {
    const shared = this.#shared.get(node);
    if (word === undefined && shared !== undefined) return shared;
    const name = this.#name("View");
    if (word === undefined) this.#shared.set(node, name);
    const base = new Base(word ?? "this.$w", shift ?? "this.$s");
    const code = this.#members(node, base, name);
    this.pieces.push(
      `class ${name} {\n  constructor(w, s, p) {\n` +
        `    this.$w = w; this.$s = s; this.$p = p;\n${code.fields}  }\n${code.methods}}\n`,
    );
    return name;
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  #constant(value: unknown): string {
    this.constants.push(value);
    const name = this.#name("K");
    this.pieces.push(`const ${name} = K[${this.constants.length - 1}];\n`);
    return name;
  }

  #members(node: Node, base: Base, name: string): { fields: string; methods: string } {
    switch (node.kind) {
      case "struct":
        return this.#struct(node, base, name);
      case "table":
        return this.#table(node, base);
      case "seq":
        return this.#seq(node, base);
      case "maybe":
        return this.#maybe(node, base);
      case "scalar":
        throw new Error("[internal] A scalar has no view of its own");
    }
  }

  // ------------------------------------------------------------------------------------- scalars

  #codec(shape: Shape): Codec {
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
    const encode = this.#name("enc");
    this.pieces.push(this.#finder(encode, values));
    if (values.length === 2 && values[0] === false && values[1] === true) {
      return { encode, decode: (raw) => `(${raw}) !== 0` };
    }
    const list = this.#constant(values);
    return { encode, decode: (raw) => `${list}[${raw}]` };
  }

  #intCodec(min: number, size: number, nullable: boolean): Codec {
    const encode = this.#name("enc");
    const less = nullable ? min - 1 : min;
    this.pieces.push(
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
      const map = this.#constant(new Map(values.map((value, index) => [value, index])));
      return `function ${name}(v) { const i = ${map}.get(v); return i === undefined ? -1 : i; }\n`;
    }
    const tests = values.map((value, index) => `  if (v === ${literal(value)}) return ${index};\n`);
    return `function ${name}(v) {\n${tests.join("")}  return -1;\n}\n`;
  }

  // ------------------------------------------------------------------------------------- structs

  #struct(
    node: Node & { readonly kind: "struct" },
    base: Base,
    name: string,
  ): { fields: string; methods: string } {
    const shape = this.#constant(node.shape);
    let fields = "";
    let methods = "";
    for (const [index, { name, node: part, at }] of node.fields.entries()) {
      const key = JSON.stringify(name);
      const path = `(this.$p === "" ? ${key} : this.$p + ${JSON.stringify(`.${name}`)})`;
      if (part.kind === "scalar") {
        const codec = this.#codec(part.shape);
        const bits = base.bits(at, part.bits);
        const own = this.#constant(part.shape);
        methods += `  get [${key}]() { return ${codec.decode(bits.get)}; }\n` +
          `  set [${key}](v) {\n    const e = ${codec.encode}(v);\n` +
          `    if (e < 0) R.domain(${path}, ${own}, v);\n    ${bits.put("e")};\n  }\n`;
      } else {
        fields += `    this.$c${index} = ${this.#make(part, base, at, path)};\n`;
        methods += `  get [${key}]() { return ${read(part, `this.$c${index}`)}; }\n` +
          `  set [${key}](v) { this.$c${index}.$assign(v); }\n`;
      }
    }
    const keys = node.fields.map((field) => JSON.stringify(field.name));
    const composite = node.fields.filter((field) => field.node.kind !== "scalar");
    const snapshots = composite.map((field) =>
      `${JSON.stringify(field.name)}: R.snapshot(v[${JSON.stringify(field.name)}])`
    );
    const known = keys.map((key) => `k !== ${key}`).join(" && ") || "true";
    methods += `  $assign(v) {\n    if (v === this) return;\n` +
      `    if (typeof v !== "object" || v === null) R.domain(this.$p || "state", ${shape}, v);\n` +
      `    if (!(v instanceof ${name})) {\n` +
      `      if (typeof v.$plain === "function") v = v.$plain();\n` +
      `      for (const k in v) if (${known}) R.extra(this.$p, ${shape}, k, v);\n` +
      (composite.length > 0 ? `      v = { ...v, ${snapshots.join(", ")} };\n` : "") + `    }\n` +
      keys.map((key) => `    this[${key}] = v[${key}];\n`).join("") + `  }\n` +
      `  $plain() {\n    return {\n` +
      node.fields.map((field, index) =>
        `      ${JSON.stringify(field.name)}: ${
          field.node.kind === "scalar"
            ? `this[${JSON.stringify(field.name)}]`
            : `this.$c${index}.$plain()`
        },\n`
      ).join("") + `    };\n  }\n`;
    return { fields, methods };
  }

  /** The expression that makes the view of `node`, which stands at `at` of the view being made. */
  #make(node: Node, base: Base, at: { word: number; shift: number }, path: string): string {
    const fixed = base.fixed(at);
    return fixed === undefined
      ? `new ${this.view(node)}(w + ${at.word}, s + ${at.shift}, ${path})`
      : `new ${this.view(node, fixed.word, fixed.shift)}(${fixed.word}, ${fixed.shift}, ${path})`;
  }

  // -------------------------------------------------------------------------------------- tables

  #table(node: TableNode, base: Base): { fields: string; methods: string } {
    const { element, count, shape } = node;
    const own = this.#constant(shape);
    const keys = this.#constant(Object.freeze([...shape.keys]));
    const find = this.#name("key");
    this.pieces.push(this.#keyFinder(find, shape.keys));
    const raw = this.#raw(node, base);
    const at = element.kind === "scalar"
      ? (index: string) => this.#codec(element.shape).decode(raw.get(index))
      : (index: string) => read(element, `this.$e[${index}]`);
    const loop = (body: string) => `for (let i = 0; i < ${count}; i++) ${body}`;
    const methods = raw.methods +
      `  get size() { return ${count}; }\n` +
      `  at(k) {\n    const i = ${find}(k);\n    if (i < 0) R.key(this.$p, ${own}, k);\n` +
      `    return ${at("i")};\n  }\n` +
      `  set(k, v) {\n    const i = ${find}(k);\n    if (i < 0) R.key(this.$p, ${own}, k);\n` +
      `    ${this.#write(node, raw, "i", "v", `"[" + k + "]"`)}\n  }\n` +
      `  every(f) {\n    ${
        loop(`if (!f(${at("i")}, ${keys}[i])) return false;`)
      }\n    return true;\n  }\n` +
      `  some(f) {\n    ${
        loop(`if (f(${at("i")}, ${keys}[i])) return true;`)
      }\n    return false;\n  }\n` +
      `  count(f) {\n    let n = 0;\n    ${
        loop(`if (f(${at("i")}, ${keys}[i])) n++;`)
      }\n    return n;\n  }\n` +
      `  keys() { return ${keys}; }\n` +
      `  assign(v) { this.$assign(v); }\n` +
      `  $assign(v) {\n    const list = R.values(this.$p, ${own}, v);\n` +
      `    ${
        loop(`{ ${this.#write(node, raw, "i", "list[i]", `"[" + ${keys}[i] + "]"`)} }`)
      }\n  }\n` +
      `  $plain() {\n    const o = {};\n    ${
        loop(`o[${keys}[i]] = ${element.kind === "scalar" ? at("i") : `this.$e[i].$plain()`};`)
      }\n    return o;\n  }\n`;
    const fields = this.#elementViews(node, base, (index) => `[${String(shape.keys[index])}]`);
    return { fields, methods };
  }

  #keyFinder(name: string, keys: readonly Scalar[]): string {
    const [first] = keys;
    const run = typeof first === "number" && keys.every((key, index) => key === first + index);
    if (!run) return this.#finder(name, keys);
    return `function ${name}(k) {\n  const i = k - (${first});\n` +
      `  return i >= 0 && i < ${keys.length} && (i | 0) === i ? i : -1;\n}\n`;
  }

  /** The views of all elements of a table or a sequence, made by its constructor. */
  #elementViews(node: TableNode | SeqNode, base: Base, label: (index: number) => string): string {
    const { element, count } = node;
    if (element.kind === "scalar") return "";
    const name = this.view(element);
    const [w, s] = base.numbers();
    const views = Array.from({ length: count }, (_, index) => {
      const at = elementAt(node, index);
      return `new ${name}(${w} + ${at.word}, ${s} + ${at.shift}, p + ${
        JSON.stringify(label(index))
      })`;
    });
    const scratch = node.kind === "seq"
      ? `    this.$x = new ${name}(take(${Math.max(element.words, 1)}), 0, p + "[…]");\n`
      : "";
    return `    this.$e = [${views.join(", ")}];\n${scratch}`;
  }

  /** The statement that writes `value` to element `index`. */
  #write(node: TableNode | SeqNode, raw: Raw, index: string, value: string, label: string): string {
    const { element } = node;
    if (element.kind !== "scalar") return `this.$e[${index}].$assign(${value});`;
    const codec = this.#codec(element.shape);
    const own = this.#constant(element.shape);
    return `const e = ${codec.encode}(${value}); ` +
      `if (e < 0) R.domain(this.$p + ${label}, ${own}, ${value}); ${raw.put(index, "e")};`;
  }

  /** How the bits of elements are read, written, moved and cleared. */
  #raw(node: TableNode | SeqNode, base: Base): Raw {
    const { element, perWord } = node;
    if (element.words > 0) {
      const size = element.words;
      const words = (index: string) => `${base.word} + (${index}) * ${size}`;
      const scratch = element.kind === "scalar" ? "" : `this.$x.$w`;
      const copy = (to: string, from: string) =>
        `W.copyWithin(${to}, ${from}, (${from}) + ${size})`;
      return {
        get: () => {
          throw new Error("[internal] Elements of several words have no bits of their own");
        },
        put: () => {
          throw new Error("[internal] Elements of several words have no bits of their own");
        },
        move: (to, from) => copy(words(to), words(from)),
        clear: (index) => `W.fill(0, ${words(index)}, ${words(index)} + ${size})`,
        keep: (index) => copy(scratch, words(index)),
        unkeep: (index) => copy(words(index), scratch),
        same: (index) => `this.$same(${index})`,
        methods: node.kind === "table" ? "" : `  $same(i) {\n` +
          `    const a = ${words("i")}, b = ${scratch};\n` +
          `    for (let x = 0; x < ${size}; x++) if (W[a + x] !== W[b + x]) return false;\n` +
          `    return true;\n  }\n`,
      };
    }
    const { bits } = element;
    const mask = maskOf(bits);
    const at = (index: string): readonly [string, string] =>
      node.words === 0
        ? [base.word, sum(base.shift, times(index, bits))]
        : [`${base.word} + ((${index}) / ${perWord} | 0)`, times(`(${index}) % ${perWord}`, bits)];
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
      keep: (index) => `W[this.$x.$w] = ${get(index)}`,
      unkeep: (index) => put(index, "W[this.$x.$w]"),
      same: (index) => `(${get(index)}) === (W[this.$x.$w] & ${mask})`,
      methods: "",
    };
  }

  // ----------------------------------------------------------------------------------- sequences

  #seq(node: SeqNode, base: Base): { fields: string; methods: string } {
    const { element, count: max, shape } = node;
    const own = this.#constant(shape);
    const raw = this.#raw(node, base);
    const length = base.bits(node.lengthAt, node.lengthBits);
    const scalar = element.kind === "scalar";
    const at = scalar
      ? (index: string) => this.#codec(element.shape).decode(raw.get(index))
      : (index: string) => read(element, `this.$e[${index}]`);
    const write = (index: string, value: string, label = `"[" + (${index}) + "]"`) =>
      this.#write(node, raw, index, value, label);
    const inRange = `if (!(i >= 0 && i < n && (i | 0) === i)) R.index(this.$p, i, n);`;
    const full = `if (n === ${max}) R.full(this.$p, ${max}, v);`;
    const empty = (what: string) => `if (n === 0) R.empty(this.$p, ${JSON.stringify(what)});`;
    const taken = scalar ? "" : read(element, "this.$x");
    const loop = (body: string) => `for (let i = 0, n = ${length.get}; i < n; i++) ${body}`;
    const down = this.#shiftDown(node, base, raw);

    const methods = raw.methods + `  get length() { return ${length.get}; }\n` +
      `  at(i) {\n    const n = ${length.get};\n    ${inRange}\n    return ${at("i")};\n  }\n` +
      `  set(i, v) {\n    const n = ${length.get};\n    ${inRange}\n    ${write("i", "v")}\n  }\n` +
      `  push(v) {\n    const n = ${length.get};\n    ${full}\n    ${write("n", "v")}\n` +
      `    ${length.put("n + 1")};\n    return n + 1;\n  }\n` +
      `  pop() {\n    const n = ${length.get};\n    ${empty("take the last element of")}\n` +
      (scalar ? `    const v = ${at("n - 1")};\n` : `    ${raw.keep("n - 1")};\n`) +
      `    ${raw.clear("n - 1")};\n    ${length.put("n - 1")};\n` +
      `    return ${scalar ? "v" : taken};\n  }\n` +
      `  shift() {\n    const n = ${length.get};\n    ${empty("take the first element of")}\n` +
      (scalar ? `    const v = ${at("0")};\n` : `    ${raw.keep("0")};\n`) +
      `    ${down("0")}\n    ${length.put("n - 1")};\n    return ${scalar ? "v" : taken};\n  }\n` +
      `  unshift(v) {\n    const n = ${length.get};\n    ${full}\n` +
      (scalar ? "" : `    this.$x.$assign(v);\n`) +
      `    for (let i = n; i > 0; i--) { ${raw.move("i", "i - 1")}; }\n` +
      `    ${scalar ? write("0", "v") : `${raw.unkeep("0")};`}\n` +
      `    ${length.put("n + 1")};\n    return n + 1;\n  }\n` +
      `  removeAt(i) {\n    const n = ${length.get};\n    ${inRange}\n    ${down("i")}\n` +
      `    ${length.put("n - 1")};\n  }\n` +
      `  clear() {\n    ${loop(`{ ${raw.clear("i")}; }`)}\n    ${length.put("0")};\n  }\n` +
      `  indexOf(v) {\n` + (scalar
        ? `    const e = ${this.#codec(element.shape).encode}(v);\n` +
          `    ${loop(`if ((${raw.get("i")}) === e) return i;`)}\n`
        : `    this.$x.$assign(v);\n    ${loop(`if (${raw.same("i")}) return i;`)}\n`) +
      `    return -1;\n  }\n` +
      `  includes(v) { return this.indexOf(v) >= 0; }\n` +
      `  every(f) {\n    ${loop(`if (!f(${at("i")}, i)) return false;`)}\n    return true;\n  }\n` +
      `  some(f) {\n    ${loop(`if (f(${at("i")}, i)) return true;`)}\n    return false;\n  }\n` +
      `  *[Symbol.iterator]() { for (let i = 0; i < this.length; i++) yield this.at(i); }\n` +
      `  assign(v) { this.$assign(v); }\n` +
      `  $assign(v) {\n    if (v === this) return;\n` +
      `    const list = R.elements(this.$p, ${own}, v);\n` +
      `    if (list.length > ${max}) R.domain(this.$p, ${own}, v);\n    this.clear();\n` +
      `    for (let i = 0; i < list.length; i++) { ${write("i", "list[i]")} }\n` +
      `    ${length.put("list.length")};\n  }\n` +
      `  $plain() {\n    const a = [];\n    ${
        loop(`a.push(${scalar ? at("i") : "this.$e[i].$plain()"});`)
      }\n    return a;\n  }\n`;
    return { fields: this.#elementViews(node, base, (index) => `[${index}]`), methods };
  }

  /**
   * Closes the gap at an index of a sequence of `n` elements and clears what was the last place.
   * Before, elements a b c in one word: `…0 c b a`; after taking the first: `…0 0 c b`.
   */
  #shiftDown(node: SeqNode, base: Base, raw: Raw): (index: string) => string {
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

  // --------------------------------------------------------------------------------------- maybe

  #maybe(node: Node & { readonly kind: "maybe" }, base: Base): { fields: string; methods: string } {
    const there = base.bits({ word: 0, shift: 0 }, 1);
    const { inner, innerAt } = node;
    const bits = base.bits(innerAt, inner.bits);
    const first = `${base.word} + ${innerAt.word}`;
    const clear = inner.words === 0
      ? `${bits.put("0")};`
      : `W.fill(0, ${first}, ${first} + ${inner.words});`;
    return {
      fields: `    this.$c = ${this.#make(inner, base, innerAt, "p")};\n`,
      methods: `  $get() { return (${there.get}) === 0 ? null : this.$c; }\n` +
        `  $assign(v) {\n    if (v === null) {\n      ${clear}\n      ${there.put("0")};\n` +
        `    } else {\n      this.$c.$assign(v);\n      ${there.put("1")};\n    }\n  }\n` +
        `  $plain() { return (${there.get}) === 0 ? null : this.$c.$plain(); }\n`,
    };
  }
}

function read(node: Node, view: string): string {
  return node.kind === "maybe" ? `${view}.$get()` : view;
}
