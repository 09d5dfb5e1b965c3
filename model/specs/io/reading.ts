/**
 * What a reader gives: lines, so many bytes, or what there is; each of them once, in the order in which they
 * came, however they come and whoever gives up in between.
 *
 * One coroutine reads. Those who wait for one another are in `co_reader.ts`.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, Seq, type SeqView, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** A byte that may end a line, may belong to its end, or neither. */
const Byte = Schema.Literals(["x", "CR", "LF"]);
type Byte = "x" | "CR" | "LF";

/** How many bytes an "x" is where it is many: more than are looked at one by one. */
export const WIDTH = 40;

// ------------------------------------------------------------------------------------ state

interface State {
  /** What has come, and nobody has taken. */
  readonly buffer: SeqView<Byte>;
  /** How many have come in all. */
  came: number;
  /** For what the coroutine waits. */
  waits: "nothing" | "line" | "some" | "exactly";
  /** For how many; of a line, how many it may have. 0 is any number. */
  count: number;
  ended: boolean;
  /** Whether the host has been asked for more. */
  asked: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits for a line has nothing yet": (s: State) =>
    s.waits !== "line" || s.buffer.length === 0,
  "the host is asked for what somebody waits for": (s: State) => !s.asked || s.waits !== "nothing",
};

// ------------------------------------------------------------------------------------- spec

/** Takes the first bytes, and says which they are. */
function take(s: State, n: number): string {
  let text = "";
  for (let i = 0; i < n; i++) text += ` ${s.buffer.shift()}`;
  return text;
}

/** How long the first ones are. */
function lengthOf(s: State, n: number, width: number): number {
  let length = n;
  for (let i = 0; i < n; i++) if (s.buffer.at(i) === "x") length += width - 1;
  return length;
}

/** What a line comes to; undefined as long as it may become one. */
function line(s: State, most: number, width: number): string | undefined {
  const { buffer } = s;
  const end = buffer.indexOf("LF");
  const isTooLong = (n: number, less = 0): boolean =>
    most > 0 && lengthOf(s, n, width) - less > most * width;
  if (end < 0) {
    // The end of a line may be two bytes, of which the first one has come.
    if (isTooLong(buffer.length, 1)) return "too-long";
    if (!s.ended) return undefined;
    if (buffer.length === 0) return "end";
    return isTooLong(buffer.length) ? "too-long" : `line${take(s, buffer.length)}`;
  }
  const length = end > 0 && buffer.at(end - 1) === "CR" ? end - 1 : end;
  if (isTooLong(length)) return "too-long";
  const text = take(s, length);
  take(s, end + 1 - length);
  return `line${text}`;
}

/** What so many bytes come to; undefined as long as they may come. */
function exactly(s: State, count: number): string | undefined {
  if (s.buffer.length >= count) return `bytes${take(s, count)}`;
  return s.ended ? "end-of-file" : undefined;
}

/** What comes next, at most so many; undefined as long as anything may come. */
function some(s: State, most: number): string | undefined {
  const n = s.buffer.length;
  if (n > 0) return `bytes${take(s, most === 0 ? n : Math.min(n, most))}`;
  return s.ended ? "end" : undefined;
}

const READS = { line, exactly, some };

/**
 * A reader, and so many bytes that come.
 *
 * @param scope How many; whether an "x" is many bytes: lines alone are read then; which claims.
 */
export function reading(
  { bytes = 3, wide = false, always = {} }: {
    bytes?: number;
    wide?: boolean;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const width = wide ? WIDTH : 1;
  const read = (s: State, what: keyof typeof READS, count: number): string => {
    const got = READS[what](s, count, width);
    if (got !== undefined) return got;
    s.waits = what;
    s.count = count;
    s.asked = true;
    return "waits";
  };
  /** The host has answered: whoever waits looks again. */
  const look = (s: State): string => {
    s.asked = false;
    const { waits, count } = s;
    if (waits === "nothing") return "nobody";
    s.waits = "nothing";
    s.count = 0;
    return read(s, waits, count);
  };
  const waitsNot = (s: State): boolean => s.waits === "nothing";
  type Most = { readonly most: number };
  type Count = { readonly count: number };
  type Bytes = { readonly first: Byte; readonly second: Byte | null };

  return spec({
    name: "reading",
    state: Schema.Struct({
      buffer: Seq(Byte, bytes),
      came: Int(0, bytes),
      waits: Schema.Literals(["nothing", "line", "some", "exactly"]),
      count: Int(0, 3),
      ended: Schema.Boolean,
      asked: Schema.Boolean,
    }),
    init: [{ buffer: [], came: 0, waits: "nothing", count: 0, ended: false, asked: false }],
    actions: {
      readLine: {
        for: { most: Int(0, 2) },
        when: (s, _: Most) => waitsNot(s),
        do: (s, { most }: Most) => read(s, "line", most),
      },
      read: {
        for: { most: Int(0, 2) },
        when: (s, _: Most) => !wide && waitsNot(s),
        do: (s, { most }: Most) => read(s, "some", most),
      },
      readExactly: {
        for: { count: Int(0, 3) },
        when: (s, _: Count) => !wide && waitsNot(s),
        do: (s, { count }: Count) => read(s, "exactly", count),
      },
      giveUp: {
        for: {},
        when: (s) => !waitsNot(s),
        do: (s) => {
          s.waits = "nothing";
          s.count = 0;
          return "cancelled";
        },
      },
      arrive: {
        for: { first: Byte, second: Schema.NullOr(Byte) },
        when: (s, { second }: Bytes) => s.asked && s.came + (second === null ? 1 : 2) <= bytes,
        do: (s, { first, second }: Bytes) => {
          for (const byte of second === null ? [first] : [first, second]) {
            s.buffer.push(byte);
            s.came++;
          }
          return look(s);
        },
      },
      end: {
        for: {},
        when: (s) => s.asked,
        do: (s) => {
          s.ended = true;
          return look(s);
        },
      },
    },
    always: {
      "nobody waits for what has come": (s) =>
        s.waits === "nothing" ||
        (s.waits === "line" ? !s.buffer.includes("LF") : s.buffer.length < Math.max(1, s.count)),
      "nobody waits when no more will come": (s) => !s.ended || s.waits === "nothing",
      "whoever waits has asked for more": (s) => s.waits === "nothing" || s.asked,
      "what somebody has given up to wait for is there": (s) => s.buffer.length <= s.came,
      ...always,
    },
    sometimes: {
      "a line waits for its end": (s) => s.waits === "line" && s.buffer.length > 0,
      "an end of two bytes has come by half": (s) =>
        s.waits === "line" && s.buffer.length > 0 && s.buffer.at(s.buffer.length - 1) === "CR",
      "something comes for which nobody waits": (s) => s.asked && s.waits === "nothing",
    },
    ends: (s) => s.ended && s.buffer.length === 0,
  });
}
