/**
 * How the bytes of `specs/io/reading.ts` meet the code of `src/io/_fill.ts` and `src/io/_inlet.ts`.
 *
 * @module
 */
import { CoReader, Coroutine, CoroutineError, type Suspension } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { reading } from "../../specs/io/reading.ts";

const BYTES = { x: 120, CR: 13, LF: 10 } as const;
type Byte = keyof typeof BYTES;

/** Which byte it is. */
function nameOf(byte: number): Byte {
  for (const name of ["x", "CR", "LF"] as const) if (BYTES[name] === byte) return name;
  throw new Error(`${byte} was never sent`);
}

/** What was read, in the words of the spec. */
function wordsOf(got: string | Uint8Array | null): string {
  if (got === null) return "end";
  const [what, bytes] = typeof got === "string"
    ? ["line", new TextEncoder().encode(got)]
    : ["bytes", got];
  return [what, ...[...bytes].map(nameOf)].join(" ");
}

/** A reader, the host that it asks, and the one that reads. */
class Stage {
  /** Where the host is to put what it reads, and whom it tells. */
  host: { readonly room: Uint8Array; readonly got: (n: number | null) => void } | undefined;
  readonly reader: CoReader = new CoReader({
    // INVARIANT: nothing but `then` is called of what it returns, and that tells on the spot.
    read: (room) =>
      ({
        then: (got: (n: number | null) => void) => {
          if (this.host !== undefined) throw new Error("the host was asked twice at once");
          this.host = { room, got };
        },
      }) as unknown as Promise<number>,
  }, { size: 8 });
  co: Coroutine | undefined;
  #outcome: string | undefined;

  /** What comes of it before the one that reads suspends. */
  read(wait: Suspension<string | Uint8Array | null>): string {
    const read = (outcome: string): void => void (this.#outcome = outcome);
    this.#outcome = undefined;
    this.co = Coroutine.create(function* reads() {
      try {
        read(wordsOf(yield* wait));
      } catch (error) {
        read(error instanceof CoroutineError ? error.code : String(error));
      }
    });
    this.co.enter();
    return this.#outcome ?? "waits";
  }

  /** The host answers: what comes of it. */
  answer(...bytes: readonly Byte[]): string {
    const { host, waits } = this;
    if (host === undefined) throw new Error("the host was not asked");
    this.host = undefined;
    host.room.set(bytes.map((byte) => BYTES[byte]));
    host.got(bytes.length === 0 ? null : bytes.length);
    return waits ? this.#outcome ?? "waits" : "nobody";
  }

  giveUp(): string | undefined {
    this.co?.cancel();
    return this.#outcome;
  }

  get waits(): boolean {
    return this.co?.status === "suspended";
  }
}

interface Bytes {
  readonly first: Byte;
  readonly second: Byte | null;
}

type ReadingSpec = ReturnType<typeof reading>;

/** The binding. */
export function readingBinding(): ReadingSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      readLine: (stage, { most }: { readonly most: number }) =>
        stage.read(stage.reader.readLine(most === 0 ? undefined : { most })),
      read: (stage, { most }: { readonly most: number }) =>
        stage.read(most === 0 ? stage.reader.read() : stage.reader.read(most)),
      readExactly: (stage, { count }: { readonly count: number }) =>
        stage.read(stage.reader.readExactly(count)),
      giveUp: (stage) => stage.giveUp(),
      arrive: (stage, { first, second }: Bytes) =>
        second === null ? stage.answer(first) : stage.answer(first, second),
      end: (stage) => stage.answer(),
    },
    view(stage, s) {
      const { reader } = stage;
      s.buffer.assign([...reader.peek(reader.buffered)].map(nameOf));
      if (!stage.waits) {
        s.waits = "nothing";
        s.count = 0;
      } else if (s.waits === "nothing") throw new Error("it waits");
      if (reader.ended !== (s.ended && reader.buffered === 0)) {
        throw new Error(`it has ended: ${reader.ended}`);
      }
      s.asked = stage.host !== undefined;
    },
  };
}
