/**
 * How the writers of `specs/io/co_writer.ts` meet the code of `src/io/co_writer.ts`. One byte of the spec is many here:
 * the room that a writer has first is for one of them.
 *
 * @module
 */
import { Coroutine, CoWriter, type Suspension } from "../../../mod.ts";
import { playHost } from "../../../src/io/co_writer.ts";
import type { Binding, Call, Outcome } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import { type coWriter, HIGH_WATER, type WRONG } from "../../specs/io/co_writer.ts";
import { alarmDeeds, lifecycleDeeds, mustWait, viewLifecycle } from "../core/coroutine.ts";
import { type Deed, Rejected, Theatre } from "../core/_puppets.ts";
import { Awaited } from "./_awaited.ts";

const UNIT = 3000;
/** Of so many, one is looked at. */
const STEP = 500;

type Taken = (n: number) => void;
type Failed = (error: unknown) => void;

/** The puppets, their writer, and the host that it asks. */
class Stage extends Theatre {
  readonly awaited = new Awaited();
  /** What the host is to take. */
  host: { readonly bytes: Uint8Array; readonly taken: Taken; readonly failed: Failed } | undefined;
  /** That no more will come, which the host is to take. */
  end: { readonly taken: () => void; readonly failed: Failed } | undefined;
  readonly writer: CoWriter = new CoWriter({
    // INVARIANT: nothing but `then` is called of what they return, and that tells on the spot.
    write: (bytes: Uint8Array) =>
      ({
        then: (taken: Taken, failed: Failed) => this.#ask({ bytes, taken, failed }),
      }) as unknown as Promise<number>,
    closeWrite: () =>
      ({
        then: (taken: () => void, failed: Failed) => this.#askToEnd({ taken, failed }),
      }) as unknown as Promise<void>,
  }, { highWater: HIGH_WATER * UNIT });
  /** What is to be called soon. */
  begin: (() => void) | undefined;
  /** Tells the writer that the host has failed, asked or not. */
  readonly fail: (error: unknown) => void;
  /** The bytes are numbered: how many were written, … */
  written = 0;
  /** … and how many the host has taken. */
  taken = 0;
  /** What is wrong, if anything is. */
  wrong: string | undefined;
  /** The waits, each of which is waited for again and again: those without limits by all. */
  readonly #waits = new Map<string, Suspension<void>>();
  /** What those write that write. */
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(...given: ConstructorParameters<typeof Theatre>) {
    super(...given);
    this.fail = playHost(this.writer, (begin) => {
      this.begin = begin;
    });
  }

  #ask(call: NonNullable<Stage["host"]>): void {
    if (this.host !== undefined) this.wrong = "the host was asked twice at once";
    this.host = call;
  }

  #askToEnd(call: NonNullable<Stage["end"]>): void {
    if (this.end !== undefined || this.host !== undefined) this.wrong = "the end came too early";
    this.end = call;
  }

  wait(what: "drain" | "flush" | "close"): Suspension<void> {
    const { options } = this;
    const key = options === undefined ? what : `${what} ${Coroutine.self().name}`;
    let wait = this.#waits.get(key);
    if (wait === undefined) this.#waits.set(key, wait = this.writer[what](options));
    return wait;
  }

  /** A wait to write so many: what is written is numbered before it begins, and is something else afterwards. */
  write(count: number): Suspension<void> {
    const { options } = this;
    const key = `write ${count} ${options === undefined ? "" : Coroutine.self().name}`;
    let bytes = this.#bytes.get(key);
    if (bytes === undefined) {
      this.#bytes.set(key, bytes = new Uint8Array(count * UNIT));
      this.#waits.set(key, this.writer.write(bytes, options));
    }
    this.number(bytes);
    // INVARIANT: it was made with the bytes.
    return this.#waits.get(key)!;
  }

  /** What was copied may be changed. */
  #change(): void {
    for (const bytes of this.#bytes.values()) bytes.fill(0);
  }

  /** Numbers the bytes that are written now. */
  number(bytes: Uint8Array): Uint8Array {
    for (let at = 0; at < bytes.length; at += UNIT) bytes.fill(++this.written, at, at + UNIT);
    return bytes;
  }

  /** The host begins to take what was written. */
  sends(): void {
    this.#change();
    const { begin } = this;
    this.begin = undefined;
    begin?.();
  }

  /** The host takes so many: a single one in two goes, the last byte by itself. */
  take(n: number): void {
    this.#change();
    if (n === 1) this.#takes(UNIT - 1, 0);
    this.#takes(n === 1 ? 1 : n * UNIT, n);
  }

  #takes(n: number, whole: number): void {
    const { host } = this;
    this.host = undefined;
    for (let at = 0; at < n; at += STEP) {
      const number = this.taken + 1 + Math.floor(at / UNIT);
      const byte = host?.bytes[at];
      if (byte !== number) this.wrong = `byte ${byte} came in place of ${number}`;
    }
    this.taken += whole;
    host?.taken(n);
  }

  /** The host answers with what is no number of bytes. */
  takeWrong(what: typeof WRONG[number]): void {
    const { host } = this;
    const wrong = { none: 0, "too many": (host?.bytes.length ?? 0) + 1 };
    this.host = undefined;
    host?.taken(wrong[what]);
  }

  /** A host that has answered with what is no number of bytes has failed. */
  override outcomeOf(error: unknown, call: Call, othersRan: boolean): Outcome {
    const wrong = error instanceof TypeError &&
      error.message.includes("expected write() to answer");
    return super.outcomeOf(wrong ? new Rejected() : error, call, othersRan);
  }

  /** What the host was asked for last, which it answers now. */
  answers(): { readonly taken: (n: number) => void; readonly failed: Failed } | undefined {
    const call = this.host ?? this.end;
    this.host = this.end = undefined;
    return call;
  }
}

interface Count {
  readonly count: number;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *throw() {},
  *copy(stage: Stage, { count }: Count) {
    const room = stage.writer.reserve(count * UNIT);
    room.set(stage.number(room));
  },
  *lend(stage: Stage, { count }: Count) {
    stage.writer.lend(stage.number(new Uint8Array(count * UNIT)));
  },
  *write(stage: Stage, { count }: Count) {
    yield* stage.write(count);
  },
  *drain(stage: Stage) {
    yield* stage.wait("drain");
  },
  *flush(stage: Stage) {
    yield* stage.wait("flush");
  },
  *close(stage: Stage) {
    yield* stage.wait("close");
  },
  *begin(stage: Stage) {
    stage.sends();
  },
  *take(stage: Stage, { count }: Count) {
    stage.take(count);
  },
  *takeEnd(stage: Stage) {
    stage.answers()?.taken(0);
  },
  *reject(stage: Stage) {
    stage.answers()?.failed(new Rejected());
  },
  *fail(stage: Stage) {
    stage.fail(new Rejected());
  },
  *takeWrong(stage: Stage, { what }: { readonly what: typeof WRONG[number] }) {
    stage.takeWrong(what);
  },
  *late(stage: Stage, { rejects }: { readonly rejects: boolean }) {
    const call = stage.answers();
    if (rejects) call?.failed(new Error("too late"));
    else call?.taken(1);
  },
} satisfies Record<string, Deed>;

type WriterSpec = ReturnType<typeof coWriter>;

/** The binding at a scope of the spec. */
export function coWriterBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): WriterSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, deeds, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      if (stage.wrong !== undefined) throw new Error(stage.wrong);
      s.due = stage.begin !== undefined;
      let pending = 0;
      for (const pieces of [s.sending, s.written]) for (const piece of pieces) pending += piece;
      if (stage.writer.pending !== pending * UNIT) {
        throw new Error(`${stage.writer.pending} are pending`);
      }
      const asked = stage.host?.bytes.length;
      const given = s.back || s.sending.length === 0 ? undefined : s.sending.at(0) * UNIT;
      if (s.owes === "bytes" ? asked === undefined : asked !== given) {
        throw new Error(`the host was asked to take ${asked}`);
      }
      const ends = s.owes === "the end" || (s.closing === "told" && !s.broken);
      if ((stage.end !== undefined) !== ends) {
        throw new Error("the host was told of the end, or not");
      }
      mustWait(stage, s.line, "CoWriter");
      stage.awaited.mustBe(stage, s.line.length);
    },
    play: (stage, next) => stage.play(next),
  };
}
