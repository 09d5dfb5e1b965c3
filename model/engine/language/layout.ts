/**
 * Where each part of a state stands: words of 32 bits, of which no element straddles two.
 *
 * A node is *small* when it fits in the bits of one word and *large* when it takes whole words. A
 * small node stands at (word, shift); a large one at a word, with shift 0. Positions inside a node
 * are relative to where the node stands, so that all elements of a table share one description.
 *
 * @module
 */
import { keyPath, SpecError } from "./errors.ts";
import { fieldPath } from "./names.ts";
import { type EnumShape, type IntShape, type Shape, sizeOf, type StructShape } from "./shape.ts";

/** Where something stands, relative to the node that holds it. */
export interface Place {
  readonly word: number;
  readonly shift: number;
}

/** What all nodes have: how much room they take. */
interface Room {
  /** Bits of a small node; 0 for a large one. */
  readonly bits: number;
  /** Words of a large node; 0 for a small one. */
  readonly words: number;
  /** Bits taken in each word of a large node but the last; the rest is free for a neighbour. */
  readonly used: number;
  /** Bits taken in the last word of a large node. */
  readonly tail: number;
}

/** A scalar. */
export interface ScalarNode extends Room {
  readonly kind: "scalar";
  readonly shape: EnumShape | IntShape;
}

/** A struct; the fields of structs inside it are placed with its own. */
export interface StructNode extends Room {
  readonly kind: "struct";
  readonly shape: Shape;
  readonly fields: readonly { readonly name: string; readonly node: Node; readonly at: Place }[];
}

/** Equal elements, `perWord` to a word (of a large node) or all in one word. */
export interface Elements {
  readonly element: Node;
  readonly count: number;
  readonly perWord: number;
}

/** A table. */
export interface TableNode extends Room, Elements {
  readonly kind: "table";
  readonly shape: Shape & { readonly kind: "table" };
}

/** A sequence: its elements, then its length. Bits past the length are zero. */
export interface SeqNode extends Room, Elements {
  readonly kind: "seq";
  readonly shape: Shape & { readonly kind: "seq" };
  readonly lengthAt: Place;
  readonly lengthBits: number;
}

/** A composite that may be absent: a bit, and the composite, all zero when absent. */
export interface MaybeNode extends Room {
  readonly kind: "maybe";
  readonly shape: Shape;
  readonly inner: Node;
  readonly innerAt: Place;
}

/** A part of a state. */
export type Node = ScalarNode | StructNode | TableNode | SeqNode | MaybeNode;

/** A group of bits of a state and the field that it belongs to. */
interface Field {
  /** The field, as in `queue[a][0].who`; lengths of sequences end in `.length`. */
  readonly path: string;
  readonly word: number;
  readonly shift: number;
  readonly width: number;
}

/** The layout of a whole state. */
export interface Layout {
  readonly root: StructNode;
  /** Words of a state. */
  readonly wordCount: number;
  /** Bits of a state that carry something. */
  readonly bits: number;
  /** Every group of bits of a state, in the order of the schema: made anew each time, for there may be millions. */
  readonly fields: readonly Field[];
  /** A bit that is set in every state, so that a slot of zeros is an empty one. */
  readonly mark: Place;
  /** The word after the state: where free room begins, or FAULTY. Steps begin with it set to the word after it. */
  readonly top: number;
}

/** Where free room would begin, in a step that has written what the schema has not. */
export const FAULTY = -1;

/** How many bits it takes to tell `size` values apart. */
export function widthOf(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
}

/** The word and the shift of element `index`. */
export function elementAt(node: Elements & Room, index: number): Place {
  const { element, perWord } = node;
  if (element.words > 0) return { word: index * element.words, shift: 0 };
  if (node.words === 0) return { word: 0, shift: index * element.bits };
  return { word: Math.floor(index / perWord), shift: (index % perWord) * element.bits };
}

/** Lays out a state: the widest parts first, each into the first word that has room. */
export function layoutOf(shape: StructShape): Layout {
  const items: Item[] = [];
  const make = place(shape, items);
  const mark: Item = { bits: 1, words: 0, used: 0, tail: 0, place: { word: 0, shift: 0 } };
  const wordCount = packItems([...items, mark]);
  const root = make();
  return {
    root,
    wordCount,
    bits: items.reduce((sum, item) => sum + bitsOf(item), 1),
    get fields() {
      return fieldsOf(root);
    },
    mark: mark.place,
    top: wordCount,
  };
}

interface Item {
  readonly bits: number;
  readonly words: number;
  readonly used: number;
  readonly tail: number;
  place: Place;
}

function bitsOf({ bits, words, used, tail }: Item): number {
  return words > 0 ? used * (words - 1) + tail : bits;
}

/** Collects what a struct has to place, and returns how to make its node once that is done. */
function place(shape: StructShape, items: Item[]): () => StructNode {
  const fields = shape.fields.map(({ name, shape }) => {
    if (shape.kind === "struct") {
      const make = place(shape, items);
      return () => ({ name, node: make(), at: { word: 0, shift: 0 } });
    }
    const node = nodeOf(shape);
    const item: Item = {
      bits: node.bits,
      words: node.words,
      used: node.used,
      tail: node.tail,
      place: { word: 0, shift: 0 },
    };
    items.push(item);
    return () => ({ name, node, at: item.place });
  });
  return () => {
    const made = fields.map((field) => field());
    return {
      kind: "struct",
      shape,
      fields: made,
      bits: 0,
      words: 0,
      used: 0,
      tail: 0,
    };
  };
}

/** As many words a state may have. */
const MOST_WORDS = 2 ** 24;

/** Gives every item its place and returns the words taken: large ones first, the widest next. */
function packItems(items: readonly Item[]): number {
  const large = items.reduce((sum, { words }) => sum + words, 0);
  if (large > MOST_WORDS) {
    throw new SpecError(
      `Cannot hold the state: it takes ${large * 4} bytes, expected at most ${MOST_WORDS * 4} ` +
        "(give sequences and tables less room)",
    );
  }
  const room: number[] = [];
  for (const item of items.filter((item) => item.words > 0)) {
    item.place = { word: room.length, shift: 0 };
    for (let index = 1; index < item.words; index++) room.push(32 - item.used);
    room.push(32 - item.tail);
  }
  const small = items.filter((item) => item.words === 0).sort((a, b) => b.bits - a.bits);
  for (const item of small) {
    const found = room.findIndex((left) => left >= item.bits);
    const word = found === -1 ? room.length : found;
    const left = room[word] ?? 32;
    item.place = { word, shift: 32 - left };
    room[word] = left - item.bits;
  }
  return Math.max(room.length, 1);
}

function nodeOf(shape: Shape): Node {
  switch (shape.kind) {
    case "enum":
    case "int":
      return {
        kind: "scalar",
        shape,
        bits: widthOf(sizeOf(shape)),
        words: 0,
        used: 0,
        tail: 0,
      };
    case "struct":
      return structNode(shape);
    case "table": {
      const elements = elementsOf(nodeOf(shape.value), shape.keys.length);
      return { kind: "table", shape, ...elements };
    }
    case "seq":
      return seqNode(shape);
    case "maybe": {
      const inner = nodeOf(shape.inner);
      if (inner.words === 0 && inner.bits < 32) {
        const at = { word: 0, shift: 1 };
        return {
          kind: "maybe",
          shape,
          inner,
          innerAt: at,
          bits: inner.bits + 1,
          words: 0,
          used: 0,
          tail: 0,
        };
      }
      const words = Math.max(inner.words, 1) + 1;
      return {
        kind: "maybe",
        shape,
        inner,
        innerAt: { word: 1, shift: 0 },
        bits: 0,
        words,
        used: 32,
        tail: 32,
      };
    }
  }
}

/** A struct that is an element: placed on its own, so that every element looks the same. */
function structNode(shape: StructShape): StructNode {
  const items: Item[] = [];
  const make = place(shape, items);
  const bits = items.reduce((sum, item) => sum + (item.words > 0 ? 33 : item.bits), 0);
  if (bits <= 32) {
    let shift = 0;
    for (const item of items) {
      item.place = { word: 0, shift };
      shift += item.bits;
    }
    return { ...make(), bits };
  }
  const words = packItems(items);
  return { ...make(), words, used: 32, tail: 32 };
}

function elementsOf(element: Node, count: number): Elements & Room {
  if (element.words > 0) {
    return {
      element,
      count,
      perWord: 0,
      bits: 0,
      words: count * element.words,
      used: 32,
      tail: 32,
    };
  }
  const bits = count * element.bits;
  if (bits <= 32) return { element, count, perWord: count, bits, words: 0, used: 0, tail: 0 };
  const perWord = Math.floor(32 / element.bits);
  const words = Math.ceil(count / perWord);
  const tail = (count - (words - 1) * perWord) * element.bits;
  return { element, count, perWord, bits: 0, words, used: perWord * element.bits, tail };
}

function seqNode(shape: Shape & { readonly kind: "seq" }): SeqNode {
  const element = nodeOf(shape.element);
  const lengthBits = widthOf(shape.max + 1);
  const total = element.words > 0 ? 33 : shape.max * element.bits + lengthBits;
  if (total <= 32) {
    return {
      kind: "seq",
      shape,
      element,
      count: shape.max,
      perWord: shape.max,
      lengthAt: { word: 0, shift: shape.max * element.bits },
      lengthBits,
      bits: total,
      words: 0,
      used: 0,
      tail: 0,
    };
  }
  const perWord = element.words > 0 ? 0 : Math.floor(32 / Math.max(element.bits, 1));
  const words = element.words > 0 ? shape.max * element.words : Math.ceil(shape.max / perWord);
  const tail = element.words > 0 ? 32 : (shape.max - (words - 1) * perWord) * element.bits;
  const fits = tail + lengthBits <= 32;
  return {
    kind: "seq",
    shape,
    element,
    count: shape.max,
    perWord,
    lengthAt: fits ? { word: words - 1, shift: tail } : { word: words, shift: 0 },
    lengthBits,
    bits: 0,
    words: fits ? words : words + 1,
    used: fits ? perWord * element.bits || 32 : 32,
    tail: fits ? tail + lengthBits : lengthBits,
  };
}

/** Every group of bits of a state, in the order of the schema. */
function fieldsOf(root: StructNode): readonly Field[] {
  const fields: Field[] = [];
  const add = (path: string, at: Place, width: number) => fields.push({ path, ...at, width });
  const visit = (node: Node, at: Place, path: string): void => {
    const within = (inner: Place): Place => ({
      word: at.word + inner.word,
      shift: at.shift + inner.shift,
    });
    switch (node.kind) {
      case "scalar":
        add(path, at, node.bits);
        break;
      case "struct":
        for (const field of node.fields) {
          visit(field.node, within(field.at), fieldPath(path, field.name));
        }
        break;
      case "table":
      case "seq":
        for (let index = 0; index < node.count; index++) {
          const key = node.kind === "table" ? node.shape.keys[index] : index;
          visit(node.element, within(elementAt(node, index)), keyPath(path, key));
        }
        if (node.kind === "seq") add(`${path}.length`, within(node.lengthAt), node.lengthBits);
        break;
      case "maybe":
        add(`${path} is there`, at, 1);
        visit(node.inner, within(node.innerAt), path);
        break;
    }
  };
  visit(root, { word: 0, shift: 0 }, "");
  return fields;
}
