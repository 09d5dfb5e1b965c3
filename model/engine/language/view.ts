/**
 * Generates the view of a state: classes whose getters and setters are shifts and masks over one
 * array of words.
 *
 * Parts that stand in one place only (the fields of the state, the structs, tables and sequences
 * among them) get a class of their own with constant positions. Elements of tables and sequences
 * share a class, whose instances carry their position. All views are made beforehand: reading a
 * state and writing its scalars allocates nothing.
 *
 * A view behaves like the JavaScript object that it stands for. Where its place is given another
 * value, or it is taken out of its sequence, a view that somebody may have read before keeps the old
 * value: the words are copied beside the state, the view is moved to the copy, and the place gets a
 * new view. Where elements of a sequence move up, their views move with them. What was copied is
 * kept until the next step.
 *
 * @module
 */
import { Codecs } from "./_view_codecs.ts";
import { indexed, type Raw, rawOf, shiftDown, sizeIn } from "./_view_elements.ts";
import { runtimeOf } from "./_view_runtime.ts";
import { Base, Text } from "./_view_text.ts";
import { keyPath } from "./errors.ts";
import { nameOf } from "./names.ts";
import {
  FAULTY,
  type Layout,
  type Node,
  type Place,
  type SeqNode,
  type TableNode,
} from "./layout.ts";

/** What every generated view has for the engine, beside what the spec sees. */
export interface RawView {
  /** Overwrites the part by a plain value or another view. */
  $assign(value: unknown): void;
  /** The part as plain objects, arrays and scalars. */
  $plain(): unknown;
}

/** The text of a class: the views inside it, its methods, and what moves those views. */
interface Members {
  /** An array of them; "" where there are none. */
  readonly inside: string;
  readonly methods: string;
  readonly moves: string;
}

/** What a class with elements has beside; the name of the elements' class. */
interface Views extends Members {
  readonly name: string;
}

/** One state, and the view of it. */
interface Viewed {
  /** The state, where free room begins, and the room: for values that were read and then overwritten. */
  readonly memory: Int32Array;
  /** The state alone. */
  readonly words: Int32Array;
  readonly raw: RawView;
  /** Throws what a step caught that wrote what the schema has not. */
  again(): never;
}

/** That room has so many words at least, and is for so many whole states. */
const BESIDE = { words: 16_384, states: 256 };

/** Names of more fields are looked up instead of compared one by one. */
const MANY = 24;

/** Makes memory for a state, which is all zero at first, and the view of it. */
export function makeView(layout: Layout): Viewed {
  const { wordCount, top } = layout;
  const memory = new Int32Array(top + 1 + Math.max(BESIDE.words, BESIDE.states * wordCount));
  memory[top] = top + 1;
  const text = new Text();
  const root = new Generator(layout, text).view(layout.root, wordCount, "0", "0");
  const body = `"use strict";
// What the constructors read: a class field is defined, so what the prototypes refuse is not asked.
let NW = 0, NS = 0, NU = null, NL = "", root;
const { truth } = R;
const mk = (V, w, s, up, label) => { NW = w; NS = s; NU = up; NL = label; return new V(); };
// Elements that were taken out in an earlier step are used again, for nobody has them any more.
const gone = [];
const again = (V, free, w, s, up, label) =>
  free.length > 0 ? free.pop().$place(w, s, up, label) : mk(V, w, s, up, label);
const take = (n, view) => {
  const at = W[${top}];
  if (at === ${FAULTY}) R.again();
  if (at + n > ${memory.length}) R.crowded(view);
  if (at === ${top + 1}) while (gone.length > 0) gone.pop().$free();
  W[${top}] = at + n;
  return at;
};
class Own {
  // Where it stands, in what, as what, and the views inside it: of no name that anybody could meet.
  #w = NW; #s = NS; #up = NU; #label = NL; #inside;
  static {
    R.placed((view) => #w in view ? view.#up : undefined, (view) => #w in view ? view.#label : undefined);
${text}
    root = mk(${root}, 0, 0, null, "");
  }
}
return root;`;
  const make = new Function("W", "K", "R", body);
  const runtime = runtimeOf(() => memory[top] = FAULTY);
  // INVARIANT: the generated class has $assign and $plain; `tests/model/engine/language/view_test.ts` covers each.
  const raw = make(memory, text.constants, runtime) as RawView;
  return { memory, words: memory.subarray(0, wordCount), raw, again: runtime.again };
}

class Generator {
  readonly #layout: Layout;
  readonly #text: Text;
  readonly #codecs: Codecs;
  /** The classes of elements. */
  readonly #shared = new Map<Node, string>();

  constructor(layout: Layout, text: Text) {
    this.#layout = layout;
    this.#text = text;
    this.#codecs = new Codecs(text);
  }

  /**
   * The class of a composite node, whose words are `size` in number. With `word` and `shift` given,
   * it is the class of that one place; without, the class of all elements laid out as `node`. The
   * root never leaves its place.
   */
  view(node: Node, size: number, word?: string, shift?: string): string {
    const shared = this.#shared.get(node);
    if (word === undefined && shared !== undefined) return shared;
    const name = this.#text.name("View");
    if (word === undefined) this.#shared.set(node, name);
    const base = new Base(word ?? "this.#w", shift ?? "this.#s");
    const code = this.#members(node, size, base, name);
    const shape = this.#text.constant(node.shape);
    let move = "";
    if (word === undefined) move = `    this.#w += w; this.#s += s;\n${code.moves}`;
    else if (node !== this.#layout.root) {
      // One that leaves its place is of the class that knows no place.
      const placeless = this.view(node, size);
      move = `    Object.setPrototypeOf(this, ${placeless}.prototype);\n` +
        `    Object.defineProperties(this, own${placeless});\n    this.$move(w, s);\n`;
    }
    const inside = code.inside === "" ? "" : `    this.#inside = ${code.inside};\n`;
    const used = word !== undefined ? "" : `  $free() { free${name}.push(this); }\n` +
      `  $place(w, s, up, label) {\n    this.$move(w - this.#w, s - this.#s);\n` +
      `    this.#up = up;\n    this.#label = label;\n    return this;\n  }\n`;
    this.#text.add(
      (word === undefined ? `const free${name} = [];\n` : "") +
        `class ${name} extends Own {\n  constructor() {\n    super();\n${inside}` +
        `    Object.defineProperties(this, own${name});\n  }\n${code.methods}` +
        `  $move(w, s) {\n${move}  }\n` +
        `  $detach() {\n    const at = take(${size}, this);\n` +
        `    W.copyWithin(at, this.#w, this.#w + ${size});\n` +
        `    this.$move(at - this.#w, 0);\n${
          word === undefined ? "    gone.push(this);\n" : ""
        }  }\n${used}}\n` +
        `const own${name} = R.own(${name}.prototype, ${shape});\n` +
        `Object.setPrototypeOf(${name}.prototype, R.guard(${shape}));\n`,
    );
    return name;
  }

  #members(node: Node, size: number, base: Base, name: string): Members {
    switch (node.kind) {
      case "struct":
        return this.#struct(node, size, base, name);
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

  // ------------------------------------------------------------------------------------- structs

  #struct(
    node: Node & { readonly kind: "struct" },
    size: number,
    base: Base,
    name: string,
  ): Members {
    const shape = this.#text.constant(node.shape);
    const inside: string[] = [];
    let methods = "";
    let moves = "";
    let assigns = "";
    let plain = "";
    for (const { name, node: part, at } of node.fields) {
      const key = JSON.stringify(name);
      const label = JSON.stringify(nameOf(name));
      if (part.kind === "scalar") {
        const codec = this.#codecs.of(part.shape);
        const bits = base.bits(at, part.bits);
        const own = this.#text.constant(part.shape);
        methods += `  get [${key}]() { return ${codec.decode(bits.get)}; }\n` +
          `  set [${key}](v) {\n    const e = ${codec.encode}(v);\n` +
          `    if (e < 0) R.domain(R.path(this, ${label}), ${own}, v);\n    ${
            bits.put("e")
          };\n  }\n`;
        assigns += `    this[${key}] = v[${key}];\n`;
        plain += `      ${key}: this[${key}],\n`;
      } else {
        // Structs in structs are laid out with the struct around them.
        const make = this.#make(
          part,
          part.kind === "struct" ? size : sizeIn(part),
          base,
          at,
          label,
        );
        const place = `this.#inside[${inside.length}]`;
        inside.push(make);
        moves += `    ${place}.$move(w, s);\n`;
        methods += `  get [${key}]() { return ${read(part, place)}; }\n` +
          `  set [${key}](v) { ${replace(part, place, make, "v")} }\n`;
        assigns += `    ${place}.$assign(v[${key}]);\n`;
        plain += `      ${key}: ${place}.$plain(),\n`;
      }
    }
    const names = node.fields.map((field) => field.name);
    const unknown = names.length > MANY
      ? `!${this.#text.constant(new Set(names))}.has(k)`
      : names.map((name) => `k !== ${JSON.stringify(name)}`).join(" && ") || "true";
    methods += `  $assign(v) {\n    if (v === this) return;\n` +
      `    if (typeof v !== "object" || v === null) R.domain(R.path(this), ${shape}, v);\n` +
      `    if (!(v instanceof ${name})) {\n` +
      `      if (typeof v.$plain === "function") v = v.$plain();\n` +
      `      for (const k in v) if (${unknown}) R.extra(this, ${shape}, k, v);\n` +
      `    }\n${assigns}  }\n  $plain() {\n    return {\n${plain}    };\n  }\n`;
    return {
      inside: inside.length === 0 ? "" : `[\n      ${inside.join(",\n      ")},\n    ]`,
      methods,
      moves,
    };
  }

  /** The expression that makes the view of `node`, which stands at `at` of the view `this`. */
  #make(node: Node, size: number, base: Base, at: Place, label: string): string {
    const fixed = base.fixed(at);
    return fixed === undefined
      ? `mk(${this.view(node, size)}, this.#w + ${at.word}, this.#s + ${at.shift}, this, ${label})`
      : `mk(${
        this.view(node, size, fixed.word, fixed.shift)
      }, ${fixed.word}, ${fixed.shift}, this, ${label})`;
  }

  // -------------------------------------------------------------------------------------- tables

  #table(node: TableNode, base: Base): Members {
    const { element, count, shape } = node;
    const own = this.#text.constant(shape);
    const keys = this.#text.constant(Object.freeze([...shape.keys]));
    const find = this.#codecs.keyFinder(shape.keys);
    const raw = rawOf(node, base);
    const at = element.kind === "scalar"
      ? (index: string) => this.#codecs.of(element.shape).decode(raw.get(index))
      : (index: string) => read(element, `this.#inside[${index}]`);
    const loop = (body: string) => `for (let i = 0; i < ${count}; i++) ${body}`;
    const labels = this.#text.constant(shape.keys.map((key) => keyPath("", key)));
    const label = (index: string) => `${labels}[${index}]`;
    const views = this.#elementViews(node, label);
    const put = (value: string) => this.#replace(node, raw, "i", value, label("i"));
    const write = this.#write(node, raw, "i", "list[i]", label("i"));
    const methods = raw.methods + views.methods +
      `  get size() { return ${count}; }\n` +
      `  set size(v) { R.unset(this, "size", "a table has all of its keys, always"); }\n` +
      `  at(k) {\n    const i = ${find}(k);\n    if (i < 0) R.key(this, ${own}, k, "read");\n` +
      `    return ${at("i")};\n  }\n` +
      `  set(k, v) {\n    const i = ${find}(k);\n    if (i < 0) R.key(this, ${own}, k, "set");\n` +
      `    ${put("v")}\n  }\n` +
      `  every(f) {\n    ${
        loop(`{ const r = f(${at("i")}, ${keys}[i]); if (r !== true && !truth(r)) return false; }`)
      }\n    return true;\n  }\n` +
      `  some(f) {\n    ${
        loop(`{ const r = f(${at("i")}, ${keys}[i]); if (r !== false && truth(r)) return true; }`)
      }\n    return false;\n  }\n` +
      `  count(f) {\n    let n = 0;\n    ${
        loop(`{ const r = f(${at("i")}, ${keys}[i]); if (r !== false && truth(r)) n++; }`)
      }\n    return n;\n  }\n` +
      `  keys() { return ${keys}; }\n` +
      `  assign(v) {\n    const list = R.values(this, ${own}, v);\n    ${
        loop(`{ ${put("list[i]")} }`)
      }\n  }\n` +
      `  $assign(v) {\n    const list = R.values(this, ${own}, v);\n    ${
        loop(`{ ${write} }`)
      }\n  }\n` +
      `  $plain() {\n    const o = {};\n    ${
        loop(`o[${keys}[i]] = ${element.kind === "scalar" ? at("i") : `this.#inside[i].$plain()`};`)
      }\n    return o;\n  }\n`;
    return { inside: views.inside, methods, moves: views.moves };
  }

  /** The views of all elements of a table or a sequence; `$fresh` makes another one for a place. */
  #elementViews(node: TableNode | SeqNode, label: (index: string) => string): Views {
    const { element, count } = node;
    if (element.kind === "scalar") return { inside: "", methods: "", moves: "", name: "" };
    const name = this.view(element, sizeIn(element));
    const [word, shift] = indexed(node, "i");
    return {
      name,
      inside: `Array.from({ length: ${count} }, (_, i) => ` +
        `mk(${name}, this.#w + ${word}, this.#s + ${shift}, this, ${label("i")}))`,
      methods: `  $fresh(i) {\n    return this.#inside[i] = ` +
        `again(${name}, free${name}, this.#w + ${word}, this.#s + ${shift}, this, ${
          label("i")
        });\n  }\n`,
      moves: `    for (let i = 0; i < ${count}; i++) this.#inside[i].$move(w, s);\n`,
    };
  }

  /** The statement that writes `value` to element `index`, whose view nobody has read. */
  #write(node: TableNode | SeqNode, raw: Raw, index: string, value: string, label: string): string {
    const { element } = node;
    if (element.kind !== "scalar") return `this.#inside[${index}].$assign(${value});`;
    const codec = this.#codecs.of(element.shape);
    const own = this.#text.constant(element.shape);
    return `const e = ${codec.encode}(${value}); ` +
      `if (e < 0) R.domain(R.path(this, ${label}), ${own}, ${value}); ${raw.put(index, "e")};`;
  }

  /** The statement that writes `value` to element `index`; a view read before keeps its value. */
  #replace(
    node: TableNode | SeqNode,
    raw: Raw,
    index: string,
    value: string,
    label: string,
  ): string {
    const { element } = node;
    if (element.kind === "scalar") return this.#write(node, raw, index, value, label);
    return replace(element, `this.#inside[${index}]`, `this.$fresh(${index})`, value);
  }

  // ----------------------------------------------------------------------------------- sequences

  #seq(node: SeqNode, base: Base): Members {
    const { element, count: max, shape } = node;
    const own = this.#text.constant(shape);
    const raw = rawOf(node, base);
    const length = base.bits(node.lengthAt, node.lengthBits);
    const scalar = element.kind === "scalar";
    const at = scalar
      ? (index: string) => this.#codecs.of(element.shape).decode(raw.get(index))
      : (index: string) => read(element, `this.#inside[${index}]`);
    const label = (index: string) => `"[" + (${index}) + "]"`;
    const views = this.#elementViews(node, label);
    const write = (index: string, value: string) =>
      this.#write(node, raw, index, value, label(index));
    const inRange = (what: string) =>
      `if (!(i >= 0 && i < n && (i | 0) === i)) R.index(this, i, n, "${what}");`;
    const full = `if (n === ${max}) R.full(this, ${max}, v);`;
    const empty = (what: string) => `if (n === 0) R.empty(this, ${JSON.stringify(what)});`;
    const loop = (body: string) => `for (let i = 0, n = ${length.get}; i < n; i++) ${body}`;
    const down = shiftDown(node, base, raw);
    // Taking an element out: its value is kept, the gap is closed, and the views go with the words.
    const out = (index: string) =>
      scalar ? `const v = ${at(index)};` : `const v = this.$out(${index});`;
    const close = (index: string) =>
      `${down(index)}${scalar ? "" : ` this.$close(${index}, n);`} ${length.put("n - 1")};`;
    const result = scalar ? "v" : read(element, "v");
    const moving = scalar ? "" : this.#moving(node);

    const methods = raw.methods + views.methods + moving +
      `  get length() { return ${length.get}; }\n` +
      `  set length(v) { R.unset(this, "length", "use clear, pop, removeAt or assign"); }\n` +
      `  at(i) {\n    const n = ${length.get};\n    ${inRange("read")}\n    return ${
        at("i")
      };\n  }\n` +
      `  set(i, v) {\n    const n = ${length.get};\n    ${inRange("set")}\n    ${
        this.#replace(node, raw, "i", "v", label("i"))
      }\n  }\n` +
      `  push(v) {\n    const n = ${length.get};\n    ${full}\n    ${write("n", "v")}\n` +
      `    ${length.put("n + 1")};\n    return n + 1;\n  }\n` +
      `  pop() {\n    const n = ${length.get};\n    ${empty("take the last element of")}\n` +
      `    ${out("n - 1")}${scalar ? "" : " this.$fresh(n - 1);"}\n    ${
        raw.clear("n - 1")
      };\n    ${length.put("n - 1")};\n` +
      `    return ${result};\n  }\n` +
      `  shift() {\n    const n = ${length.get};\n    ${empty("take the first element of")}\n` +
      `    ${out("0")}\n    ${close("0")}\n    return ${result};\n  }\n` +
      `  unshift(v) {\n    const n = ${length.get};\n    ${full}\n` +
      `    for (let i = n; i > 0; i--) { ${raw.move("i", "i - 1")}; }\n` +
      (scalar ? "" : `    this.$open(n);\n`) + `    ${write("0", "v")}\n` +
      `    ${length.put("n + 1")};\n    return n + 1;\n  }\n` +
      `  removeAt(i) {\n    const n = ${length.get};\n    ${inRange("remove")}\n` +
      `    ${scalar ? "" : "this.$out(i);"}\n    ${close("i")}\n  }\n` +
      `  clear() {\n    ${
        loop(`{ ${scalar ? "" : "this.$out(i); this.$fresh(i); "}${raw.clear("i")}; }`)
      }\n` +
      `    ${length.put("0")};\n  }\n` +
      `  indexOf(v) {\n` +
      (scalar
        ? `    const e = ${this.#codecs.of(element.shape).encode}(v);\n` +
          `    ${loop(`if ((${raw.get("i")}) === e) return i;`)}\n    return -1;\n`
        : this.#search(node, raw, views, loop)) +
      `  }\n` +
      `  includes(v) { return this.indexOf(v) >= 0; }\n` +
      `  every(f) {\n    ${
        loop(
          `{ if (i >= (${length.get})) break; const r = f(${
            at("i")
          }, i); if (r !== true && !truth(r)) return false; }`,
        )
      }\n    return true;\n  }\n` +
      `  some(f) {\n    ${
        loop(
          `{ if (i >= (${length.get})) break; const r = f(${
            at("i")
          }, i); if (r !== false && truth(r)) return true; }`,
        )
      }\n    return false;\n  }\n` +
      `  *[Symbol.iterator]() { for (let i = 0; i < this.length; i++) yield this.at(i); }\n` +
      `  assign(v) {\n    if (v === this) return;\n` +
      `    const list = R.elements(this, ${own}, v, ${max});\n    this.clear();\n` +
      `    this.$fill(list);\n  }\n` +
      `  $assign(v) {\n    if (v === this) return;\n` +
      `    const list = R.elements(this, ${own}, v, ${max});\n` +
      `    ${loop(`{ ${raw.clear("i")}; }`)}\n    this.$fill(list);\n  }\n` +
      `  $fill(list) {\n    for (let i = 0; i < list.length; i++) { ${write("i", "list[i]")} }\n` +
      `    ${length.put("list.length")};\n  }\n` +
      `  $plain() {\n    const a = [];\n    ${
        loop(`a.push(${scalar ? at("i") : "this.#inside[i].$plain()"});`)
      }\n    return a;\n  }\n`;
    return { inside: views.inside, methods, moves: views.moves };
  }

  /** What moves the views of elements with the elements. */
  #moving(node: SeqNode): string {
    const [word, shift] = indexed(node, "i");
    const [fromWord, fromShift] = indexed(node, "j");
    const step = `const x = this.#inside[i] = this.#inside[j];\n` +
      `      x.$move(${word} - (${fromWord}), ${shift} - (${fromShift}));\n` +
      `      x.#label = "[" + i + "]";\n`;
    const there = (index: string) => {
      const [word, shift] = indexed(node, index);
      return `this.#w + ${word}, this.#s + ${shift}, this, "[" + (${index}) + "]"`;
    };
    return `  $out(i) {\n    const v = this.#inside[i];\n    v.$detach();\n    return v;\n  }\n` +
      `  $close(at, n) {\n    for (let i = at, j = at + 1; j < n; i++, j++) {\n      ${step}    }\n` +
      `    this.$fresh(n - 1);\n  }\n` +
      `  $open(n) {\n    const free = this.#inside[n];\n` +
      `    for (let i = n, j = n - 1; i > 0; i--, j--) {\n      ${step}    }\n` +
      `    this.#inside[0] = free.$place(${there("0")});\n  }\n`;
  }

  /** Looks for a composite value: it is written beside the state, and its words are compared. */
  #search(node: SeqNode, raw: Raw, views: Views, loop: (body: string) => string): string {
    const size = sizeIn(node.element);
    const top = `W[${this.#layout.top}]`;
    return `    const at = take(${size}, this);\n    W.fill(0, at, at + ${size});\n` +
      `    try { mk(${views.name}, at, 0, this, "[…]").$assign(v); } finally { ${top} = at; }\n` +
      `    ${loop(`if (${raw.same("i", "at")}) return i;`)}\n    return -1;\n`;
  }

  // --------------------------------------------------------------------------------------- maybe

  #maybe(node: Node & { readonly kind: "maybe" }, base: Base): Members {
    const there = base.bits({ word: 0, shift: 0 }, 1);
    const { inner, innerAt } = node;
    const bits = base.bits(innerAt, inner.bits);
    const first = `${base.word} + ${innerAt.word}`;
    const clear = inner.words === 0
      ? `${bits.put("0")};`
      : `W.fill(0, ${first}, ${first} + ${inner.words});`;
    const make = this.#make(inner, sizeIn(inner), base, innerAt, '""');
    return {
      inside: `[${make}]`,
      moves: `    this.#inside[0].$move(w, s);\n`,
      methods: `  $get() { return (${there.get}) === 0 ? null : this.#inside[0]; }\n` +
        `  $replace(v) {\n    if ((${there.get}) !== 0) {\n      if (v === this.#inside[0]) return;\n` +
        `      this.#inside[0].$detach();\n      this.#inside[0] = ${make};\n    }\n    this.$assign(v);\n  }\n` +
        `  $assign(v) {\n    if (v === null) {\n      ${clear}\n      ${there.put("0")};\n` +
        `    } else {\n      this.#inside[0].$assign(v);\n      ${there.put("1")};\n    }\n  }\n` +
        `  $plain() { return (${there.get}) === 0 ? null : this.#inside[0].$plain(); }\n`,
    };
  }
}

/** What a reader gets of the view at `place`. */
function read(node: Node, place: string): string {
  return node.kind === "maybe" ? `${place}.$get()` : place;
}

/** The statement that gives the composite at `place` another value; `make` makes it a new view. */
function replace(node: Node, place: string, make: string, value: string): string {
  if (node.kind === "maybe") return `${place}.$replace(${value});`;
  return `const old = ${place}; if (${value} !== old) { old.$detach(); ` +
    `(${place} = ${make}).$assign(${value}); }`;
}
