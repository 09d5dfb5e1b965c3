/**
 * How the room of `specs/io/read_ahead.ts` meets the code of `src/io/_inlet.ts` and `src/io/co_reader.ts`. One byte of
 * the spec is several here, as few are taken in another way than many.
 *
 * @module
 */
import { CoReader, Coroutine, CoroutineError, type Suspension } from "../../../mod.ts";
import { playSource } from "../../../src/io/co_reader.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { type readAhead, SIZE, type WRONG } from "../../specs/io/read_ahead.ts";
import { Rejected } from "../core/_puppets.ts";

/** Two of them are more than are taken one by one. */
const UNIT = 20;

/** What the host answers: `null` is the end. */
type Got = (answer: unknown) => void;
type Failed = (error: unknown) => void;

/** A reader, the host that it asks, the one that waits and the one that watches. */
class Stage {
  /** Where the host is to put what it reads, and whom it tells. */
  host: { readonly room: Uint8Array; readonly told: [got: Got, failed: Failed][] } | undefined;
  /** How often what the host reads keeps the program from ending no more, less how often it does so again. */
  loose = 0;
  trapped = false;
  readonly reader: CoReader = new CoReader({
    read: (room: Uint8Array) => this.#ask(room),
    unref: () => void this.loose++,
    ref: () => void this.loose--,
  } as { read(room: Uint8Array): Promise<number> }, { size: SIZE * UNIT });
  /** Tells the reader that its source has failed, asked or not. */
  readonly breakDown: (error: unknown) => void = playSource(this.reader);
  readonly #told: string[] = [];
  #unwatch: (() => void) | undefined;
  #co: Coroutine | undefined;
  #outcome: string | undefined;
  /** How many bytes of the spec have come. */
  #came = 0;
  #taken = 0;

  #ask(room: Uint8Array): Promise<number> {
    if (this.host !== undefined) throw new Error("the host was asked twice at once");
    const told: [Got, Failed][] = [];
    this.host = { room, told };
    if (this.trapped) {
      this.trapped = false;
      this.reader.cancel();
    }
    // INVARIANT: nothing but `then` is called of it, and that tells on the spot.
    return {
      then: (got: Got, failed: Failed) => void told.push([got, failed]),
    } as unknown as Promise<number>;
  }

  /** What comes of it before the one that reads suspends. */
  read(wait: Suspension<boolean | Uint8Array | null>): string {
    this.#outcome = undefined;
    const wordsOf = (got: boolean | Uint8Array | null): string => this.#wordsOf(got);
    const say = (outcome: string): void => void (this.#outcome = outcome);
    this.#co = Coroutine.create(function* reads() {
      try {
        say(wordsOf(yield* wait));
      } catch (error) {
        say(wordsOfError(error));
      }
    });
    this.#co.enter();
    return this.#outcome ?? "waits";
  }

  #wordsOf(got: boolean | Uint8Array | null): string {
    if (got === true) return "there";
    if (got === null || got === false) return "end";
    const words = this.numbersOf(got);
    this.#taken += got.length / UNIT;
    return words;
  }

  /** Which bytes of the spec these are, from those on that were not taken yet. */
  numbersOf(bytes: Uint8Array): string {
    let text = "bytes";
    for (let i = 0; i < bytes.length; i++) {
      const number = this.#taken + 1 + Math.floor(i / UNIT);
      if (bytes[i] !== number) throw new Error(`byte ${bytes[i]} came in place of ${number}`);
      if (i % UNIT === 0) text += ` ${number}`;
    }
    return text;
  }

  skip(count: number): void {
    this.reader.skip(count * UNIT);
    this.#taken += count;
  }

  giveUp(): string | undefined {
    this.#co?.cancel();
    return this.#outcome;
  }

  watch(): void {
    this.#unwatch = this.reader.watch(() => void this.#told.push("told"));
  }

  unwatch(): void {
    this.#unwatch?.();
  }

  /** So many bytes of the spec, numbered on. */
  coming(count: number, room: Uint8Array): Uint8Array {
    const bytes = room.subarray(0, count * UNIT);
    for (let i = 0; i < count; i++) bytes.fill(++this.#came, i * UNIT, (i + 1) * UNIT);
    return bytes;
  }

  /** The host answers, or nobody has asked it: what comes of it. */
  answer(make: (room: Uint8Array) => unknown, fails = false): string {
    const { host } = this;
    if (host === undefined) throw new Error("the host was not asked");
    this.host = undefined;
    const answer = make(host.room);
    return this.saying(() => {
      for (const [got, failed] of host.told) fails ? failed(answer) : got(answer);
    });
  }

  /** What whoever waits, and whoever watches, is told meanwhile. */
  saying(act: () => void): string {
    const { waits } = this;
    this.#told.length = 0;
    act();
    const said = waits ? this.#outcome ?? "waits" : "nobody";
    return this.#told.length > 0 ? `${said}, and it is told` : said;
  }

  get waits(): boolean {
    return this.#co?.status === "suspended";
  }
}

function wordsOfError(error: unknown): string {
  if (error instanceof Rejected) return "its wait failed";
  if (error instanceof CoroutineError) return error.code;
  return error instanceof TypeError ? error.name : `${error}`;
}

interface Count {
  readonly count: number;
}

/** What is no answer. */
function wrongOf(what: string, room: Uint8Array): unknown {
  const wrong: Readonly<Record<typeof WRONG[number], unknown>> = {
    "negative": -1,
    "half": 0.5,
    "too many": room.length + 1,
    "a text": "1",
    "a list": [1],
  };
  return wrong[what as typeof WRONG[number]];
}

type ReadAheadSpec = ReturnType<typeof readAhead>;

/** The binding. */
export function readAheadBinding(): ReadAheadSpec extends Spec<infer T, infer A>
  ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      fill: (stage, { count }: Count) => stage.read(stage.reader.fill(count * UNIT)),
      read: (stage, { most }: { readonly most: number }) =>
        stage.read(most === 0 ? stage.reader.read() : stage.reader.read(most * UNIT)),
      peek: (stage, { count }: Count) => stage.numbersOf(stage.reader.peek(count * UNIT)),
      skip: (stage, { count }: Count) => stage.skip(count),
      giveUp: (stage) => stage.giveUp(),
      watch: (stage) => stage.watch(),
      unwatch: (stage) => stage.unwatch(),
      arrive: (stage, { count, own }: { readonly count: number; readonly own: boolean }) =>
        stage.answer((room) => {
          if (own) return stage.coming(count, new Uint8Array(count * UNIT));
          return stage.coming(count, room).length;
        }),
      arriveNothing(stage, { own }: { readonly own: boolean }) {
        stage.answer(() => own ? new Uint8Array(0) : 0);
      },
      arriveWrong: (stage, { what }: { readonly what: string }) =>
        stage.answer((room) => wrongOf(what, room)),
      end: (stage) => stage.answer(() => null),
      fail: (stage) => stage.answer(() => new Rejected(), true),
      breakDown: (stage) => stage.saying(() => stage.breakDown(new Rejected())),
      cancelReader: (stage) => stage.saying(() => stage.reader.cancel()),
      trap: (stage) => void (stage.trapped = true),
    },
    view(stage, s) {
      const { reader, host, loose } = stage;
      const { buffer, byteOffset } = reader.peek(0);
      s.start = byteOffset / UNIT;
      s.end = s.start + reader.buffered / UNIT;
      s.room = buffer.byteLength / UNIT;
      s.asked = (host?.room.length ?? 0) / UNIT;
      s.trapped = stage.trapped;
      if (loose !== (s.loose ? 1 : 0)) throw new Error(`it is loose ${loose} times`);
      if (stage.waits !== (s.waits !== "nothing")) throw new Error(`it waits: ${stage.waits}`);
      if (reader.ended !== (s.ended && s.start === s.end)) {
        throw new Error(`it has ended: ${reader.ended}`);
      }
      if (reader.ready !== (s.ended || s.broken !== "no" || s.start < s.end)) {
        throw new Error(`it is ready: ${reader.ready}`);
      }
    },
    codeOf: (error) => error instanceof Error ? error.name : undefined,
  };
}
