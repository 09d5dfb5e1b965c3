/**
 * Errors of the runtime without a stack, for as long as a spec is carried out on it.
 *
 * @module
 */
import { CoroutineError } from "@cofn/coroutine";

/**
 * What an error is made of, but for the stack. Deno has V8 note where each error is made, whatever
 * `Error.stackTraceLimit` says: half of what a refused call takes, and nobody looks at it.
 */
class Bare {
  constructor(message: string, options?: ErrorOptions) {
    Object.defineProperty(this, "message", { value: message, writable: true, configurable: true });
    if (options !== undefined && "cause" in options) {
      Object.defineProperty(this, "cause", {
        ...{ value: options.cause, writable: true, configurable: true },
      });
    }
  }
}

/** Lets errors of the runtime be made without a stack from now on; answers what ends that. */
export function bareErrors(): Disposable {
  const before: object | null = Object.getPrototypeOf(CoroutineError);
  Object.setPrototypeOf(CoroutineError, Bare);
  return {
    [Symbol.dispose]: () => {
      Object.setPrototypeOf(CoroutineError, before);
    },
  };
}
