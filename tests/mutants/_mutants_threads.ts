/**
 * Planted bugs in what threads are asked and what they answer.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const sent = "src/threads/_messages.ts";
const thread = "src/threads/io_thread.ts";
const main = "src/threads/_io_thread_main.ts";

/** Bugs in what is sent, in calls, and in what a thread does. */
export const threadMutants: readonly Mutant[] = [
  {
    name: "the cause of an error does not arrive in another thread",
    file: sent,
    line: "if (cause !== undefined) wrapped.cause = wrap(cause, seen);",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "of several errors one arrives in another thread",
    file: sent,
    line: "if (Array.isArray(errors)) wrapped.errors = errors.map((one) => wrap(one, seen));",
    becomes:
      "if (Array.isArray(errors)) wrapped.errors = errors.slice(0, 1).map((one) => wrap(one, seen));",
    spec: "messages",
  },
  {
    name: "numbers of an error do not arrive in another thread",
    file: sent,
    line: 'return ["string", "number", "boolean", "bigint"].includes(typeof value);',
    becomes: 'return ["string", "boolean", "bigint"].includes(typeof value);',
    spec: "messages",
  },
  {
    name: "an error that is its own cause is sent until the stack is full",
    file: sent,
    line: "if (before !== undefined) return before;",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "an error that is its own cause arrives again and again, each time another one",
    file: sent,
    line: "seen.set(wrapped, error);",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "the code of an error's arrives where nobody prints it",
    file: sent,
    line: 'if (Reflect.get(error, key) !== value) define(key, value, key !== "name");',
    becomes: "if (Reflect.get(error, key) !== value) define(key, value, false);",
    spec: "messages",
  },
  {
    name: "the name of a class of one's own does not arrive in another thread",
    file: sent,
    line: 'const own: Record<string, unknown> = { name: textIn(error, "name") };',
    becomes: "const own: Record<string, unknown> = {};",
    spec: "messages",
  },
  {
    name: "a DOMException arrives as an error",
    file: sent,
    line: "if (error instanceof DOMException) return structuredClone(error);",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "an error arrives with the stack of where it is sent",
    file: sent,
    line: 'bare.stack = textIn(error, "stack");',
    becomes: ";",
    spec: "messages",
  },
  {
    name: "an error of ours arrives with the stack of where it comes",
    file: sent,
    line: "if (stack !== undefined) error.stack = stack;",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "several errors arrive with the stack of where they come",
    file: sent,
    line: "return Object.assign(error, { stack });",
    becomes: "return error;",
    spec: "messages",
  },
  {
    name: "of two errors in one, the last alone arrives in another thread",
    file: sent,
    line: "wrapped.suppressed = [wrap(last, seen), wrap(first, seen)];",
    becomes: "wrapped.suppressed = [wrap(last, seen), wrap(last, seen)];",
    spec: "messages",
  },
  {
    name: "two errors in one arrive in another thread as none",
    file: sent,
    line: "if (error instanceof SuppressedError) {",
    becomes: "if (error === null) {",
    spec: "messages",
  },
  {
    name: "a cause arrives as it was packed",
    file: sent,
    line: 'if (cause !== undefined) define("cause", unwrap(cause, seen), false);',
    becomes: 'if (cause !== undefined) define("cause", cause, false);',
    spec: "messages",
  },
  {
    name: "what is to be moved is copied",
    file: sent,
    line: "for (const one of value.moved) moved.push(one);",
    becomes: ";",
    spec: "messages",
  },
  {
    name: "what is moved arrives with its list",
    file: sent,
    line: "return value.value;",
    becomes: "return value;",
    spec: "messages",
  },
  {
    name: "the answer of a thread finds nobody",
    file: thread,
    line: "this.#calls.set(id, call as RemoteCall);",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "what a thread has thrown is what it has returned",
    file: thread,
    line: 'else if ("error" in got.message) call.fail(unwrap(got.message.error));',
    becomes: 'else if ("error" in got.message) call.succeed(undefined);',
    spec: "calls",
  },
  {
    name: "a thread goes on with what nobody waits for",
    file: thread,
    line: "send(this.#port, { id, cancel: reason } satisfies Request, [reason]);",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "what a thread has returned is lost",
    file: thread,
    line: "this.#value = value as T;",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "a call that nobody can wait for is sent, and refused then",
    file: thread,
    line: "mustPark(this);",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "a thread is not told that it is called",
    file: thread,
    line: "commonsNow().notify(this.#life.at);",
    nth: 0,
    becomes: ";",
    spec: "calls",
  },
  {
    name: "a thread is not told that nobody waits for it",
    file: thread,
    line: "commonsNow().notify(this.#life.at);",
    nth: 1,
    becomes: ";",
    spec: "calls",
  },
  {
    name: "what is to be moved to a thread is sent as it is",
    file: thread,
    line: "const { sent, moved } = unpacked(args);",
    becomes: "const { sent, moved } = { sent: args as unknown[], moved: [] as Transferable[] };",
    spec: "calls",
  },
  {
    name: "a thread does not cancel a call that nobody waits for",
    file: main,
    line: "cancelCall(id, request.cancel);",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "a thread does not wait for a promise",
    file: main,
    line: "return isPromise(result) ? yield* until(result) : result;",
    becomes: "return result;",
    spec: "calls",
  },
  {
    name: "a thread does not wait for a wait",
    file: main,
    line: "if (isCo(result) || isWait(result)) return yield* result;",
    becomes: "if (isCo(result)) return yield* result;",
    spec: "calls",
  },
  {
    name: "a thread does not wait for a coroutine function",
    file: main,
    line: "if (isCo(result) || isWait(result)) return yield* result;",
    becomes: "if (!isCo(result) && isWait(result)) return yield* result;",
    spec: "calls",
  },
  {
    name: "a thread keeps to itself what cannot be sent",
    file: main,
    line: "send(start.port, { id: reply.id, error: wrap(error) } satisfies Reply, [null]);",
    becomes: ";",
    spec: "calls",
  },
  {
    name: "a thread calls what is no function",
    file: main,
    line: 'if (typeof entry !== "function") {',
    becomes: "if (entry === undefined) {",
    spec: "calls",
  },
  {
    name: "what is moved back from a thread is copied",
    file: main,
    line: 'send(start.port, "value" in reply ? { id: reply.id, value } : reply, about, moved);',
    becomes: 'send(start.port, "value" in reply ? { id: reply.id, value } : reply, about, []);',
    spec: "calls",
  },
];
