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
 * @param seen The errors in which it is. One may be its own cause: the second time it comes without what is
 * in it.
 */
export function wrap(error: unknown, seen: Set<Error> = new Set()): Wrapped {
  try {
    if (!(error instanceof Error)) return { thrown: structuredClone(error) };
    const inside = !seen.has(error) && seen.size < MOST_ERRORS;
    seen.add(error);
    const { cause } = error;
    const more: Pick<Wrapped, "cause" | "errors"> = {
      ...(inside && cause !== undefined ? { cause: wrap(cause, seen) } : {}),
      ...(inside && error instanceof AggregateError
        ? { errors: error.errors.map((one) => wrap(one, seen)) }
        : {}),
    };
    if (error instanceof CoroutineError) {
      return { code: error.code, message: `${error.message}`, stack: `${error.stack}`, ...more };
    }
    return { thrown: plain(error), own: ownOf(error), ...more };
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

/** What was thrown. */
export function unwrap({ code, message, stack, thrown, own, cause, errors }: Wrapped): unknown {
  const error = code !== undefined
    ? new CoroutineError(code, message ?? code)
    : errors !== undefined && thrown instanceof Error
    ? Object.assign(new AggregateError(errors.map(unwrap), thrown.message), { stack: thrown.stack })
    : thrown;
  if (!(error instanceof Error)) return error;
  if (stack !== undefined) error.stack = stack;
  for (const [key, value] of Object.entries(own ?? {})) {
    if (Reflect.get(error, key) !== value) {
      Object.defineProperty(error, key, { value, configurable: true, writable: true });
    }
  }
  if (cause !== undefined) error.cause = unwrap(cause);
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
