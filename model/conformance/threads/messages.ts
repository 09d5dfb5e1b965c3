/**
 * How the errors of `specs/threads/messages.ts` meet the code of `src/threads/_messages.ts`.
 *
 * @module
 */
import { CoroutineError } from "../../../mod.ts";
import { transfer } from "../../../src/threads/io_thread.ts";
import { unpacked, unwrap, wrap } from "../../../src/threads/_messages.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { messages } from "../../specs/threads/messages.ts";

/** An error of a class of somebody's own, which has the name for all of its errors. */
class Own extends Error {
  static {
    Object.defineProperty(this.prototype, "name", { value: "Own" });
  }
}

/** What is thrown of each kind. */
const MAKE: Readonly<Record<string, () => unknown>> = {
  plain: () => new Error("plain"),
  typed: () => new TypeError("typed"),
  own: () => new Own("own"),
  system: () =>
    Object.assign(new Error("system"), {
      ...{ code: "ENOENT", errno: 2, handle: {}, retry() {} },
      ...{ path: ["a", 1], retries: ["b", () => {}] },
    }),
  coroutine: () => new CoroutineError("closed", "coroutine"),
  several: () => new AggregateError([new Error("plain")], "several"),
  suppressed: () => new SuppressedError(undefined, new Error("plain"), "suppressed"),
  named: () => new DOMException("named", "AbortError"),
  value: () => 7,
  function: () => () => {},
};

/** One error in another, the outermost first. */
class Errors {
  readonly kinds: string[] = [];
  circle = false;

  /** What is thrown: made anew each time, as what it is made of is changed. */
  get thrown(): unknown {
    const all = this.kinds.map((kind) => {
      const error = MAKE[kind]?.();
      // Where nobody looks at stacks, those of one class are all the same.
      if (error instanceof Error && kind !== "named") error.stack = `${error.stack} at ${kind}`;
      return error;
    });
    all.forEach((error, i) => {
      const inside = all[i + 1];
      if (!(error instanceof Error) || i + 1 >= all.length) return;
      if (error instanceof AggregateError) error.errors.unshift(inside);
      else if (error instanceof SuppressedError) error.error = inside;
      else error.cause = inside;
    });
    const last = all.at(-1);
    if (this.circle && last instanceof Error) {
      last.cause = all[0];
      if (last instanceof AggregateError) last.errors.length = 0;
    } else if (last instanceof AggregateError) last.errors.length = 0;
    return all[0];
  }
}

/** What has arrived, in the words of the spec. */
function told(error: unknown, outermost?: unknown): string {
  if (error === outermost) return "the outermost one";
  if (!(error instanceof Error)) return `${error}`;
  // All classes of the host have a code for errors of its own.
  const own = ["code", "errno", "path", "retries"].filter((key) =>
    Object.keys(error).includes(key)
  );
  const [message = ""] = error.message.split(": ");
  const head = [
    `${error.constructor.name}, ${error.name}: ${message}`,
    ...own.map((key) => `${key} ${Reflect.get(error, key)}`),
  ].join(", ");
  const inside = (one: unknown): string => told(one, outermost ?? error);
  if (error instanceof AggregateError && error.errors.length > 0) {
    return `${head} (${error.errors.map(inside).join("; ")})`;
  }
  if (error instanceof SuppressedError && error.error !== undefined) {
    return `${head} (${inside(error.error)}; ${inside(error.suppressed)})`;
  }
  return error.cause === undefined ? head : `${head} (because of ${inside(error.cause)})`;
}

type MessagesSpec = ReturnType<typeof messages>;

/** The binding at a scope of the spec. */
export function messagesBinding(): MessagesSpec extends Spec<infer T, infer A>
  ? Binding<T, A, Errors>
  : never {
  return {
    create: () => new Errors(),
    actions: {
      because: ({ kinds }, { kind }) => void kinds.push(kind),
      close: (errors) => void (errors.circle = true),
      send(errors) {
        const { thrown } = errors;
        const arrived = unwrap(structuredClone(wrap(thrown)));
        if (thrown instanceof Error && (arrived as Error).stack !== thrown.stack) {
          throw new Error(`another stack has arrived: ${(arrived as Error).stack}`);
        }
        return told(arrived);
      },
      pack(_, { first, second }) {
        const [one, two] = ["one", "two"].map((name) => ({ name, buffer: new ArrayBuffer(1) }));
        const values = [one, two].map((value, i) =>
          (i === 0 ? first : second) ? transfer(value, [value!.buffer]) : value
        );
        const { sent, moved } = unpacked(values);
        const nameOf = (buffer: unknown) => buffer === one?.buffer ? one?.name : two?.name;
        const names = sent.map((value) => (value as { readonly name?: string }).name);
        return `${names}, of them ${moved.map(nameOf)} moved`;
      },
    },
    view(errors, s) {
      s.inside.assign([...errors.kinds] as never);
      s.circle = errors.circle;
    },
  };
}
