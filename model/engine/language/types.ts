/**
 * The types of a spec: what a schema says about a state, and what an action sees of it.
 *
 * @module
 */

/**
 * Anything that describes a type by its `Type` member: every Effect schema does.
 *
 * @example A schema of two literals
 * ```ts
 * import type { SchemaOf } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const who: SchemaOf<"a" | "b"> = Schema.Literals(["a", "b"]);
 * ```
 */
export interface SchemaOf<out T> {
  /** The type that the schema describes; it exists for the compiler alone. */
  readonly Type: T;
}

/**
 * A schema made by {@linkcode Seq}, {@linkcode Table} or {@linkcode Int}: at run time it is an
 * Effect schema, and Effect's `Struct`, `NullOr` and the like take it as one.
 *
 * @example A sequence inside a struct
 * ```ts
 * import { type ModelSchema, Seq, type SeqOf } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const waiters: ModelSchema<SeqOf<"a" | "b">> = Seq(Schema.Literals(["a", "b"]), 2);
 * Schema.Struct({ waiters });
 * ```
 */
export interface ModelSchema<out T> extends SchemaOf<T> {
  /** Marks an Effect schema. */
  readonly "~effect/Schema/Schema": "~effect/Schema/Schema";
  /** Effect's syntax tree, of no type here: the engine alone reads it. */
  readonly ast: never;
  /** Effect's encoded type, which specs do not use. */
  readonly Encoded: T;
  /** Services that decoding needs: none. */
  readonly DecodingServices: never;
  /** Services that encoding needs: none. */
  readonly EncodingServices: never;
  /** Type parameters: none. */
  readonly "~type.parameters": readonly [];
  /** What Effect's `make` takes. */
  readonly "~type.make.in": T;
  /** What Effect's `make` takes, seen from outside. */
  readonly "~type.make": T;
  /** Effect's isomorphic type. */
  readonly Iso: T;
  /** A field of this schema is required. */
  readonly "~type.optionality": "required";
  /** A field of this schema is readonly in its plain form. */
  readonly "~type.mutability": "readonly";
  /** A field of this schema has no default. */
  readonly "~type.constructor.default": "no-default";
  /** A field of this schema is required. */
  readonly "~encoded.optionality": "required";
  /** A field of this schema is readonly in its plain form. */
  readonly "~encoded.mutability": "readonly";
}

/**
 * The type of a bounded sequence, as {@linkcode Seq} writes it into a schema.
 *
 * @example The type behind a schema
 * ```ts
 * import { Int, Seq, type SeqOf } from "@cofn/coroutine/model";
 *
 * const numbers: { Type: SeqOf<number> } = Seq(Int(0, 3), 2);
 * ```
 */
export interface SeqOf<out E> {
  /** The brand: the elements' type. */
  readonly "~seq": E;
}

/**
 * The type of a table over a domain, as {@linkcode Table} writes it into a schema.
 *
 * @example The type behind a schema
 * ```ts
 * import { Int, Table, type TableOf } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const ready: { Type: TableOf<number, boolean> } = Table(Int(0, 3), Schema.Boolean);
 * ```
 */
export interface TableOf<out K, out V> {
  /** The brand: the type of the keys. */
  readonly "~key": K;
  /** The brand: the type of the values. */
  readonly "~value": V;
}

/**
 * A value in plain form: what `init` takes, and what traces and decoded states show. A struct is an
 * object, a sequence an array, a table a record by key (or, where the keys are numbers, an array in
 * their order).
 *
 * @example A plain state
 * ```ts
 * import type { Plain, SeqOf } from "@cofn/coroutine/model";
 *
 * const state: Plain<{ waiters: SeqOf<"a" | "b"> }> = { waiters: ["b"] };
 * ```
 */
export type Plain<T> = T extends SeqOf<infer E> ? readonly Plain<E>[]
  : T extends TableOf<infer K, infer V>
    ? [K] extends [number] ? readonly Plain<V>[] | { readonly [P in K]: Plain<V> }
    : [K] extends [boolean] ? { readonly true: Plain<V>; readonly false: Plain<V> }
    : { readonly [P in K & string]: Plain<V> }
  : T extends readonly (infer E)[] ? readonly Plain<E>[]
  : T extends object ? { readonly [P in keyof T]: Plain<T[P]> }
  : T;

/**
 * What an action sees of a value of the schema type `T`: scalars are themselves, the rest are views
 * that read and write the state in place.
 *
 * A view behaves like the JavaScript object that it looks like: one that was read before its place
 * got another value, or before it was taken out of its sequence, keeps the value that it had. What
 * is assigned or pushed is copied, though. No view outlives the step in which it was read.
 *
 * @example A helper that two specs can share
 * ```ts
 * import type { SeqOf, View } from "@cofn/coroutine/model";
 *
 * type Queue = View<{ waiters: SeqOf<string> }>;
 * const first = (s: Queue) => s.waiters.length === 0 ? undefined : s.waiters.at(0);
 * first satisfies (s: Queue) => string | undefined;
 * ```
 */
export type View<T> = T extends SeqOf<infer E> ? SeqView<View<E>>
  : T extends TableOf<infer K, infer V> ? TableView<K, View<V>>
  : T extends readonly (infer E)[] ? SeqView<View<E>>
  : T extends object ? { -readonly [P in keyof T]: View<T[P]> }
  : T;

/**
 * What may be written where the view type `V` is read: the view of another place, or the plain form.
 *
 * @example Plain arrays for sequences
 * ```ts
 * import type { Settable, SeqView } from "@cofn/coroutine/model";
 *
 * const value: Settable<SeqView<number>> = [1, 2];
 * ```
 */
export type Settable<V> = V extends SeqView<infer E> ? V | readonly Settable<E>[]
  : V extends TableView<infer K, infer X>
    ? V | { readonly [P in K & (string | number)]: Settable<X> } | readonly Settable<X>[]
  : V extends object ? { readonly [P in keyof V]: Settable<V[P]> }
  : V;

/**
 * A bounded sequence inside a state, read and written in place. Pushing past its longest length
 * leaves the domain of the schema, which the checker reports with a trace.
 *
 * @example First in, first out
 * ```ts
 * import { assertHolds, check, Int, Seq, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const fifo = spec({
 *   name: "fifo",
 *   state: Schema.Struct({ q: Seq(Int(0, 1), 2) }),
 *   init: [{ q: [] }],
 *   actions: {
 *     put: { for: { x: Int(0, 1) }, when: (s) => s.q.length < 2, do: (s, { x }) => s.q.push(x) },
 *     take: { for: {}, when: (s) => s.q.length > 0, do: (s) => s.q.shift() },
 *   },
 * });
 * assertHolds(check(fifo));
 * ```
 */
export interface SeqView<E> {
  /** How many elements it holds. */
  readonly length: number;
  /** The element at `index`; an index out of range is an error that names the field. */
  at(index: number): E;
  /** Replaces the element at `index`, which must be there. */
  set(index: number, value: E | Settable<E>): void;
  /** Appends `value` and returns the new length. */
  push(value: E | Settable<E>): number;
  /** Takes the last element off; an error when there is none. */
  pop(): E;
  /** Takes the first element off; an error when there is none. */
  shift(): E;
  /** Puts `value` in front and returns the new length. */
  unshift(value: E | Settable<E>): number;
  /** Takes the element at `index` out and closes the gap. */
  removeAt(index: number): void;
  /** Removes every element. */
  clear(): void;
  /** Replaces all elements. */
  assign(values: SeqView<E> | readonly (E | Settable<E>)[]): void;
  /** Whether an element equals `value`. */
  includes(value: E | Settable<E>): boolean;
  /** Where the first element that equals `value` stands, or -1. */
  indexOf(value: E | Settable<E>): number;
  /** Whether `holds` is true of every element. */
  every(holds: (value: E, index: number) => boolean): boolean;
  /** Whether `holds` is true of an element. */
  some(holds: (value: E, index: number) => boolean): boolean;
  /** The elements in order; this allocates, so loops that matter use `at`. */
  [Symbol.iterator](): IterableIterator<E>;
}

/**
 * A value for every key of a domain, read and written in place.
 *
 * @example Everybody starts idle
 * ```ts
 * import { check, fill, spec, Table } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const Who = Schema.Literals(["a", "b"]);
 * const toggles = spec({
 *   name: "toggles",
 *   state: Schema.Struct({ on: Table(Who, Schema.Boolean) }),
 *   init: [{ on: fill(Who, false) }],
 *   actions: { toggle: { for: { who: Who }, do: (s, { who }) => s.on.set(who, !s.on.at(who)) } },
 *   sometimes: { "all are on": (s) => s.on.every((on) => on) },
 * });
 * if (check(toggles).distinct !== 4) throw new Error("two switches have four states");
 * ```
 */
export interface TableView<in out K, V> {
  /** How many keys there are. */
  readonly size: number;
  /** The value at `key`. */
  at(key: K): V;
  /** Replaces the value at `key`. */
  set(key: K, value: V | Settable<V>): void;
  /** Replaces all values. */
  assign(values: Settable<TableView<K, V>>): void;
  /** Whether `holds` is true of every value. */
  every(holds: (value: V, key: K) => boolean): boolean;
  /** Whether `holds` is true of a value. */
  some(holds: (value: V, key: K) => boolean): boolean;
  /** Of how many values `holds` is true. */
  count(holds: (value: V, key: K) => boolean): number;
  /** The keys, in the order of the domain. */
  keys(): readonly K[];
}

/** What a parameter or a key may be. */
export type Choice = string | number | boolean | null;

/** A schema that is refused, and why: no schema is of this type. */
export interface Refused<Why extends string> {
  /** What is wrong with it. */
  readonly "~refused": Why;
}

/** More than one of a union. */
export type IsUnion<T, All = T> = [T] extends [never] ? false
  : T extends unknown ? [All] extends [T] ? false : true
  : never;

/** Of the type of a schema: why a state cannot hold it; never, where it can. */
export type Unheld<T> = IsUnion<Exclude<T, Choice>> extends true
  ? "a union of structs: write one Struct with a tag and NullOr fields"
  : T extends SeqOf<infer E> ? Unheld<E>
  : T extends TableOf<infer _, infer V> ? Unheld<V>
  : T extends readonly (infer E)[] ? number extends T["length"] ? Unheld<E>
    : "a tuple: write Struct({ … }), or Seq(element, length)"
  : T extends object ? { [P in keyof T]-?: Unheld<T[P]> }[keyof T]
  : T extends bigint | symbol | undefined ? "no value of a field: write Literals([…]), or NullOr(…)"
  : never;

/** Whether a schema describes a state; what it is refused for is in the message of the compiler. */
export type Held<T> = unknown extends T ? unknown
  : [Unheld<T>] extends [never] ? unknown
  : Refused<Unheld<T>>;

/**
 * One kind of step. `for` says what there is to choose; `when` whether the step can be made; `do`
 * makes it, in place, and may return what the real call returns.
 *
 * @example A step with a parameter
 * ```ts
 * import type { Action } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const add: Action<{ n: number }, { by: 1 | 2 }> = {
 *   for: { by: Schema.Literals([1, 2]) },
 *   when: (s, { by }) => s.n + by <= 3,
 *   do: (s, { by }) => s.n += by,
 * };
 * ```
 */
export interface Action<T, P> {
  /** The parameters: a schema with finitely many values for each; `{}` where there is no choice. */
  readonly for: {
    readonly [N in keyof P]:
      & SchemaOf<P[N]>
      & ([P[N]] extends [Choice] ? unknown
        : Refused<"a parameter is one of few literals or an Int">);
  };
  /** Whether the step can be made; always, where this is left out. */
  readonly when?: (s: Readonly<View<T>>, p: Readonly<P>) => boolean;
  /** Makes the step; what it returns is what the real call would answer. */
  readonly do: (s: View<T>, p: Readonly<P>) => unknown;
  /** Where `when` is false: the error code that the call gives, or undefined if there is no call. */
  readonly refuse?: (s: Readonly<View<T>>, p: Readonly<P>) => string | undefined;
}

/**
 * Claims by the sentence that says them.
 *
 * @example One claim
 * ```ts
 * import type { Claims } from "@cofn/coroutine/model";
 *
 * const claims: Claims<{ n: number }> = { "n is never negative": (s) => s.n >= 0 };
 * ```
 */
export interface Claims<T> {
  /** Whether what the sentence says is true of a state. */
  readonly [sentence: string]: (s: Readonly<View<T>>) => boolean;
}

/**
 * What {@linkcode spec} takes.
 *
 * @example The smallest definition
 * ```ts
 * import { type Definition, Int } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const definition: Definition<{ n: number }, { step: Record<never, never> }> = {
 *   name: "count to three",
 *   state: Schema.Struct({ n: Int(0, 3) }),
 *   init: [{ n: 0 }],
 *   actions: { step: { for: {}, when: (s) => s.n < 3, do: (s) => s.n++ } },
 *   ends: (s) => s.n === 3,
 * };
 * ```
 */
export interface Definition<T, A> {
  /** What reports call it. */
  readonly name: string;
  /** The schema of the state: a struct of bounded fields. */
  readonly state: SchemaOf<T> & Held<T>;
  /** The initial states, or a function that returns them. */
  readonly init: readonly NoInfer<Plain<T>>[] | (() => readonly NoInfer<Plain<T>>[]);
  /** The steps by name. */
  readonly actions: { readonly [N in keyof A]: Action<NoInfer<T>, A[N]> };
  /** What holds in every reachable state. */
  readonly always?: Claims<NoInfer<T>>;
  /** What holds in at least one reachable state each. */
  readonly sometimes?: Claims<NoInfer<T>>;
  /** Bounds the search: states where it is false are checked but not counted or explored. */
  readonly within?: (s: Readonly<View<NoInfer<T>>>) => boolean;
  /** Which states without a step are a proper end, not a deadlock. */
  readonly ends?: (s: Readonly<View<NoInfer<T>>>) => boolean;
}

/**
 * A spec, as {@linkcode spec} returns it: `T` is the schema's type, `A` the parameters by action.
 *
 * @example Specs of any state in one list
 * ```ts
 * import { type AnySpec, Int, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const ticks = spec({
 *   name: "ticks",
 *   state: Schema.Struct({ n: Int(0, 1) }),
 *   init: [{ n: 0 }],
 *   actions: { tick: { for: {}, do: (s) => s.n = 1 - s.n } },
 * });
 * const all: AnySpec[] = [ticks];
 * ```
 */
export interface Spec<T, A> {
  /** What reports call it. */
  readonly name: string;
  /** The names of its actions, in order. */
  readonly actions: readonly (keyof A & string)[];
  /** Carries the state's type; there is no such method. */
  "~state"?(state: T): T;
  /** Carries the parameters' types; there is no such method. */
  "~params"?(params: A): A;
}

/**
 * A spec whatever its state and actions.
 *
 * @example A function over all specs
 * ```ts
 * import type { AnySpec } from "@cofn/coroutine/model";
 *
 * const nameOf = (spec: AnySpec): string => spec.name;
 * nameOf satisfies (spec: AnySpec) => string;
 * ```
 */
// deno-lint-ignore no-explicit-any -- `any` is the one type to which every spec is assignable
export type AnySpec = Spec<any, any>;

/**
 * The plain state of a spec: what `replay` and `decode` return.
 *
 * @example The state of a spec by its name
 * ```ts
 * import { Int, spec, type StateOf } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const ticks = spec({
 *   name: "ticks",
 *   state: Schema.Struct({ n: Int(0, 1) }),
 *   init: [{ n: 0 }],
 *   actions: { tick: { for: {}, do: (s) => s.n = 1 - s.n } },
 * });
 * const state: StateOf<typeof ticks> = { n: 1 };
 * ```
 */
export type StateOf<S> = S extends Spec<infer T, infer _> ? Plain<T> : never;

/**
 * The parameters of a spec by action.
 *
 * @example The parameters of one action
 * ```ts
 * import { Int, type ParamsOf, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const adder = spec({
 *   name: "adder",
 *   state: Schema.Struct({ n: Int(0, 9) }),
 *   init: [{ n: 0 }],
 *   actions: { add: { for: { by: Int(1, 2) }, do: (s, { by }) => s.n = (s.n + by) % 10 } },
 * });
 * const params: ParamsOf<typeof adder>["add"] = { by: 2 };
 * ```
 */
export type ParamsOf<S> = S extends Spec<infer _, infer A> ? A : never;
