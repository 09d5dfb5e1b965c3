/**
 * Asks a Deno of its own, in a copy of the project, what `verify` says of one scope after the other.
 *
 * @module
 */
import { LONG_MS } from "../_long.ts";
import type { Asked } from "./_verifier_child.ts";

/** A Deno in the copy of the project that verifies what it is told to. */
export class Verifier {
  readonly #child: Deno.ChildProcess;
  readonly #asks: WritableStreamDefaultWriter<Uint8Array>;
  readonly #says: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#asks = child.stdin.getWriter();
    // Read just as it is asked: what reads ahead would do so in one test for another.
    this.#says = child.stdout.getReader();
  }

  /** Answers when it has read the project's files. */
  static async start(command: Deno.Command): Promise<Verifier> {
    const verifier = new Verifier(command.spawn());
    await verifier.#line();
    return verifier;
  }

  /** What it says when it is asked. */
  async ask({ spec, at }: Asked): Promise<string> {
    await this.#asks.write(new TextEncoder().encode(`${JSON.stringify({ spec, at })}\n`));
    return await this.#line();
  }

  /** Ends it. */
  async end(): Promise<void> {
    // It may have ended by itself: whoever has asked it then knows.
    await this.#asks.close().catch(() => {});
    await this.#says.cancel();
    await this.#child.status;
  }

  async #line(): Promise<string> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const lost = new Promise<never>((_, reject) => {
      late = setTimeout(() => {
        this.#child.kill("SIGKILL");
        reject(new Error(`Nothing has come of it in ${LONG_MS / 1000} s`));
      }, LONG_MS);
    });
    try {
      return await Promise.race([this.#lineOf(), lost]);
    } finally {
      clearTimeout(late);
    }
  }

  async #lineOf(): Promise<string> {
    let end: number;
    while ((end = this.#text.indexOf("\n")) < 0) {
      const { done, value } = await this.#says.read();
      if (done) throw new Error(`What verifies has ended: ${this.#text}`);
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }
}
