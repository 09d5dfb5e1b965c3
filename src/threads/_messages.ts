/**
 * What threads send each other, and how errors get across.
 *
 * @module
 */
import { CoroutineError, type CoroutineErrorCode } from "../core/errors.ts";
import { textOf } from "../core/_given.ts";
import type { LifelinePort } from "./_undertaker.ts";

/** To a thread. */
export type Request =
  | { readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly cancel: unknown };

/** From it. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Wrapped };

/** Where its messages come and go. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  close(): void;
  unref?(): void;
}

/** What a thread is given when it starts. */
export interface Start {
  readonly buffer: SharedArrayBuffer;
  /** Its context. */
  readonly context: number;
  /** The context of the thread that has started it. */
  readonly parent: number;
  readonly name: string;
  readonly module: string;
  readonly port: Port;
  /** See `_undertaker.ts`. */
  readonly lifeline: LifelinePort;
}

/** What a thread says first. */
export type Greeting = { readonly ready: true } | { readonly failed: Wrapped };

/** An error on its way: a class is not cloned, nor are codes, causes and the errors of several. */
export interface Wrapped {
  readonly code?: CoroutineErrorCode;
  readonly message?: string;
  readonly stack?: string;
  /** Whatever else was thrown. */
  readonly thrown?: unknown;
  /** Its own properties, such as the code of a system's error, and its name. */
  readonly own?: Readonly<Record<string, unknown>>;
  readonly cause?: Wrapped;
  /** Those of an AggregateError. */
  readonly errors?: readonly Wrapped[];
}

/**
 * Wraps what was thrown: anything.
 *
 * @param seen The errors that have been wrapped: one may be in several, and its own cause.
 */
export function wrap(error: unknown, seen: Map<Error, Wrapped> = new Map()): Wrapped {
  try {
    if (!(error instanceof Error)) return { thrown: structuredClone(error) };
    const before = seen.get(error);
    if (before !== undefined) return before;
    const inside = seen.size < MOST_ERRORS;
    const wrapped: { -readonly [K in keyof Wrapped]: Wrapped[K] } = error instanceof CoroutineError
      ? { code: error.code, message: `${error.message}`, stack: `${error.stack}` }
      : { thrown: plain(error), own: ownOf(error) };
    seen.set(error, wrapped);
    const { cause } = error;
    if (inside && cause !== undefined) wrapped.cause = wrap(cause, seen);
    if (inside && error instanceof AggregateError) {
      wrapped.errors = error.errors.map((one) => wrap(one, seen));
    }
    return wrapped;
  } catch {
    return { thrown: new Error(`A thread has thrown what cannot be sent: ${textOf(error)}`) };
  }
}

/** Of more errors in one another, only these come whole. */
const MOST_ERRORS = 100;

/** A clone without what is wrapped by itself. */
function plain(error: Error): unknown {
  const bare = Object.assign(new Error(`${error.message}`), { name: `${error.name}` });
  if (typeof error.stack === "string") bare.stack = error.stack;
  // By the name, the clone has the class.
  return structuredClone(error instanceof DOMException ? error : bare);
}

/** What of an error a clone would not have. */
function ownOf(error: Error): Readonly<Record<string, unknown>> {
  const own: Record<string, unknown> = { name: `${error.name}` };
  for (const [key, value] of Object.entries(error)) {
    if (["string", "number", "boolean", "bigint"].includes(typeof value)) own[key] = value;
  }
  return own;
}

/**
 * What was thrown.
 *
 * @param seen What has been unwrapped, by what it was wrapped in.
 */
export function unwrap(wrapped: Wrapped, seen: Map<Wrapped, unknown> = new Map()): unknown {
  if (seen.has(wrapped)) return seen.get(wrapped);
  const { code, message, stack, thrown, own, cause, errors } = wrapped;
  const error = code !== undefined
    ? new CoroutineError(code, message ?? code)
    : errors !== undefined && thrown instanceof Error
    ? Object.assign(new AggregateError([], thrown.message), { stack: thrown.stack })
    : thrown;
  seen.set(wrapped, error);
  if (!(error instanceof Error)) return error;
  if (stack !== undefined) error.stack = stack;
  for (const [key, value] of Object.entries(own ?? {})) {
    if (Reflect.get(error, key) === value) continue;
    // A name is its class's, as a rule: it is not told apart.
    const enumerable = key !== "name";
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
  }
  if (cause !== undefined) error.cause = unwrap(cause, seen);
  if (errors !== undefined && error instanceof AggregateError) {
    error.errors = errors.map((one) => unwrap(one, seen));
  }
  return error;
}

/** A value with what is to be moved, not copied, into another thread. */
export class Transfer<T> {
  readonly value: T;
  readonly moved: readonly Transferable[];

  constructor(value: T, moved: readonly Transferable[]) {
    this.value = value;
    this.moved = moved;
  }
}

/** The values as they are sent, and what of them is moved. */
export function unpacked(values: readonly unknown[]): { sent: unknown[]; moved: Transferable[] } {
  const moved: Transferable[] = [];
  const sent = values.map((value) => {
    if (!(value instanceof Transfer)) return value;
    moved.push(...value.moved);
    return value.value;
  });
  return { sent, moved };
}
