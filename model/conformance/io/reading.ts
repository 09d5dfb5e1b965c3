/**
 * How the bytes of `specs/io/reading.ts` meet the code of `src/io/_fill.ts` and `src/io/_inlet.ts`.
 *
 * @module
 */
import { CoReader, Coroutine, CoroutineError, type Suspension } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { type reading, WIDTH } from "../../specs/io/reading.ts";

const BYTES = { x: 120, CR: 13, LF: 10 } as const;
type Byte = keyof typeof BYTES;

/** Which byte it is. */
function nameOf(byte: number): Byte {
  for (const name of ["x", "CR", "LF"] as const) if (BYTES[name] === byte) return name;
  throw new Error(`${byte} was never sent`);
}

/** How many there are in the room; or, of what comes in chunks, as much as there is. */
type Got = (n: number | Uint8Array | null) => void;

/** A reader, the host that it asks, and the one that reads. */
class Stage {
  /** Where the host is to put what it reads, and whom it tells. */
  host: { readonly room: Uint8Array; readonly got: Got } | undefined;
  readonly reader: CoReader = new CoReader({
    // INVARIANT: nothing but `then` is called of what it returns, and that tells on the spot.
    read: (room) =>
      ({
        then: (got: Got) => {
          if (this.host !== undefined) throw new Error("the host was asked twice at once");
          this.host = { room, got };
        },
      }) as unknown as Promise<number>,
  }, { size: 2, name: "r" });
  co: Coroutine | undefined;
  #outcome: string | undefined;
  readonly width: number;

  /** @param width How many bytes an "x" is. */
  constructor(width: number) {
    this.width = width;
  }

  /** Which bytes of the spec these are. */
  namesOf(bytes: Uint8Array): readonly Byte[] {
    const names: Byte[] = [];
    for (let i = 0; i < bytes.length; i += names.at(-1) === "x" ? this.width : 1) {
      // INVARIANT: it is one of them.
      names.push(nameOf(bytes[i]!));
    }
    return names;
  }

  /** What was read, in the words of the spec. */
  #wordsOf(got: string | Uint8Array | null): string {
    if (got === null) return "end";
    const [what, bytes] = typeof got === "string"
      ? ["line", new TextEncoder().encode(got)]
      : ["bytes", got];
    return [what, ...this.namesOf(bytes)].join(" ");
  }

  /** What comes of it before the one that reads suspends. */
  read(wait: Suspension<string | Uint8Array | null>): string {
    const read = (outcome: string): void => void (this.#outcome = outcome);
    this.#outcome = undefined;
    const wordsOf = (got: string | Uint8Array | null): string => this.#wordsOf(got);
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
    const coming = Uint8Array.from(
      bytes.flatMap((byte) => Array(byte === "x" ? this.width : 1).fill(BYTES[byte])),
    );
    if (coming.length === 0) host.got(null);
    else if (coming.length > host.room.length) host.got(coming);
    else {
      host.room.set(coming);
      host.got(coming.length);
    }
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

/** What one says that waits. */
const WHAT = {
  nothing: () => "nothing",
  line: () => "a line",
  some: () => "1 byte",
  exactly: (count: number) => count === 1 ? "1 byte" : `${count} bytes`,
};

interface Bytes {
  readonly first: Byte;
  readonly second: Byte | null;
}

type ReadingSpec = ReturnType<typeof reading>;

/** The binding at a scope of the spec. */
export function readingBinding(
  { wide = false }: { wide?: boolean },
): ReadingSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const width = wide ? WIDTH : 1;
  return {
    create: () => new Stage(width),
    actions: {
      readLine: (stage, { most }: { readonly most: number }) =>
        stage.read(stage.reader.readLine(most === 0 ? undefined : { most: most * stage.width })),
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
      s.buffer.assign(stage.namesOf(reader.peek(reader.buffered)));
      if (!stage.waits) {
        s.waits = "nothing";
        s.count = 0;
      } else if (stage.co?.waitingOn !== `CoReader "r" (${WHAT[s.waits](s.count)})`) {
        throw new Error(`it waits on ${stage.co?.waitingOn}`);
      }
      if (reader.ended !== (s.ended && reader.buffered === 0)) {
        throw new Error(`it has ended: ${reader.ended}`);
      }
      s.asked = stage.host !== undefined;
    },
  };
}
