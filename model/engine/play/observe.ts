/**
 * What a binding shows of the state: what it does not is not compared.
 *
 * @module
 */
import { keyPath, show, SpecError } from "../language/errors.ts";
import { fieldPath, nameOf } from "../language/names.ts";
import { scalarAt, type Shape, sizeOf } from "../language/shape.ts";
import type { Plain } from "../language/types.ts";
import type { Machine } from "../search/machine.ts";
import type { Binding } from "./binding.ts";

/** What was shown: nowhere, and in some of the states that were looked at but not in all. */
export interface Shown {
  /** Fields, or parts of them, that no view showed. */
  readonly unobserved: readonly string[];
  /** Those that some views showed, and others did not. */
  readonly partly: readonly string[];
}

/** The first so many views are looked at, and then one of each so many, up to the most. */
const LOOKS = { first: 20, every: 512, most: 100 };

/**
 * Finds out what a binding shows: each part of the state, as in `status[a]`, is given other values, one after
 * the other, and the view written over it. What is still another then is not shown.
 */
export class Observer<T, A, R> {
  readonly #machine: Machine<T>;
  readonly #binding: Binding<T, A, R>;
  /** The states that were looked at, where all are to be. */
  readonly #seen: Set<string> | undefined;
  #views = 0;
  #looks = 0;
  /** In how many looks a part of a field was there, and in how many of them it was shown. */
  readonly #parts = new Map<string, Map<string, { there: number; shown: number }>>();

  /** @param all Whether every state is to be looked at, and not only some hundred. */
  constructor(machine: Machine<T>, binding: Binding<T, A, R>, all = false) {
    this.#machine = machine;
    this.#binding = binding;
    this.#seen = all ? new Set() : undefined;
  }

  /** Is told of each view of `real` that is what the model expects: `state`. */
  note(real: R, state: Int32Array): void {
    if (!this.#isChosen(state)) return;
    const machine = this.#machine;
    machine.load(state, 0);
    const plain = machine.decode() as object;
    for (const field of machine.spec.shape.fields) {
      let parts = this.#parts.get(field.name);
      if (parts === undefined) this.#parts.set(field.name, parts = new Map());
      const name = nameOf(field.name);
      for (const { path, others } of partsOf(field.shape, member(plain, field.name), name)) {
        const part = parts.get(path) ?? { there: 0, shown: 0 };
        parts.set(path, part);
        part.there++;
        const shown = (other: unknown) =>
          this.#shows(real, { ...plain, [field.name]: other }, state);
        if (others.every(shown)) part.shown++;
      }
    }
  }

  /** Whether a state is one of those that are looked at. */
  #isChosen(state: Int32Array): boolean {
    if (this.#seen !== undefined) return this.#seen.size < this.#seen.add(state.join()).size;
    const views = this.#views++;
    if (views >= LOOKS.first && views % LOOKS.every !== 0 || this.#looks >= LOOKS.most) {
      return false;
    }
    this.#looks++;
    return true;
  }

  #shows(real: R, other: unknown, state: Int32Array): boolean {
    const machine = this.#machine;
    try {
      machine.encode(other);
      this.#binding.view(real, machine.view);
    } catch {
      return true; // a view that looks at this part: no real state is like that
    }
    return state.every((word, index) => word === machine.words[index]);
  }

  /**
   * What was shown; where all parts of a field were not, it is the field. Where nothing at all was,
   * and no call has `answered` anything, nothing was compared: that is an error.
   */
  shown(answered: boolean): Shown {
    const unobserved: string[] = [];
    const partly: string[] = [];
    let any = this.#parts.size === 0;
    for (const [field, parts] of this.#parts) {
      const never = [...parts].filter(([, { shown }]) => shown === 0).map(([path]) => path);
      const sometimes = [...parts].filter(([, { shown, there }]) => shown > 0 && shown < there);
      if (never.length < parts.size || parts.size === 0) any = true;
      unobserved.push(...never.length > 0 && never.length === parts.size ? [nameOf(field)] : never);
      partly.push(
        ...sometimes.length === parts.size && sometimes.length > 0
          ? [nameOf(field)]
          : sometimes.map(([path]) => path),
      );
    }
    if (any || answered) return { unobserved, partly };
    throw new SpecError(
      `Cannot conform to spec ${show(this.#machine.name)}: the binding's view shows none of ${
        unobserved.join(", ")
      }: write into s what can be seen of the real thing`,
    );
  }
}

/** A part of a field, and the field with that part changed, in one way after the other. */
interface Part {
  readonly path: string;
  readonly others: readonly unknown[];
}

/** So many other values of one that is a number or a word are tried. */
const MOST_OTHERS = 4;

/** The parts of a value that can be given another value, each by itself. */
function partsOf(shape: Shape, value: unknown, path: string): readonly Part[] {
  switch (shape.kind) {
    case "struct":
      return shape.fields.flatMap(({ name, shape }) =>
        partsOf(shape, member(value, name), fieldPath(path, name))
          .map((part) => within(part, value, name))
      );
    case "table":
      return shape.keys.flatMap((key) =>
        partsOf(shape.value, member(value, String(key)), keyPath(path, key))
          .map((part) => within(part, value, String(key)))
      );
    default: {
      const others = othersOf(shape, value);
      return others.length === 0 ? [] : [{ path, others }];
    }
  }
}

function within({ path, others }: Part, value: unknown, name: string): Part {
  return { path, others: others.map((other) => ({ ...(value as object), [name]: other })) };
}

/** Other values than one, each of which differs from it in one way. */
function othersOf(shape: Shape, value: unknown): readonly unknown[] {
  switch (shape.kind) {
    case "enum":
    case "int": {
      const others: unknown[] = [];
      for (let index = 0; index < sizeOf(shape) && others.length < MOST_OTHERS; index++) {
        const other = scalarAt(shape, index);
        if (other !== value) others.push(other);
      }
      return others;
    }
    case "struct":
    case "table":
      return partsOf(shape, value, "").flatMap(({ others }) => others);
    case "seq": {
      // INVARIANT: the plain form of a sequence is an array.
      const list = value as readonly unknown[];
      // Shorter, longer, in another order, and with other elements.
      const others: unknown[] = list.length > 0 ? [[], list.slice(0, -1)] : [];
      if (list.length < shape.max) others.push([...list, leastOf(shape.element)]);
      if (list.length > 1) others.push([...list.slice(1), list[0]]);
      for (const [i, element] of list.slice(0, MOST_OTHERS).entries()) {
        const [other] = othersOf(shape.element, element);
        if (other !== undefined) others.push(list.with(i, other));
      }
      return others;
    }
    case "maybe":
      return value === null ? [leastOf(shape.inner)] : [null, ...othersOf(shape.inner, value)];
  }
}

/** Some value of a shape, in plain form. */
function leastOf(shape: Shape): unknown {
  switch (shape.kind) {
    case "enum":
    case "int":
      return scalarAt(shape, 0);
    case "struct":
      return Object.fromEntries(shape.fields.map(({ name, shape }) => [name, leastOf(shape)]));
    case "table":
      return Object.fromEntries(shape.keys.map((key) => [String(key), leastOf(shape.value)]));
    case "seq":
      return [];
    case "maybe":
      return null;
  }
}

function member<T>(value: Plain<T> | unknown, name: string): unknown {
  // INVARIANT: plain states are made by $plain, where structs and tables are objects.
  return (value as Readonly<Record<string, unknown>>)[name];
}
