/**
 * How the answers of `specs/io/answers.ts` meet the code of `src/io/_bytes.ts`.
 *
 * @module
 */
import { inspect } from "node:util";
import { promised, wrongCount } from "../../../src/io/_bytes.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { answers } from "../../specs/io/answers.ts";

type AnswersSpec = ReturnType<typeof answers>;
type Told = "nothing" | "1" | "2" | "failed 1" | "failed 2";

/** What somebody's own promise tells, and what of that arrives. */
class Source {
  readonly is: { readonly kind: string; readonly first: string; readonly second: string };
  later: boolean;
  told: Told = "nothing";
  twice = false;
  asked = false;
  #fulfil = (_: unknown): unknown => undefined;
  #fail = (_: unknown): unknown => undefined;

  constructor(is: Source["is"] & { readonly later: boolean }) {
    this.is = is;
    this.later = is.later;
  }

  #tell(how: string, n: number): void {
    if (how === "fulfils") this.#fulfil(`${n}`);
    else if (how === "fails") this.#fail(`failed ${n}`);
    else throw `failed ${n}`;
  }

  /** As `then` of a promise is called. */
  then(fulfil: (value: unknown) => unknown, fail: (error: unknown) => unknown): void {
    this.#fulfil = fulfil;
    this.#fail = fail;
    this.#tell(this.is.first, 1);
    if (!this.later) this.#tell(this.is.second, 2);
  }

  tellLater(): void {
    this.#tell(this.is.second, 2);
    this.later = false;
  }

  ask(): string | undefined {
    this.asked = true;
    const own = Promise.resolve("its own");
    const make: Readonly<Record<string, () => unknown>> = {
      "a promise": () => own,
      "its own promise": () => this,
      "a value": () => 7,
      "nothing": () => undefined,
      "an error": () => {
        throw new Error("it throws");
      },
    };
    // INVARIANT: users answer with anything.
    const answer = promised(make[this.is.kind] as () => Promise<unknown>);
    if (this.is.kind === "its own promise") {
      answer.then((value) => this.#hear(value), (error) => this.#hear(error));
      return undefined;
    }
    if (answer === own) return "that promise";
    const text = inspect(answer);
    Promise.resolve(answer).catch(() => {});
    return text.includes("<rejected>")
      ? "a promise that has failed"
      : text.replace(/^Promise \{ (.*) \}$/, "a promise of $1");
  }

  #hear(what: unknown): void {
    if (this.told !== "nothing") this.twice = true;
    this.told = what as Told;
  }
}

/** The binding. */
export function answersBinding(): AnswersSpec extends Spec<infer T, infer A> ? Binding<T, A, Source>
  : never {
  return {
    create: (is) => new Source(is),
    actions: {
      ask: (source) => source.ask(),
      tellLater: (source) => source.tellLater(),
      count(_, { n, least, most }) {
        const { message } = wrongCount("read", n, least, most) ?? {};
        return message?.replace("Cannot read: ", "") ?? "fine";
      },
    },
    view(source, s) {
      if (source.twice) throw new Error("whoever has asked is told twice");
      s.later = source.later;
      s.told = source.told;
      s.asked = source.asked;
    },
  };
}
