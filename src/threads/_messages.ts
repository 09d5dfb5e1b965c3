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
  /** Those of a SuppressedError: what was thrown last, and before. */
  readonly suppressed?: readonly [Wrapped, Wrapped];
}

/**
 * Wraps what was thrown: anything.
 *
 * @param seen What has been wrapped: one may be in several, and its own cause.
 */
export function wrap(error: unknown, seen: Map<unknown, Wrapped> = new Map()): Wrapped {
  try {
    const before = seen.get(error);
    if (before !== undefined) return before;
    const inside = seen.size < MOST_ERRORS;
    const wrapped: { -readonly [K in keyof Wrapped]: Wrapped[K] } = error instanceof CoroutineError
      ? { code: error.code, message: textIn(error, "message"), stack: textIn(error, "stack") }
      : { thrown: error instanceof Error ? plain(error) : structuredClone(error) };
    seen.set(error, wrapped);
    if (!(error instanceof Error)) return wrapped;
    wrapped.own = ownOf(error);
    if (!inside) return wrapped;
    const cause = lookAt(error, "cause");
    if (cause !== undefined) wrapped.cause = wrap(cause, seen);
    const errors = error instanceof AggregateError ? lookAt(error, "errors") : undefined;
    if (Array.isArray(errors)) wrapped.errors = errors.map((one) => wrap(one, seen));
    if (error instanceof SuppressedError) {
      const [last, first] = [lookAt(error, "error"), lookAt(error, "suppressed")];
      wrapped.suppressed = [wrap(last, seen), wrap(first, seen)];
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
  if (error instanceof DOMException) return structuredClone(error);
  const name = textIn(error, "name");
  const bare = Object.assign(new Error(textIn(error, "message")), { name });
  bare.stack = textIn(error, "stack");
  // By the name, the clone has the class.
  return structuredClone(bare);
}

/** What of an error a clone would not have. */
function ownOf(error: Error): Readonly<Record<string, unknown>> {
  const own: Record<string, unknown> = { name: textIn(error, "name") };
  for (const key of Object.keys(error)) {
    // It is sent apart.
    if (key === "stack") continue;
    const value = lookAt(error, key);
    if (isPlain(value) || Array.isArray(value) && value.every(isPlain)) own[key] = value;
  }
  return own;
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean", "bigint"].includes(typeof value);
}

/** What an error has there; undefined where to look fails, as it may. */
function lookAt(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}

function textIn(error: Error, key: string): string {
  return textOf(lookAt(error, key) ?? "");
}

/**
 * What was thrown.
 *
 * @param seen What has been unwrapped, by what it was wrapped in.
 */
export function unwrap(wrapped: Wrapped, seen: Map<Wrapped, unknown> = new Map()): unknown {
  if (seen.has(wrapped)) return seen.get(wrapped);
  const { code, message, stack, own, cause, errors, suppressed } = wrapped;
  const error = code !== undefined ? new CoroutineError(code, message ?? code) : classed(wrapped);
  seen.set(wrapped, error);
  if (!(error instanceof Error)) return error;
  if (stack !== undefined) error.stack = stack;
  const define = (key: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
  };
  for (const [key, value] of Object.entries(own ?? {})) {
    // A name is its class's, as a rule: it is not told apart.
    if (Reflect.get(error, key) !== value) define(key, value, key !== "name");
  }
  if (cause !== undefined) define("cause", unwrap(cause, seen), false);
  if (errors !== undefined && error instanceof AggregateError) {
    error.errors = errors.map((one) => unwrap(one, seen));
  }
  if (suppressed !== undefined && error instanceof SuppressedError) {
    [error.error, error.suppressed] = [unwrap(suppressed[0], seen), unwrap(suppressed[1], seen)];
  }
  return error;
}

/** What no clone is of the class of: those that stand for others. */
function classed({ thrown, errors, suppressed }: Wrapped): unknown {
  if (!(thrown instanceof Error) || (errors ?? suppressed) === undefined) return thrown;
  const { message, stack } = thrown;
  const error = errors !== undefined
    ? new AggregateError([], message)
    : new SuppressedError(undefined, undefined, message);
  return Object.assign(error, { stack });
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
    for (const one of value.moved) moved.push(one);
    return value.value;
  });
  return { sent, moved };
}
